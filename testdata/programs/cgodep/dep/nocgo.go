//go:build !cgo

package dep

// Twice is 2*n.
func Twice(n int) int { return 2 * n }
