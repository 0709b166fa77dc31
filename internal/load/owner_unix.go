//go:build unix

package load

import (
	"os"
	"strconv"
	"syscall"
)

// owned reports whether git takes a file for the user's own
// (git's is_path_owned_by_current_uid): root also owns what belongs to the user who
// called sudo. Links are not followed.
func owned(path string, env []string) bool {
	info, err := os.Lstat(path)
	if err != nil {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return true
	}
	uid := os.Geteuid()
	if sudo, err := strconv.ParseUint(Getenv(env, "SUDO_UID"), 10, 32); uid == 0 && err == nil && stat.Uid != 0 {
		return stat.Uid == uint32(sudo)
	}
	return int(stat.Uid) == uid
}
