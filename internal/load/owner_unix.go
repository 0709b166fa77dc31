//go:build unix

package load

import (
	"os"
	"syscall"
)

// ofAnother reports whether a file is another user's. Who may not give files away
// replaces it in tests.
var ofAnother = func(path string) bool {
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) != os.Geteuid()
}
