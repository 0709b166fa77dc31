// Prefer has a flag that cmd/go takes but does not trust to the internal
// linker, in a package that is otherwise plain cgo.
package main

// #cgo CFLAGS: -flto
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
	fmt.Println("ok prefer")
}
