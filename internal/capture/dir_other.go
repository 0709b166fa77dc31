//go:build !unix

package capture

import "errors"

var errNotDir = errors.New("not a folder")
