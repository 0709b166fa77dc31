//go:build !unix

package load

// owned is true where files have no owner's number.
func owned(string, []string) bool { return true }
