package gclplugin_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// version is the release of golangci-lint that the examples are held against.
const version = "v2.15.0"

// TestCustomLong has the real `golangci-lint custom` build a golangci-lint with the
// plugin as the example says, but from this checkout, and runs it with the other
// example. What it would clone from GitHub comes from the module cache.
func TestCustomLong(t *testing.T) {
	testskip.Long(t)
	tool, err := exec.LookPath("golangci-lint")
	if err != nil {
		testskip.Missing(t, "there is no golangci-lint on PATH")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	example := read(t, "testdata/.custom-gcl.yml")
	write(t, filepath.Join(dir, ".custom-gcl.yml"), strings.Replace(example, "version: latest", "path: "+root, 1))
	clone := repository(t)
	git := []string{"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=url.file://" + clone + ".insteadOf", "GIT_CONFIG_VALUE_0=https://github.com/golangci/golangci-lint.git"}
	if out, status := run(t, dir, append(git, "GOFLAGS="), tool, "custom", "-v"); status != 0 {
		t.Fatalf("golangci-lint custom: got exit status %d, want 0:\n%s", status, out)
	}
	custom := filepath.Join(dir, "golangci-lint-cgoimport")

	module := t.TempDir()
	write(t, filepath.Join(module, "go.mod"), "module example.com/m\n\ngo 1.21\n")
	write(t, filepath.Join(module, "main.go"), "package main\n\nimport (\n\t_ \"net/http\"\n\t_ \"os/user\"\n)\n\nfunc main() {}\n")
	settings := read(t, "testdata/.golangci.yml")
	cache := []string{"GOLANGCI_LINT_CACHE=" + t.TempDir(), "GOFLAGS=", "CGO_ENABLED=1"}
	for _, c := range []struct {
		name, settings string
		env            []string
		status         int
		says, not      string
	}{
		{"as in the example", settings, nil, 1, `main.go:4:2: import "net/http" links with cgo: net/http → net (cgoimport)`, `import "os/user"`},
		{"without cgo", settings, []string{"CGO_ENABLED=0"}, 0, "0 issues", "links with cgo"},
		{"a setting that there is not", strings.Replace(settings, "main: false", "mane: false", 1), nil, 3, `cgoimport: `, "links with cgo"},
	} {
		write(t, filepath.Join(module, ".golangci.yml"), c.settings)
		out, status := run(t, module, append(cache, c.env...), custom, "run", "./...")
		if status != c.status || !strings.Contains(out, c.says) || strings.Contains(out, c.not) {
			t.Errorf("%s: got exit status %d, want %d, with %s and without %s:\n%s", c.name, status, c.status, c.says, c.not, out)
		}
	}
}

// repository makes a git repository of golangci-lint's source with the tag of
// the version, as its own on GitHub has it.
func repository(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "mod", "download", "-json", "github.com/golangci/golangci-lint/v2@"+version).Output()
	var module struct{ Dir string }
	if err != nil || json.Unmarshal(out, &module) != nil || module.Dir == "" {
		testskip.Missing(t, "golangci-lint %s is not in the module cache: %v", version, err)
	}
	dir := filepath.Join(t.TempDir(), "golangci-lint")
	if err := os.CopyFS(dir, os.DirFS(module.Dir)); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"init", "-q"}, {"add", "-A"}, {"-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "-qm", "x"}, {"tag", version}} {
		if out, status := run(t, dir, nil, "git", args...); status != 0 {
			t.Fatalf("git %q: %s", args, out)
		}
	}
	return dir
}

func run(t *testing.T, dir string, env []string, name string, args ...string) (output string, status int) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return string(out), exit.ExitCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(out), 0
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}
