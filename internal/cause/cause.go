// Package cause says why a program links with cgo, or with shared libraries in
// another way, at which import that comes in, and in which words this is told.
//
// It is the one source for the analyzer, which knows packages by their syntax
// and by the facts of what they import, and for lint, which knows them by the
// go command's list. Both describe a package as a Package, carry a Fact from
// each to its importers, and report what Reports gives. The package reads no
// file, and it takes nothing but what it is handed: a report must not depend on
// who asks.
package cause

import (
	"cmp"
	"go/token"
	"slices"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// A Cause is one package that a program is not static for, as a package that
// imports it sees it.
type Cause struct {
	Kind    string   // link.KindCgo or link.KindDynImport
	Without string   // what becomes of it without cgo, as link.WithoutFails
	Module  string   // its module, "std" for the standard library
	Chain   []string // the shortest way to it, from the package whose fact this is; never empty
	Allowed bool     // every way to it goes through an import with an allow directive of the same module
}

// Package is the import path of the cause itself.
func (c Cause) Package() string { return c.Chain[len(c.Chain)-1] }

// A Fact is what a package tells those who import it. It has no positions and,
// but for Loader, no paths of a machine.
type Fact struct {
	Module string
	Causes []Cause // one for each package and kind, sorted
	// Std lists the packages of the standard library that use cgo in some build
	// and are reached, whether they do so in this one or not.
	Std []string
	// Open means that files of other modules than std are left out of this build:
	// another build may reach more.
	Open bool
	// Dynamic means that the port's own runtime goes through shared libraries.
	Dynamic bool
	// Loader is the dynamic linker that runtime/cgo names, where the driver
	// shows it.
	Loader string
}

// A Package is what the files of one package say.
type Package struct {
	Path, Name string
	Module     string // of ModuleOf
	Imports    []Import
	Cgo        []token.Pos // an import "C" each; token.NoPos where only the facts are of interest
	DynImports []token.Pos // a //go:cgo_import_dynamic each
	Without    string      // what becomes of it without cgo; of Without
	LeftOut    bool        // it has files that this build leaves out
	Loader     string      // of //go:cgo_dynamic_linker
	Allows     []Allow
	Targets    []Target
	Strays     []Stray

	fset *token.FileSet // of the positions; nil where nothing is to be reported
}

// An Import is one import declaration but that of "C".
type Import struct {
	Path   string // of the package that is imported, after vendoring
	Pos    token.Pos
	Test   bool  // in a _test.go file
	Allows []int // the allow directives beside it, as indexes of Package.Allows
}

// Known gives the fact of an imported package, nil where nothing is known of it.
type Known func(path string) *Fact

// Fact is what the package tells those who import it.
func (p *Package) Fact(known Known) Fact {
	f := Fact{Module: p.Module, Open: p.LeftOut && p.Module != Std, Loader: p.Loader}
	f.Dynamic = p.dynamicPort(known)
	if isCarrier(p.Path) && p.Module == Std {
		f.Std = append(f.Std, p.Path)
	}
	if also := elsewhere[p.Path]; also != "" && p.Module == Std {
		f.Std = append(f.Std, also)
	}
	for _, path := range p.importPaths() {
		if from := known(path); from != nil {
			p.add(&f, path, from)
		}
	}
	f.Causes = slices.DeleteFunc(append(p.own(), f.Causes...), func(c Cause) bool {
		return f.Dynamic && c.Kind == link.KindDynImport
	})
	f.Causes = shortest(f.Causes)
	slices.Sort(f.Std)
	f.Std = slices.Compact(f.Std)
	return f
}

// importPaths are what the package imports, each once. Those who use cgo import
// runtime/cgo, which no file of theirs says.
func (p *Package) importPaths() []string {
	paths := make([]string, 0, len(p.Imports)+1)
	for _, imp := range p.Imports {
		paths = append(paths, imp.Path)
	}
	if p.usesCgo() {
		paths = append(paths, runtimeCgo)
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

const runtimeCgo = "runtime/cgo"

func (p *Package) usesCgo() bool { return len(p.Cgo) > 0 }

// dynamicPort reports whether all programs of the port are dynamic, as the
// standard library's own runtime is. Dynamic imports then add nothing.
func (p *Package) dynamicPort(known Known) bool {
	if p.Path == "runtime" && len(p.DynImports) > 0 {
		return true
	}
	return slices.ContainsFunc(p.Imports, func(i Import) bool { f := known(i.Path); return f != nil && f.Dynamic })
}

// compare orders positions by file and place.
func (p *Package) compare(a, b token.Pos) int {
	if p.fset == nil {
		return cmp.Compare(a, b)
	}
	x, y := p.fset.Position(a), p.fset.Position(b)
	return cmp.Or(cmp.Compare(x.Filename, y.Filename), cmp.Compare(x.Offset, y.Offset))
}

// add takes over what an imported package told.
func (p *Package) add(f *Fact, path string, from *Fact) {
	f.Open = f.Open || from.Open
	f.Loader = cmp.Or(f.Loader, from.Loader)
	if path == runtimeCgo && !p.imports(path) {
		return // its cause is the package's own
	}
	f.Std = append(f.Std, from.Std...)
	for _, c := range from.Causes {
		c.Allowed = c.Allowed && from.Module == p.Module || p.allowsEverywhere(path, c)
		c.Chain = append([]string{p.Path}, c.Chain...)
		f.Causes = append(f.Causes, c)
	}
}

func (p *Package) imports(path string) bool {
	return slices.ContainsFunc(p.Imports, func(i Import) bool { return i.Path == path })
}

// allowsEverywhere reports whether each import of path has a directive that
// allows the cause.
func (p *Package) allowsEverywhere(path string, c Cause) bool {
	found := false
	for _, imp := range p.Imports {
		if imp.Path != path {
			continue
		}
		if !p.allows(imp, c) {
			return false
		}
		found = true
	}
	return found
}

// own are the causes that the package is itself.
func (p *Package) own() []Cause {
	var own []Cause
	if p.usesCgo() || p.Path == runtimeCgo {
		own = append(own, Cause{Kind: link.KindCgo, Without: p.Without, Module: p.Module, Chain: []string{p.Path}, Allowed: p.allowsOwnCgo()})
	}
	// What std imports dynamically it does for the port, not for itself.
	if len(p.DynImports) > 0 && p.Module != Std {
		own = append(own, Cause{Kind: link.KindDynImport, Without: link.WithoutUnknown, Module: p.Module, Chain: []string{p.Path}})
	}
	return own
}

// shortest keeps one chain for each cause: one that nobody allowed before one
// that somebody did, the shortest, and the first in the alphabet.
func shortest(causes []Cause) []Cause {
	slices.SortFunc(causes, func(a, b Cause) int {
		return cmp.Or(cmp.Compare(a.Package(), b.Package()), cmp.Compare(a.Kind, b.Kind),
			boolCompare(a.Allowed, b.Allowed), cmp.Compare(len(a.Chain), len(b.Chain)), slices.Compare(a.Chain, b.Chain))
	})
	causes = slices.CompactFunc(causes, func(a, b Cause) bool { return a.Package() == b.Package() && a.Kind == b.Kind })
	slices.SortStableFunc(causes, func(a, b Cause) int {
		return cmp.Or(cmp.Compare(len(a.Chain), len(b.Chain)), slices.Compare(a.Chain, b.Chain))
	})
	return causes
}

func boolCompare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
