//go:build !linux

package capture

// hasCapabilities is false elsewhere than on Linux, which alone has them.
func hasCapabilities(string) bool { return false }
