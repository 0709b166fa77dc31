// Cexport is for -buildmode=c-shared and c-archive, and runs as well.
package main

import "C"

import "fmt"

// Add is for C to call.
//
//export Add
func Add(a, b C.int) C.int { return a + b }

func main() { fmt.Println("ok cexport") }
