//go:build !unix

package testcc

func exists(int) bool { return false }
