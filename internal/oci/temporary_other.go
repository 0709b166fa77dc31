//go:build !unix && !windows

package oci

import (
	"os"

	"github.com/goportdoctor/goportdoctor/internal/process"
)

// temporary is a file that the system will have to clear away.
func temporary() (*os.File, error) { return process.CreateTemp("layers") }
