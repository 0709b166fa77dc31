package own

import (
	_ "unsafe"
	// static int g(void) { return 1; }
	"C"
	_ "net" // want `^import "net" links with cgo: net$`
)

var _ = C.g()
