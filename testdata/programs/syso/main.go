// Syso links a host object that is no cgo file's: where net brings
// runtime/cgo, that object alone makes the link external.
package main

import (
	"fmt"
	"log"
	_ "net"

	"example.com/syso/answer"
)

func main() {
	if got := answer.Answer(); got != 42 {
		log.Fatalf("got %d, want 42", got)
	}
	fmt.Println("ok syso")
}
