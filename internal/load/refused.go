package load

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
	"github.com/goportdoctor/goportdoctor/internal/link"
)

// goAssembly is the go command's refusal of assembly in Go's syntax where the C
// compiler is to assemble it (cmd/go/internal/work.Builder.gas).
func (s *scans) goAssembly(p *link.Package) string {
	if !p.Cgo || p.Standard { // runtime/cgo has some of each
		return ""
	}
	for _, name := range p.Assembly {
		data, err := bounded.ReadFile(filepath.Join(p.Dir, name), bounded.Source) // whatever -overlay says
		if err == nil && isGoAssembly(data) {
			return p.ImportPath + ": package using cgo has Go assembly file " + name
		}
	}
	return ""
}

// misnamedCgo is what cgo says where -overlay puts a file of another kind in the
// place of the last one that it is given: it takes Go files from the end of its
// arguments, under their real names (cmd/go/internal/work.Builder.cgo).
func (s *scans) misnamedCgo(p *link.Package) string {
	if n := len(p.CgoFiles); n > 0 && !strings.HasSuffix(s.overlay.actual(filepath.Join(p.Dir, p.CgoFiles[n-1])), ".go") {
		return p.ImportPath + ": usage: cgo -- [compiler options] file.go ..."
	}
	return ""
}

// noMain reports how sure it is that the files of a main package, which the build
// takes, declare no func main; "" where one does. Assembly may define it, and so
// may an object file.
func (s *scans) noMain(p *link.Package) link.Certainty {
	names := s.declared(p.Dir, slices.Concat(p.GoFiles, p.CgoFiles))
	switch {
	case names["main"], len(p.GoFiles)+len(p.CgoFiles) == 0:
		return ""
	case len(p.Assembly)+len(p.Syso) > 0:
		return link.AtLeast
	}
	return link.Exact
}

func isGoAssembly(data []byte) bool {
	for _, word := range []string{"TEXT", "DATA", "GLOBL"} {
		if bytes.HasPrefix(data, []byte(word)) || bytes.Contains(data, []byte("\n"+word)) {
			return true
		}
	}
	return false
}

// invalidDebug is the go command's refusal of a //go:debug line that sets what
// its toolchain does not know, "" where those files, or other packages than the
// user's own, have none (cmd/go/internal/work.Builder.checkDirectives).
func (s *scans) invalidDebug(p *link.Package, files []string) string {
	if len(files) == 0 || !p.Main {
		return ""
	}
	known, removed := debugSettings(s.goroot)
	if len(known) == 0 {
		return "" // up to go1.20 such a line is a comment
	}
	fset, parsed := s.overlay.parse(p.Dir, files, parser.ImportsOnly|parser.ParseComments)
	for _, f := range parsed {
		for _, c := range debugLines(f) {
			name := debugName(c.Text)
			if name == "" || name == "default" || slices.Contains(known, name) {
				continue
			}
			at := fset.Position(c.Slash)
			at.Filename = short(s.dir, at.Filename)
			if release := removed[name]; release != "" {
				return fmt.Sprintf("%v: invalid //go:debug: use of removed //go:debug setting %q, see https://go.dev/doc/godebug#go-1%s", at, name, release)
			}
			return fmt.Sprintf("%v: invalid //go:debug: unknown //go:debug setting %q", at, name)
		}
	}
	return ""
}

// debugLines are the lines that count: those before the package clause.
func debugLines(f *ast.File) (lines []*ast.Comment) {
	for _, group := range f.Comments {
		for _, c := range group.List {
			if c.Pos() < f.Package && strings.HasPrefix(c.Text, string(debugMark)) {
				lines = append(lines, c)
			}
		}
	}
	return lines
}

// debugName is the name that a //go:debug line sets, "" where it is another
// line or sets nothing.
func debugName(line string) string {
	at := strings.IndexAny(line, " \t")
	if at < 0 {
		return ""
	}
	name, value, ok := strings.Cut(strings.TrimSpace(line[at:]), "=")
	if !ok || strings.ContainsAny(name+value, " \t,") {
		return ""
	}
	return name
}

// debugSettings are those that the toolchain's table has (internal/godebugs), and
// for each that it has no more the minor release that took it away.
func debugSettings(goroot string) (known []string, removed map[string]string) {
	name := filepath.Join(goroot, "src", "internal", "godebugs", "table.go")
	text, err := bounded.ReadFile(name, bounded.Source)
	if err != nil {
		return nil, nil
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, nil
	}
	removed = map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		lit, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		row := map[string]string{}
		for _, e := range lit.Elts {
			if kv, ok := e.(*ast.KeyValueExpr); ok {
				row[fmt.Sprint(kv.Key)] = literal(kv.Value)
			}
		}
		if name, gone := row["Name"], row["Removed"]; gone != "" {
			removed[name] = gone
		} else if name != "" {
			known = append(known, name)
		}
		return true
	})
	return known, removed
}

// literal is what a basic literal stands for.
func literal(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok {
		return ""
	}
	if s, err := strconv.Unquote(lit.Value); err == nil {
		return s
	}
	return lit.Value
}

// bothTags is what the compiler says of the file by which net refuses to be told
// both -tags=netgo and -tags=netcgo.
func bothTags(p *link.Package) string {
	if !p.Standard || p.ImportPath != "net" || !slices.Contains(p.GoFiles, "netgo_netcgo.go") {
		return ""
	}
	return `"Do not use both netgo and netcgo build tags." (untyped string constant) is not used`
}

// noGoFiles is what go build says of a package of which no file but tests is left,
// and go list does not (cmd/go/internal/load.NoGoError).
func noGoFiles(p *link.Package) string {
	switch {
	case p.Error != "" || p.Swig || len(p.GoFiles)+len(p.CgoFiles) > 0:
		return ""
	case len(p.GoLeftOut) > 0:
		return p.ImportPath + ": build constraints exclude all Go files in " + p.Dir
	}
	return p.ImportPath + ": no non-test Go files in " + p.Dir
}
