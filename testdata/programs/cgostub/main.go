// Cgostub imports a package that still has a file without cgo, but not all
// that this file uses. The compiler then says "undefined: twice".
package main

import (
	"fmt"
	"log"

	"example.com/cgostub/half"
)

func main() {
	if got := half.Four(10); got != 40 {
		log.Fatalf("got %d, want 40", got)
	}
	fmt.Println("ok cgostub")
}
