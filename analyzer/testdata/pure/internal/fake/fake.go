// Package fake does what cgo does.
package fake

import _ "unsafe"

//go:cgo_import_dynamic pure_getpid getpid "libc.so.6" // want `//go:cgo_import_dynamic makes the executable need shared libraries, with cgo or without`
//go:cgo_import_dynamic _ _ "libc.so.6"
