//go:build !unix

package bounded

const nonblock = 0

// IsRead reports false: no named pipe is among the files.
func IsRead(string) bool { return false }
