// Cgodep has no cgo of its own: another module brings it.
package main

import (
	"fmt"
	"log"

	"example.com/cgodep/dep"
)

func main() {
	if got := dep.Twice(21); got != 42 {
		log.Fatalf("got %d, want 42", got)
	}
	fmt.Println("ok cgodep")
}
