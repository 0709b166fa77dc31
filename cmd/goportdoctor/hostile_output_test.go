package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// What a terminal, GitHub's runner and a reader take for more than data.
const hostileName = "a\x1b[2J\u202e\n::error title=x::y ##[error]z"

// hostileFiles is a module whose texts are hostile wherever it has any.
var hostileFiles = map[string]string{
	"go.mod": "module example.com/m\n\ngo 1.21\n",
	"web/" + hostileName + ".go": "// Package main.\n//\n//goportdoctor:target \x1b[31m\u202e##[error]x\npackage main\n\n" +
		"//goportdoctor:allow-cgo net\n//goportdoctor:\x1b[2J\u202e::error::x\nimport _ \"net\"\n\nfunc main() {}\n",
	"cgo/x.go":    "package main\n\n/*\n#cgo LDFLAGS: -Wl,-rpath,/\u202e\x1b[2J -l\x1b[2J##[error]\n*/\nimport \"C\"\n\nfunc main() {}\n",
	"config/x.go": "package main\n\n// #cgo pkg-config: \x1b[2J##[error]\u202e\nimport \"C\"\n\nfunc main() {}\n",
	"debug/x.go":  "//go:debug \x1b[2J\u202e=##[error]\npackage main\n\nfunc main() {}\n",
	"path/x.go":   "package main\n\nimport _ \"a\u202e##[error]b\"\n\nfunc main() {}\n",
	"bad/x.go":    "package main\n\nfunc \x1b[2J\u202e##[error](\n",
	"line/x.go":   "package main\n\n//line \x1b[2J\u202e##[error].go:1\nimport _ \"net\"\n\nfunc main() { undefined() }\n",
}

// TestHostileOutput runs commands on hostile files, arguments and settings, and
// looks at all that they write.
func TestHostileOutput(t *testing.T) {
	if runtime.GOOS == "windows" {
		testskip.Missing(t, "no file of Windows has such a name")
	}
	dir := t.TempDir()
	for name, text := range hostileFiles {
		write(t, filepath.Join(dir, name), text)
	}
	write(t, filepath.Join(dir, "target.json"), `{"version": 1, "targets": [{"name": "\u001b[2J\u202e", "title": "##[error]", "goos": "\u001b"}]}`)
	write(t, filepath.Join(dir, "baseline.json"), `{"\u001b[2J##[error]": 1, "version": "\u202e"}`)
	executable := interpreted(t, dir)
	env := append(os.Environ(), "GOFLAGS=", "GOPROXY=off", "CGO_ENABLED=1", "GOPORTDOCTOR_CACHE="+t.TempDir())
	said := regexp.MustCompile(`(\\x1b|\\033|\\u001b)`)
	for _, c := range []struct {
		args, env []string
		says      bool // something hostile, quoted
	}{
		{args: []string{"lint", "./..."}, says: true},
		{args: []string{"lint", "-format=github", "./..."}},
		{args: []string{"lint", "-format=sarif", "./..."}, says: true},
		{args: []string{"lint", "-json", "./..."}, says: true},
		{args: []string{"-v", "./..."}, says: true},
		{args: []string{"-format=github", "./..."}},
		{args: []string{"predict", "./web", "./cgo", "./config", "./debug", "./path", "./bad", "./line"}, says: true},
		{args: []string{"predict", "-json", "./..."}, says: true},
		{args: []string{"why", "net", "./web"}, says: true},
		{args: []string{"why", "-format=dot", "net", "./web"}},
		{args: []string{"why", "-format=mermaid", "net", "./web"}},
		{args: []string{"inspect", executable}, says: executable != ""},
		{args: []string{"inspect", "-json", executable}, says: executable != ""},
		{args: []string{"inspect", "-target=scratch", executable}, says: executable != ""},
		{args: []string{"inspect", hostileName}, says: true},
		{args: []string{"predict", "./" + hostileName}, says: true},
		{args: []string{"predict", "-" + hostileName}, says: true},
		{args: []string{"predict", "-tags=" + hostileName, "./web"}},
		{args: []string{"-C", hostileName}, says: true},
		{args: []string{"-target=" + hostileName}, says: true},
		{args: []string{"-target=file:target.json", "./web"}},
		{args: []string{"targets", "file:target.json"}},
		{args: []string{"targets", hostileName}, says: true},
		{args: []string{"targets", "capture", hostileName}, says: true},
		{args: []string{"checks", hostileName}, says: true},
		{args: []string{"help", hostileName}, says: true},
		{args: []string{"why", hostileName, "./web"}, says: true},
		{args: []string{"-baseline", "baseline.json"}},
		{args: []string{"-facts", "baseline.json"}},
		{args: []string{"vet", "-vettool=" + hostileName}, says: true},
		{args: []string{"facts", "./web"}, env: []string{"CGO_LDFLAGS=-L/\x1b[2J\u202e"}, says: true},
		{args: []string{"./web"}, env: []string{"GOFLAGS=" + hostileName}},
		{args: []string{"-v", "./web"}, env: []string{"CC=\x1b[2J\u202e##[error]"}, says: true},
		{args: []string{"-v", "./web"}, env: []string{"CGO_CFLAGS=-\x1b[2J\u202e", "LD_LIBRARY_PATH=/\x1b[2J", "PKG_CONFIG_PATH=/home/\x1b"}, says: true},
		{args: []string{"-v", "./web"}, env: []string{"GOENV=" + filepath.Join(dir, "env")}, says: true},
	} {
		write(t, filepath.Join(dir, "env"), "CGO_CFLAGS=-O2 -\x1b[2J##[error]\u202e\nCC=gcc\n")
		cmd := exec.Command("goportdoctor", c.args...)
		cmd.Dir, cmd.Env = dir, append(env, c.env...)
		out, err := cmd.CombinedOutput()
		if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		if wrong := obeyed(string(out)); wrong != "" {
			t.Errorf("%q with %q: a terminal, a runner or a reader obeys %q in:\n%s", c.args, c.env, wrong, out)
		}
		if c.says && !said.Match(out) {
			t.Errorf("%q with %q: got no hostile name, want it quoted:\n%s", c.args, c.env, out)
		}
	}
}

