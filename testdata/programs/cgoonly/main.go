// Cgoonly imports a package that has cgo files alone. Without cgo the go
// command says "build constraints exclude all Go files".
package main

import (
	"fmt"
	"log"

	"example.com/cgoonly/only"
)

func main() {
	if got := only.Twice(21); got != 42 {
		log.Fatalf("got %d, want 42", got)
	}
	fmt.Println("ok cgoonly")
}
