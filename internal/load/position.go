package load

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// Positions finds imports in the user's own code. It remembers what it read, so
// that many programs with one cause read its files once.
type Positions struct {
	Dir     string // paths are given relative to it
	Overlay Overlay

	mu sync.Mutex
	at map[[2]string]string
}

// Of is the place where from imports to, as file:line:column, "" where it does
// not.
func (ps *Positions) Of(from *link.Package, to string) string {
	key := [2]string{from.ImportPath, to}
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if at, ok := ps.at[key]; ok {
		return at
	}
	if ps.at == nil {
		ps.at = map[[2]string]string{}
	}
	ps.at[key] = ps.find(from, to)
	return ps.at[key]
}

func (ps *Positions) find(from *link.Package, to string) string {
	if all := ps.Every(from, to); len(all) > 0 {
		return all[0]
	}
	return ""
}

// Every is each place where from imports to, as Of gives the first.
func (ps *Positions) Every(from *link.Package, to string) []string {
	all := []string{}
	fset, files := ps.Overlay.parse(from.Dir, slices.Concat(from.GoFiles, from.CgoFiles), parser.ImportsOnly)
	for _, f := range files {
		for _, s := range f.Imports {
			if path := strings.Trim(s.Path.Value, "`\""); path == to || from.ImportMap[path] == to || strings.HasSuffix(to, "/vendor/"+path) {
				all = append(all, ps.Relative(fset.Position(s.Pos())))
			}
		}
	}
	return all
}

// A Directive is a comment //goportdoctor:….
type Directive struct {
	Text  string
	At    string // as file:line:column
	Below bool   // the imports
}

// Directives are those of a package, without its tests.
func (ps *Positions) Directives(p *link.Package) []Directive {
	if !p.Directives {
		return nil
	}
	var all []Directive
	fset, files := ps.Overlay.parse(p.Dir, slices.DeleteFunc(slices.Concat(p.GoFiles, p.CgoFiles), isTest), parser.SkipObjectResolution|parser.ParseComments)
	for _, f := range files {
		end := f.Name.End()
		for _, i := range f.Imports {
			end = max(end, i.End())
		}
		for _, g := range f.Comments {
			for _, c := range g.List {
				if strings.HasPrefix(c.Text, string(directiveMark)) {
					all = append(all, Directive{c.Text, ps.Relative(fset.Position(c.Pos())), c.Pos() > end})
				}
			}
		}
	}
	return all
}

// Package is the place of a package's first package clause, "" where none can
// be read.
func (ps *Positions) Package(p *link.Package) string {
	for _, name := range slices.Concat(p.GoFiles, p.CgoFiles) {
		fset, files := ps.Overlay.parse(p.Dir, []string{name}, parser.PackageClauseOnly)
		if len(files) > 0 && files[0].Package.IsValid() {
			return ps.Relative(fset.Position(files[0].Package))
		}
	}
	return ""
}

// Relative is a position as file:line:column, without the column where a //line
// comment tells none.
func (ps *Positions) Relative(pos token.Position) string {
	if rel, err := filepath.Rel(ps.Dir, pos.Filename); err == nil && filepath.IsLocal(rel) {
		pos.Filename = rel
	}
	pos.Filename = filepath.ToSlash(pos.Filename)
	return pos.String()
}
