package doctor_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/testcc"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// environmentFailures are the known failures that an environment brings about, and the
// tests that build it. What cannot be had here says what stands for it.
var environmentFailures = []struct{ id, what, tests, instead string }{
	{"K01", "a precompiled runtime/cgo with a brewed loader", "TestK01PrecompiledArchive TestK01BrewedArchiveLong TestK01OldReleasesLong", ""},
	{"K02", "a brewed gcc", "TestK02BrewedCompiler TestK02Shim TestK02CXXDrives", "Homebrew's own gcc, by this machine's with such a specs file"},
	{"K03", "a default CC that is not there", "TestK03MissingCompiler", ""},
	{"K04", "GO_LDSO baked in", "TestK04K46RebuiltLinkerLong", ""},
	{"K05", "a shared build cache", "TestK05SharedCache", ""},
	{"K06", "CC or ld wrapped by Nix", "TestK06Nix", "nixpkgs' wrappers, by scripts that do the same"},
	{"K07", "nixpkgs' Go, a PIE by default", "TestK07NixpkgsLong", "nixpkgs' patches, by patches that do the same, with cmd/go and cmd/link built anew"},
	{"K09", "a PIE built on Alpine", "TestK09Musl", "Alpine's gcc, by musl-gcc"},
	{"K23", "a stub in the place of C", "TestK23Stub", ""},
	{"K39", "no C compiler", "TestK39NoCompiler TestK01BrewedArchiveLong TestK01OldReleasesLong", ""},
	{"K40", "conda's activation", "TestK40Conda", "conda's compiler, by a script of its name"},
	{"K41", "Spack's wrapper", "TestK41Spack", "Spack's wrapper, by a script in its place"},
	{"K43", "patchelf", "TestK43Patchelf", ""},
	{"K44", "GO_EXTLINK_ENABLED, -linkmode=external", "TestK44ExternalBySetting", ""},
	{"K45", "-static in CGO_LDFLAGS", "TestK45StaticLDFLAGS", ""},
	{"K46", "Guix's Go", "TestK04K46RebuiltLinkerLong", "Guix's substitution, by the same made in cmd/link's source"},
	{"K47", "zig cc", "TestK47Zig", ""},
	{"K48", "LD_RUN_PATH", "TestK48RunPathOfEnvironment", ""},
	{"K49", "a packager's C flags", "TestK49PackagersFlags", ""},
}

// Every failure of the environment has a test, and every test named is there.
func TestFailuresHaveTests(t *testing.T) {
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil {
				there[f.Name.Name] = true
			}
		}
	}
	named := ""
	for _, f := range environmentFailures {
		named += " " + f.tests
		for _, test := range strings.Fields(f.tests) {
			if !there[test] {
				t.Errorf("%s: got no %s, want the test that the table names", f.id, test)
			}
		}
	}
	for test := range there {
		if len(test) > 7 && strings.HasPrefix(test, "TestK") && test[5] >= '0' && test[5] <= '9' && !slices.Contains(strings.Fields(named), test) {
			t.Errorf("got %s in no row, want one that names it", test)
		}
	}
}

// patchelf breaks executables that Go's linker laid out, run paths above all, so
// that nothing that the doctor says recommends it; what it did to one is seen.
func TestK43Patchelf(t *testing.T) {
	testskip.Short(t, "compiles net")
	for _, c := range doctor.Checks() {
		text, err := json.Marshal(c)
		if err != nil || strings.Contains(string(text), "patchelf") {
			t.Errorf("%s: got %s, %v, want no patchelf", c.ID, text, err)
		}
	}
	brewed := testcc.Brew(t, filepath.Join(t.TempDir(), "brew"))
	r := row{program: "net", env: []string{"CC=" + brewed}}
	report := r.hold(t)
	if text := jsonOf(t, report); strings.Contains(text, "patchelf") || !strings.Contains(text, "CGO_ENABLED=0 go build") {
		t.Errorf("got %s, want remedies, and none of patchelf's", text)
	}
	patchelf, exe := testcc.Need(t, "patchelf"), filepath.Join(t.TempDir(), "exe")
	build := exec.Command("go", "build", "-o", exe, ".")
	o := r.options(t)
	if build.Dir, build.Env = o.Dir, o.Env; build.Run() != nil {
		t.Fatal("go build fails")
	}
	if out, err := exec.Command(patchelf, "--set-interpreter", testcc.Loader(t), "--set-rpath", "/opt/private", exe).CombinedOutput(); err != nil {
		t.Fatalf("patchelf: %v\n%s", err, out)
	}
	patched := doctor.Inspect([]string{exe}, nil).Programs[0].Executable
	var differ []string
	for _, d := range doctor.Compare(report.Programs[0].Executable, patched, "") {
		differ = append(differ, d.Fact)
	}
	slices.Sort(differ)
	if !slices.Equal(differ, []string{"interpreter", "runpath"}) || patched.Interpreter.Value != testcc.Loader(t) {
		t.Errorf("got differences in %q, and %s, want the interpreter and the run path", differ, patched.Interpreter.Value)
	}
}

// A C compiler for another processor than GOARCH: a real build fails as well, in
// words of the assembler or the linker.
func TestOtherMachine(t *testing.T) {
	testcc.Need(t, "gcc")
	if runtime.GOARCH != "amd64" {
		testskip.Missing(t, "gcc is taken to be one for amd64, and this machine is %s", runtime.GOARCH)
	}
	for program, env := range map[string]string{"net": "CGO_ENABLED=1", "cgom": "CGO_ENABLED=1", "fmtonly": "GO_EXTLINK_ENABLED=1"} {
		r, err := doctor.Verify(t.Context(), doctor.Options{Dir: abs(t, "../testdata/programs/"+program), CacheDir: t.TempDir(),
			Env: plainEnv("GOARCH=arm64", "CC=gcc", "CGO_ENABLED=0", env)})
		if err != nil {
			t.Fatal(err)
		}
		p := r.Programs[0]
		if p.BuildError != "gcc is a C compiler for amd64, and GOARCH is arm64" || p.BuildErrorCertainty != link.AtLeast || p.Differences == nil || len(*p.Differences) > 0 {
			t.Errorf("%s: got %q (%s), and %v is different, want it foreseen", program, p.BuildError, p.BuildErrorCertainty, *p.Differences)
		}
	}
}
