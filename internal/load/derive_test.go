package load

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// TestDerive: what is derived of other builds is what go list says of them.
func TestDerive(t *testing.T) {
	testskip.Short(t, "lists each program nine times")
	programs, err := filepath.Glob("../../testdata/programs/*/go.mod")
	if err != nil || len(programs) == 0 {
		t.Fatalf("got %v, %v, want programs", programs, err)
	}
	derived := 0
	for _, file := range programs {
		dir, err := filepath.Abs(filepath.Dir(file))
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(dir)
		t.Run(name, func(t *testing.T) {
			pattern := "."
			if name == "nodeexporter" {
				pattern = "github.com/prometheus/node_exporter"
			}
			r := Request{Dir: dir, Patterns: []string{pattern}, CacheDir: t.TempDir(), Env: append(os.Environ(), "GOFLAGS=", "GOENV=off", "GOWORK=off", "CGO_ENABLED=1")}
			env, err := Environment(context.Background(), r)
			if err != nil {
				t.Fatal(err)
			}
			first, err := NewBuild(r, env)
			if err != nil {
				t.Fatal(err)
			}
			from := Programs(context.Background(), r, env, first)[0]
			for _, change := range []func(b *link.Build){
				func(b *link.Build) { b.CgoEnabled = false },
				func(b *link.Build) { b.Tags = []string{"netgo", "osusergo"} },
				func(b *link.Build) { b.CgoEnabled, b.Tags = false, []string{"netgo"} },
				func(b *link.Build) { b.Tags = []string{"purego", "nosuchtag"} },
			} {
				b := first
				change(&b)
				scans := openScans(r.CacheDir, env["GOVERSION"])
				ls := derive(context.Background(), r, from, b, scans)
				if ls == nil {
					t.Logf("cgo %t, tags %q: listed whole", b.CgoEnabled, b.Tags)
					continue
				}
				derived++
				want := Programs(context.Background(), r, env, b)[0]
				got := read(ls, b, scans, "")
				if len(got.Programs) > 0 {
					findPkgConfig(context.Background(), r, b, env, got.Programs[0].Graph)
				}
				compareResults(t, got, want)
			}
		})
	}
	if derived < len(programs) {
		t.Errorf("got %d builds derived of %d programs, want more", derived, len(programs))
	}
}

// TestDeriveMatches: a pattern stands for other packages in another build, and a
// constraint may be written with a tab.
func TestDeriveMatches(t *testing.T) {
	dir := files(t, map[string]string{
		"go.mod":       "module m\n\ngo 1.21\n",
		"a/main.go":    "package main\n\nimport _ \"net\"\n\nfunc main() {}\n",
		"tag/main.go":  "//go:build\tnetgo\n\npackage main\n\nfunc main() {}\n",
		"cgo/main.go":  "//go:build !cgo\n\npackage main\n\nfunc main() {}\n",
		"both/main.go": "package main\n\nfunc main() {}\n", "both/tag.go": "//go:build\tnetgo\n\npackage main\n\nimport _ \"os/user\"\n",
	})
	for _, pattern := range []string{"./...", "./both"} {
		r := Request{Dir: dir, Patterns: []string{pattern}, Env: append(os.Environ(), "GOFLAGS=", "GOENV=off", "GOWORK=off", "CGO_ENABLED=1", "GOOS=linux", "GOARCH=amd64")}
		env, err := Environment(context.Background(), r)
		if err != nil {
			t.Fatal(err)
		}
		first, err := NewBuild(r, env)
		if err != nil {
			t.Fatal(err)
		}
		lists := Known(first, Programs(context.Background(), r, env, first)[0])
		tagged, without := first, first
		tagged.Tags, without.CgoEnabled = []string{"netgo"}, false
		for _, b := range []link.Build{tagged, without} {
			compareResults(t, lists.Programs(context.Background(), r, env, b)[0], Programs(context.Background(), r, env, b)[0])
		}
	}
}

func compareResults(t *testing.T, got, want Result) {
	t.Helper()
	if len(got.Programs) != len(want.Programs) || got.Matched != want.Matched {
		t.Errorf("got %d programs, %d matched, want %d, %d", len(got.Programs), got.Matched, len(want.Programs), want.Matched)
		return
	}
	for i, p := range want.Programs {
		for path, w := range p.Graph {
			g := got.Programs[i].Graph[path]
			if g == nil {
				t.Errorf("got no package %s", path)
				continue
			}
			a, b := described(g), described(w)
			if a != b {
				t.Errorf("%s: got\n%s\nwant\n%s", path, a, b)
			}
		}
		for path := range got.Programs[i].Graph {
			if p.Graph[path] == nil {
				t.Errorf("got a package %s, want none", path)
			}
		}
	}
}

// described is a package without the tests that a build leaves out, which nobody
// looks at.
func described(p *link.Package) string {
	q := *p
	q.GoLeftOut = slices.DeleteFunc(slices.Clone(p.GoLeftOut), isTest)
	data, err := json.Marshal(q)
	if err != nil {
		panic(err) // it is made of strings and lists
	}
	return string(data)
}
