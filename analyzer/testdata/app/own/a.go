package own

import "fmt"

// static int a(void) { return 1; }
import "C" // want `^import "C" links with cgo$`

var _ = fmt.Sprint(C.a())
