// Rawcgo links runtime/cgo without any cgo file.
package main

import (
	"fmt"
	_ "runtime/cgo"
)

func main() { fmt.Println("ok rawcgo") }
