// Methods and fields that went away with a package's cgo files: of a type that is
// still there, the files left, or an importer, may use one that it no longer has.
//
// What a selector stands for takes types. Those packages alone are type-checked,
// and whatever else they import is taken to declare nothing, which go/types does
// not hold against who uses it: so a type may be unknown, but what is known of one
// is as the compiler has it. Where that leaves a doubt, their other imports are
// checked, too; where it still does, nothing is said.

package load

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// members are methods and fields that types of a package have lost, as Type.Name.
type members map[string]bool

// lostMembers are those that files of a package which this build leaves out
// declare for types that it still has.
func (s *scans) lostMembers(p *link.Package) members {
	_, left := s.overlay.parse(p.Dir, p.LostFiles(), 0)
	lost := members{}
	for _, f := range left {
		membersOf(f, lost)
	}
	if len(lost) == 0 {
		return nil
	}
	_, kept := s.overlay.parse(p.Dir, p.GoFiles, 0)
	still, types := members{}, s.declared(p.Dir, p.GoFiles)
	for _, f := range kept {
		membersOf(f, still)
	}
	maps.DeleteFunc(lost, func(member string, _ bool) bool {
		of, _, _ := strings.Cut(member, ".")
		return still[member] || !types[of]
	})
	return lost
}

// membersOf adds the methods and fields that a file declares.
func membersOf(f *ast.File, all members) {
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv != nil && len(d.Recv.List) == 1 {
				all[receiver(d.Recv.List[0].Type)+"."+d.Name.Name] = true
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if t, ok := spec.(*ast.TypeSpec); ok {
					for _, name := range fieldsOf(t.Type) {
						all[t.Name.Name+"."+name] = true
					}
				}
			}
		}
	}
}

// receiver is the name of the type that a method is of.
func receiver(x ast.Expr) string {
	for {
		switch t := x.(type) {
		case *ast.ParenExpr:
			x = t.X
		case *ast.StarExpr:
			x = t.X
		case *ast.IndexExpr:
			x = t.X
		case *ast.IndexListExpr:
			x = t.X
		case *ast.Ident:
			return t.Name
		default:
			return ""
		}
	}
}

// fieldsOf are the named fields of a struct, or the methods of an interface.
func fieldsOf(x ast.Expr) (names []string) {
	var list *ast.FieldList
	switch t := x.(type) {
	case *ast.StructType:
		list = t.Fields
	case *ast.InterfaceType:
		list = t.Methods
	}
	if list != nil {
		for _, field := range list.List {
			for _, id := range field.Names {
				names = append(names, id.Name)
			}
		}
	}
	return names
}

// findLostMembers looks for uses of methods and fields that are gone, in their
// packages and in those that import them.
func (s *scans) findLostMembers(pkgs []*link.Package, graph link.Graph) {
	c := &checker{s, graph, map[string]members{}, map[string]bool{}, map[string]*checked{}, nil}
	for _, p := range pkgs {
		// The standard library is known to build without cgo.
		if len(p.LostFiles()) == 0 || len(p.GoFiles) == 0 || p.Standard {
			continue
		}
		if lost := s.lostMembers(p); len(lost) > 0 {
			c.lost[p.ImportPath] = lost
			for member := range lost {
				_, name, _ := strings.Cut(member, ".")
				c.names[name] = true
			}
		}
	}
	if len(c.lost) == 0 {
		return
	}
	for _, p := range pkgs {
		if c.near(p) && p.Undefined == "" && c.mentions(p) {
			if m := c.missing(p); m != nil {
				p.Undefined, p.UndefinedCertainty, p.UndefinedIn = m.words, link.Exact, m.of
			}
		}
	}
}

// A checker type-checks packages that have lost members, and their importers.
type checker struct {
	scans *scans
	graph link.Graph
	lost  map[string]members // by import path
	names map[string]bool    // of all of lost
	done  map[string]*checked
	wide  map[string]bool // packages besides, of which declarations matter
}

