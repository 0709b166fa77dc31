package cause

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/port"
	"github.com/goportdoctor/goportdoctor/internal/target"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// The tables here are short forms of what other packages, and the toolchain at
// hand, know in full.

func TestLoadersOfPorts(t *testing.T) {
	for _, file := range port.Loaders() {
		if foreignLoader(file) {
			t.Errorf("%s: got a foreign loader, want a port's own", file)
		}
	}
	for _, release := range port.Releases() {
		for _, p := range port.All(release) {
			if p.Loader != "" && foreignLoader(p.Loader) {
				t.Errorf("%s of %s: got a foreign loader, want a port's own", p.Loader, release)
			}
		}
	}
}

func TestInternalCgo(t *testing.T) {
	for _, release := range port.Releases() {
		for _, pkg := range port.InternalPackages(release) {
			// Those of the race detector of some version come in by -race alone.
			if !slices.Contains(internalCgo, pkg) && !strings.HasPrefix(pkg, "runtime/race/") {
				t.Errorf("%s: got no %s among the packages that Go links itself, want it", release, pkg)
			}
		}
	}
}

func TestStdRoots(t *testing.T) {
	if !slices.IsSorted(stdRoots) {
		t.Error("got the names unsorted, want them sorted")
	}
	folders, err := os.ReadDir(filepath.Join(goroot(t), "src"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folders {
		if f.IsDir() && f.Name() != "testdata" && !inStd(f.Name()) {
			t.Errorf("got no %s, want it", f.Name())
		}
	}
}

func goroot(t *testing.T) string {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		testskip.Missing(t, "there is no go command to ask for GOROOT: %v", err)
	}
	return strings.TrimSpace(string(out))
}

func TestTargetNames(t *testing.T) {
	var known []string
	for _, k := range target.Known() {
		known = append(known, k.Name)
	}
	if !slices.Equal(slices.Sorted(slices.Values(targets)), slices.Sorted(slices.Values(known))) {
		t.Errorf("got %q, want %q", targets, known)
	}
}
