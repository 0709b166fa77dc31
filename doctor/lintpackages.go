package doctor

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/cause"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/load"
)

// causes reports what internal/cause says of each unit. Packages are known by
// what go list says of them; only those that something may be reported of, or
// that have directives, are parsed.
func (l *linter) causes(listing load.Listing) {
	g := graph{listing}
	facts := map[string]*cause.Fact{}
	for _, p := range listing.Order {
		fact := g.describe(p).Fact(knownTo(p, facts))
		facts[p.ImportPath] = &fact
	}
	slices.SortStableFunc(listing.Units, func(a, b *link.Package) int { return strings.Compare(a.ImportPath, b.ImportPath) })
	for _, p := range listing.Units {
		known := knownTo(p, facts)
		if !p.Directives && len(g.describe(p).Reports(known, l.settings)) == 0 {
			continue
		}
		u := g.parse(p, parser.ImportsOnly)
		for _, r := range u.pkg.Reports(known, l.settings) {
			f, causes := l.finding(u, r)
			l.report.add(f, causes...)
		}
	}
}

// A graph describes packages by what go list says of them, and by their syntax.
type graph struct{ load.Listing }

// knownTo gives the facts of what p imports, which for a test may be another
// variant than others import.
func knownTo(p *link.Package, facts map[string]*cause.Fact) cause.Known {
	variants := map[string]string{}
	for _, imp := range p.Imports {
		if plain := plainPath(imp); plain != imp {
			variants[plain] = imp
		}
	}
	return func(path string) *cause.Fact { return facts[cmp.Or(variants[path], path)] }
}

// describe is a package as its importers see it. Where it has directives they
// count there too.
func (g graph) describe(p *link.Package) *cause.Package {
	if p.Directives {
		return g.parse(p, parser.ImportsOnly).pkg
	}
	d := &cause.Package{Path: plainPath(p.ImportPath), Name: p.Name, LeftOut: leftOut(p)}
	d.Module = cause.ModuleOf(d.Path, p.Module, p.Dir)
	for _, imp := range p.Imports {
		if imp != "C" && imp != "unsafe" {
			d.Imports = append(d.Imports, cause.Import{Path: plainPath(imp)})
		}
	}
	if p.Cgo {
		d.Cgo = []token.Pos{token.NoPos}
		d.Without = g.without(p, d.Module)
	}
	if len(p.DynImports) > 0 {
		d.DynImports = []token.Pos{token.NoPos}
	}
	return d
}

func leftOut(p *link.Package) bool {
	return slices.ContainsFunc(p.GoLeftOut, func(name string) bool { return !strings.HasSuffix(name, "_test.go") })
}

// without is what becomes of a package with cgo files where cgo is off. Where
// its path does not tell, its files have to be read whole.
func (g graph) without(p *link.Package, module string) string {
	if known := cause.Without(plainPath(p.ImportPath), module); known != "" {
		return known
	}
	return g.parse(p, 0).pkg.Without
}

// A unit is a package with its syntax.
type unit struct {
	path string // import path
	pkg  *cause.Package
	fset *token.FileSet
}

// parse reads a package's files, to the end of the imports or, with mode 0,
// whole; whole too are those that import dynamically or have directives, for
// their comments may be anywhere. What does not parse is read as far as it does.
func (g graph) parse(p *link.Package, mode parser.Mode) unit {
	u := unit{path: plainPath(p.ImportPath), fset: token.NewFileSet()}
	s := cause.Syntax{Fset: u.fset, Ignored: p.GoLeftOut, Swig: p.Cgo && len(p.CgoFiles) == 0, Uses: cause.Unresolved, Resolve: func(spec *ast.ImportSpec) string { return resolve(p, spec) }}
	if p.Cgo && mode == parser.ImportsOnly && cause.Without(u.path, cause.ModuleOf(u.path, p.Module, p.Dir)) == "" || len(p.DynImports) > 0 || p.Directives {
		mode = 0
	}
	for _, name := range slices.Concat(p.GoFiles, p.CgoFiles) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(p.Dir, name)
		}
		text, err := g.Overlay.Read(name)
		if err != nil {
			continue // the go command has read it a moment ago
		}
		if f, _ := parser.ParseFile(u.fset, name, text, mode|parser.ParseComments); f != nil {
			s.Files = append(s.Files, f)
		}
	}
	u.pkg = cause.Read(u.path, p.Name, p.Module, s)
	return u
}

// resolve is the path of the package that a declaration imports.
func resolve(p *link.Package, spec *ast.ImportSpec) string {
	path := cause.Written(spec)
	if to, ok := p.ImportMap[path]; ok {
		path = to
	}
	return plainPath(path)
}

// position is a place as file:line:column, with a path relative to dir where it
// is below that.
func (u unit) position(pos token.Pos, dir string) string {
	if !pos.IsValid() {
		return ""
	}
	ps := load.Positions{Dir: dir}
	return ps.Relative(u.fset.Position(pos))
}

func (u unit) evidence(pos token.Pos, dir string) Evidence {
	at := u.fset.Position(pos)
	if rel, err := filepath.Rel(dir, at.Filename); err == nil && filepath.IsLocal(rel) {
		at.Filename = filepath.ToSlash(rel)
	}
	return Evidence{File: at.Filename, Line: at.Line, Text: `import "C"`}
}
