//go:build unix

package process

import (
	"os"
	"os/exec"
	"syscall"
)

// isolate makes cmd the leader of a process group, and the end of its context the
// end of that group.
func isolate(cmd *exec.Cmd, asked, terminal bool) {
	attr := attributes(asked)
	attr.Setpgid = !terminal || !hasTerminal()
	cmd.SysProcAttr = attr
	sig := syscall.SIGKILL
	if asked {
		sig = syscall.SIGINT
	}
	cmd.Cancel = func() error { return signalGroup(cmd, sig) }
}

// hasTerminal reports whether the session has a terminal, at which a process of
// another group could not read.
func hasTerminal() bool {
	f, err := os.OpenFile("/dev/tty", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return false
	}
	f.Close()
	return true
}

func killGroup(cmd *exec.Cmd) { _ = signalGroup(cmd, syscall.SIGKILL) }

func signalGroup(cmd *exec.Cmd, sig syscall.Signal) error {
	pid := cmd.Process.Pid
	if cmd.SysProcAttr.Setpgid {
		return syscall.Kill(-pid, sig)
	}
	for _, child := range descendants(pid) {
		_ = syscall.Kill(child, sig)
	}
	return cmd.Process.Signal(sig)
}

// Suspend stops the commands and this process, as a terminal stops a process group
// on Ctrl-Z.
func Suspend() {
	live.each(func(cmd *exec.Cmd) { _ = signalGroup(cmd, syscall.SIGSTOP) })
	_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
}

// Resume has the commands go on once this process is continued.
func Resume() {
	live.each(func(cmd *exec.Cmd) { _ = signalGroup(cmd, syscall.SIGCONT) })
}
