package load

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// A workspace is a module in a folder, and a go command that writes down what
// it is asked.
type workspace struct {
	dir, log string
	env      []string
}

func newWorkspace(t *testing.T, texts map[string]string, env ...string) workspace {
	t.Helper()
	if runtime.GOOS == "windows" {
		testskip.Missing(t, "the go command is put behind a shell script")
	}
	real, err := Go(os.Environ())
	if err != nil {
		testskip.Missing(t, "%v", err)
	}
	if texts["go.mod"] == "" {
		texts["go.mod"] = "module example.com/m\n\ngo 1.21\n"
	}
	w := workspace{dir: files(t, texts), log: filepath.Join(t.TempDir(), "log")}
	bin := t.TempDir()
	script := fmt.Sprintf("#!/bin/sh\necho \"$CGO_ENABLED $*\" >>'%s'\nexec '%s' \"$@\"\n", w.log, real)
	if err := os.WriteFile(filepath.Join(bin, "go"), []byte(script), 0o777); err != nil {
		t.Fatal(err)
	}
	w.env = append(slices.DeleteFunc(os.Environ(), func(s string) bool {
		name, _, _ := strings.Cut(s, "=")
		return strings.HasPrefix(name, "CGO_") || strings.HasPrefix(name, "GO") && name != "GOCACHE" && name != "GOROOT" || name == "CC" || name == "CXX"
	}), "GOENV=off", "GOWORK=off", "GOTOOLCHAIN=local", "GOPROXY=off", "GOFLAGS=", "CC=gcc", "CXX=g++",
		"PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	w.env = append(w.env, env...)
	return w
}

// runs are the command lines of go list so far, each after its CGO_ENABLED.
func (w workspace) runs() []string {
	data, _ := os.ReadFile(w.log)
	return slices.DeleteFunc(strings.Split(string(data), "\n"), func(s string) bool { return !strings.Contains(s, " list ") })
}

// build is the one that the workspace's environment and flags make.
func (w workspace) build(t *testing.T, r Request) (Env, link.Build) {
	t.Helper()
	env, err := Environment(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewBuild(r, env)
	if err != nil {
		t.Fatal(err)
	}
	return env, b
}

func (w workspace) request(flags ...Flag) Request {
	return Request{Dir: w.dir, Env: w.env, Flags: flags, Patterns: []string{"./..."}}
}

func (w workspace) list(t *testing.T, flags ...Flag) Result {
	t.Helper()
	env, b := w.build(t, w.request(flags...))
	return Programs(context.Background(), w.request(flags...), env, b)[0]
}

// TestProgramsOnePass: builds with the same packages share one run of go list.
func TestProgramsOnePass(t *testing.T) {
	w := newWorkspace(t, map[string]string{
		"cmd/a/main.go": "package main\n\nimport _ \"net\"\n\nfunc main() {}\n",
		"cmd/b/main.go": "package main\n\nfunc main() {}\n",
		"lib/lib.go":    "package lib\n",
	}, "CGO_ENABLED=1")
	env, on := w.build(t, w.request())
	off := on
	off.CgoEnabled = false
	offAll := off
	offAll.Flags, offAll.All = []string{"-a"}, true
	results := Programs(context.Background(), w.request(), env, on, off, on, offAll)
	if got := len(w.runs()); got != 2 {
		t.Errorf("got %d runs of go list, want 2:\n%s", got, strings.Join(w.runs(), "\n"))
	}
	for i, cgo := range []bool{true, false, true, false} {
		r := results[i]
		if r.Err != nil || len(r.Programs) != 2 || r.Matched != 3 || len(r.Amiss) > 0 {
			t.Fatalf("build %d: got %d programs of %d packages, %v, %q, want 2 of 3", i, len(r.Programs), r.Matched, r.Err, r.Amiss)
		}
		a := r.Programs[0]
		if a.Main.ImportPath != "example.com/m/cmd/a" || !a.Main.Main || a.Main.Module != "example.com/m" {
			t.Errorf("build %d: got %+v for the first program", i, a.Main)
		}
		net := a.Graph["net"]
		if net == nil || net.Cgo != cgo || !net.Standard || net.Module != "std" {
			t.Errorf("build %d: got net %+v, want it with cgo %v", i, net, cgo)
		}
	}
}

// TestProgramsLDFlags: each program and build has its own -ldflags.
func TestProgramsLDFlags(t *testing.T) {
	w := newWorkspace(t, map[string]string{
		"cmd/a/main.go": "package main\n\nfunc main() {}\n",
		"cmd/b/main.go": "package main\n\nfunc main() {}\n",
	}, "GOFLAGS='-ldflags=-s -w'")
	r := w.list(t, Flag{"ldflags", "./cmd/b=-linkmode=internal"})
	var got []string
	for _, p := range r.Programs {
		got = append(got, strings.Join(p.LDFlags, " "))
	}
	if want := []string{"-s -w", "-linkmode=internal"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestProgramsPGO: with a default.pgo, go list names packages twice.
func TestProgramsPGO(t *testing.T) {
	const text = "package main\n\nimport (\n\t_ \"example.com/m/lib\"\n\t_ \"net\"\n)\n\nfunc main() {}\n"
	w := newWorkspace(t, map[string]string{
		"cmd/a/main.go": text, "cmd/b/main.go": text, "lib/lib.go": "package lib\n", "cmd/a/default.pgo": "GO PREPROFILE V1\n",
	})
	r := w.list(t)
	if r.Err != nil || len(r.Programs) != 2 {
		t.Fatalf("got %d programs, %v, want 2", len(r.Programs), r.Err)
	}
	a := r.Programs[0]
	if !slices.Contains(a.Main.Imports, "example.com/m/lib") || a.Graph["example.com/m/lib"] == nil || a.Graph["net"] == nil {
		t.Errorf("got imports %q", a.Main.Imports)
	}
	for path, p := range a.Graph {
		if strings.Contains(path, "[") || slices.ContainsFunc(p.Imports, func(s string) bool { return strings.Contains(s, "[") }) {
			t.Errorf("got %s with imports %q, want no mark of a profile", path, p.Imports)
		}
	}
}

// TestPlain is the mark of a profile, by itself.
func TestPlain(t *testing.T) {
	l := listed{ImportPath: "net [example.com/x]", Imports: []string{"os [example.com/x]", "sync"}}
	if l.plain(); l.ImportPath != "net" || !slices.Equal(l.Imports, []string{"os", "sync"}) {
		t.Errorf("got %q, %q, want net, os, sync", l.ImportPath, l.Imports)
	}
}

// TestRefusedMode: the go command refuses the mode before it names a package.
func TestRefusedMode(t *testing.T) {
	if runtime.GOOS+"/"+runtime.GOARCH != "linux/amd64" {
		testskip.Missing(t, "-race and -msan are refused in other words elsewhere")
	}
	texts := func() map[string]string {
		return map[string]string{"main.go": "package main\n\nimport _ \"net\"\n\nfunc main() {}\n"}
	}
	settings := filepath.Join(files(t, map[string]string{"env": "GOFLAGS=-race\n"}), "env")
	for _, c := range []struct {
		name  string
		env   []string
		flags []Flag
		want  string
	}{
		{"flag", nil, []Flag{{"race", "true"}}, "-race requires cgo"},
		{"GOFLAGS", []string{"GOFLAGS=-race"}, nil, "-race requires cgo"},
		{"go env -w", []string{"GOENV=" + settings}, nil, "-race requires cgo"},
		{"flag over GOFLAGS", []string{"GOFLAGS=-race"}, []Flag{{"race", "false"}}, ""},
		{"two of them", nil, []Flag{{"race", "true"}, {"msan", "true"}}, "may not use -race and -msan simultaneously"},
		{"build mode", nil, []Flag{{"buildmode", "never"}}, "buildmode=never not supported"},
		{"fine", nil, nil, ""},
	} {
		w := newWorkspace(t, texts(), append([]string{"CGO_ENABLED=0"}, c.env...)...)
		r := w.list(t, c.flags...)
		if r.Err != nil || len(r.Programs) != 1 {
			t.Errorf("%s: got %d programs, %v, want 1", c.name, len(r.Programs), r.Err)
			continue
		}
		if got := r.Programs[0].Error; !strings.HasPrefix(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
		if r.Programs[0].Graph["net"] == nil {
			t.Errorf("%s: got a graph without net", c.name)
		}
	}
}

// TestGO386: the compiler alone looks at GO386.
func TestGO386(t *testing.T) {
	settings := filepath.Join(files(t, map[string]string{"env": "GO386=x\n"}), "env")
	for _, c := range []struct {
		env  []string
		want string
	}{
		{[]string{"GOARCH=386"}, ""},
		{[]string{"GOARCH=386", "GO386=softfloat"}, ""},
		{[]string{"GOARCH=386", "GO386=387"}, "unsupported setting GO386=387. Consider using GO386=softfloat instead."},
		{[]string{"GOARCH=386", "GOENV=" + settings}, "unsupported setting GO386=x"},
		{[]string{"GOARCH=amd64", "GO386=387"}, ""},
	} {
		w := newWorkspace(t, map[string]string{"main.go": "package main\n\nfunc main() {}\n"}, c.env...)
		r := w.list(t)
		if len(r.Programs) != 1 || r.Programs[0].Error != c.want {
			t.Errorf("%q: got %+v, %v, want %q", c.env, r.Programs, r.Err, c.want)
		}
		if c.want == "" {
			continue // to compile the runtime for another port takes long
		}
		cmd := exec.Command("go", "build", "-o", filepath.Join(t.TempDir(), "out"))
		cmd.Dir, cmd.Env = w.dir, w.env
		if out, _ := cmd.CombinedOutput(); !strings.Contains(string(out), c.want) {
			t.Errorf("%q: go build says %.300s, want %s", c.env, out, c.want)
		}
	}
}

// TestUsage: what go list says of its own use is not for who typed another command.
func TestUsage(t *testing.T) {
	w := newWorkspace(t, map[string]string{"main.go": "package main\n\nfunc main() {}\n"}, "GOFLAGS=-ldflags=foo")
	const want = `go list: invalid value "foo" for flag -ldflags (from $GOFLAGS): missing =<value> in <pattern>=<value>`
	if r := w.list(t); r.Err == nil || r.Err.Error() != want {
		t.Errorf("got %v, want %s", r.Err, want)
	}
}

// TestCacheErrors: go list does without a build cache, go build does not.
func TestCacheErrors(t *testing.T) {
	settings := filepath.Join(files(t, map[string]string{"env": "GOCACHE=off\n"}), "env")
	for _, c := range []struct {
		env  []string
		want string
	}{
		{[]string{"GOCACHE=off"}, "build cache is disabled by GOCACHE=off, but required as of Go 1.12"},
		{[]string{"GOCACHE=", "GOENV=" + settings}, "build cache is disabled by GOCACHE=off, but required as of Go 1.12"},
		{[]string{"GOCACHE=cache"}, "build cache is required, but could not be located: GOCACHE is not an absolute path"},
		{[]string{"GOCACHE=", "HOME=", "XDG_CACHE_HOME=", "GOPATH=" + filepath.Dir(settings)}, "build cache is required, but could not be located: GOCACHE is not defined"},
		{[]string{"GOCACHE=" + filepath.Dir(settings)}, ""},
	} {
		w := newWorkspace(t, map[string]string{"main.go": "package main\n\nfunc main() {}\n"}, c.env...)
		r := w.list(t)
		if r.Err != nil || len(r.Programs) != 1 || r.Programs[0].Error != c.want {
			t.Errorf("%q: got %+v, %v, want %q", c.env, r.Programs, r.Err, c.want)
		}
	}
	w := newWorkspace(t, map[string]string{"main.go": "package main\n\nfunc main() {}\n"}, "GOCACHE=off")
	r := w.request()
	r.PkgConfig = []PkgConfig{}
	env, b := w.build(t, r)
	if got := Programs(context.Background(), r, env, b)[0].Programs[0].Error; got != "" {
		t.Errorf("for another machine: got %q", got)
	}
}

// TestPackageErrors are what the go command says of single packages.
func TestPackageErrors(t *testing.T) {
	w := newWorkspace(t, map[string]string{
		"cmd/a/main.go":   "package main\n\nimport _ \"example.com/m/only\"\n\nfunc main() {}\n",
		"cmd/b/main.go":   "package main\n\nimport _ \"example.com/m/none\"\n\nfunc main() {}\n",
		"cmd/c/main.go":   "package main\n\nfunc main() { lost() }\n",
		"cmd/c/cgo.go":    "package main\n\nimport \"C\"\n\nfunc lost() {}\n",
		"cmd/d/main.go":   "package main\n\nfunc main() {}\n",
		"cmd/d/other.go":  "package other\n",
		"cmd/e/main.go":   "package main\n\nimport _ \"example.com/m/embeds\"\n\nfunc main() {}\n",
		"embeds/e.go":     "package embeds\n\nimport _ \"embed\"\n\n//go:embed missing.txt\nvar s string\n",
		"only/c.go":       "package only\n\nimport \"C\"\n",
		"testdata/x/x.go": "package main\n",
	}, "CGO_ENABLED=0")
	r := w.list(t)
	programs := map[string]link.Program{}
	for _, p := range r.Programs {
		programs[strings.TrimPrefix(p.Main.ImportPath, "example.com/m/cmd/")] = p
	}
	if r.Err != nil || len(programs) != 5 {
		t.Fatalf("got %d programs, %v, want 5", len(programs), r.Err)
	}
	graph := programs["a"].Graph
	for _, c := range []struct{ what, got, want string }{
		{"only cgo files", graph["example.com/m/only"].Error, "build constraints exclude all Go files in"},
		{"two packages", programs["d"].Main.Error, "found packages main (main.go) and other (other.go)"},
		{"undefined", programs["c"].Main.Undefined, "undefined: lost"},
		{"nothing to embed", graph["example.com/m/embeds"].Error, "embeds/e.go:5:12: pattern missing.txt: no matching files found"},
		{"no such package", graph["example.com/m/none"].Error, "example.com/m/none"},
	} {
		if !strings.Contains(c.got, c.want) {
			t.Errorf("%s: got %q, want %q in it", c.what, c.got, c.want)
		}
	}
}

// TestPatternsAmiss: a pattern that means nothing is told apart from a program.
func TestPatternsAmiss(t *testing.T) {
	w := newWorkspace(t, map[string]string{"main.go": "package main\n\nfunc main() {}\n", "empty/README": ""})
	r := w.request()
	r.Patterns = []string{".", "./empty", "./none"}
	env, b := w.build(t, r)
	got := Programs(context.Background(), r, env, b)[0]
	if len(got.Programs) != 1 || got.Matched != 1 || len(got.Amiss) != 2 || !strings.Contains(got.Amiss[0], "no Go files in") {
		t.Errorf("got %d programs, %d matched, %q, want 1, 1 and two patterns amiss", len(got.Programs), got.Matched, got.Amiss)
	}
}

// TestEnvironmentErrors: what stops everything comes back in the go command's words.
func TestEnvironmentErrors(t *testing.T) {
	ctx := context.Background()
	if _, err := Environment(ctx, Request{Env: []string{"PATH=" + t.TempDir()}}); err != ErrNoGo {
		t.Errorf("got %v, want %v", err, ErrNoGo)
	}
	w := newWorkspace(t, map[string]string{"go.mod": "module\n"})
	if _, err := Environment(ctx, Request{Dir: w.dir, Env: append(w.env, "GOTOOLCHAIN=go1.999.9")}); err == nil || !strings.Contains(err.Error(), "go1.999.9") {
		t.Errorf("got %v, want one about go1.999.9", err)
	}
	r := w.request()
	env, b := w.build(t, Request{Dir: t.TempDir(), Env: w.env})
	if got := Programs(ctx, r, env, b)[0]; got.Err == nil || !strings.Contains(got.Err.Error(), "go.mod") || len(got.Programs) > 0 {
		t.Errorf("got %+v, want an error about go.mod", got.Err)
	}
}
