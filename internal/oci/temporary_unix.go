//go:build unix

package oci

import (
	"os"
	"syscall"

	"github.com/goportdoctor/goportdoctor/internal/process"
)

// nonblock keeps a pipe from making an open wait.
const nonblock = syscall.O_NONBLOCK

// temporary is a file that is gone when the process ends.
func temporary() (*os.File, error) {
	f, err := process.CreateTemp("layers")
	if err != nil {
		return nil, err
	}
	process.Remove(f.Name()) // it is read by what is open
	return f, nil
}
