//go:build unix

package oci

import "os"

// temporary is a file that is gone when the process ends.
func temporary() (*os.File, error) {
	f, err := os.CreateTemp("", "goportdoctor")
	if err != nil {
		return nil, err
	}
	return f, os.Remove(f.Name())
}
