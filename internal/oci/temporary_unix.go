//go:build unix

package oci

import (
	"os"

	"github.com/goportdoctor/goportdoctor/internal/process"
)

// temporary is a file that is gone when the process ends.
func temporary() (*os.File, error) {
	f, err := process.CreateTemp("layers")
	if err != nil {
		return nil, err
	}
	process.Remove(f.Name()) // it is read by what is open
	return f, nil
}
