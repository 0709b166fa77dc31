package capture

import (
	"syscall"
	"testing"
)

// makeNode makes a device or a named pipe. Without the right to make a device, the
// test has a pipe in its place.
func makeNode(t *testing.T, file string, device bool) {
	t.Helper()
	if device && syscall.Mknod(file, syscall.S_IFCHR|0o666, 1<<8|5) == nil {
		return
	}
	if err := syscall.Mkfifo(file, 0o666); err != nil {
		t.Fatal(err)
	}
}
