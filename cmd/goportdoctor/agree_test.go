package main

import (
	"debug/elf"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

var allPrograms = flag.Bool("programs", false, "hold the analyzer against every program of testdata/programs")

// sampled are the programs that take little to compile, one for each thing that
// tells the difference.
var sampled = []string{"fmtonly", "net", "netunused", "osuser", "plugin", "rawcgo", "cgom", "cgodep", "cgostub", "syso", "purego"}

// unlike are the programs whose default build tells nothing: one is static by
// its own #cgo LDFLAGS, one is refused for them.
var unlike = []string{"staticldflag", "badldflag"}

// TestVetAgreesWithTheLink holds what vet says of programs against the link: a
// program has a report exactly if its executable has an interpreter, and with
// cgo off, if the same holds of that build.
func TestVetAgreesWithTheLink(t *testing.T) {
	if runtime.GOOS != "linux" {
		testskip.Missing(t, "PT_INTERP is looked for on linux")
	}
	if _, err := exec.LookPath("gcc"); err != nil {
		testskip.Missing(t, "there is no gcc")
	}
	folders, err := os.ReadDir("../../testdata/programs")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folders {
		if !f.IsDir() || slices.Contains(unlike, f.Name()) || !*allPrograms && !slices.Contains(sampled, f.Name()) {
			continue
		}
		if testing.Short() && f.Name() != "fmtonly" && f.Name() != "net" {
			continue
		}
		for _, cgo := range []string{"1", "0"} {
			t.Run(f.Name()+"/cgo"+cgo, func(t *testing.T) { agree(t, f.Name(), "CGO_ENABLED="+cgo) })
		}
	}
}

func agree(t *testing.T, program, cgo string) {
	pkg := "."
	if program == "nodeexporter" {
		pkg = "github.com/prometheus/node_exporter"
	}
	exe := filepath.Join(t.TempDir(), "exe")
	goTool := func(args ...string) (string, error) {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir = filepath.Join("../../testdata/programs", program)
		cmd.Env = append(os.Environ(), "GOENV=off", "GOFLAGS=", "GOWORK=off", cgo)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := goTool("go", "build", "-buildvcs=false", "-o", exe, pkg); err != nil {
		if cgo == "CGO_ENABLED=0" {
			return // needs cgo, and says so
		}
		t.Fatalf("got no build to compare with: %v\n%s", err, out)
	}
	out, err := goTool("goportdoctor", "vet", "-cgoimport.main", pkg)
	reported := err != nil
	if reported && !strings.Contains(out, "links with cgo") && !strings.Contains(out, "needs shared libraries") {
		t.Fatalf("goportdoctor vet: %v\n%s", err, out)
	}
	if dynamic := hasInterpreter(t, exe); dynamic != reported {
		t.Errorf("got reports %v, want %v, as the executable names an interpreter or not; vet says:\n%s", reported, dynamic, out)
	}
}

func hasInterpreter(t *testing.T, file string) bool {
	t.Helper()
	f, err := elf.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return slices.ContainsFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP })
}
