package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/report"
)

// TestJSONHoldsNoSecret: builds are shown with names and without values, and the
// report itself stays as it is.
func TestJSONHoldsNoSecret(t *testing.T) {
	p := dynamic("example.com/a")
	p.Build = link.Build{Flags: []string{"-ldflags=-s -X main.k=sesame1"}, Env: []string{"CC=env TOKEN=sesame2 gcc", "CGO_CFLAGS=-DTOKEN=sesame3", "GOFLAGS='-ldflags=-X main.k=sesame4'"}}
	p.Actual = &link.Executable{Build: p.Build, Settings: map[string]string{"-ldflags": "-X main.k=sesame5", "CGO_CFLAGS": "-DTOKEN=sesame6", "GOOS": "linux"}}
	var out bytes.Buffer
	if err := report.JSON(&out, &doctor.Report{Programs: []doctor.Program{p}}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "sesame") {
		t.Errorf("got %s, want no secret", out.String())
	}
	for _, want := range []string{`"-ldflags=-s -X main.k=…"`, `"CC=env TOKEN=… gcc"`, `"GOOS": "linux"`, `"-ldflags": "-X main.k=…"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("got %s, want %s", out.String(), want)
		}
	}
	if p.Build.Flags[0] != "-ldflags=-s -X main.k=sesame1" || p.Actual.Settings["CGO_CFLAGS"] != "-DTOKEN=sesame6" {
		t.Errorf("got %v, %v, want the report unchanged", p.Build.Flags, p.Actual.Settings)
	}
}
