//go:build unix && !solaris && !aix

package process

import (
	"errors"
	"os"
	"syscall"
)

// lock locks a folder for this process. It reports whether another process has
// it, or removes it. A file system without locks leaves it unlocked, which none
// takes for abandoned.
func lock(path string) (unlock func(), taken bool) {
	f, err := os.Open(path)
	if err != nil {
		return nil, true
	}
	if err := flock(f); errors.Is(err, syscall.EWOULDBLOCK) {
		f.Close()
		return nil, true
	}
	opened, err := f.Stat()
	there, thereErr := os.Lstat(path)
	if err != nil || thereErr != nil || !os.SameFile(opened, there) {
		f.Close()
		return nil, true
	}
	return func() { f.Close() }, false
}

// abandoned locks a folder that no process has locked.
func abandoned(dir *os.Root) (unlock func(), ok bool) {
	f, err := dir.Open(".")
	if err != nil {
		return nil, false
	}
	if flock(f) != nil {
		f.Close()
		return nil, false
	}
	return func() { f.Close() }, true
}

func flock(f *os.File) error {
	c, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var lockErr error
	err = c.Control(func(fd uintptr) { lockErr = syscall.Flock(int(fd), syscall.LOCK_EX|syscall.LOCK_NB) })
	return errors.Join(err, lockErr)
}

// private reports whether a folder is this user's and no other's.
func private(info os.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == os.Geteuid() && info.Mode().Perm()&0o077 == 0
}
