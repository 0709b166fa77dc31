package doctor_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/testcc"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// These tests build the environments of known failures for real, ask the doctor,
// and hold its answer against what go build makes there. The names are those of
// the failures.

// A row is one program in one environment.
type row struct {
	program string   // folder of testdata/programs, or an absolute one
	env     []string // NAME=value; PATH+=DIR puts a folder in front
	flags   []string
	id      string // the check that has to speak,
	level   string // and how gravely
	says    string // part of the message or of the evidence
	source  link.Source
	loader  string // of the executable
	static  bool   // it is static
	fails   bool   // it does not build
}

func (r row) options(t *testing.T) doctor.Options {
	t.Helper()
	env := plainEnv()
	for _, kv := range r.env {
		if dir, ok := strings.CutPrefix(kv, "PATH+="); ok {
			kv = "PATH=" + dir + string(filepath.ListSeparator) + os.Getenv("PATH")
		}
		env = append(env, kv)
	}
	dir := r.program
	if !filepath.IsAbs(dir) {
		dir = abs(t, "../testdata/programs/"+dir)
	}
	return doctor.Options{Dir: dir, Env: env, Flags: flagsOf(r.flags), CacheDir: t.TempDir()}
}

// hold asks the doctor, builds, and compares.
func (r row) hold(t *testing.T) *doctor.Report {
	t.Helper()
	o := r.options(t)
	report, err := doctor.Examine(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Programs) != 1 {
		t.Fatalf("got %d programs, want 1", len(report.Programs))
	}
	e := report.Programs[0].Executable
	actual, failure := doctor.Build(context.Background(), o, []string{"."}, filepath.Join(t.TempDir(), "exe"))
	if failure != "" && !r.fails {
		t.Fatalf("go build: %s", failure)
	}
	for _, d := range doctor.Compare(e, actual, failure) {
		t.Errorf("%v", d)
	}
	switch {
	case r.fails:
		if failure == "" || e.BuildError == "" {
			t.Errorf("got %q, and go build says %q, want neither to build", e.BuildError, failure)
		}
	case r.static && (e.Linkage.Value != link.LinkageStatic || actual.Linkage.Value != link.LinkageStatic):
		t.Errorf("got %s, and it is %s, want static", e.Linkage.Value, actual.Linkage.Value)
	case r.loader != "" && (e.Interpreter.Value != r.loader || actual.Interpreter.Value != r.loader || e.Interpreter.Source != r.source || e.Interpreter.Certainty != link.Exact):
		t.Errorf("got %s from %s, %s, and it is %s, want %s from %s", e.Interpreter.Value, e.Interpreter.Source, e.Interpreter.Certainty, actual.Interpreter.Value, r.loader, r.source)
	}
	if r.id != "" {
		wantFinding(t, report, r.id, r.level, r.says)
	}
	return report
}

// wantFinding wants a finding of a check, with a severity and words.
func wantFinding(t *testing.T, r *doctor.Report, id, severity, says string) doctor.Finding {
	t.Helper()
	var of []string
	for _, f := range r.Findings {
		if f.ID != id {
			continue
		}
		text := f.Message
		for _, e := range f.Evidence {
			text += "\n" + e.File + ": " + e.Text
		}
		if f.Severity == severity && strings.Contains(text, says) {
			return f
		}
		of = append(of, f.Severity+": "+text)
	}
	t.Errorf("got of %s:\n%s\nwant a %s that says %q", id, strings.Join(of, "\n"), severity, says)
	return doctor.Finding{}
}

// wantNone wants no problem and no warning of a check.
func wantNone(t *testing.T, r *doctor.Report, ids ...string) {
	t.Helper()
	for _, f := range r.Findings {
		if f.Severity != doctor.OK && slices.Contains(ids, f.ID) {
			t.Errorf("got %s from %s: %s, want nothing", f.Severity, f.ID, f.Message)
		}
	}
}

// commands are all that remedies offer.
func commands(f doctor.Finding) string {
	var all []string
	for _, r := range f.Remedies {
		all = append(all, r.Commands...)
	}
	return strings.Join(all, "; ")
}

