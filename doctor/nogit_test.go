package doctor_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/load"
	"github.com/goportdoctor/goportdoctor/internal/testcc"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// TestNoGit: in a repository, neither goportdoctor nor a go command that it starts
// runs git, which obeys the repository's configuration, unless a flag asks for it.
func TestNoGit(t *testing.T) {
	t.Parallel()
	git, err := exec.LookPath("git")
	if err != nil {
		testskip.Missing(t, "there is no git")
	}
	dir, bin := t.TempDir(), t.TempDir()
	ran := filepath.Join(bin, "ran")
	for name, text := range map[string]string{
		"go.mod":          "module example.com/m\n\ngo 1.21\n",
		"main.go":         "package main\n\nfunc main() {}\n",
		"missing/main.go": "package main\n\n// #cgo pkg-config: no-such-package\nimport \"C\"\n\nfunc main() {}\n",
		".gitattributes":  "* filter=x\n",
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command(git, "init", "-q", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	testcc.Script(t, filepath.Join(bin, "git"), "echo \"$*\" >>"+ran+"\nexit 1\n")
	o := doctor.Options{Dir: dir, Env: append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "CGO_ENABLED=1", "GOFLAGS=", "GOWORK=off", "GOENV=off"),
		Patterns: []string{"./..."}}
	for name, run := range map[string]func(doctor.Options) (*doctor.Report, error){
		"predict": func(o doctor.Options) (*doctor.Report, error) { return doctor.Predict(t.Context(), o) },
		"verify":  func(o doctor.Options) (*doctor.Report, error) { return doctor.Verify(t.Context(), o) },
	} {
		if r, err := run(o); err != nil || len(r.Programs) != 2 {
			t.Fatalf("%s: got %d programs, %v, want 2", name, len(r.Programs), err)
		}
		if out, err := os.ReadFile(ran); err == nil {
			t.Errorf("%s: got git run with %q", name, out)
		}
		os.Remove(ran)
	}
	asked := o
	asked.Flags = []load.Flag{{Name: "buildvcs", Value: "true"}}
	if _, err := doctor.Verify(t.Context(), asked); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(ran); err != nil {
		t.Error("-buildvcs=true: got git not run by verify's build, want it run")
	}
}
