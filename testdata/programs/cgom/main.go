// Cgom has cgo of its own and needs libm.
package main

/*
#cgo LDFLAGS: -lm
#include <math.h>

// volatile keeps the compiler from working the cosine out itself, which
// would leave libm unneeded.
static double cosine(void) { volatile double x = 0; return cos(x); }
*/
import "C"

import (
	"fmt"
	"log"
)

func main() {
	if got := C.cosine(); got != 1 {
		log.Fatalf("got %v, want 1", got)
	}
	fmt.Println("ok cgom")
}