// near reports whether a package has lost members, or imports one that has.
func (c *checker) near(p *link.Package) bool {
	return c.lost[p.ImportPath] != nil || slices.ContainsFunc(p.Imports, func(path string) bool { return c.lost[path] != nil })
}

// knows reports whether what a package declares is asked for.
func (c *checker) knows(p *link.Package) bool { return c.near(p) || c.wide[p.ImportPath] }

// widened is a checker that knows what packages import, too.
func (c *checker) widened(pkgs ...*link.Package) *checker {
	w := *c
	w.done, w.wide = map[string]*checked{}, map[string]bool{}
	for _, p := range pkgs {
		for _, imp := range p.Imports {
			w.wide[imp] = true
		}
	}
	return &w
}

// checked is a package with its types.
type checked struct {
	types  *types.Package
	info   types.Info
	errors map[token.Pos]string
	files  []*ast.File
	whole  bool // no file is missing, nor declarations that a dot import would bring
}

// check is lazy, and an import cycle, which the go command refuses, ends it.
func (c *checker) check(p *link.Package) *checked {
	if done := c.done[p.ImportPath]; done != nil {
		return done
	}
	k := &checked{types: types.NewPackage(p.ImportPath, p.Name), errors: map[token.Pos]string{},
		info: types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}}}
	c.done[p.ImportPath] = k
	files := slices.Concat(p.GoFiles, p.CgoFiles)
	fset, parsed := c.scans.overlay.parse(p.Dir, files, 0)
	k.files, k.whole = parsed, len(parsed) == len(files)
	for _, f := range parsed {
		for _, i := range f.Imports {
			q := c.imported(p, strings.Trim(i.Path.Value, "`\""))
			k.whole = k.whole && (i.Name == nil || i.Name.Name != "." || q != nil && c.knows(q))
		}
	}
	config := types.Config{FakeImportC: true, DisableUnusedImportCheck: true, IgnoreFuncBodies: !c.near(p), Importer: importer(func(path string) *types.Package {
		q := c.imported(p, path)
		if q != nil && c.knows(q) {
			return c.check(q).types
		}
		name := path[strings.LastIndexByte(path, '/')+1:]
		if q != nil && q.Name != "" {
			name = q.Name
		}
		empty := types.NewPackage(path, name)
		empty.MarkComplete()
		return empty
	}), Error: func(err error) {
		if e, ok := err.(types.Error); ok && k.errors[e.Pos] == "" {
			k.errors[e.Pos] = e.Msg
		}
	}}
	// Of its many errors, those that count are kept above.
	_ = types.NewChecker(&config, fset, k.types, &k.info).Files(parsed)
	return k
}

// imported is the package that an import declaration of p stands for.
func (c *checker) imported(p *link.Package, path string) *link.Package {
	return importedBy(c.graph, p, path)
}

func importedBy(graph link.Graph, p *link.Package, path string) *link.Package {
	if to := p.ImportMap[path]; to != "" {
		return graph[to]
	}
	for _, imp := range p.Imports {
		if imp == path || strings.HasPrefix(imp, path+" [") || strings.HasSuffix(imp, "/vendor/"+path) {
			return graph[imp]
		}
	}
	return nil
}

// importer is a types.Importer that has every package.
type importer func(path string) *types.Package

func (i importer) Import(path string) (*types.Package, error) { return i(path), nil }

// A missed member is what the compiler will say of it, and the package that lost it.
type missed struct {
	words, of string
	certain   bool
}

// missing is the first use of a lost member in a package, nil where none is certain.
func (c *checker) missing(p *link.Package) *missed {
	m := c.uses(p)
	if m != nil && !m.certain {
		m = c.widened(p, c.graph[m.of]).uses(p)
	}
	if m == nil || !m.certain {
		return nil
	}
	return m
}

