// Rpathflag asks for a run path in its own source.
package main

// #cgo LDFLAGS: -Wl,-rpath,/opt/lib
// static int twice(int n) { return 2 * n; }
import "C"

import (
	"fmt"
	"log"
)

func main() {
	if got := C.twice(21); got != 42 {
		log.Fatalf("got %d, want 42", got)
	}
	fmt.Println("ok rpathflag")
}
