package capture

import "syscall"

// hasCapabilities reports whether a file has capabilities of its own.
func hasCapabilities(file string) bool {
	n, err := syscall.Getxattr(file, "security.capability", nil)
	return err == nil && n > 0
}
