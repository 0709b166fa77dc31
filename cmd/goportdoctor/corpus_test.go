package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// A corpus is code of other people's that lint looks at.
type corpus struct {
	dir      string   // to look from
	patterns []string // of packages; those are left out that do not load with their tests
	must     []string // packages that must be among them
}

// A corpusBuild is one way to build a corpus.
type corpusBuild struct {
	name   string
	env    []string
	silent func(doctor.LintFinding) bool // what is never to be said in it
}

// corpusBuilds are the builds that lint is asked about, on one port, so that it
// makes no difference which machine asks. Nothing is compiled.
var corpusBuilds = []corpusBuild{
	{"nocgo", []string{"CGO_ENABLED=0"}, func(f doctor.LintFinding) bool { return f.ID != "dynimport" }},
	{"tags", []string{"CGO_ENABLED=1", "GOFLAGS=-tags=netgo,osusergo"}, func(f doctor.LintFinding) bool {
		return slices.ContainsFunc(f.Causes, func(c link.Cause) bool { return c.Package == "net" || c.Package == "os/user" })
	}},
	{"cgo", []string{"CGO_ENABLED=1"}, func(doctor.LintFinding) bool { return false }},
}

// TestLintAgreesWithTheGraph holds lint against the graph of a few modules, and of
// the standard library in one build.
func TestLintAgreesWithTheGraph(t *testing.T) {
	env := corpusEnv(t)
	t.Run("std", func(t *testing.T) {
		corpus{".", []string{"std"}, []string{"net", "os/user"}}.agree(t, env, corpusBuilds[2:])
	})
	few := []string{"github.com/jupiterrider/ffi", "github.com/spf13/cobra", "gorm.io/driver/sqlite"}
	t.Run("modules", func(t *testing.T) { modules(t, env, few).agree(t, env, corpusBuilds) })
}

// TestLintAgreesWithTheGraphLong holds lint against the graph of the standard
// library and of the modules of testdata/corpus, x/tools among them.
func TestLintAgreesWithTheGraphLong(t *testing.T) {
	testskip.Long(t)
	env := corpusEnv(t)
	t.Run("std", func(t *testing.T) {
		corpus{".", []string{"std"}, []string{"net", "os/user"}}.agree(t, env, corpusBuilds)
	})
	all := corpusImports(t, env)
	if len(all) < 20 {
		t.Fatalf("got %d packages in testdata/corpus, want 20 at least", len(all))
	}
	t.Run("modules", func(t *testing.T) { modules(t, env, all).agree(t, env, corpusBuilds) })
}

func corpusEnv(t *testing.T) []string {
	return append(os.Environ(), "GOMODCACHE="+goEnv(t, "GOMODCACHE"), "GOENV=off", "GOFLAGS=", "GOPROXY=off", "GOTOOLCHAIN=local", "GOWORK=off",
		"GOOS=linux", "GOARCH=amd64", "GOPORTDOCTOR_CACHE="+t.TempDir())
}

// agree holds what lint says of packages against go list -deps and the files that
// it names: at each import the same causes, by chains as short as can be, and
// nothing else.
func (c corpus) agree(t *testing.T, env []string, builds []corpusBuild) {
	for _, b := range builds {
		t.Run(b.name, func(t *testing.T) {
			env := slices.Concat(env, b.env)
			g := c.list(t, env)
			got := c.lint(t, g.loaded, env)
			g.compare(t, got)
			g.covered(t, got)
			for _, f := range got {
				if b.silent(f) {
					t.Errorf("%s: got %q, want nothing of this in such a build", f.Position, f.Message)
				}
			}
			t.Logf("%d of %d packages load, %d reports; by module: %s", len(g.loaded), g.matched, len(got), g.tally(got))
		})
	}
}

// corpusDir is the module that requires those of the corpus.
var corpusDir = filepath.Join("..", "..", "testdata", "corpus")

// corpusImports lists the packages that testdata/corpus imports.
func corpusImports(t *testing.T, env []string) []string {
	t.Helper()
	return goLines(t, corpusDir, env, "list", "-tags=tools", "-f", `{{join .Imports "\n"}}`, ".")
}

// modules returns all packages of the modules of these packages, which must load.
func modules(t *testing.T, env, packages []string) corpus {
	t.Helper()
	c := corpus{dir: corpusDir, must: packages}
	paths := goLines(t, c.dir, env, append([]string{"list", "-f", "{{.Module.Path}}"}, c.must...)...)
	slices.Sort(paths)
	for _, path := range slices.Compact(paths) {
		c.patterns = append(c.patterns, path+"/...")
	}
	return c
}

// goLines are the lines that a go command prints. Where the modules have not
// been downloaded, or ask for a newer toolchain, the test is left out.
func goLines(t *testing.T, dir string, env []string, args ...string) []string {
	t.Helper()
	out, said, err := runCorpus(dir, env, "go", args...)
	if err != nil && (strings.Contains(said, "GOPROXY=off") || strings.Contains(said, "requires go >=")) {
		testskip.Missing(t, "%s cannot be loaded on this machine (there, go mod download): %s", dir, said)
	} else if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, said)
	}
	return strings.Fields(string(out))
}

