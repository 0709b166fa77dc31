// Package only has no file that is left without cgo.
package only

// static int twice(int n) { return 2 * n; }
import "C"

// Twice is 2*n.
func Twice(n int) int { return int(C.twice(C.int(n))) }
