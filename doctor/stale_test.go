package doctor_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/testcc"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// A build cache tells two C compilers of one name and version line from each
// other by nothing: what the first compiled goes into the second's programs
// (FAILURES K05). The prediction has to follow the cache, not the compiler.
func TestStaleArchiveLong(t *testing.T) {
	testskip.Long(t)
	dir := t.TempDir()
	plain := testcc.Need(t, "gcc")
	brewed := testcc.Brew(t, filepath.Join(dir, "brew"))
	module := abs(t, "../testdata/programs/net")
	with := func(compiler string) doctor.Options { return calledMycc(t, dir, module, compiler) }
	loader := filepath.Join(dir, "brew", "lib", "ld.so")
	out := filepath.Join(dir, "exe")

	// Nothing is built yet: the compiler decides.
	if i := predictOne(t, with(plain)).Interpreter; i.Value == loader || i.Source == link.SourceBuildCache {
		t.Errorf("with an empty cache: got %q from %s, want gcc's own loader", i.Value, i.Source)
	}
	if e, failure := doctor.Build(context.Background(), with(brewed), []string{"."}, out); failure != "" || e.Interpreter.Value != loader {
		t.Fatalf("built with the brewed compiler: got interpreter %q (%s), want %q", e.Interpreter.Value, failure, loader)
	}

	// The other compiler now gets the first one's runtime/cgo, twice: asked of
	// the go command, and remembered.
	for _, how := range []string{"asked", "remembered"} {
		e := predictOne(t, with(plain))
		if i := e.Interpreter; i.Value != loader || i.Source != link.SourceBuildCache || i.Certainty != link.Exact {
			t.Errorf("%s: got %q, %s, from %s, want %q, exact, from build-cache", how, i.Value, i.Certainty, i.Source, loader)
		}
		actual, failure := doctor.Build(context.Background(), with(plain), []string{"."}, out)
		for _, d := range doctor.Compare(e, actual, failure) {
			t.Errorf("%s: %v", how, d)
		}
	}

	// -a compiles everything again, as the advice for this case says.
	again := with(plain)
	again.Env = append(again.Env, "GOFLAGS=-a -buildvcs=false")
	if i := predictOne(t, again).Interpreter; i.Value == loader || strings.Contains(string(i.Source), "cache") {
		t.Errorf("with -a: got %q from %s, want gcc's own loader", i.Value, i.Source)
	}

	// Once that is done, what was remembered of the cache is of no account,
	// though the file that it was read from is still there.
	if _, failure := doctor.Build(context.Background(), again, []string{"."}, out); failure != "" {
		t.Fatal(failure)
	}
	e := predictOne(t, with(plain))
	if e.Interpreter.Value == loader {
		t.Errorf("after -a: got %q from %s, want gcc's own loader", e.Interpreter.Value, e.Interpreter.Source)
	}
	actual, failure := doctor.Build(context.Background(), with(plain), []string{"."}, out)
	for _, d := range doctor.Compare(e, actual, failure) {
		t.Errorf("after -a: %v", d)
	}
}

// calledMycc has a module built by a compiler under the name mycc, with the
// build cache that all compilers of dir share.
func calledMycc(t *testing.T, dir, module, compiler string) doctor.Options {
	t.Helper()
	bin := filepath.Join(dir, "as-"+filepath.Base(compiler))
	if err := os.MkdirAll(bin, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(compiler, filepath.Join(bin, "mycc")); err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
	cache := filepath.Join(dir, "gocache")
	if _, err := os.Stat(cache); err != nil {
		hardLinks(seedCache(t), cache)
	}
	return doctor.Options{Dir: module, CacheDir: filepath.Join(dir, "memory"), Env: append(os.Environ(),
		"PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"), "CC=mycc", "CGO_ENABLED=1",
		"GOCACHE="+cache, "GOFLAGS=-buildvcs=false", "GOENV=off")}
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

// With a default.pgo, everything is compiled once more, so an archive that was
// compiled without it is not the program's.
func TestStaleArchiveProfile(t *testing.T) {
	testskip.Short(t, "compiles net")
	dir := t.TempDir()
	brewed := testcc.Brew(t, filepath.Join(dir, "brew"))
	for name, text := range map[string]string{"go.mod": "module example.com/pgo\n\ngo 1.21\n", "main.go": "package main\n\nimport _ \"net\"\n\nfunc main() {}\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	plain := calledMycc(t, dir, dir, testcc.Need(t, "gcc"))
	if _, failure := doctor.Build(context.Background(), calledMycc(t, dir, dir, brewed), []string{"."}, filepath.Join(dir, "exe")); failure != "" {
		t.Fatal(failure)
	}
	if got := predictOne(t, plain).Interpreter.Source; got != link.SourceBuildCache {
		t.Errorf("without a profile: got a loader from %s, want build-cache", got)
	}
	if err := os.WriteFile(filepath.Join(dir, "default.pgo"), profileOf(t), 0o666); err != nil {
		t.Fatal(err)
	}
	if got := predictOne(t, plain).Interpreter.Source; got == link.SourceBuildCache {
		t.Errorf("with a profile: got a loader from %s, want gcc's own", got)
	}
}

// profileOf is a small CPU profile of this process.
func profileOf(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := pprof.StartCPUProfile(&b); err != nil {
		testskip.Missing(t, "a CPU profile is being written already: %v", err)
	}
	for end := time.Now().Add(50 * time.Millisecond); time.Now().Before(end); {
	}
	pprof.StopCPUProfile()
	return b.Bytes()
}
