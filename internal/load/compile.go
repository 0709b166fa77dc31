package load

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"go/version"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/parallel"
)

// A compilation is what the compiler will say of the packages of a build of which
// other files take part than in the build before, and of those that import them.
// They are type-checked from source, with what they import, of which declarations
// are enough.
type compilation struct {
	before, graph link.Graph
	ported        bool // the build before is for another port, where most packages have other files
	build         link.Build
	overlay       Overlay
	release       string // of the toolchain, "" where it is not a released one

	once  sync.Once
	wrong map[string]compileError // by import path

	asked  map[string]bool // what is checked with the bodies of its functions
	parsed map[string]*parsedPackage
	typed  map[string]*types.Package
	whole  map[string]bool // everything that the package takes part in is known
	heavy  *weights
}

type compileError struct {
	words     string
	certainty link.Certainty
}

type parsedPackage struct {
	fset  *token.FileSet
	files []*ast.File
	err   error
}

// CompileError is what the compiler will say of a package of the program main that
// has other files in this build than in the first one, or imports such a package;
// "" where it finds nothing wrong, or nobody can tell.
func (r Result) CompileError(main string) (words string, certainty link.Certainty) {
	c := r.compilation
	if c == nil {
		return "", ""
	}
	c.once.Do(c.run)
	if len(c.wrong) == 0 {
		return "", ""
	}
	reached := c.graph.Reached(main)
	for _, path := range slices.Sorted(maps.Keys(c.wrong)) {
		if reached[path] {
			return c.wrong[path].words, c.wrong[path].certainty
		}
	}
	return "", ""
}

// run checks the packages in question. A toolchain of a newer language than this
// program was made with may take what go/types here refuses.
func (c *compilation) run() {
	if c.release == "" || version.Compare(version.Lang(c.release), version.Lang(runtime.Version())) > 0 {
		return
	}
	changed := c.changed()
	if len(changed) == 0 {
		return
	}
	c.wrong, c.asked = map[string]compileError{}, map[string]bool{}
	c.parsed, c.typed, c.whole = map[string]*parsedPackage{}, map[string]*types.Package{}, map[string]bool{}
	for _, path := range changed {
		c.asked[path] = true
	}
	c.parseAll()
	c.askImporters(slices.DeleteFunc(changed, func(path string) bool { return !c.offersOther(c.graph[path]) }))
	c.parseAll()
	clear(c.typed)
	for _, path := range slices.Sorted(maps.Keys(c.asked)) {
		c.check(c.graph[path])
	}
}

// changed are the packages with other files than before. The standard library is
// known to build either way.
func (c *compilation) changed() (paths []string) {
	for path, p := range c.graph {
		if !p.Standard && p.Error == "" && (p.Main || !c.ported) && c.differs(p) {
			paths = append(paths, path)
		}
	}
	return paths
}

// askImporters asks for whatever imports the packages, itself or by others; where
// that is much of a large program, for what imports them itself.
func (c *compilation) askImporters(paths []string) {
	importers := map[string][]string{}
	for path, p := range c.graph {
		for _, imp := range p.Imports {
			if !p.Standard {
				importers[imp] = append(importers[imp], path)
			}
		}
	}
	near, all := map[string]bool{}, map[string]bool{}
	for _, path := range paths {
		for _, importer := range importers[path] {
			near[importer] = true
		}
	}
	for queue := slices.Collect(maps.Keys(near)); len(queue) > 0; queue = queue[1:] {
		if !all[queue[0]] {
			all[queue[0]] = true
			queue = append(queue, importers[queue[0]]...)
		}
	}
	if len(all) > mostAsked {
		all = near
	}
	maps.Copy(c.asked, all)
}

// mostAsked are as many packages as are checked with the bodies of their functions.
const mostAsked = 200

func (c *compilation) differs(p *link.Package) bool {
	old := c.before[p.ImportPath]
	return old == nil || !slices.Equal(old.GoFiles, p.GoFiles) || !slices.Equal(old.CgoFiles, p.CgoFiles) || !slices.Equal(old.Assembly, p.Assembly)
}

