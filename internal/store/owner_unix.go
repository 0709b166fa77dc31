//go:build unix

package store

import (
	"io/fs"
	"os"
	"syscall"
)

// own reports whether a file belongs to the user that this process runs as.
func own(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}

// writable reports whether a file's group or everybody may write it.
func writable(info fs.FileInfo) bool { return info.Mode().Perm()&0o022 != 0 }
