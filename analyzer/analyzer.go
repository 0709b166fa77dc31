package analyzer

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/goportdoctor/goportdoctor/internal/cause"
	"github.com/goportdoctor/goportdoctor/internal/quote"
)

// Categories of diagnostics. They never change their meaning.
const (
	// CategoryFallback is cgo that has a pure Go fallback: net, os/user, and
	// packages whose other files make a package without cgo.
	CategoryFallback = cause.Fallback
	// CategoryOnly is cgo without which something does not build, or only stubs.
	CategoryOnly = cause.Only
	// CategoryDynImport is shared libraries that are needed without cgo as well.
	CategoryDynImport = cause.DynImport
	// CategoryLoader is a program linked with a dynamic linker that is not its
	// port's own.
	CategoryLoader = cause.Loader
	// CategoryDirective is a //goportdoctor: directive that says or does nothing.
	CategoryDirective = cause.Directive
)

// Analyzer reports imports that bring cgo, or shared libraries in another way,
// into a program. Its flags are allow and main.
var Analyzer = New()

// New makes an analyzer with flags of its own, for drivers that set them in the
// program, as golangci-lint does.
func New() *analysis.Analyzer {
	var s cause.Settings
	a := &analysis.Analyzer{
		Name:             "cgoimport",
		Doc:              doc,
		URL:              "https://pkg.go.dev/github.com/goportdoctor/goportdoctor/analyzer",
		RunDespiteErrors: true, // imports are there all the same
		FactTypes:        []analysis.Fact{new(fact)},
	}
	a.Flags.Init(a.Name, 0)
	a.Flags.Var(&s.Allow, "allow", "packages that may use cgo: a list of import `patterns`, with ... as in the go command's, or std")
	a.Flags.BoolVar(&s.Main, "main", false, "report only what main packages reach, at their imports")
	a.Run = func(pass *analysis.Pass) (any, error) { run(pass, s); return nil, nil }
	return a
}

// A fact tells importers what a package brings into a program.
type fact struct{ cause.Fact }

func (*fact) AFact() {}

func (f *fact) String() string {
	var chains []string
	for _, c := range f.Causes {
		chains = append(chains, c.Kind+" "+strings.Join(c.Chain, " → "))
	}
	return fmt.Sprintf("%s: %s", f.Module, strings.Join(chains, "; "))
}

func run(pass *analysis.Pass, s cause.Settings) {
	known := knownFacts(pass)
	p := cause.Read(pass.Pkg.Path(), pass.Pkg.Name(), moduleOf(pass), cause.Syntax{
		Fset: pass.Fset, Files: pass.Files, Ignored: pass.IgnoredFiles,
		Resolve: func(spec *ast.ImportSpec) string { return resolve(pass, spec) },
		Uses:    func(f *ast.File) []string { return uses(pass, f) },
	})
	pass.ExportPackageFact(&fact{p.Fact(known)})
	for _, r := range p.Reports(known, s) {
		words := quote.Line(r.Message) // directives can have any text
		d := analysis.Diagnostic{Pos: r.Pos, Category: r.Category, Message: words}
		for _, at := range r.Related {
			d.Related = append(d.Related, analysis.RelatedInformation{Pos: at, Message: `import "C"`})
		}
		pass.Report(d)
	}
}

// knownFacts looks up the facts of direct imports, which hold all there is to
// know of what is below them.
func knownFacts(pass *analysis.Pass) cause.Known {
	facts := map[string]*cause.Fact{"unsafe": {Module: cause.Std}}
	for _, imp := range pass.Pkg.Imports() {
		if f := new(fact); pass.ImportPackageFact(imp, f) {
			facts[imp.Path()] = &f.Fact
		}
	}
	return func(path string) *cause.Fact { return facts[path] }
}

// moduleOf is the path of the package's module, "" where the driver names none:
// go vet does so from Go 1.23 on.
func moduleOf(pass *analysis.Pass) string {
	if pass.Module == nil {
		return ""
	}
	return pass.Module.Path
}

// resolve gives the path of the package that is imported, which is another than
// the declaration has where the standard library vendors. There is no type for
// it where the package does not type-check.
func resolve(pass *analysis.Pass, spec *ast.ImportSpec) string {
	if name := pass.TypesInfo.PkgNameOf(spec); name != nil {
		return name.Imported().Path()
	}
	return cause.Written(spec)
}

// uses are the names of the package's own that a file uses.
func uses(pass *analysis.Pass, f *ast.File) []string {
	var names []string
	ast.Inspect(f, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			if obj := pass.TypesInfo.Uses[id]; obj != nil && isPackageLevel(obj) {
				names = append(names, obj.Name())
			}
		}
		return true
	})
	return names
}

func isPackageLevel(obj types.Object) bool {
	return obj.Pkg() != nil && obj.Parent() == obj.Pkg().Scope()
}
