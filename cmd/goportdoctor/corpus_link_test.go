package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// TestReportsAgreeWithCorpusLinks links a program out of each module of
// testdata/corpus, and holds what lint and vet say of it against the executable:
// there is a report exactly if that names an interpreter.
func TestReportsAgreeWithCorpusLinks(t *testing.T) {
	testskip.ByFlag(t, *allPrograms, "-programs", "it compiles thirty modules in three builds")
	env := append(os.Environ(), "GOENV=off", "GOFLAGS=", "GOPROXY=off", "GOTOOLCHAIN=local", "GOWORK=off", "GOPORTDOCTOR_CACHE="+t.TempDir())
	for _, path := range corpusImports(t, env) {
		dir := linkedAlone(t, path)
		for _, b := range corpusBuilds {
			t.Run(path+"/"+b.name, func(t *testing.T) { agreeWithLink(t, dir, append(env, b.env...)) })
		}
	}
}

// linkedAlone is a program that imports one package of the corpus.
func linkedAlone(t *testing.T, path string) string {
	dir := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum"} {
		data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "corpus", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	source := "package main\n\nimport _ \"" + path + "\"\n\nfunc main() {}\n"
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(source), 0o666); err != nil {
		t.Fatal(err)
	}
	return dir
}

func agreeWithLink(t *testing.T, dir string, env []string) {
	exe := filepath.Join(t.TempDir(), "exe")
	if _, said, err := runCorpus(dir, env, "go", "build", "-buildvcs=false", "-o", exe, "."); err != nil {
		testskip.Missing(t, "it is not built: %s", said)
	}
	dynamic := hasInterpreter(t, exe)
	for _, args := range [][]string{{"lint", "-main", "."}, {"vet", "-cgoimport.main", "."}} {
		cmd := exec.Command("goportdoctor", args...)
		cmd.Dir, cmd.Env = dir, env
		out, err := cmd.CombinedOutput()
		said := string(out)
		reported := err != nil
		if reported && !strings.Contains(said, "links with cgo") && !strings.Contains(said, "needs shared libraries") {
			t.Fatalf("goportdoctor %s: %v\n%s", args[0], err, said)
		}
		if dynamic != reported {
			t.Errorf("%s: got reports %v, want %v, as the executable names an interpreter or not; it says:\n%s", args[0], reported, dynamic, said)
		}
	}
}