func TestK02BrewedCompiler(t *testing.T) {
	dir := t.TempDir()
	brewed := testcc.Brew(t, filepath.Join(dir, "brew"))
	loader := filepath.Join(dir, "brew", "lib", "ld.so")
	r := row{program: "net", env: []string{"CC=" + brewed}, id: "cc-loader", level: doctor.Problem, says: "/specs", loader: loader, source: link.SourceCCSpecs}.hold(t)
	f := wantFinding(t, r, "cc-loader", doctor.Problem, "here a symbolic link to ")
	if i := slices.IndexFunc(f.Evidence, func(e doctor.Evidence) bool {
		return strings.HasSuffix(e.File, "/specs") && e.Line > 100 && strings.Contains(e.Text, "--dynamic-linker")
	}); i < 0 {
		t.Errorf("got evidence %+v, want the line of the specs file", f.Evidence)
	}
	if got := commands(f); !strings.Contains(got, "CGO_ENABLED=0 go build") || !strings.Contains(got, "CC=/usr/bin/") {
		t.Errorf("got remedies %s, want the system's compiler and no cgo", got)
	}
	wantFinding(t, r, "cc-command", doctor.OK, "of Homebrew")
	// Linked externally, there is a run path too.
	row{program: "net", env: []string{"CC=" + brewed}, flags: []string{"ldflags=-linkmode=external"}, id: "cc-runpath", level: doctor.Problem,
		says: "/brew/lib/gcc/current", loader: loader, source: link.SourceCCSpecs}.hold(t)
	// No program of this one's kind takes it.
	r = row{program: "fmtonly", env: []string{"CC=" + brewed}, id: "cc-loader", level: doctor.Warning, says: "no program here takes it", static: true}.hold(t)
	if r.Problems() != 0 {
		t.Errorf("got %d problems, want none: fmtonly is static", r.Problems())
	}
}

// The older form: a shim that appends its flag.
func TestK02Shim(t *testing.T) {
	dir := t.TempDir()
	cc := testcc.Wrapper(t, dir)
	row{program: "osuser", env: []string{"CC=" + cc}, id: "cc-loader", level: doctor.Problem, says: cc, loader: dir + "/lib/ld.so", source: link.SourceCCWrapper}.hold(t)
}

// Where a package has C++, CXX links and not CC.
func TestK02CXXDrives(t *testing.T) {
	testskip.Short(t, "compiles C++")
	testcc.Need(t, "g++")
	dir := t.TempDir()
	brewed := testcc.Brew(t, filepath.Join(dir, "brew"))
	loader := filepath.Join(dir, "brew", "lib", "ld.so")
	cxx := testcc.Script(t, filepath.Join(dir, "bin", "my-g++"), `exec g++ "$@" -Wl,--dynamic-linker,`+loader+"\n")
	row{program: "cgocxx", env: []string{"CXX=" + cxx}, id: "cc-loader", level: doctor.Problem, says: cxx, loader: loader, source: link.SourceCCWrapper}.hold(t)
	r := row{program: "cgocxx", env: []string{"CC=" + brewed}, loader: testcc.Loader(t), source: link.SourceCC}.hold(t)
	if r.Problems() != 0 {
		t.Errorf("got %d problems, want none: CXX links it", r.Problems())
	}
}

func TestK03MissingCompiler(t *testing.T) {
	testcc.Loader(t)
	r := row{program: "net", env: []string{"CC=x86_64-conda-linux-gnu-cc", "CGO_ENABLED=1"}, fails: true, id: "cc-missing", level: doctor.Warning, says: "x86_64-conda-linux-gnu-cc"}.hold(t)
	f := wantFinding(t, r, "build-error", doctor.Problem, `C compiler "x86_64-conda-linux-gnu-cc" not found`)
	if got := commands(f); !strings.Contains(got, "CGO_ENABLED=0 go build") {
		t.Errorf("got remedies %s, want no cgo", got)
	}
	row{program: "fmtonly", env: []string{"CC=/nonexistent/gcc-5", "CGO_ENABLED=1"}, static: true, id: "cc-missing", level: doctor.Warning, says: "gcc-5"}.hold(t)
}

