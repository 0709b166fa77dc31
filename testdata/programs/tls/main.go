// Tls has a thread-local variable in C, which can bring in the loader itself
// as a needed library.
package main

/*
static __thread int counter = 41;

// A volatile access keeps the variable from being folded away.
static int next(void) { return ++*(volatile int *)&counter; }
*/
import "C"

import (
	"fmt"
	"log"
)

func main() {
	if got := C.next(); got != 42 {
		log.Fatalf("got %d, want 42", got)
	}
	fmt.Println("ok tls")
}
