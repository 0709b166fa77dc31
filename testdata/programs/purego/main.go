// Purego calls C without cgo: it is dynamic with CGO_ENABLED=0 too, through
// //go:cgo_import_dynamic lines in ordinary Go files.
package main

import (
	"fmt"

	"github.com/ebitengine/purego"
)

// Whether there is such a library is of no matter to how this is linked.
func main() {
	_, _ = purego.Dlopen("libc.so.6", purego.RTLD_NOW)
	fmt.Println("ok purego")
}
