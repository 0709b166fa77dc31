//go:build !(linux && amd64)

package answer

// Answer is what the C function says where there is an object of it.
func Answer() int32 { return 42 }
