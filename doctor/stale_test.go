package doctor_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/testcc"
)

// A build cache tells two C compilers of one name and version line from each
// other by nothing: what the first compiled goes into the second's programs
// (FAILURES K05). The prediction has to follow the cache, not the compiler.
func TestStaleArchive(t *testing.T) {
	dir := t.TempDir()
	plain := testcc.Need(t, "gcc")
	brewed := testcc.Brew(t, filepath.Join(dir, "brew"))
	o := doctor.Options{Dir: abs(t, "../testdata/programs/net"), CacheDir: filepath.Join(dir, "memory")}
	with := func(name, compiler string) doctor.Options {
		bin := filepath.Join(dir, name)
		if err := os.MkdirAll(bin, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(compiler, filepath.Join(bin, "mycc")); err != nil && !os.IsExist(err) {
			t.Fatal(err)
		}
		with := o
		with.Env = append(os.Environ(), "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"), "CC=mycc", "CGO_ENABLED=1",
			"GOCACHE="+filepath.Join(dir, "gocache"), "GOFLAGS=-buildvcs=false", "GOENV=off")
		return with
	}
	loader := filepath.Join(dir, "brew", "lib", "ld.so")
	out := filepath.Join(dir, "exe")

	// Nothing is built yet: the compiler decides.
	if i := predictOne(t, with("plain", plain)).Interpreter; i.Value == loader || i.Source == link.SourceBuildCache {
		t.Errorf("with an empty cache: got %q from %s, want gcc's own loader", i.Value, i.Source)
	}
	if e, failure := doctor.Build(context.Background(), with("brewed", brewed), []string{"."}, out); failure != "" || e.Interpreter.Value != loader {
		t.Fatalf("built with the brewed compiler: got interpreter %q (%s), want %q", e.Interpreter.Value, failure, loader)
	}

	// The other compiler now gets the first one's runtime/cgo, twice: asked of
	// the go command, and remembered.
	for _, how := range []string{"asked", "remembered"} {
		e := predictOne(t, with("plain", plain))
		if i := e.Interpreter; i.Value != loader || i.Source != link.SourceBuildCache || i.Certainty != link.Exact {
			t.Errorf("%s: got %q, %s, from %s, want %q, exact, from build-cache", how, i.Value, i.Certainty, i.Source, loader)
		}
		actual, failure := doctor.Build(context.Background(), with("plain", plain), []string{"."}, out)
		for _, d := range doctor.Compare(e, actual, failure) {
			t.Errorf("%s: %v", how, d)
		}
	}

	// -a compiles everything again, as the advice for this case says.
	again := with("plain", plain)
	again.Env = append(again.Env, "GOFLAGS=-a -buildvcs=false")
	if i := predictOne(t, again).Interpreter; i.Value == loader || strings.Contains(string(i.Source), "cache") {
		t.Errorf("with -a: got %q from %s, want gcc's own loader", i.Value, i.Source)
	}
}

func predictOne(t *testing.T, o doctor.Options) link.Executable {
	t.Helper()
	r, err := doctor.Predict(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Programs) != 1 {
		t.Fatalf("got %d programs, want 1", len(r.Programs))
	}
	return r.Programs[0].Executable
}

func abs(t *testing.T, path string) string {
	t.Helper()
	p, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