func TestK05SharedCache(t *testing.T) {
	testskip.Short(t, "compiles net twice")
	dir := t.TempDir()
	brewed, plain := testcc.Brew(t, filepath.Join(dir, "brew")), testcc.Need(t, "gcc")
	module := abs(t, "../testdata/programs/net")
	if _, failure := doctor.Build(t.Context(), calledMycc(t, dir, module, brewed), []string{"."}, filepath.Join(dir, "exe")); failure != "" {
		t.Fatal(failure)
	}
	o := calledMycc(t, dir, module, plain)
	r, err := doctor.Examine(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	f := wantFinding(t, r, "cache-archive", doctor.Problem, filepath.Join(dir, "brew", "lib", "ld.so"))
	if got := commands(f); !strings.Contains(got, "go clean -cache") {
		t.Errorf("got remedies %s, want that the cache be cleaned", got)
	}
	o.Dir = abs(t, "../testdata/programs/fmtonly")
	if r, err = doctor.Examine(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	wantFinding(t, r, "cache-archive", doctor.Warning, "another C compiler of the same name and version")
}

func TestK06Nix(t *testing.T) {
	testskip.Short(t, "compiles net")
	dir := t.TempDir()
	cc := testcc.Nix(t, dir)
	store := dir + "/nix/store/" + strings.Repeat("0", 32)
	loader := store + "-glibc/lib/" + filepath.Base(testcc.Loader(t))
	r := row{program: "net", env: []string{"CC=" + cc, "NIX_CC=" + store + "-gcc-wrapper"}, id: "cc-loader", level: doctor.Problem,
		says: "nix-support/dynamic-linker", loader: loader, source: link.SourceLDWrapper}.hold(t)
	wantFinding(t, r, "cc-command", doctor.OK, "of Nix")
	row{program: "cgom", env: []string{"CC=" + cc}, id: "cc-runpath", level: doctor.Problem, says: store + "-glibc/lib", loader: loader, source: link.SourceLDWrapper}.hold(t)
}

func TestK09Musl(t *testing.T) {
	testcc.Need(t, "musl-gcc")
	row{program: "net", env: []string{"CC=musl-gcc"}, id: "musl", level: doctor.Warning, says: "only systems with musl",
		loader: "/lib/ld-musl-x86_64.so.1", source: link.SourceCCSpecs}.hold(t)
}

// A stub builds, and starts; what it says is said before.
func TestK23Stub(t *testing.T) {
	r := row{program: "sqlite", env: []string{"CGO_ENABLED=0"}, static: true, id: "cgo-stub", level: doctor.Warning, says: "github.com/mattn/go-sqlite3 without SQLite itself"}.hold(t)
	wantNone(t, r, "build-error")
	wantNone(t, row{program: "net", env: []string{"CGO_ENABLED=0"}, static: true}.hold(t), "cgo-stub")
}

// No compiler: from Go 1.20 on the same source is static.
func TestK39NoCompiler(t *testing.T) {
	testcc.Loader(t)
	none := "PATH=" + noCompilerPath(t, filepath.Join(t.TempDir(), "bin"))
	r := row{program: "net", env: []string{none}, static: true, id: "cgo-unpinned", level: doctor.Warning, says: "dynamic (net) with one"}.hold(t)
	wantNone(t, r, "cc-missing", "cc-loader", "glibc")
	row{program: "net", id: "cgo-unpinned", level: doctor.Warning, says: "static without one", loader: testcc.Loader(t), source: link.SourceCC}.hold(t)
	for _, r := range []row{{program: "net", env: []string{"CGO_ENABLED=1"}}, {program: "net", env: []string{none, "CGO_ENABLED=0"}}, {program: "fmtonly"}, {program: "fmtonly", env: []string{none}}} {
		wantNone(t, r.hold(t), "cgo-unpinned")
	}
}

func TestK40Conda(t *testing.T) {
	dir := t.TempDir()
	env := testcc.Conda(t, dir)
	script := filepath.Join(dir, "etc/conda/activate.d/activate-go.sh")
	r := row{program: "fmtonly", env: append(slices.Clone(env), "CGO_ENABLED=0"), id: "go-settings", level: doctor.Warning, says: script,
		loader: testcc.Loader(t), source: link.SourcePort}.hold(t)
	wantFinding(t, r, "go-settings", doctor.Warning, "-buildmode=pie")
	r = row{program: "cgom", env: env, id: "cc-runpath", level: doctor.Problem, says: dir + "/lib", loader: testcc.Loader(t), source: link.SourceCC}.hold(t)
	wantFinding(t, r, "cc-command", doctor.OK, "of conda")
	wantFinding(t, r, "cgo-flags", doctor.Warning, script)
}

func TestK41Spack(t *testing.T) {
	testcc.Loader(t)
	dir := t.TempDir()
	lib := filepath.Join(dir, "opt", "spack", "zlib", "lib")
	cc := testcc.Script(t, filepath.Join(dir, "lib", "spack", "env", "gcc", "gcc"), `exec gcc "$@" -Wl,-rpath,`+lib+"\n")
	r := row{program: "cgom", env: []string{"CC=" + cc}, id: "cc-runpath", level: doctor.Problem, says: lib}.hold(t)
	wantFinding(t, r, "cc-command", doctor.OK, "of Spack")
}

func TestK44ExternalBySetting(t *testing.T) {
	loader := testcc.Loader(t)
	row{program: "fmtonly", env: []string{"GO_EXTLINK_ENABLED=1", "CGO_ENABLED=0"}, id: "go-settings", level: doctor.Warning, says: "GO_EXTLINK_ENABLED=1", loader: loader, source: link.SourceCC}.hold(t)
	goenv := filepath.Join(t.TempDir(), "env")
	if err := os.WriteFile(goenv, []byte("# of go env -w\nGO_EXTLINK_ENABLED=1\nGOFLAGS=-ldflags=-linkmode=external\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	r := row{program: "fmtonly", env: []string{"GOENV=" + goenv, "GOFLAGS="}, id: "go-settings", level: doctor.Warning, says: "does nothing there", loader: loader, source: link.SourceCC}.hold(t)
	f := wantFinding(t, r, "go-settings", doctor.Warning, "-linkmode=external")
	if len(f.Evidence) != 1 || f.Evidence[0].File != goenv || f.Evidence[0].Line != 3 {
		t.Errorf("got evidence %+v, want line 3 of the file of go env -w", f.Evidence)
	}
}

func TestK45StaticLDFLAGS(t *testing.T) {
	testcc.Loader(t)
	r := row{program: "net", env: []string{"CGO_LDFLAGS=-static"}, fails: true,
		id: "build-error", level: doctor.Problem, says: "relocation target"}
	if out, err := exec.Command("go", "env", "GOVERSION").Output(); err != nil || strings.HasPrefix(string(out), "go1.27") {
		testskip.Missing(t, "go1.27 links it externally")
	}
	wantFinding(t, r.hold(t), "cgo-flags", doctor.Warning, "CGO_LDFLAGS has -static")
}

func TestK48RunPathOfEnvironment(t *testing.T) {
	testcc.Loader(t)
	r := row{program: "cgom", env: []string{"LD_RUN_PATH=/opt/private/lib"}, id: "cc-runpath", level: doctor.Problem, says: "LD_RUN_PATH=/opt/private/lib in the environment"}.hold(t)
	wantFinding(t, r, "linker-environment", doctor.Warning, "LD_RUN_PATH")
	wantNone(t, row{program: "net", env: []string{"LD_RUN_PATH=/opt/private/lib"}}.hold(t), "cc-runpath.")
}

// A packager's C flags turn a net-only program external, run path and all.
func TestK49PackagersFlags(t *testing.T) {
	testskip.Short(t, "compiles net")
	brewed := testcc.Brew(t, filepath.Join(t.TempDir(), "brew"))
	r := row{program: "net", env: []string{"CC=" + brewed, "CGO_CFLAGS=-O2 -fcf-protection"}, id: "cgo-flags", level: doctor.Warning, says: "-fcf-protection in CGO_CFLAGS"}.hold(t)
	if got := r.Programs[0].LinkMode.Value; got != link.ModeExternal {
		t.Errorf("got %s, want external", got)
	}
	wantFinding(t, r, "cc-runpath", doctor.Problem, "/brew/lib/gcc/current")
}

func TestClang(t *testing.T) {
	testcc.Need(t, "clang")
	r := row{program: "net", env: []string{"CC=clang"}, loader: testcc.Loader(t), source: link.SourceCC}.hold(t)
	wantNone(t, r, "cc-loader", "cc-runpath", "cc-probe")
	wantFinding(t, r, "cc-command", doctor.OK, "clang version")
}