// The analyzer's messages have what directives say; the rest is the go command's.
func TestHostileVet(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), hostileFiles["go.mod"])
	for name, text := range hostileFiles {
		if strings.HasPrefix(name, "web/") {
			write(t, filepath.Join(dir, "web", "x.go"), text)
		}
	}
	cmd := exec.Command("goportdoctor", "vet", "./web")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOFLAGS=", "CGO_ENABLED=0")
	out, _ := cmd.CombinedOutput()
	if wrong := obeyed(string(out)); wrong != "" || !strings.Contains(string(out), `\x1b`) {
		t.Errorf("got %q in %q, want it quoted", wrong, out)
	}
}

// obeyed returns what of an output is not just shown, "" for nothing.
func obeyed(out string) string {
	for _, r := range out {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) {
			return string(r)
		}
	}
	own := regexp.MustCompile(`^::(error|warning|notice) (file=|title=goportdoctor )`)
	for line := range strings.Lines(out) {
		if strings.HasPrefix(strings.TrimSpace(line), "::") && !own.MatchString(line) || strings.Contains(line, "##[") {
			return line
		}
	}
	if !utf8.ValidString(out) {
		return "what is not UTF-8"
	}
	return ""
}

// interpreted builds an executable with a hostile interpreter, "" if none can
// be built.
func interpreted(t *testing.T, dir string) string {
	t.Helper()
	if runtime.GOOS != "linux" {
		return ""
	}
	write(t, filepath.Join(dir, "pie", "x.go"), "package main\n\nfunc main() {}\n")
	cmd := exec.Command("go", "build", "-o", "../x.exe", "-buildmode=pie", "-ldflags=-I=/lib/\x1b[2J\u202e##[error]", ".")
	cmd.Dir, cmd.Env = filepath.Join(dir, "pie"), append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("got %v and %s, want an executable", err, out)
	}
	return "x.exe"
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}
