//go:build !unix && !windows

package oci

import "os"

// temporary is a file that the system will have to clear away.
func temporary() (*os.File, error) { return os.CreateTemp("", "goportdoctor") }
