//go:build unix && !linux

package process

import "syscall"

func attributes(bool) *syscall.SysProcAttr { return &syscall.SysProcAttr{} }

// descendants finds nothing: only Linux lists processes without a C library.
func descendants(int) []int { return nil }
