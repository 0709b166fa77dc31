// Fmtonly has no cause to be dynamic.
package main

import "fmt"

func main() { fmt.Println("ok fmtonly") }
