package doctor

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/remedy"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// The compiler that CC is has many names, and under none of them is it another one.
func TestOtherCompilers(t *testing.T) {
	system := "/usr/bin/gcc"
	if _, err := os.Stat(system); err != nil || runtime.GOOS != "linux" {
		testskip.Missing(t, "there is no %s", system)
	}
	cc := filepath.Join(t.TempDir(), "mine")
	if err := os.Symlink(system, cc); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		cc   string
		want bool
	}{{cc, false}, {"/nowhere/cc", true}} {
		s := newSession(Options{})
		s.build = link.Build{GOOS: runtime.GOOS, GOARCH: runtime.GOARCH, CC: []string{c.cc}}
		s.host = newMachine(s)
		found := s.otherCompilers(s.build.GOARCH)
		if got := slices.ContainsFunc(found, func(o remedy.Compiler) bool { return o.CC == system }); got != c.want {
			t.Errorf("CC=%s: got %+v, want %s among them: %v", c.cc, found, system, c.want)
		}
	}
}
