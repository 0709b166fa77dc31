package doctor_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// Distributions patch Go: a PIE by default, a loader path of their own. Such a
// toolchain is known by its source, whatever version it claims, and what rests
// on the patch is unknown.
func TestPatchedToolchain(t *testing.T) {
	for _, c := range []struct {
		name, file, old, new, function string
		flags, unknown                 string // build mode asked for; which fact becomes unknown
	}{
		{"default PIE", "internal/platform/supported.go", "isRace bool) bool {", "isRace bool) bool {\n\tif pieByDefault() {\n\t\treturn true\n\t}", "DefaultPIE", "", "linkage"},
		{"loader", "cmd/link/internal/amd64/obj.go", `"/lib64/ld-linux-x86-64.so.2"`, `loader()`, "Init/amd64", "pie", "interpreter"},
	} {
		t.Run(c.name, func(t *testing.T) {
			goroot := patchedGOROOT(t, c.file, c.old, c.new)
			env := append(os.Environ(), "PATH="+filepath.Join(goroot, "bin")+string(filepath.ListSeparator)+os.Getenv("PATH"),
				"GOROOT=", "GOTOOLCHAIN=local", "CGO_ENABLED=0", "GOENV=off", "GOOS=linux", "GOARCH=amd64", "GOFLAGS=-buildmode="+orDefault(c.flags))
			r, err := doctor.Predict(t.Context(), doctor.Options{Dir: abs(t, "../testdata/programs/fmtonly"), Env: env})
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Findings) == 0 || r.Findings[0].ID != "toolchain-source" || !strings.Contains(r.Findings[0].Message, strings.TrimSuffix(c.function, "/amd64")) {
				t.Errorf("got findings %v, want one that names %s", r.Findings, c.function)
			}
			if got := certainties(r.Programs[0].Executable)[c.unknown]; got != link.Unknown {
				t.Errorf("%s: got %s, want unknown", c.unknown, got)
			}
			if c.unknown == "interpreter" {
				if got := r.Programs[0].Linkage; got.Certainty != link.Exact || got.Value != link.LinkageDynamic {
					t.Errorf("linkage: got %v, want dynamic, exact: the loader's path has no part in it", got)
				}
			}
		})
	}
}

func orDefault(mode string) string {
	if mode == "" {
		return "default"
	}
	return mode
}

// patchedGOROOT is this machine's GOROOT by links, but for one file.
func patchedGOROOT(t *testing.T, file, old, new string) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		testskip.Missing(t, "there is no go on PATH")
	}
	real, goroot := strings.TrimSpace(string(out)), t.TempDir()
	linkTree(t, real, goroot, "bin")
	linkTree(t, filepath.Join(real, "bin"), filepath.Join(goroot, "bin"), "go")
	copyTool(t, filepath.Join(real, "bin", "go"), filepath.Join(goroot, "bin", "go")) // finds GOROOT from its own path
	if err := os.Remove(filepath.Join(goroot, "src")); err != nil {
		t.Fatal(err)
	}
	from, to := filepath.Join(real, "src"), filepath.Join(goroot, "src")
	for _, part := range strings.Split(file, "/") {
		linkTree(t, from, to, part)
		from, to = filepath.Join(from, part), filepath.Join(to, part)
	}
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	patched := strings.Replace(string(data), old, new, 1)
	if patched == string(data) {
		t.Fatalf("%s does not hold %s", file, old)
	}
	if err := os.WriteFile(to, []byte(patched), 0o666); err != nil {
		t.Fatal(err)
	}
	return goroot
}

// linkTree makes links in to for all entries of from but one.
func linkTree(t *testing.T, from, to, but string) {
	t.Helper()
	entries, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(to, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() == but {
			continue
		}
		if err := os.Symlink(filepath.Join(from, e.Name()), filepath.Join(to, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
}

func copyTool(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o777); err != nil {
		t.Fatal(err)
	}
}
