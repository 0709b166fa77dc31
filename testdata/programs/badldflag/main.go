// Badldflag is refused: the go command does not know the flag, and says
// "invalid flag in #cgo LDFLAGS".
package main

// #cgo LDFLAGS: -Wl,--no-such-goportdoctor-flag
// static int twice(int n) { return 2 * n; }
import "C"

import "fmt"

func main() { fmt.Println("ok badldflag", C.twice(21)) }