// parseAll parses what the asked packages import, and keeps no function bodies.
// The workers fill a slice, each its own elements; only the caller touches c's maps.
func (c *compilation) parseAll() {
	var missing []*link.Package
	for path := range c.graph.Reached(slices.Collect(maps.Keys(c.asked))...) {
		if p := c.graph[path]; p != nil && !c.asked[path] && c.parsed[path] == nil {
			missing = append(missing, p)
		}
	}
	parsed := make([]*parsedPackage, len(missing))
	parallel.Each(len(missing), func(i int) {
		parsed[i] = c.parse(missing[i], parser.SkipObjectResolution)
		parsed[i].dropBodies()
	})
	for i, p := range missing {
		c.parsed[p.ImportPath] = parsed[i]
	}
}

// dropBodies empties the functions' bodies, of which importers need nothing.
func (p *parsedPackage) dropBodies() {
	for _, f := range p.files {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
				fn.Body = &ast.BlockStmt{Lbrace: fn.Body.Lbrace, Rbrace: fn.Body.Rbrace}
			}
		}
	}
}

func (c *compilation) parse(p *link.Package, mode parser.Mode) *parsedPackage {
	parsed := &parsedPackage{fset: token.NewFileSet()}
	for _, name := range slices.Concat(p.GoFiles, p.CgoFiles) {
		path := filepath.Join(p.Dir, name)
		src, err := c.overlay.Read(path)
		if err == nil {
			var f *ast.File
			if f, err = parser.ParseFile(parsed.fset, path, src, mode); f != nil {
				parsed.files = append(parsed.files, f)
			}
		}
		if err != nil && parsed.err == nil {
			parsed.err = err
		}
	}
	return parsed
}

// check type-checks a package once, in whole where it is asked for. What the go
// command refuses, as import cycles, is no matter here.
func (c *compilation) check(p *link.Package) *types.Package {
	if t, done := c.typed[p.ImportPath]; done {
		return t
	}
	c.typed[p.ImportPath] = nil // an import cycle ends here
	full, parsed := c.asked[p.ImportPath], c.parsed[p.ImportPath]
	if full || parsed == nil { // of the build before alone
		parsed = c.parse(p, parser.SkipObjectResolution|parser.ParseComments)
	}
	t, first, whole := c.types(p, parsed, full)
	whole = whole && p.Error == "" && p.Refused == "" && !p.Swig && parsed.err == nil
	c.typed[p.ImportPath], c.whole[p.ImportPath] = t, whole && (full || first == "")
	if full {
		if e := c.refused(p, parsed, first, whole); e.words != "" {
			c.wrong[p.ImportPath] = e
		}
	}
	return t
}

// types are those of a package, with go/types' first word of what is wrong, and
// whether all that it imports is known.
func (c *compilation) types(p *link.Package, parsed *parsedPackage, full bool) (t *types.Package, first string, whole bool) {
	if c.heavy == nil {
		c.heavy = &weights{c.parsed, map[string]map[string]int{}}
	}
	if c.heavy.tooHeavy(p.ImportPath, parsed.files) {
		return nil, "", false
	}
	whole = true
	config := types.Config{FakeImportC: true, IgnoreFuncBodies: !full, DisableUnusedImportCheck: !full, Sizes: types.SizesFor("gc", c.build.GOARCH),
		Importer: lookup(func(path string) (*types.Package, error) {
			q := importedBy(c.graph, p, path)
			if q == nil || c.check(q) == nil {
				whole = false
				return nil, fmt.Errorf("%s is not known", path)
			}
			whole = whole && c.whole[q.ImportPath]
			return c.typed[q.ImportPath], nil
		}),
		Error: func(err error) {
			if e, ok := err.(types.Error); ok && first == "" {
				first = at(e.Fset.Position(e.Pos)) + e.Msg
			}
		}}
	if full && version.IsValid(p.GoVersion) {
		config.GoVersion = p.GoVersion
	}
	t, _ = config.Check(p.ImportPath, parsed.fset, parsed.files, nil) // the first error is kept above
	return t, first, whole
}

// offersOther reports whether a package declares something else for its importers
// than before.
func (c *compilation) offersOther(p *link.Package) bool {
	old := c.before[p.ImportPath]
	if old == nil || old.Swig || p.Swig {
		return true
	}
	before, _, _ := c.types(old, c.parse(old, parser.SkipObjectResolution), false)
	now, _, _ := c.types(p, c.parse(p, parser.SkipObjectResolution), false)
	return before == nil || now == nil || offers(before) != offers(now)
}

