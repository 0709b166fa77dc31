package doctor

import (
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/load"
	"github.com/goportdoctor/goportdoctor/internal/remedy"
)

// What WithoutCgo says, and how surely.
const (
	Builds     = "builds"
	BuildsStub = "stub"
	BuildFails = "fails"

	Certain = "certain"
	Likely  = "likely"
)

// tellWithout says of each program what becomes of it with cgo off, and of its
// causes what becomes of them, by the packages that are then listed and by what
// is known of modules.
func tellWithout(programs []Program, other map[string]link.Executable, with load.Result, off link.Graph) {
	for i := range programs {
		p := &programs[i]
		o, ok := other[p.Package]
		if !ok {
			continue
		}
		uses := closure(with.Programs[i])
		w := withoutCgo(o, uses, link.Program{Main: off[p.Package], Graph: off})
		for _, c := range remedy.CostsWithoutCgo(uses) {
			w.costs = append(w.costs, c.Text)
		}
		p.WithoutCgo = &w
		for j, c := range p.Causes {
			if c.WithoutCgo == link.WithoutUnknown && c.Kind == link.KindCgo {
				p.Causes[j].WithoutCgo = becomes(c.Package, p.Package, uses, off)
			}
		}
	}
}

// withoutCgo is certain of what the go command itself says, and of a program
// whose only C is the standard library's. That other packages build when all
// names that they use are there is likely. uses are the packages with C that the
// program has with cgo on, then is what it is with cgo off.
func withoutCgo(off link.Executable, uses []*link.Package, then link.Program) WithoutCgo {
	if off.BuildError != "" {
		if off.BuildErrorCertainty == link.Exact {
			return WithoutCgo{Value: BuildFails, Because: lastLine(off.BuildError), Certainty: Certain}
		}
		return WithoutCgo{Value: BuildFails, Because: lastLine(off.BuildError), Certainty: Likely}
	}
	left := map[string]bool{}
	if then.Main != nil {
		left = then.Graph.Reached(then.Main.ImportPath)
		if hollow := stubs(then); len(hollow) > 0 {
			return WithoutCgo{Value: BuildsStub, Because: hollow[0].pkg + ": " + hollow[0].loses, Certainty: Certain}
		}
	}
	w := WithoutCgo{Value: Builds, Because: "the standard library has pure Go for all of its C that is used", Certainty: Certain}
	if !slices.ContainsFunc(uses, func(p *link.Package) bool { return p.Cgo }) {
		w.Because = "no package of it uses cgo"
	}
	for _, p := range uses {
		row, known := remedy.Lookup(p)
		switch {
		case !p.Cgo || w.Value != Builds:
		case !left[p.ImportPath] && !p.Standard && w.Certainty == Certain:
			w.Because, w.Certainty = "it does without "+p.ImportPath+" then, and no name that is used is missing", Likely
		case !left[p.ImportPath]:
		case p.Standard && p.ImportPath == "plugin":
			w = WithoutCgo{Value: BuildsStub, Because: "plugin: every Open says that it is not implemented", Certainty: Certain}
		case p.IsBoring():
			w.Because += "; " + remedy.NoBoring.Text
		case p.Standard:
		case known && row.Without == remedy.Stub:
			w = WithoutCgo{Value: BuildsStub, Because: p.ImportPath + ": " + row.Loses, Certainty: Certain}
		case known && row.Without == remedy.Fails:
			w.Because, w.Certainty = p.ImportPath+" has nothing without cgo ("+row.Source+"), and nothing was found that would miss it", Unknown
		case w.Certainty != Unknown:
			w.Because, w.Certainty = p.ImportPath+" has files for want of cgo, and no name that is used is missing", Likely
		}
	}
	for _, p := range closure(then) {
		if w.Value == Builds && w.Certainty == Certain && !p.Standard && len(p.LostFiles()) > 0 {
			w.Because, w.Certainty = p.ImportPath+" has files for want of cgo, and no name that is used is missing", Likely
		}
	}
	return w
}

// lastLine is where the go command comes to the point.
func lastLine(words string) string {
	words = strings.TrimSpace(words)
	return strings.TrimSpace(words[strings.LastIndexByte(words, '\n')+1:])
}

// becomes is what a cause's package is with cgo off; main is the program.
func becomes(path, main string, uses []*link.Package, off link.Graph) string {
	if i := slices.IndexFunc(uses, func(p *link.Package) bool { return p.ImportPath == path }); i >= 0 {
		if row, known := remedy.Lookup(uses[i]); known && row.Without != remedy.NoCgoYet {
			return string(row.Without)
		}
	}
	p := off[path]
	switch {
	case p == nil && path == main:
		return link.WithoutFails
	case p == nil:
		return link.WithoutUnknown
	case p.Error != "" || p.Undefined != "":
		return link.WithoutFails
	}
	for _, importer := range off {
		if importer.UndefinedIn == path {
			return link.WithoutFails
		}
	}
	return link.WithoutPureGo
}

// A stub is a package that only says that it needs cgo.
type stub struct {
	pkg     string
	loses   string
	instead []string // modules in pure Go for the same task
}

// stubs are those of a program; in a build with cgo there are none.
func stubs(p link.Program) []stub {
	var found []stub
	for _, pkg := range closure(p) {
		row, known := remedy.Lookup(pkg)
		if known && row.Without == remedy.Stub && !pkg.Cgo && len(pkg.LostFiles()) > 0 {
			found = append(found, stub{pkg.ImportPath, row.Loses, row.Instead})
		}
	}
	return found
}

// hollow reports whether a program would start only to say that it needs cgo.
func hollow(b link.Build, p link.Program) bool {
	if len(stubs(p)) > 0 {
		return true
	}
	return !b.CgoEnabled && slices.ContainsFunc(closure(p), func(pkg *link.Package) bool { return pkg.Standard && pkg.ImportPath == "plugin" })
}
