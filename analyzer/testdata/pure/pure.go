// Package pure calls C without cgo.
package pure

import _ "example.com/pure/internal/fake"
