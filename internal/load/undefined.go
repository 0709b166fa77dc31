package load

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/types"
	"io"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
	"github.com/goportdoctor/goportdoctor/internal/link"
)

// wantsCgoOnly reports whether a file that this build leaves out would be in it
// if cgo were on.
func (s *scans) wantsCgoOnly(dir, file string, b link.Build) bool {
	ctxt := build.Default
	ctxt.GOOS, ctxt.GOARCH, ctxt.BuildTags, ctxt.CgoEnabled = b.GOOS, b.GOARCH, b.Tags, true
	ctxt.OpenFile = func(path string) (io.ReadCloser, error) {
		return bounded.Open(s.overlay.actual(path), bounded.Source)
	}
	ok, err := ctxt.MatchFile(dir, file)
	return ok && err == nil
}

// findUndefined looks for names that went away with a package's cgo files and
// that the files left, or an importer, still use. It reads syntax only, and
// only those packages, so it is sure of a name only where no other declaration
// can have it.
func (s *scans) findUndefined(pkgs []*link.Package, graph link.Graph, b link.Build) {
	if b.CgoEnabled {
		return
	}
	lost := map[string]*lostNames{}
	for _, p := range pkgs {
		if len(p.LostFiles()) == 0 || len(p.GoFiles) == 0 || p.Unread != "" {
			continue
		}
		names := s.lost(p)
		if names == nil {
			continue
		}
		lost[p.ImportPath] = names
		if n := s.unresolved(p, graph, names); n != "" {
			p.Undefined, p.UndefinedCertainty, p.UndefinedIn = "undefined: "+n, link.Exact, p.ImportPath
		}
	}
	for _, p := range pkgs {
		for _, imp := range p.Imports {
			if names := lost[imp]; names != nil && p.Undefined == "" && p.Unread == "" && graph[imp] != nil {
				if n := s.usedOf(p, imp, graph[imp].Name, names); n != "" {
					p.Undefined, p.UndefinedCertainty, p.UndefinedIn = "undefined: "+n, link.Exact, imp
				} else if n := s.usedByDot(p, imp, graph, names); n != "" {
					p.Undefined, p.UndefinedCertainty, p.UndefinedIn = "undefined: "+n, link.AtLeast, imp
				}
			}
		}
	}
	s.findLostMembers(pkgs, graph)
}

// lostNames are those that a package has no longer: the ones that its cgo files
// declare, or, where SWIG would have declared some, whatever is not there.
type lostNames struct {
	gone, kept map[string]bool
	swig       bool
}

func (l *lostNames) has(name string) bool {
	if types.Universe.Lookup(name) != nil {
		return false // min is another function then, not none
	}
	return !l.kept[name] && (l.swig || l.gone[name])
}

// lost is nil where no name went away.
func (s *scans) lost(p *link.Package) *lostNames {
	l := &lostNames{gone: s.declared(p.Dir, p.LostFiles()), kept: s.declared(p.Dir, p.GoFiles), swig: slices.ContainsFunc(p.CgoLeftOut, isSwig)}
	for n := range l.gone {
		if l.has(n) {
			return l
		}
	}
	if l.swig {
		return l
	}
	return nil
}

// isSwig tells SWIG's interface files.
func isSwig(file string) bool {
	return strings.HasSuffix(file, ".swig") || strings.HasSuffix(file, ".swigcxx")
}

// declared are the names that files declare for their package.
func (s *scans) declared(dir string, files []string) map[string]bool {
	names := map[string]bool{}
	_, parsed := s.overlay.parse(dir, files, parser.SkipObjectResolution)
	for _, f := range parsed {
		for _, d := range f.Decls {
			for _, id := range declaredBy(d) {
				names[id.Name] = true
			}
		}
	}
	return names
}

func declaredBy(d ast.Decl) []*ast.Ident {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil && d.Name.Name != "init" {
			return []*ast.Ident{d.Name}
		}
	case *ast.GenDecl:
		var ids []*ast.Ident
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				ids = append(ids, s.Name)
			case *ast.ValueSpec:
				ids = append(ids, s.Names...)
			}
		}
		return ids
	}
	return nil
}

// unresolved is the first of names that a file of the package uses without a
// declaration of its own. A dot import may declare anything.
func (s *scans) unresolved(p *link.Package, graph link.Graph, names *lostNames) string {
	_, parsed := s.overlay.parse(p.Dir, p.GoFiles, 0)
	for _, f := range parsed {
		imported := importedNames(f, graph)
		if imported["."] {
			continue
		}
		for _, id := range f.Unresolved {
			if names.has(id.Name) && !imported[id.Name] {
				return id.Name
			}
		}
	}
	return ""
}

// importedNames are those by which a file has its imports.
func importedNames(f *ast.File, graph link.Graph) map[string]bool {
	imported := map[string]bool{}
	for _, i := range f.Imports {
		if i.Name != nil {
			imported[i.Name.Name] = true
		} else {
			imported[packageName(graph, i.Path.Value)] = true
		}
	}
	return imported
}

// usedByDot is the first of names that a file of p, which imports the package imp
// with a dot, uses without a declaration in p. Another dot import may have it.
func (s *scans) usedByDot(p *link.Package, imp string, graph link.Graph, names *lostNames) string {
	files := slices.Concat(p.GoFiles, p.CgoFiles)
	_, parsed := s.overlay.parse(p.Dir, files, 0)
	var own map[string]bool
	for _, f := range parsed {
		if !slices.ContainsFunc(f.Imports, func(i *ast.ImportSpec) bool {
			return i.Name != nil && i.Name.Name == "." && strings.Trim(i.Path.Value, "`\"") == imp
		}) {
			continue
		}
		if own == nil {
			own = s.declared(p.Dir, files)
		}
		imported := importedNames(f, graph)
		for _, id := range f.Unresolved {
			if id.IsExported() && names.has(id.Name) && !imported[id.Name] && !own[id.Name] {
				return id.Name
			}
		}
	}
	return ""
}

// usedOf is the first of names that p uses of the package imp, as pkg.Name.
func (s *scans) usedOf(p *link.Package, imp, pkgName string, names *lostNames) string {
	_, parsed := s.overlay.parse(p.Dir, slices.Concat(p.GoFiles, p.CgoFiles), 0)
	for _, f := range parsed {
		local := ""
		for _, i := range f.Imports {
			if strings.Trim(i.Path.Value, "`\"") == imp {
				local = pkgName
				if i.Name != nil {
					local = i.Name.Name
				}
			}
		}
		if local == "" || local == "_" || local == "." {
			continue
		}
		found := ""
		ast.Inspect(f, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok || found != "" {
				return found == ""
			}
			// The parser resolves local variables, so an identifier without an
			// object is the package.
			if id, ok := sel.X.(*ast.Ident); ok && id.Name == local && id.Obj == nil && names.has(sel.Sel.Name) {
				found = local + "." + sel.Sel.Name
			}
			return true
		})
		if found != "" {
			return found
		}
	}
	return ""
}

// packageName is the name of an import that gives none.
func packageName(graph link.Graph, quoted string) string {
	path := strings.Trim(quoted, "`\"")
	if p := graph[path]; p != nil && p.Name != "" {
		return p.Name
	}
	return path[strings.LastIndexByte(path, '/')+1:]
}
