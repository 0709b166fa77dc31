package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"testing"

	"github.com/goportdoctor/goportdoctor/doctor"
)

// TestOwnBuild: goportdoctor starts wherever it is needed, whoever built it. It
// is asked itself, with cgo on, on a port where nothing else makes a program
// dynamic.
func TestOwnBuild(t *testing.T) {
	cmd := exec.Command("goportdoctor", "predict", "-json", ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1", "GOOS=linux", "GOARCH=amd64", "GOFLAGS=", "GOENV=off")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var r doctor.Report
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatal(err)
	}
	if got := r.Programs[0]; got.Linkage.Value != "static" {
		t.Errorf("got %s because of %v, want static", got.Linkage.Value, got.Causes)
	}
}
