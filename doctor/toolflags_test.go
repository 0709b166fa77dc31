package doctor_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/load"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// TestToolFlags holds what is said of -gcflags and -asmflags against go build.
func TestToolFlags(t *testing.T) {
	testskip.Short(t, "builds a program many times")
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":  "module example.com/flags\n\ngo 1.21\n",
		"main.go": "package main\n\nfunc f()\n\nfunc main() { f() }\n",
		"f.s":     "TEXT ·f(SB),4,$0-0\n\tRET\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ name, value string }{
		{"gcflags", "-N -l"}, {"gcflags", "-d=checkptr"}, {"gcflags", "-C=3"}, {"gcflags", "example.com/other=-nosuch"}, {"gcflags", ""},
		{"gcflags", "-nosuch"}, {"gcflags", "-N -nosuch"}, {"gcflags", "-d=nosuch"}, {"gcflags", "-c=x"}, {"gcflags", "-N nosuch"},
		{"gcflags", "./...=-nosuch"}, {"gcflags", "runtime=-nosuch"}, {"gcflags", "-S -help"},
		{"asmflags", "-nosuch"}, {"asmflags", "-D=X"}, {"asmflags", "example.com/other=-nosuch"}, {"asmflags", "runtime=-nosuch"},
	} {
		t.Run(c.name+"="+c.value, func(t *testing.T) {
			o := doctor.Options{Dir: dir, Flags: []load.Flag{{Name: c.name, Value: c.value}}, Patterns: []string{"."}}
			_, failure := doctor.Build(t.Context(), o, o.Patterns, filepath.Join(t.TempDir(), "out"))
			want := ""
			for line := range strings.Lines(failure) {
				if !strings.HasPrefix(line, "#") {
					want = strings.TrimSpace(line)
					break
				}
			}
			if got := predictOne(t, o).BuildError; got != want {
				t.Errorf("got %q, go build says %q", got, want)
			}
		})
	}
}