func runCorpus(dir string, env []string, name string, args ...string) (out []byte, said string, err error) {
	cmd := exec.Command(name, args...)
	var errs bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stderr = dir, env, &errs
	out, err = cmd.Output()
	return out, errs.String(), err
}

// lint is what lint says of packages. That all of them load is known.
func (c corpus) lint(t *testing.T, packages, env []string) []doctor.LintFinding {
	t.Helper()
	out, said, err := runCorpus(c.dir, env, "goportdoctor", append([]string{"lint", "-json"}, packages...)...)
	if err != nil {
		t.Fatalf("goportdoctor lint: %v\n%s", err, said)
	}
	var r doctor.LintReport
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(r.Findings, func(f doctor.LintFinding) bool { return f.ID == "no-compiler" })
}

// A corpusPackage is what go list says of a package, and what its files say.
type corpusPackage struct {
	ImportPath, Name, Dir, ForTest string
	Standard, DepOnly              bool
	Module                         *struct{ Path string }
	Imports, GoFiles, CgoFiles     []string
	SwigFiles, SwigCXXFiles        []string
	Error                          *struct{ Err string }
	DepsErrors                     []struct{ Err string }
	dynImport                      string // position of the first //go:cgo_import_dynamic
}

func (p *corpusPackage) plain() string {
	path, _, _ := strings.Cut(p.ImportPath, " [")
	return path
}

func (p *corpusPackage) module() string {
	if p.Standard || p.Module == nil {
		return "std"
	}
	return p.Module.Path
}

func (p *corpusPackage) cgo() bool { return len(p.CgoFiles)+len(p.SwigFiles)+len(p.SwigCXXFiles) > 0 }

// broken is what does not load of a package and of what it imports.
func (p *corpusPackage) broken() string {
	switch {
	case p.Error != nil:
		return p.Error.Err
	case len(p.DepsErrors) > 0:
		return p.DepsErrors[0].Err
	}
	return ""
}

// A corpusGraph is what go list -deps -test says.
type corpusGraph struct {
	packages map[string]*corpusPackage // by name, with the test that it is compiled for
	matched  int                       // packages that the patterns match
	loaded   []string                  // packages that the patterns match, and that load with their tests
	units    []*corpusPackage          // of those, with their tests
}

func (c corpus) list(t *testing.T, env []string) *corpusGraph {
	t.Helper()
	args := append([]string{"list", "-e", "-deps", "-test", "-pgo=off",
		"-json=ImportPath,Name,Dir,ForTest,Standard,DepOnly,Module,Imports,GoFiles,CgoFiles,SwigFiles,SwigCXXFiles,Error,DepsErrors"}, c.patterns...)
	out, said, err := runCorpus(c.dir, env, "go", args...)
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, said)
	}
	g := &corpusGraph{packages: map[string]*corpusPackage{}}
	var matched []*corpusPackage
	broken := map[string]string{} // why, by what it is, or is compiled for the test of
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		p := &corpusPackage{}
		if err := dec.Decode(p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		g.packages[p.ImportPath] = p
		if why := p.broken(); why != "" {
			broken[strings.TrimSuffix(p.plain(), ".test")], broken[p.ForTest] = why, why
		}
		if !p.DepOnly && p.ForTest == "" && !strings.HasSuffix(p.ImportPath, ".test") {
			matched = append(matched, p)
		}
		p.readDynImports(t)
	}
	g.matched = len(matched)
	for _, p := range matched {
		if broken[p.ImportPath] == "" {
			g.load(p)
		}
	}
	for _, path := range c.must {
		if strings.Contains(broken[path], "GOPROXY=off") {
			testskip.Missing(t, "%s cannot be loaded on this machine (in %s, go list -test -deps): %s", path, c.dir, broken[path])
		} else if !slices.Contains(g.loaded, path) {
			t.Fatalf("%s does not load, and must: %s", path, broken[path])
		}
	}
	return g
}

// load adds a package, in the variant with its test files, and its external test.
func (g *corpusGraph) load(p *corpusPackage) {
	g.loaded = append(g.loaded, p.ImportPath)
	mark := " [" + p.ImportPath + ".test]"
	if tested := g.packages[p.ImportPath+mark]; tested != nil {
		p = tested
	}
	g.units = append(g.units, p)
	if external := g.packages[p.plain()+"_test"+mark]; external != nil {
		g.units = append(g.units, external)
	}
}

func (p *corpusPackage) readDynImports(t *testing.T) {
	if p.Standard || strings.HasSuffix(p.ImportPath, ".test") {
		return // what std does it does for the port
	}
	for _, name := range slices.Sorted(slices.Values(p.GoFiles)) {
		file := filepath.Join(p.Dir, name)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for line := range strings.Lines(string(text)) {
			n++
			if strings.HasPrefix(line, "//go:cgo_import_dynamic ") {
				p.dynImport = fmt.Sprintf("%s:%d", file, n)
				return
			}
		}
	}
}
