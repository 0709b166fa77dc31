package load

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// What builds is not called wrong: this module's program, with all that it imports,
// as if all of it were new, with cgo and without.
func TestCompileErrorOfWhatBuilds(t *testing.T) {
	testskip.Short(t, "type-checks what the program imports")
	r := Request{Dir: "../..", Env: append(os.Environ(), "GOFLAGS="), Patterns: []string{"./cmd/goportdoctor"}}
	env, err := Environment(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewBuild(r, env)
	if err != nil {
		t.Fatal(err)
	}
	for _, b.CgoEnabled = range []bool{false, true} {
		listed := Programs(t.Context(), r, env, b)[0]
		if listed.Err != nil || len(listed.Programs) != 1 {
			t.Fatalf("no program: %v", listed.Err)
		}
		c := &compilation{before: link.Graph{}, graph: listed.Programs[0].Graph, build: b, release: env["GOVERSION"]}
		c.run()
		if len(c.wrong) > 0 {
			t.Errorf("cgo %v: got %v, want nothing wrong", b.CgoEnabled, c.wrong)
		}
		for path := range c.asked {
			if !c.whole[path] {
				t.Errorf("cgo %v: got %s in part, want it whole", b.CgoEnabled, path)
			}
		}
		if len(c.asked) < 40 {
			t.Errorf("got %d packages looked at, want those of all modules", len(c.asked))
		}
	}
}

// A program of many packages is parsed side by side. The race detector finds what
// the workers share; without it, the map's own check ends some of these runs.
func TestParseAllSideBySide(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "p.go"), []byte("package p\n\nfunc F() { panic(0) }\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	const many = 2000
	graph := link.Graph{"main": {ImportPath: "main"}}
	for i := range many {
		path := fmt.Sprintf("example.com/p%d", i)
		graph[path] = &link.Package{ImportPath: path, Dir: dir, GoFiles: []string{"p.go"}}
		graph["main"].Imports = append(graph["main"].Imports, path)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(8))
	for range 5 {
		c := &compilation{graph: graph, asked: map[string]bool{"main": true}, parsed: map[string]*parsedPackage{}}
		c.parseAll()
		if len(c.parsed) != many {
			t.Fatalf("got %d packages parsed, want %d", len(c.parsed), many)
		}
		for path, p := range c.parsed {
			if p == nil || p.err != nil || len(p.files) != 1 {
				t.Fatalf("%s: got %+v, want one file", path, p)
			}
		}
	}
}
