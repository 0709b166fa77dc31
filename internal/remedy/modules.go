// Knowledge of modules that have C code: what becomes of them without cgo, what
// they link with, which tags change that, and what may take their place. Each row
// was held against a build (TestModules with -modules both holds them again).

package remedy

import (
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// A Without is what becomes of a package where cgo is off.
type Without string

const (
	Fails    Without = "fails" // it, or whatever uses it, does not build
	Stub     Without = "stub"  // it builds, and says at run time that it needs cgo
	PureGo   Without = "pure-go"
	NoCgoYet Without = "dynamic" // it loads shared libraries without cgo
)

// A Module is one row.
type Module struct {
	Path     string // of the package with C code; a trailing /... stands for those below
	Version  string // that this was held against; other versions of one major are taken to be alike
	Use      string // an expression of the package that a program commonly has
	Without  Without
	Loses    string   // what is slower or missing without cgo
	Static   bool     // a static link of it works, though it asks for -ldl
	Loads    []string // libraries that it opens at run time, which no executable names
	Links    []string // libraries that it needs of the system, as linker flags or pkg-config names; none where it brings its C along
	Switches []Switch
	Instead  []string // modules in pure Go for the same task
	Source   string   // where this is written down, besides the build
}

// A Switch is a build tag of a module's own.
type Switch struct {
	Tag, Does, Costs string
	Musl             bool // only where CC links with musl
	NoCgo            bool // with cgo off, of which it takes back what the row loses
}

func (sw Switch) cost(p *link.Package, row Module) Cost {
	return Cost{Text: p.ImportPath + ": " + sw.Costs, Source: row.Source}
}

// Lookup is the row of a package. A module whose major version is another than
// the row's is not known.
func Lookup(p *link.Package) (Module, bool) {
	i := slices.IndexFunc(Modules, func(m Module) bool { return m.covers(p.ImportPath) && sameMajor(m.Version, p.Version) })
	if i < 0 {
		return Module{}, false
	}
	return Modules[i], true
}

func (m Module) covers(path string) bool {
	if root, below := strings.CutSuffix(m.Path, "/..."); below {
		return path == root || strings.HasPrefix(path, root+"/")
	}
	return path == m.Path
}

// sameMajor compares major versions; before v1 it is the same for all. A
// replaced module has no version, and may be any.
func sameMajor(row, v string) bool {
	major := func(s string) string { m, _, _ := strings.Cut(s, "."); return m }
	return v == "" || major(row) == major(v)
}