// uses is the first use of what seems to be a lost member.
func (c *checker) uses(p *link.Package) (found *missed) {
	k := c.check(p)
	for _, f := range k.files {
		ast.Inspect(f, func(n ast.Node) bool {
			if found != nil {
				return false
			}
			if sel, ok := n.(*ast.SelectorExpr); ok && k.info.Selections[sel] == nil && k.info.Uses[sel.Sel] == nil {
				found = c.lacks(p, k, sel.X, sel.Sel.Name, k.errors[sel.Sel.Pos()])
			}
			if literal, ok := n.(*ast.CompositeLit); ok && found == nil {
				found = c.lacksField(p, k, literal)
			}
			if x, ok := n.(ast.Expr); ok && found == nil {
				if words := missingMethod.FindStringSubmatch(k.errors[x.Pos()]); words != nil {
					found = c.lacks(p, k, x, words[1], words[0])
				}
			}
			return found == nil
		})
	}
	return found
}

// mentions reports whether a file of a package has the name of a lost member at
// all: types take more time.
func (c *checker) mentions(p *link.Package) bool {
	_, parsed := c.scans.overlay.parse(p.Dir, slices.Concat(p.GoFiles, p.CgoFiles), 0)
	found := false
	for _, f := range parsed {
		ast.Inspect(f, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			found = found || ok && c.names[id.Name]
			return !found
		})
	}
	return found
}

// missingMethod is what the compiler says of a type that was to implement an
// interface.
var missingMethod = regexp.MustCompile(`(?s)^.*\(missing method (\w+)\).*$`)

// lacks tells of an expression whose type has lost a member. words are the
// compiler's, without which it finds nothing wrong.
func (c *checker) lacks(p *link.Package, k *checked, x ast.Expr, name, words string) *missed {
	t := k.info.Types[x].Type
	if both, ok := t.(*types.Tuple); ok && both.Len() > 0 { // with the ok of an assertion
		t = both.At(0).Type()
	}
	if words == "" || t == nil {
		return nil
	}
	of, whole := c.loser(p, t, name)
	if of == "" {
		return nil
	}
	// What is not known may have such a member.
	return &missed{words, of, whole && k.whole && c.check(c.graph[of]).whole}
}

// lacksField tells of a struct that is made with a field that its type has lost.
func (c *checker) lacksField(p *link.Package, k *checked, literal *ast.CompositeLit) *missed {
	for _, element := range literal.Elts {
		if kv, ok := element.(*ast.KeyValueExpr); ok {
			if id, ok := kv.Key.(*ast.Ident); ok && k.info.Uses[id] == nil {
				if m := c.lacks(p, k, literal, id.Name, k.errors[id.Pos()]); m != nil {
					return m
				}
			}
		}
	}
	return nil
}

// loser is the package by which a type, or one that is embedded in it, has lost a
// member; whole tells that all of these types are known, so that nothing else
// can have it.
func (c *checker) loser(p *link.Package, t types.Type, name string) (of string, whole bool) {
	whole = true
	seen := map[types.Type]bool{}
	for queue := []types.Type{t}; len(queue) > 0; queue = queue[1:] {
		t := types.Unalias(queue[0])
		if ptr, ok := t.(*types.Pointer); ok {
			t = types.Unalias(ptr.Elem())
		}
		if seen[t] {
			continue
		}
		seen[t] = true
		if named, ok := t.(*types.Named); ok && named.Obj().Pkg() != nil {
			path := named.Obj().Pkg().Path()
			if c.lost[path][named.Obj().Name()+"."+name] && (path == p.ImportPath || token.IsExported(name)) {
				of = path
			}
		}
		switch u := t.Underlying().(type) {
		case *types.Struct:
			for i := range u.NumFields() {
				if u.Field(i).Embedded() {
					queue = append(queue, u.Field(i).Type())
				}
			}
		case *types.Interface:
			for i := range u.NumEmbeddeds() {
				queue = append(queue, u.EmbeddedType(i))
			}
		case *types.Basic:
			whole = whole && u.Kind() != types.Invalid
		}
	}
	return of, whole
}
