//go:build !unix

package toolchain

import "os/exec"

// killGroup leaves cmd as it is: where there are no process groups, the driver
// alone is killed.
func killGroup(*exec.Cmd) {}
