package main

import (
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/doctor"
)

// causes are the packages that a package reaches, itself among them, and that
// use cgo or import dynamically, each with the length of the shortest way there.
// runtime/cgo, which all that use cgo bring along, counts where it is imported.
func (g *corpusGraph) causes(name string) map[string]int {
	found, seen := map[string]int{}, map[string]bool{name: true}
	for level, depth := []string{name}, 1; len(level) > 0; depth++ {
		var next []string
		for _, name := range level {
			p := g.packages[name]
			if p == nil {
				continue // "C", unsafe
			}
			if p.cgo() {
				found[p.plain()+" cgo"] = depth
			}
			if p.dynImport != "" {
				found[p.plain()+" dynimport"] = depth
			}
			for _, imp := range p.Imports {
				if !seen[imp] {
					seen[imp] = true
					next = append(next, imp)
				}
			}
		}
		level = next
	}
	return found
}

// wanted are the reports that a package is to have, as described by a position
// without a column, and what brings what.
func (g *corpusGraph) wanted(t *testing.T, u *corpusPackage) []string {
	var all []string
	tainted := map[string]string{} // what an import brings
	for _, imp := range u.Imports {
		p := g.packages[imp]
		if p == nil || p.module() == g.moduleOf(u) {
			continue
		}
		if causes := g.causes(imp); len(causes) > 0 {
			tainted[p.plain()] = words(causes)
		}
	}
	if len(tainted) > 0 || u.cgo() {
		all = u.atImports(t, tainted)
	}
	if u.dynImport != "" {
		all = append(all, u.dynImport+" "+u.plain()+" dynimport/1")
	}
	slices.Sort(all)
	return all
}

// moduleOf is a package's module; an external test's is that of what it tests.
func (g *corpusGraph) moduleOf(u *corpusPackage) string {
	if p := g.packages[u.ForTest]; p != nil {
		return p.module()
	}
	return u.module()
}

// atImports are the reports at imports: of "C" at the first alone.
func (u *corpusPackage) atImports(t *testing.T, tainted map[string]string) []string {
	var all []string
	own := false
	for _, name := range slices.Sorted(slices.Values(slices.Concat(u.GoFiles, u.CgoFiles))) {
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, filepath.Join(u.Dir, name), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range f.Imports {
			at := fset.Position(spec.Pos())
			path, brings := strings.Trim(spec.Path.Value, "`\""), ""
			if path == "C" && !own {
				own, brings = true, u.plain()+" cgo/1"
			} else {
				brings = tainted[path]
			}
			if brings != "" {
				all = append(all, fmt.Sprintf("%s:%d %s", at.Filename, at.Line, brings))
			}
		}
	}
	return all
}

func words(causes map[string]int) string {
	var all []string
	for _, c := range slices.Sorted(maps.Keys(causes)) {
		all = append(all, fmt.Sprintf("%s/%d", c, causes[c]))
	}
	return strings.Join(all, " ")
}

// described is a finding in the same form.
func described(f doctor.LintFinding) string {
	causes := map[string]int{}
	for _, c := range f.Causes {
		n := len(c.Chain)
		if c.Package != f.Package {
			n-- // chains begin with the package that has the import
		}
		causes[c.Package+" "+c.Kind] = n
	}
	return f.Position[:max(strings.LastIndexByte(f.Position, ':'), 0)] + " " + words(causes)
}

// compare wants the reports of each package to be those that its graph tells.
func (g *corpusGraph) compare(t *testing.T, findings []doctor.LintFinding) {
	t.Helper()
	got := map[string][]string{}
	for _, f := range findings {
		got[f.Package] = append(got[f.Package], described(f))
	}
	for _, u := range g.units {
		have, want := got[u.plain()], g.wanted(t, u)
		delete(got, u.plain())
		slices.Sort(have)
		if !slices.Equal(have, want) {
			t.Errorf("%s: got reports\n\t%s\nwant\n\t%s", u.ImportPath, strings.Join(have, "\n\t"), strings.Join(want, "\n\t"))
		}
	}
	for path, have := range got {
		t.Errorf("%s: got reports\n\t%s\nwant none, it was not asked for", path, strings.Join(have, "\n\t"))
	}
}

// covered wants a package that reaches cgo, or dynamic imports, to be reported,
// or one of its own module that it imports, however indirectly; and no other.
func (g *corpusGraph) covered(t *testing.T, findings []doctor.LintFinding) {
	t.Helper()
	reported, tests := map[string]bool{}, map[string]bool{}
	for _, f := range findings {
		if strings.Contains(f.Position, "_test.go:") {
			tests[f.Package] = true
		} else {
			reported[f.Package] = true
		}
	}
	for _, u := range g.units {
		said := tests[u.plain()]
		seen := map[string]bool{}
		for next := []string{u.ImportPath}; len(next) > 0 && !said; next = next[1:] {
			p := g.packages[next[0]]
			if p == nil || seen[next[0]] || g.moduleOf(p) != g.moduleOf(u) {
				continue
			}
			seen[next[0]], said = true, reported[p.plain()] || p.ForTest == p.plain() && tests[p.plain()]
			next = append(next, p.Imports...)
		}
		if reaches := len(g.causes(u.ImportPath)) > 0; reaches != said {
			t.Errorf("%s: got reports of it or below it in its module: %v, want %v, by go list -deps", u.ImportPath, said, reaches)
		}
	}
}

// tally counts packages and reports by module.
func (g *corpusGraph) tally(findings []doctor.LintFinding) string {
	packages, reports := map[string]int{}, map[string]int{}
	modules := map[string]string{}
	for _, u := range g.units {
		modules[u.plain()] = g.moduleOf(u)
		packages[g.moduleOf(u)]++
	}
	for _, f := range findings {
		reports[modules[f.Package]]++
	}
	var all []string
	for _, m := range slices.Sorted(maps.Keys(packages)) {
		all = append(all, fmt.Sprintf("%s %d/%d", m, packages[m], reports[m]))
	}
	return strings.Join(all, ", ")
}
