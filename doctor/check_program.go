package doctor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/remedy"
)

var programChecks = []Check{{
	ID: "build-error", Title: "Does every program build?", Since: "v0.1.0",
	Looks:  "What the go command refuses, foreseen: packages that do not load, flags, a C compiler that is not there.",
	Means:  "go build will say these words and make no executable.",
	Remedy: "The go command's own words say what is missing; for a C compiler: set CC to one that is there, or CGO_ENABLED=0.",
	passed: "every program builds, as far as can be foreseen",
	program: func(e *examination, p Program) []note {
		if p.BuildError == "" {
			return nil
		}
		n := note{severity: Problem, position: errorPosition(p.BuildError), cause: firstLine(p.BuildError), message: p.Package + " does not build: " + p.BuildError}
		if strings.Contains(p.BuildError, ": exec: ") && e.facts != nil { // of a C compiler
			variable := "CXX"
			if strings.HasPrefix(p.BuildError, "cgo: C compiler") {
				variable = "CC"
			}
			n.evidence = e.facts.whereSet(variable)
			n.remedies = e.withoutCgo(p)
		}
		if len(p.Remedies) > 0 {
			n.remedies = p.Remedies
		}
		return []note{n}
	},
	machine: func(e *examination) (notes []note) {
		for _, p := range e.leftOut {
			notes = append(notes, note{severity: Warning, pkg: p.Package, cause: "left out",
				message:  p.Package + " is left out: build constraints exclude all of its Go files with cgo off",
				remedies: e.withCgo(p)})
		}
		return notes
	},
}, {
	ID: "cgo-stub", Title: "Is a package a stub for want of cgo?", Since: "v0.1.0",
	Looks:  "Packages that are known to build with cgo off, and then to say at run time that they need it: github.com/mattn/go-sqlite3 and its forks.",
	Means:  "The program builds, starts, and fails as soon as it uses the package.",
	Remedy: "`CGO_ENABLED=1 go build …` where there is a C compiler, or a package in pure Go: modernc.org/sqlite, github.com/ncruces/go-sqlite3.",
	passed: "no package of a program is a stub for want of cgo",
	program: func(e *examination, p Program) (notes []note) {
		for _, s := range p.stubs {
			what := s.pkg + " without " + s.loses
			notes = append(notes, note{severity: Warning, cause: what, message: p.Package + " has " + what, remedies: append(e.withCgo(p), s.remedies()...)})
		}
		return notes
	},
}, {
	ID: "cgo-unpinned", Title: "Does the result depend on whether there is a C compiler?", Since: "v0.1.0",
	Looks: "CGO_ENABLED: the environment, go env -w, GOROOT/go.env, the toolchain's default. Where nobody sets it, every program is predicted once more, with cgo off where it is on here and on where it is off.",
	Means: "Nobody sets CGO_ENABLED, so the go command turns cgo on where it finds a C compiler, and off where it finds none. The same source comes out static on one machine and dynamic on another.",
	Remedy: "Set it where the release is built: `CGO_ENABLED=0 go build …`, or `CGO_ENABLED=1 go build …` if cgo is wanted, " +
		"which then fails where there is no compiler. `go env -w CGO_ENABLED=0` sets it for one user.",
	passed:  "CGO_ENABLED is set, or changes no program here",
	program: unpinned,
}}

// foreignLoader finds a program whose interpreter is of this machine only, by
// where that comes from.
func foreignLoader(e *examination, p Program, sources ...link.Source) []note {
	i := p.Interpreter
	if p.BuildError != "" || i.Value == "" || i.Certainty != link.Exact || common(i.Value) || p.Format != link.FormatELF || !slices.Contains(sources, i.Source) {
		return nil
	}
	n := note{severity: Problem, cause: string(i.Source), evidence: []Evidence{evidenceOf(i.Because)},
		message: fmt.Sprintf("%s needs %s, which no other machine has: %s", p.Package, i.Value, i.Because)}
	if e.facts != nil {
		n.evidence = append(n.evidence, e.facts.aboutLoader(i.Value)...)
		n.remedies = e.withoutCgo(p)
	}
	return []note{n}
}

// aboutLoader says why such a program runs here all the same.
func (f *Facts) aboutLoader(loader string) []Evidence {
	for _, l := range f.Loaders {
		switch {
		case l.Path != loader:
		case l.Target != "":
			return []Evidence{{File: loader, Text: "here a symbolic link to " + l.Target + ", so the program runs on this machine"}}
		case !l.Exists:
			return []Evidence{{File: loader, Text: "not on this machine either"}}
		}
	}
	return nil
}

