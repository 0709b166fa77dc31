package load

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/testcc"
)

// files writes files into a new folder; names may have folders of their own.
func files(t *testing.T, texts map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range texts {
		writeFile(filepath.Join(dir, filepath.FromSlash(name)), []byte(text))
	}
	return dir
}

func TestReadSettings(t *testing.T) {
	dir := files(t, map[string]string{"env": "# CC=no\nCC=clang -m64\n\nCGO_LDFLAGS=-La=b\r\nbroken\nGOFLAGS=\n"})
	got := readSettings(filepath.Join(dir, "env"))
	for name, want := range map[string]string{"CC": "clang -m64", "CGO_LDFLAGS": "-La=b", "GOFLAGS": "", "broken": "", "# CC": ""} {
		if got[name] != want {
			t.Errorf("%s: got %q, want %q", name, got[name], want)
		}
	}
	for _, file := range []string{"", "off", filepath.Join(dir, "none")} {
		if got := readSettings(file); len(got) > 0 {
			t.Errorf("%q: got %q, want none", file, got)
		}
	}
}

// TestConfigure: the process environment, go env -w, GOROOT/go.env, the default.
func TestConfigure(t *testing.T) {
	dir := files(t, map[string]string{
		"user":   "CGO_CFLAGS=-user\nCGO_LDFLAGS=-user\nPKG_CONFIG=\n",
		"go.env": "CGO_CFLAGS=-root\nCGO_LDFLAGS=-root\nCGO_CXXFLAGS=-root\nPKG_CONFIG=root-config\n",
	})
	env := Env{"GOENV": filepath.Join(dir, "user"), "GOROOT": dir}
	env.configure([]string{"CGO_CFLAGS=-process", "CGO_LDFLAGS="})
	for name, want := range map[string]string{
		"CGO_CFLAGS": "-process", "CGO_LDFLAGS": "-user", "CGO_CXXFLAGS": "-root", "PKG_CONFIG": "root-config",
		"CGO_FFLAGS": "-g -O2", "CGO_CPPFLAGS": "",
	} {
		if env[name] != want {
			t.Errorf("%s: got %q, want %q", name, env[name], want)
		}
	}
	env = Env{"GOENV": "off", "GOROOT": filepath.Join(dir, "none")}
	env.configure(nil)
	if env["PKG_CONFIG"] != "pkg-config" || env["CGO_LDFLAGS"] != "-g -O2" {
		t.Errorf("got %q, want the defaults", env)
	}
}

