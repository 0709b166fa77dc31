package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// TestDoctorRaceLong runs the doctor, built with the race detector, on a module of
// many packages that change when cgo goes off.
func TestDoctorRaceLong(t *testing.T) {
	testskip.Long(t)
	if _, err := exec.LookPath("gcc"); err != nil {
		testskip.Missing(t, "there is no gcc, which -race needs")
	}
	tool := filepath.Join(t.TempDir(), "goportdoctor")
	build := exec.Command("go", "build", "-race", "-buildvcs=false", "-o", tool, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=1", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	dir := manyPackages(t, 120)
	for _, run := range []struct {
		args string
		want int
	}{{"", 0}, {"", 0}, {"", 0}, {"-target=scratch", 3}, {"predict", 0}, {"lint", 3}} {
		cmd := exec.Command(tool, strings.Fields(run.args)...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOENV=off", "GOFLAGS=", "GOWORK=off", "GOPROXY=off", "CGO_ENABLED=1",
			"GOMAXPROCS=8", "GOPORTDOCTOR_CACHE="+t.TempDir(), "GORACE=exitcode=66")
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		_ = cmd.Run()
		said := stderr.String()
		races := strings.Contains(said, "DATA RACE") || strings.Contains(said, "concurrent map")
		if got := cmd.ProcessState.ExitCode(); got != run.want || races {
			t.Errorf("%q: got exit status %d, want %d and no race\n%.4000s%.2000s",
				run.args, got, run.want, said, stdout.String())
		}
	}
}

// manyPackages makes a module of a program and twice n packages: half of them
// have other files without cgo, and each of these imports one that has not.
func manyPackages(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	var imports, uses strings.Builder
	files := map[string]string{"go.mod": "module example.com/many\n\ngo 1.21\n"}
	for i := range n {
		same := "package same%[1]d\n\nimport \"strings\"\n\nfunc Name() string { return strings.Repeat(\"x\", %[1]d) }\n"
		files[fmt.Sprintf("same%d/same.go", i)] = fmt.Sprintf(same, i)
		other := "//go:build %s\n\npackage other%[2]d\n\nimport \"example.com/many/same%[2]d\"\n\n" +
			"func Name() string { return %[3]q + same%[2]d.Name() }\n"
		files[fmt.Sprintf("other%d/with.go", i)] = fmt.Sprintf(other, "cgo", i, "with")
		files[fmt.Sprintf("other%d/without.go", i)] = fmt.Sprintf(other, "!cgo", i, "without")
		fmt.Fprintf(&imports, "\t\"example.com/many/other%d\"\n", i)
		fmt.Fprintf(&uses, "\tprintln(other%d.Name())\n", i)
	}
	files["main.go"] = "package main\n\nimport (\n" + imports.String() + "\t_ \"net\"\n)\n\n" +
		"func main() {\n" + uses.String() + "}\n"
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
