//go:build !linux

package capture

import (
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

func makeNode(t *testing.T, _ string, _ bool) { testskip.Missing(t, "devices are made on Linux") }
