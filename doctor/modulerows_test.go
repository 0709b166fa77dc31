package doctor_test

import (
	"flag"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/inspect"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/remedy"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

var (
	allModules  = flag.String("modules", "", "hold every row of what is known of modules against builds of it, which fetches them: both, or without cgo alone")
	onlyModules = flag.String("modules-of", "", "with -modules, only rows whose path contains this")
)

// moduleSample are rows whose modules are small.
var moduleSample = []string{"github.com/mattn/go-sqlite3", "github.com/google/gopacket/pcap", "github.com/miekg/pkcs11", "github.com/golang/snappy"}

// TestModules builds a program that uses each module, with cgo off and on, and
// holds what its row says, and what is predicted, against what happens.
func TestModules(t *testing.T) {
	testskip.Short(t, "fetches modules and builds them")
	held := 0
	for _, m := range remedy.Modules {
		if m.Use == "" || *allModules == "" && !slices.Contains(moduleSample, m.Path) || !strings.Contains(m.Path, *onlyModules) {
			continue
		}
		held++
		t.Run(m.Path, func(t *testing.T) { holdModule(t, m) })
	}
	if held == 0 {
		t.Errorf("got no row for -modules-of=%q, want the path of one to contain it", *onlyModules)
	}
}

// moduleUser is a program that uses a package of a module.
func moduleUser(t *testing.T, m remedy.Module, use string) (dir string, env []string) {
	t.Helper()
	dir = t.TempDir()
	env = plainEnv("GOFLAGS=-mod=mod", "PWD="+dir)
	name, _, _ := strings.Cut(m.Use, ".")
	for file, text := range map[string]string{
		"go.mod":  "module example.com/uses\n\ngo 1.25\n",
		"main.go": "package main\n\nimport " + name + " \"" + m.Path + "\"\n\nvar Used any = " + use + "\n\nfunc main() { println(Used != nil) }\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := run(dir, env, "go", "get", m.Path+"@"+m.Version); err != nil {
		testskip.Missing(t, "%s@%s cannot be fetched: %s", m.Path, m.Version, out)
	}
	return dir, env
}

// A stub is no stub for who uses what it does not even declare.
func TestStubLacks(t *testing.T) {
	testskip.Short(t, "fetches modules and builds them")
	m, _ := remedy.Lookup(&link.Package{ImportPath: "github.com/mattn/go-sqlite3", Version: "v1.14.53"})
	for _, use := range []string{"(*sqlite3.SQLiteConn).LoadExtension", "func(c *sqlite3.SQLiteConn) { c.GetFilename(\"\") }", "sqlite3.SQLiteTx{}"} {
		dir, env := moduleUser(t, m, use)
		r, err := doctor.Examine(t.Context(), doctor.Options{Dir: dir, Env: append(env, "CGO_ENABLED=1"), CacheDir: t.TempDir(), Checks: []string{"cgo-unpinned"}})
		if err != nil || len(r.Programs) != 1 {
			t.Fatalf("no prediction: %v", err)
		}
		said := r.Programs[0].WithoutCgo
		out, err := run(dir, append(env, "CGO_ENABLED=0"), "go", "build", "-o", filepath.Join(dir, "app"), ".")
		if err == nil || said == nil || said.Value != doctor.BuildFails || said.Certainty != doctor.Certain || !strings.Contains(out, said.Because) {
			t.Errorf("%s: got %+v foreseen, want it to fail: %v: %s", use, said, err, out)
		}
	}
}

func holdModule(t *testing.T, m remedy.Module) {
	dir, env := moduleUser(t, m, m.Use)
	r, err := doctor.Examine(t.Context(), doctor.Options{Dir: dir, Env: append(env, "CGO_ENABLED=1"), CacheDir: t.TempDir(), Checks: []string{"cgo-unpinned"}})
	if err != nil || len(r.Programs) != 1 {
		t.Fatalf("no prediction: %v", err)
	}
	exe := filepath.Join(dir, "app")
	out, err := run(dir, append(env, "CGO_ENABLED=0"), "go", "build", "-o", exe, ".")
	got := remedy.PureGo
	if err != nil {
		got = remedy.Fails
	} else if e, err := inspect.File(exe); err != nil {
		t.Fatal(err)
	} else if len(e.Needed.Value) > 0 {
		got = remedy.NoCgoYet
	}
	if want := m.Without; got != want && (want != remedy.Stub || got != remedy.PureGo) {
		t.Errorf("without cgo: got %s, want %s: %s", got, want, out)
	}
	for _, sw := range m.Switches {
		if sw.NoCgo {
			holdKept(t, sw, dir, env)
		}
	}
	said := r.Programs[0].WithoutCgo
	switch {
	case said == nil && got == remedy.Fails:
		t.Errorf("nothing was foreseen of it without cgo, and it is: %s", out)
	case said != nil && (said.Value == doctor.BuildFails) != (got == remedy.Fails):
		t.Errorf("without cgo: got %+v foreseen, want %s: %s", *said, got, out)
	case said != nil && (said.Value == doctor.BuildsStub) != (m.Without == remedy.Stub):
		t.Errorf("without cgo: got %+v foreseen, want a stub: %v", *said, m.Without == remedy.Stub)
	}
	if *allModules == "both" {
		holdLibraries(t, m, dir, env)
	}
}

// holdKept has a tag keep without cgo what its module loads at run time.
func holdKept(t *testing.T, sw remedy.Switch, dir string, env []string) {
	exe := filepath.Join(dir, "kept")
	if out, err := run(dir, append(env, "CGO_ENABLED=0"), "go", "build", "-tags="+sw.Tag, "-o", exe, "."); err != nil {
		t.Fatalf("without cgo, -tags=%s: %s", sw.Tag, out)
	}
	if e, err := inspect.File(exe); err != nil || len(e.Needed.Value) == 0 {
		t.Errorf("without cgo, -tags=%s: got %q, %v, want shared libraries", sw.Tag, e.Needed.Value, err)
	}
}

// holdLibraries holds the libraries of a row against a build with cgo, where what
// it needs is on this machine; where not, against what the build misses.
func holdLibraries(t *testing.T, m remedy.Module, dir string, env []string) {
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Log("there is no gcc")
		return
	}
	out, err := run(dir, append(env, "CGO_ENABLED=1"), "go", "list", "-deps", "-f", "{{if not .Standard}}{{range .CgoLDFLAGS}}{{.}} {{end}}{{range .CgoPkgConfig}}{{.}} {{end}}{{end}}", ".")
	if err != nil {
		t.Errorf("go list: %s", out)
	}
	words := strings.Fields(out)
	for _, l := range m.Links {
		if !slices.ContainsFunc(words, func(w string) bool { return w == l || strings.HasPrefix(w, l) || path.Base(w) == l }) {
			t.Errorf("got %q asked of the C linker, want %s among them", words, l)
		}
	}
	own := append([]string{"-lm", "-ldl", "-lpthread", "-pthread", "-lrt", "-lstdc++", "-lc", "-lresolv"}, m.Links...)
	for _, w := range words {
		if strings.HasPrefix(w, "-l") && !slices.Contains(own, w) && len(m.Links) == 0 && !strings.Contains(out, "-L") {
			t.Errorf("got %s asked of the C linker, want it among what the row says that it links with: %q", w, m.Links)
		}
	}
	if out, err := run(dir, append(env, "CGO_ENABLED=1"), "go", "build", "-o", filepath.Join(dir, "app1"), "."); err != nil {
		if len(m.Links) == 0 && len(m.Loads) == 0 {
			t.Errorf("with cgo: got %s, want it to build: it brings its C along", out)
		}
		t.Logf("with cgo it does not build here: %.300s", out)
	}
}

// run runs a command in a folder.
func run(dir string, env []string, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = dir, env
	out, err := cmd.CombinedOutput()
	return string(out), err
}
