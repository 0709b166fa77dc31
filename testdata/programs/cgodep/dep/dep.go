// Package dep doubles numbers in C, where cgo is on.
package dep

// static int twice(int n) { return 2 * n; }
import "C"

// Twice is 2*n.
func Twice(n int) int { return int(C.twice(C.int(n))) }
