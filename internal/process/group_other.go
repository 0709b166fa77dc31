//go:build !unix

package process

import "os/exec"

// isolate leaves cmd as it is: without process groups, the command alone is killed.
func isolate(*exec.Cmd, bool, bool) {}

func killGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
