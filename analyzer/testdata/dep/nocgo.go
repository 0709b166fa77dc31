//go:build !cgo

package dep

func One() int { return 1 }
