// Cgocxx has C++ of its own, so CXX drives the link and libstdc++ is needed.
package main

// int length(int n);
import "C"

import (
	"fmt"
	"log"
)

func main() {
	if got := C.length(40); got != 43 {
		log.Fatalf("got %d, want 43", got)
	}
	fmt.Println("ok cgocxx")
}
