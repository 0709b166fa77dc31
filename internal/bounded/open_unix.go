//go:build unix

package bounded

import (
	"os"
	"syscall"
)

// nonblock keeps a named pipe from making an open wait.
const nonblock = syscall.O_NONBLOCK | syscall.O_NOCTTY

// IsRead reports whether a process has a named pipe open for reading, or waits for
// a writer in opening it: without one, the pipe cannot be opened for writing at once.
func IsRead(pipe string) bool {
	f, err := os.OpenFile(pipe, os.O_WRONLY|nonblock, 0)
	if err != nil {
		return false
	}
	f.Close()
	return true
}
