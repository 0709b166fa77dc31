package cause

import (
	"cmp"
	"go/token"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// Categories of reports. They are part of what users may rely on.
const (
	// Fallback: cgo, and without it everything still builds: net, os/user, and
	// packages that have other files for want of cgo.
	Fallback = "cgo-fallback"
	// Only: cgo, and without it something does not build, or does nothing.
	Only = "cgo-only"
	// DynImport: shared libraries with cgo and without, by //go:cgo_import_dynamic.
	DynImport = "dynimport"
	// Loader: a dynamic linker that is not the port's own.
	Loader = "loader"
	// Directive: a directive of ours that says or does nothing.
	Directive = "directive"
)

// Settings are what users say of a whole run.
type Settings struct {
	Allow Patterns // packages that may use cgo
	Main  bool     // only what main packages reach, at their imports
	// Target, where there is one, gives the target without a C library that a
	// program was asked to run on, "" for none, and whether it was asked to run on
	// any: the program's own directives do not count then.
	Target func(program string) (name string, asked bool)
}

// A Report is one thing to tell the user.
type Report struct {
	Pos      token.Pos
	Category string
	Message  string
	Causes   []Cause     // seen from what is imported; none for Directive
	Related  []token.Pos // the package's other imports of "C"
}

// Reports are what is to be said of the package, by position.
func (p *Package) Reports(known Known, s Settings) []Report {
	r := reporter{p: p, known: known, Settings: s, target: p.bareTarget(s)}
	if p.Name == "main" || !s.Main {
		for _, imp := range p.Imports {
			r.imports(imp)
		}
		r.ownCgo()
		r.ownDynImport()
	}
	r.loader()
	r.directives()
	slices.SortStableFunc(r.reports, r.order)
	return r.reports
}

func (r *reporter) order(a, b Report) int {
	return cmp.Or(r.p.compare(a.Pos, b.Pos), cmp.Compare(a.Message, b.Message))
}

type reporter struct {
	Settings
	p        *Package
	known    Known
	target   string // a target without libc that the program names
	reports  []Report
	reported []token.Pos // imports that have a report
}

// bareTarget is the first target without libc that is asked for, or that a main
// package names.
func (p *Package) bareTarget(s Settings) string {
	if p.Name != "main" {
		return ""
	}
	if s.Target != nil {
		if name, asked := s.Target(p.Path); asked {
			return name
		}
	}
	for _, t := range p.Targets {
		for _, name := range t.Names {
			if !t.Test && !t.Misplaced && NoLibc(name) {
				return name
			}
		}
	}
	return ""
}

// imports reports an import that leaves the module, or any of a main package
// where programs are to be told as a whole.
func (r *reporter) imports(imp Import) {
	from := r.known(imp.Path)
	whole := r.p.Name == "main" && !imp.Test && (r.Main || r.target != "")
	if from == nil || r.Main && !whole {
		return
	}
	within := from.Module == r.p.Module
	if within && !whole {
		return
	}
	var causes []Cause
	for _, c := range from.Causes {
		if strict := whole && r.target != ""; strict && !r.p.allows(imp, c) ||
			!r.Allow.Match(c) && !r.p.allows(imp, c) && !(within && c.Allowed) {
			causes = append(causes, c)
		}
	}
	if len(causes) == 0 {
		return
	}
	target := ""
	if whole {
		target = r.target
	}
	r.reported = append(r.reported, imp.Pos)
	r.reports = append(r.reports, Report{Pos: imp.Pos, Category: category(causes), Causes: causes,
		Message: importWords(imp.Path, causes, target)})
}

// allows reports whether a directive beside the import allows the cause, by the
// name of the cause, of the import, or of what is between them.
func (p *Package) allows(imp Import, c Cause) bool {
	return slices.ContainsFunc(imp.Allows, func(i int) bool { return slices.Contains(c.Chain, p.Allows[i].Package) })
}

// allowsOwnCgo goes by a directive beside any import of "C", as which of them
// is reported hangs on the files' names.
func (p *Package) allowsOwnCgo() bool {
	return slices.ContainsFunc(p.Allows, func(a Allow) bool { return a.OwnC && (a.Package == "C" || a.Package == p.Path) })
}

func (r *reporter) ownCgo() {
	if !r.p.usesCgo() || r.p.allowsOwnCgo() {
		return
	}
	for _, c := range r.p.own() {
		if c.Kind != link.KindCgo || r.target == "" && r.Allow.Match(c) {
			continue
		}
		at := r.sorted(r.p.Cgo)
		r.reports = append(r.reports, Report{Pos: at[0], Category: category([]Cause{c}), Causes: []Cause{c},
			Message: importWords("C", []Cause{c}, r.target), Related: at[1:]})
	}
}

func (r *reporter) ownDynImport() {
	for _, c := range r.p.own() {
		if c.Kind != link.KindDynImport || r.p.dynamicPort(r.known) || r.target == "" && r.Allow.Match(c) {
			continue
		}
		at := r.sorted(r.p.DynImports)
		r.reports = append(r.reports, Report{Pos: at[0], Category: DynImport, Causes: []Cause{c},
			Message: dynImportWords(r.target)})
	}
}

func (r *reporter) sorted(at []token.Pos) []token.Pos {
	at = slices.Clone(at)
	slices.SortFunc(at, r.p.compare)
	return at
}

// category is that of the worst cause.
func category(causes []Cause) string {
	worst := DynImport
	for _, c := range causes {
		switch {
		case c.Kind != link.KindCgo:
		case c.Without == link.WithoutPureGo && worst == DynImport:
			worst = Fallback
		case c.Without != link.WithoutPureGo:
			worst = Only
		}
	}
	return worst
}

// directives reports those that do nothing.
func (r *reporter) directives() {
	for i, a := range r.p.Allows {
		r.directive(a.Pos, allowMark, r.amiss(i, a))
	}
	for _, t := range r.p.Targets {
		switch {
		case r.p.Name != "main":
			r.directive(t.Pos, targetMark, "stands in package "+r.p.Name+", and only programs have targets")
		case t.Misplaced:
			r.directive(t.Pos, targetMark, MisplacedTarget)
		case len(t.Names) == 0:
			r.directive(t.Pos, targetMark, "names no target")
		default:
			for _, name := range t.Names {
				if !isTarget(name) {
					r.directive(t.Pos, targetMark, "names "+name+", and there is no such target")
				}
			}
		}
	}
	for _, s := range r.p.Strays {
		mark, _, _ := strings.Cut(s.Text, " ")
		r.directive(s.Pos, mark, "is no directive of goportdoctor's; there are "+allowMark+" and "+targetMark)
	}
}

func (r *reporter) directive(at token.Pos, mark, amiss string) {
	if amiss != "" {
		r.reports = append(r.reports, Report{Pos: at, Category: Directive, Message: mark + " " + amiss})
	}
}

// amiss is what is wrong with an allow directive, "" where nothing is.
func (r *reporter) amiss(i int, a Allow) string {
	switch {
	case a.Package == "":
		return "names no package and gives no reason"
	case !a.Beside:
		return "stands beside no import"
	case a.Reason == "":
		return a.Package + " gives no reason"
	case a.OwnC && (a.Package == "C" || a.Package == r.p.Path):
		return ""
	case a.OwnC:
		return a.Package + ` stands beside import "C", which is not ` + a.Package
	}
	for _, imp := range r.p.Imports {
		if slices.Contains(imp.Allows, i) && r.reaches(imp, a.Package) {
			return ""
		}
	}
	return a.Package + ": the import does not reach cgo there"
}

// reaches reports whether an import comes to a package, or may do so in another
// build. Where something is reported at the import all the same, this build is
// one that the directive was to be for.
func (r *reporter) reaches(imp Import, pkg string) bool {
	from := r.known(imp.Path)
	if from == nil || imp.Path == pkg || slices.Contains(from.Std, pkg) {
		return true
	}
	if slices.ContainsFunc(from.Causes, func(c Cause) bool { return slices.Contains(c.Chain, pkg) }) {
		return true
	}
	return from.Open && !slices.Contains(r.reported, imp.Pos)
}
