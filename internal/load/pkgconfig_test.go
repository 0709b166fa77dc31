package load

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goportdoctor/goportdoctor/internal/process"
	"github.com/goportdoctor/goportdoctor/internal/testcc"
)

// TestPkgConfig asks a script in the place of pkg-config.
func TestPkgConfig(t *testing.T) {
	w := newWorkspace(t, map[string]string{
		"good/main.go": "package main\n\n// #cgo pkg-config: --static good\nimport \"C\"\n\nfunc main() {}\n",
		"bad/main.go":  "package main\n\n// #cgo pkg-config: bad\nimport \"C\"\n\nfunc main() {}\n",
		"own/main.go":  "package main\n\n// #cgo pkg-config: -- own\nimport \"C\"\n\nfunc main() {}\n",
		"odd/main.go":  "package main\n\n// #cgo pkg-config: odd\nimport \"C\"\n\nfunc main() {}\n",
	}, "CGO_ENABLED=1", "CC=no-such-compiler", "CXX=no-such-compiler")
	script := filepath.Join(t.TempDir(), "ask")
	const text = `#!/bin/sh
case "$*" in
*bad*) echo "Package bad was not found" >&2; exit 1;;
"--cflags"*odd*) echo "-I/odd";;
"--libs"*odd*) echo "-l\$odd";;
"--cflags -- own") echo "-I$(basename "$PWD")" "-I$(basename "$(pwd -P)")";;
"--cflags --static -- good") echo "-I/inc '-DX=a b'";;
"--libs --static -- good") echo "-L/lib -lgood";;
esac
`
	if err := os.WriteFile(script, []byte(text), 0o777); err != nil {
		t.Fatal(err)
	}
	w.env = append(w.env, "PKG_CONFIG="+script)
	r := w.list(t)
	if r.Err != nil || len(r.Programs) != 4 {
		t.Fatalf("got %d programs, %v, want 4", len(r.Programs), r.Err)
	}
	graph := r.Programs[0].Graph
	good, bad, odd := graph["example.com/m/good"], graph["example.com/m/bad"], graph["example.com/m/odd"]
	if !slices.Equal(good.PkgConfigCFLAGS, []string{"-I/inc", "-DX=a b"}) || !slices.Equal(good.PkgConfigLDFLAGS, []string{"-L/lib", "-lgood"}) || good.PkgConfigError != "" {
		t.Errorf("good: got %q, %q, %q", good.PkgConfigCFLAGS, good.PkgConfigLDFLAGS, good.PkgConfigError)
	}
	if want := script + " --cflags  -- bad\nPackage bad was not found"; bad.PkgConfigError != want {
		t.Errorf("bad: got %q, want %q", bad.PkgConfigError, want)
	}
	if want := "unexpected shell character '$' in pkgconf output"; odd.PkgConfigError != want || !slices.Equal(odd.PkgConfigCFLAGS, []string{"-I/odd"}) {
		t.Errorf("odd: got %q, %q, want %q", odd.PkgConfigError, odd.PkgConfigCFLAGS, want)
	}
	if own := graph["example.com/m/own"]; !slices.Equal(own.PkgConfigCFLAGS, []string{"-Iown", "-Iown"}) {
		t.Errorf("own: got %q, %q, want it asked in its folder, without the dashes", own.PkgConfigCFLAGS, own.PkgConfigError)
	}
	w.env = append(w.env, "CGO_ENABLED=0")
	for _, p := range w.list(t).Programs {
		if p.Main.PkgConfigError != "" || strings.Join(p.Main.PkgConfigLDFLAGS, "") != "" {
			t.Errorf("cgo off: got %q, %q of %s, want nothing asked", p.Main.PkgConfigLDFLAGS, p.Main.PkgConfigError, p.Main.ImportPath)
		}
	}
}

// One that hangs is ended, with what it started.
func TestHangingPkgConfig(t *testing.T) {
	w := newWorkspace(t, map[string]string{"main.go": "package main\n\n// #cgo pkg-config: x\nimport \"C\"\n\nfunc main() {}\n"},
		"CGO_ENABLED=1", "CC=no-such-compiler", "CXX=no-such-compiler")
	script, child := filepath.Join(t.TempDir(), "hang"), filepath.Join(t.TempDir(), "child")
	text := "#!/bin/sh\nsleep 600 &\necho $! >" + child + "\nwait\n"
	if err := os.WriteFile(script, []byte(text), 0o777); err != nil {
		t.Fatal(err)
	}
	defer func(l process.Limit) { limit = l }(limit)
	limit = process.Limit{Idle: 5 * time.Second, Work: time.Minute}
	w.env = append(w.env, "PKG_CONFIG="+script)
	r := w.list(t)
	if want := script + " did not answer: it did nothing for 5s"; len(r.Programs) != 1 || r.Programs[0].Main.PkgConfigUnknown != want || r.Programs[0].Main.PkgConfigError != "" {
		t.Errorf("got %+v, want one that is unknown, for %s", r.Programs, want)
	}
	if kept := PkgConfigs(r.Programs); len(kept) > 0 {
		t.Errorf("got %+v for another machine, want nothing", kept)
	}
	testcc.Ended(t, child)
}