// withoutCgo offers CGO_ENABLED=0 where the program, predicted so, builds and
// names no such interpreter.
func (e *examination) withoutCgo(p Program) []Remedy {
	o, ok := e.other[p.Package]
	if !ok || !p.doesWithoutCgo() || o.Linkage.Certainty != link.Exact {
		return nil
	}
	if i := o.Interpreter; i.Certainty != link.Exact || i.Value != "" && !common(i.Value) {
		return nil
	}
	r := newRemedy("pure Go in the place of C", p.command("CGO_ENABLED=0"))
	r.Env, r.Linkage, r.Interpreter = []string{"CGO_ENABLED=0"}, o.Linkage.Value, o.Interpreter.Value
	r.Costs = append(r.Costs, p.WithoutCgo.costs...)
	return []Remedy{r}
}

// doesWithoutCgo reports whether the program, whose cgo is on, is known to build
// and to be of use with cgo off.
func (p Program) doesWithoutCgo() bool {
	return p.WithoutCgo != nil && p.WithoutCgo.Value == Builds && p.WithoutCgo.Certainty != Unknown
}

// withCgo offers CGO_ENABLED=1 where the program, predicted so, builds.
func (e *examination) withCgo(p Program) []Remedy {
	o, ok := e.other[p.Package]
	if !ok || p.Build.CgoEnabled || o.BuildError != "" {
		return nil
	}
	r := newRemedy("with C", p.command("CGO_ENABLED=1"))
	r.Env, r.Costs = []string{"CGO_ENABLED=1"}, []string{remedy.NeedsCompiler.Text}
	r.Linkage, r.Interpreter = o.Linkage.Value, o.Interpreter.Value
	return []Remedy{r}
}

// remedies are the modules that do the same in pure Go.
func (s stub) remedies() []Remedy {
	if len(s.instead) == 0 {
		return nil
	}
	return []Remedy{inPlaceOf(s.pkg, s.instead)}
}

// pin offers the setting that the program is of use with: off where it does
// without cgo, else on.
func (p Program) pin() Remedy {
	off := p.doesWithoutCgo()
	if !p.Build.CgoEnabled {
		off = p.BuildError == "" && len(p.stubs) == 0
	}
	value, message, costs := "1", "it does not do without cgo", []string{remedy.NeedsCompiler.Text}
	if off {
		value, message, costs = "0", "say which it is to be, 0 or 1", nil
		if p.WithoutCgo != nil {
			costs = p.WithoutCgo.costs
		}
	}
	r := newRemedy(message, "go env -w CGO_ENABLED="+value)
	r.Env, r.Costs = []string{"CGO_ENABLED=" + value}, append(r.Costs, costs...)
	return r
}

// unpinned compares a program with itself, built where there is, or is not, a C
// compiler.
func unpinned(e *examination, p Program) []note {
	o, ok := e.other[p.Package]
	if !ok || !e.unpinned || p.BuildError != "" && !p.Build.CgoEnabled || sameLink(p.Executable, o) {
		return nil
	}
	here, there := "with a C compiler, as here", "without one"
	if !p.Build.CgoEnabled {
		here, there = "without a C compiler, as here", "with one"
	}
	if p.BuildError != "" { // there is none here
		here = "with a C compiler"
	}
	return []note{{severity: Warning, cause: there, message: fmt.Sprintf("%s is %s %s, and %s %s: nobody sets CGO_ENABLED",
		p.Package, outcome(p.Executable), here, outcome(o), there),
		remedies: []Remedy{p.pin()}}}
}

// sameLink reports whether two links of a program come out alike, as far as both
// are known. A dynamic one with cgo is taken to have the C compiler's loader.
func sameLink(a, b link.Executable) bool {
	if (a.BuildError == "") != (b.BuildError == "") {
		return false
	}
	return outcome(a) == outcome(b)
}

// outcome is how a program comes out, in a few words.
func outcome(e link.Executable) string {
	switch {
	case e.BuildError != "":
		return "not built (" + firstLine(e.BuildError) + ")"
	case e.Linkage.Certainty == link.Unknown && slices.ContainsFunc(e.Causes, func(c link.Cause) bool { return c.Kind == "cgo" }):
		return "dynamic (" + e.Causes[0].Package + ")"
	case e.Linkage.Certainty == link.Unknown:
		return "unknown"
	case e.Linkage.Value == link.LinkageDynamic && len(e.Causes) > 0:
		return "dynamic (" + e.Causes[0].Package + ")"
	}
	return e.Linkage.Value
}

// whereSet is the evidence of where a variable was set, nil where it was not.
func (f *Facts) whereSet(name string) []Evidence {
	s, ok := f.setting(name)
	if !ok {
		return nil
	}
	text := s.Name + "=" + s.Value
	if s.File == "" {
		text += " in the " + s.From
	}
	return []Evidence{{File: s.File, Line: s.Line, Text: text}}
}
