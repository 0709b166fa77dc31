//go:build unix

package bounded

import "syscall"

// nonblock keeps a named pipe from making an open wait.
const nonblock = syscall.O_NONBLOCK | syscall.O_NOCTTY
