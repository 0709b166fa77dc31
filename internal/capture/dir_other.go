//go:build !unix

package capture

import "errors"

const nonblock = 0

var errNotDir = errors.New("not a folder")
