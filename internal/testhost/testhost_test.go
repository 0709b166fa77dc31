package testhost

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// TestRun starts a static program in the barest host, where it runs, and one
// that needs a loader, whose error is the kernel's.
func TestRun(t *testing.T) {
	h := Make(t, "scratch")
	for _, c := range []struct{ name, mode, want string }{
		{"static", "-buildmode=exe", ""},
		{"needs a loader", "-buildmode=pie", "exec /app: no such file or directory"},
	} {
		exe := filepath.Join(t.TempDir(), "exe")
		cmd := exec.Command("go", "build", c.mode, "-o", exe, ".")
		cmd.Dir = "../../testdata/programs/fmtonly"
		cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		got, err := h.Run(exe)
		if err != nil {
			testskip.Missing(t, "nothing can be started in namespaces of its own here: %v", err)
		}
		if got.Message != c.want || got.Runs != (c.want == "") {
			t.Errorf("%s: got %+v, want the message %q", c.name, got, c.want)
		}
	}
}
