//go:build unix

// Package group ends a command together with all that it started.
package group

import (
	"os/exec"
	"syscall"
)

// Kill makes the end of cmd's context the end of all that cmd started: a script
// that waits for another program would leave that behind.
func Kill(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