func TestGetenv(t *testing.T) {
	env := []string{"A=1", "AB=2", "A=3", "EMPTY="}
	for name, want := range map[string]string{"A": "3", "AB": "2", "B": "", "EMPTY": ""} {
		if got := Getenv(env, name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// TestNewBuild reads a build from GOFLAGS, the command line and the environment.
func TestNewBuild(t *testing.T) {
	env := Env{"GOOS": "linux", "GOARCH": "arm64", "CGO_ENABLED": "1", "CC": "'my cc' -m64", "CXX": "g++",
		"CGO_LDFLAGS": "-L'/a b'", "GOFLAGS": "-race -tags=a '-ldflags=-s -w'", "GO_EXTLINK_ENABLED": "1",
		"CGO_CFLAGS_ALLOW": "-f.*", "CGO_LDFLAGS_DISALLOW": "", "GOEXPERIMENT": "x"}
	r := Request{Env: []string{"LD_RUN_PATH=/run", "CC='my cc' -m64", "HOME=/root"},
		Flags: []Flag{{"race", "0"}, {"tags", "b,c"}, {"buildmode", "pie"}, {"o", "out"}, {"a", "T"}, {"msan", "false"}, {"toolexec", "x y"}}}
	b, err := NewBuild(r, env)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what string
		got  bool
	}{
		{"port", b.GOOS == "linux" && b.GOARCH == "arm64" && b.CgoEnabled},
		{"-race, which the command line takes back", !b.Race},
		{"-msan", !b.MSan},
		{"-a", b.All},
		{"-toolexec", b.ToolExec == "x y"},
		{"build mode", b.BuildMode == "pie" && b.Compiler == "gc"},
		{"tags", slices.Equal(b.Tags, []string{"b", "c"})},
		{"flags", slices.Equal(b.Flags, []string{"-race", "-tags=a", "-ldflags=-s -w", "-race=0", "-tags=b,c", "-buildmode=pie", "-a=T", "-msan=false", "-toolexec=x y"})},
		{"environment", slices.Equal(b.Env, []string{"CC='my cc' -m64", "LD_RUN_PATH=/run"})},
		{"CC", slices.Equal(b.CC, []string{"my cc", "-m64"}) && slices.Equal(b.CXX, []string{"g++"})},
		{"CGO_LDFLAGS", slices.Equal(b.Cgo.LDFLAGS, []string{"-L'/a", "b'"})},
		{"GO_EXTLINK_ENABLED, which only go env has", b.ExtLink == ""},
		{"limits", len(b.Limits) == 1 && b.Limits["CGO_CFLAGS_ALLOW"] == "-f.*"},
		{"experiment", b.Experiment == "x"},
	} {
		if !c.got {
			t.Errorf("%s: got %+v", c.what, b)
		}
	}
	if b, err := NewBuild(Request{}, Env{}); err != nil || b.BuildMode != "default" || b.CgoEnabled {
		t.Errorf("of nothing: got %+v, %v", b, err)
	}
	env["CC"] = "'my cc"
	if _, err := NewBuild(r, env); err == nil || !strings.Contains(err.Error(), "CC environment variable could not be parsed: unterminated ' string") {
		t.Errorf("got error %v, want one about CC", err)
	}
}

// TestGraphArgs: builds that have the same packages have the same key.
func TestGraphArgs(t *testing.T) {
	plain := link.Build{GOOS: "linux", GOARCH: "amd64"}
	for _, c := range []struct {
		name   string
		change func(*link.Build)
		same   bool
	}{
		{"-a", func(b *link.Build) { b.Flags = []string{"-a"} }, true},
		{"-toolexec", func(b *link.Build) { b.Flags = []string{"-toolexec=x"} }, true},
		{"CC", func(b *link.Build) { b.CC = []string{"clang"} }, true},
		{"tags", func(b *link.Build) { b.Flags, b.Tags = []string{"-tags=x"}, []string{"x"} }, false},
		{"-race", func(b *link.Build) { b.Flags, b.Race = []string{"-race"}, true }, false},
		{"cgo", func(b *link.Build) { b.CgoEnabled = true }, false},
		{"GOARCH", func(b *link.Build) { b.GOARCH = "arm64" }, false},
		{"-ldflags", func(b *link.Build) { b.Flags = []string{"-ldflags=-s -extldflags=-static"} }, true},
		{"-buildmode=exe", func(b *link.Build) { b.Flags = []string{"-buildmode=pie", "-buildmode=exe"} }, true},
		{"-buildmode=pie", func(b *link.Build) { b.Flags = []string{"-buildmode=exe", "-buildmode=pie"} }, false},
		{"-ldflags of a pattern", func(b *link.Build) { b.Flags = []string{"-ldflags=all=-s"} }, false},
		{"-linkmode that a later value takes back", func(b *link.Build) { b.Flags = []string{"-ldflags=-linkmode=external", "-ldflags=-s"} }, true},
		{"-linkmode external, in two words", func(b *link.Build) { b.Flags = []string{"-ldflags=-linkmode external"} }, false},
		{"-linkmode, for which runtime/cgo is added", func(b *link.Build) { b.Flags = []string{"-ldflags=-linkmode=external"} }, false},
	} {
		b := plain
		c.change(&b)
		if got := graphKey(b) == graphKey(plain); got != c.same {
			t.Errorf("%s: got the same graph %v, want %v", c.name, got, c.same)
		}
	}
	b := link.Build{Flags: []string{"-tags=a", "-race", "-tags=b,c"}, Tags: []string{"b", "c"}}
	if got := graphArgs(b); !slices.Equal(got, []string{"-race", "-tags=b,c"}) {
		t.Errorf("got %q, want the last tags only", got)
	}
}

// writeFile writes a file and the folders above it.
func writeFile(file string, data []byte) {
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		panic(err)
	}
	if err := os.WriteFile(file, data, 0o666); err != nil {
		panic(err)
	}
}

// TestLookPathRelative: a go command in the working folder is not run, whatever
// PATH says.
func TestLookPathRelative(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	testcc.Script(t, filepath.Join(dir, "go"), "exit 0\n")
	testcc.Script(t, filepath.Join(dir, "bin", "go"), "exit 0\n")
	for _, path := range []string{".", "", ":", "./", "bin", "./bin", ".:bin:" + string(os.PathListSeparator)} {
		t.Setenv("PATH", path)
		for _, env := range [][]string{{"PATH=" + path}, {"PATH=/none", "PATH=" + path}} {
			if got, err := Go(env); err == nil {
				t.Errorf("PATH=%s: got %s, want none", path, got)
			}
		}
	}
	if got, err := Go([]string{"PATH=.:" + filepath.Join(dir, "bin")}); err != nil || got != filepath.Join(dir, "bin", "go") {
		t.Errorf("got %s, %v, want the one of the absolute folder", got, err)
	}
}
