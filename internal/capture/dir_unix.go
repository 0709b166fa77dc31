//go:build unix

package capture

import "syscall"

var errNotDir error = syscall.ENOTDIR
