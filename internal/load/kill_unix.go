//go:build unix

package load

import (
	"os/exec"
	"syscall"
)

// killGroup makes the end of cmd's context the end of all that cmd started: a
// script that waits for pkg-config would leave that behind.
func killGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