// offers tells in words what a package declares that importers may use: exported
// names, and members of all types, which an exported function may return.
func offers(p *types.Package) string {
	var b strings.Builder
	for _, name := range p.Scope().Names() {
		switch o := p.Scope().Lookup(name).(type) {
		case *types.TypeName:
			b.WriteString("type " + name + " " + shape(o.Type()) + "\n")
			set := types.NewMethodSet(types.NewPointer(o.Type()))
			for i := range set.Len() {
				if m := set.At(i).Obj(); m.Exported() {
					b.WriteString(types.ObjectString(m, nil) + "\n")
				}
			}
		case *types.Const:
			if o.Exported() {
				b.WriteString(types.ObjectString(o, nil) + o.Val().String() + "\n")
			}
		default:
			if o.Exported() {
				b.WriteString(types.ObjectString(o, nil) + "\n")
			}
		}
	}
	return b.String()
}

// shape is a type but for the fields of a struct that importers cannot name.
func shape(t types.Type) string {
	s, ok := t.Underlying().(*types.Struct)
	if !ok {
		return t.Underlying().String()
	}
	words := fmt.Sprint("struct ", types.Comparable(s))
	for i := range s.NumFields() {
		if f := s.Field(i); f.Exported() || f.Embedded() {
			words += " " + types.ObjectString(f, nil)
		}
	}
	return words
}

// refused is what the compiler says of a package of which go/types says first.
func (c *compilation) refused(p *link.Package, parsed *parsedPackage, first string, whole bool) compileError {
	if _, syntax := parsed.err.(scanner.ErrorList); syntax {
		return compileError{strings.TrimPrefix(parsed.err.Error(), p.Dir+string(filepath.Separator)), link.Exact}
	}
	if first != "" && whole {
		words, _, _ := strings.Cut(first, "\n")
		return compileError{words, link.Exact}
	}
	if words := c.bodyless(p, parsed); words != "" {
		return compileError{words, link.Exact}
	}
	if file := c.foreignAssembly(p); file != "" {
		return compileError{file + " is written for the C compiler, and Go's assembler would have to take it", link.AtLeast}
	}
	return compileError{}
}

// bodyless is what the compiler says of a function without a body, which some file
// that Go does not compile may have, or a //go:linkname (cmd/compile -complete).
func (c *compilation) bodyless(p *link.Package, parsed *parsedPackage) string {
	if p.Cgo || len(p.Assembly)+len(p.Syso) > 0 {
		return ""
	}
	for _, f := range parsed.files {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Body == nil && !linknamed(f, fn.Name.Name) {
				return at(parsed.fset.Position(fn.Name.Pos())) + "missing function body"
			}
		}
	}
	return ""
}

func linknamed(f *ast.File, name string) bool {
	return slices.ContainsFunc(f.Comments, func(g *ast.CommentGroup) bool {
		return slices.ContainsFunc(g.List, func(line *ast.Comment) bool { return strings.HasPrefix(line.Text, "//go:linkname "+name) })
	})
}

// foreignAssembly is a file of assembly that was the C compiler's, as is all in a
// package with cgo, and says something.
func (c *compilation) foreignAssembly(p *link.Package) string {
	old := c.before[p.ImportPath]
	if old == nil || !old.Cgo || p.Cgo {
		return ""
	}
	for _, file := range p.Assembly {
		text, err := c.overlay.Read(filepath.Join(p.Dir, file))
		if err == nil && slices.Contains(old.Assembly, file) && slices.ContainsFunc(strings.Split(string(text), "\n"), statement) {
			return file
		}
	}
	return ""
}

// statement tells a line of assembly from comments and from what is for the
// preprocessor.
func statement(line string) bool {
	line = strings.TrimSpace(line)
	return line != "" && !strings.HasPrefix(line, "/") && !strings.HasPrefix(line, "*") && !strings.HasPrefix(line, "#")
}

func at(p token.Position) string {
	return fmt.Sprintf("%s:%d:%d: ", filepath.Base(p.Filename), p.Line, p.Column)
}

// lookup is a types.Importer.
type lookup func(path string) (*types.Package, error)

func (l lookup) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	return l(path)
}
