package load

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// tested has a program with a profile, and a package q that a test of p imports
// and that imports p.
var tested = map[string]string{
	"p/p.go":           "package p\n",
	"p/in_test.go":     "package p\n\nimport _ \"os\"\n",
	"p/x_test.go":      "package p_test\n\nimport _ \"example.com/m/q\"\n",
	"q/q.go":           "package q\n\n//goportdoctor:allow net x\nimport _ \"example.com/m/p\"\n",
	"cmd/main.go":      "package main\n\nimport _ \"example.com/m/q\"\n\nfunc main() {}\n",
	"cmd/default.pgo":  "",
	"only/x_test.go":   "package only_test\n",
	"other/x.go":       "//go:build ignore\n\npackage other\n",
	"testmain/main.go": "package main\n\nfunc main() {}\n",
}

func (w workspace) packages(t *testing.T, tests bool, patterns ...string) Listing {
	t.Helper()
	r := w.request()
	r.Tests, r.Unprofiled, r.Patterns = tests, true, patterns
	env, b := w.build(t, r)
	return Packages(context.Background(), r, env, b)
}

// TestPackagesUnits: a package with tests is looked at once, with their files;
// what is compiled once more for a test is not looked at again.
func TestPackagesUnits(t *testing.T) {
	w := newWorkspace(t, tested)
	for _, c := range []struct {
		tests    bool
		patterns []string
		want     []string
	}{
		{true, []string{"./..."}, []string{
			"example.com/m/cmd [main.go]", "example.com/m/only []", "example.com/m/only_test [example.com/m/only.test] [x_test.go]",
			"example.com/m/p [example.com/m/p.test] [p.go in_test.go]", "example.com/m/p_test [example.com/m/p.test] [x_test.go]",
			"example.com/m/q [q.go]", "example.com/m/testmain [main.go]"}},
		{false, []string{"./..."}, []string{
			"example.com/m/cmd [main.go]", "example.com/m/only []", "example.com/m/p [p.go]", "example.com/m/q [q.go]", "example.com/m/testmain [main.go]"}},
		{true, []string{"./cmd"}, []string{"example.com/m/cmd [main.go]"}},
		{true, []string{"./cmd/main.go"}, []string{"command-line-arguments [main.go]"}},
	} {
		l := w.packages(t, c.tests, c.patterns...)
		var got []string
		for _, p := range l.Units {
			got = append(got, fmt.Sprint(p.ImportPath, " ", p.GoFiles))
		}
		if slices.Sort(got); l.Err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%v %v: got %q, %v, want %q", c.tests, c.patterns, got, l.Err, c.want)
		}
	}
}

// TestPackagesOrder: what is imported comes first, and imports name the variant
// that they are of.
func TestPackagesOrder(t *testing.T) {
	l := newWorkspace(t, tested).packages(t, true, "./...")
	seen := map[string]bool{}
	for _, p := range l.Order {
		for _, imp := range p.Imports {
			if !seen[imp] && imp != "unsafe" && imp != "C" {
				t.Errorf("%s: got an import of %s, which comes later, want it before", p.ImportPath, imp)
			}
		}
		if seen[p.ImportPath] || strings.HasSuffix(p.ImportPath, ".test") {
			t.Errorf("got %s, want no test program and nothing twice", p.ImportPath)
		}
		seen[p.ImportPath] = true
	}
	x := l.Graph["example.com/m/p_test [example.com/m/p.test]"]
	if x == nil || x.Imports[0] != "example.com/m/q [example.com/m/p.test]" || x.ImportMap["example.com/m/q"] != x.Imports[0] {
		t.Errorf("got %+v, want an import of q as it is compiled for the test", x)
	}
	if q := l.Graph["example.com/m/q"]; q == nil || !q.Directives {
		t.Errorf("got %+v, want it to have directives", q)
	}
}

func TestPackagesAmiss(t *testing.T) {
	w := newWorkspace(t, tested)
	l := w.packages(t, true, "./p", "./nosuch")
	if len(l.Units) != 2 || len(l.Amiss) != 1 || !strings.Contains(l.Amiss[0], "nosuch") {
		t.Errorf("got %d units and %q, want those of p, and nosuch amiss", len(l.Units), l.Amiss)
	}
	if l := w.packages(t, true, "./nosuch/..."); l.Err != nil || len(l.Units) > 0 {
		t.Errorf("got %+v, want nothing", l)
	}
	broken := newWorkspace(t, map[string]string{"go.mod": "rubbish\n"})
	if l := Packages(context.Background(), broken.request(), Env{}, link.Build{GOOS: "linux", GOARCH: "amd64"}); l.Err == nil {
		t.Errorf("got %+v, want an error", l)
	}
}

func TestAllOfWorkspace(t *testing.T) {
	w := newWorkspace(t, map[string]string{}, "GOWORK=")
	w.dir = files(t, map[string]string{"a/go.mod": "module example.com/a\n\ngo 1.21\n", "a/a.go": "package a\n",
		"w/go.work": "go 1.21\n\nuse ../a\nuse ./b\n", "w/b/go.mod": "module example.com/b\n\ngo 1.21\n", "w/b/b.go": "package b\n", "w/none/x": ""})
	for dir, want := range map[string][]string{
		"w": {"./../a/...", "./b/..."}, "w/none": {"./../../a/...", "./../b/..."}, "w/b": nil, "a": nil,
	} {
		r := w.request()
		r.Dir = w.dir + "/" + dir
		env, err := Environment(context.Background(), r)
		if err != nil {
			t.Fatal(err)
		}
		if got := env.AllOfWorkspace(context.Background(), r); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", dir, got, want)
		}
		if want == nil {
			continue
		}
		b, err := NewBuild(r, env)
		if err != nil {
			t.Fatal(err)
		}
		if r.Ask(want); len(Packages(context.Background(), r, env, b).Units) != 2 {
			t.Errorf("%s: got not both modules' packages with %q, want them", dir, want)
		}
	}
}
