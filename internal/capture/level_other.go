//go:build !amd64

package capture

func amd64Level() string { return "" }
