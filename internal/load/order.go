package load

import (
	"go/parser"
	"slices"
	"strconv"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// order fills in ImportOrder where the order in which the linker comes to
// packages decides about an external link: it gives the C compiler their
// #cgo LDFLAGS in that order. It finds packages breadth first, by the imports in
// the order in which the compiler meets them. Files are read only where two ways
// lead to such flags.
func (s *scans) order(pkgs []*link.Package, b link.Build) {
	reaching := reachesFlags(pkgs, b)
	for _, p := range pkgs {
		n := 0
		for _, imp := range withCgo(p, p.Imports) {
			if reaching[imp] {
				n++
			}
		}
		if n > 1 {
			p.ImportOrder = s.importOrder(p)
		}
	}
}

// reachesFlags are the packages that have linker flags of their own or import
// such; nil where no package has any that another does not have. pkgs has imports
// before importers.
func reachesFlags(pkgs []*link.Package, b link.Build) map[string]bool {
	reaching, flagged, foreign := map[string]bool{}, 0, false
	everywhere := slices.ContainsFunc(b.Cgo.LDFLAGS, func(w string) bool { return !aloof(w) })
	for _, p := range pkgs {
		own := len(p.Flags.LDFLAGS)+len(p.PkgConfig) > 0 && !p.Standard
		foreign = foreign || own
		if p.Cgo && (own || everywhere) {
			reaching[p.ImportPath] = true
			flagged++
		} else if slices.ContainsFunc(p.Imports, func(imp string) bool { return reaching[imp] }) {
			reaching[p.ImportPath] = true
		}
	}
	if flagged < 2 || !foreign {
		return nil
	}
	return reaching
}

// aloof tells the words whose place among others is no matter.
func aloof(w string) bool {
	return w == "-g" || strings.HasPrefix(w, "-O") || strings.HasPrefix(w, "-Wl,-z,")
}

// withCgo adds the import of what cgo writes for a package.
func withCgo(p *link.Package, imports []string) []string {
	if p.Cgo && p.ImportPath != "runtime/cgo" && !slices.Contains(imports, "runtime/cgo") {
		return append(slices.Clip(imports), "runtime/cgo")
	}
	return imports
}

// importOrder are a package's imports in the order of its files as the go command
// gives them to the compiler: what cgo writes comes last, its own file first.
func (s *scans) importOrder(p *link.Package) []string {
	order := withCgo(p, s.declaredImports(nil, p, p.GoFiles))
	order = s.declaredImports(order, p, p.CgoFiles)
	for _, imp := range p.Imports { // those of files that cannot be read
		if !slices.Contains(order, imp) {
			order = append(order, imp)
		}
	}
	return order
}

// declaredImports adds those of files that are not in order yet.
func (s *scans) declaredImports(order []string, p *link.Package, files []string) []string {
	_, parsed := s.overlay.parse(p.Dir, files, parser.ImportsOnly)
	for _, f := range parsed {
		for _, spec := range f.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if mapped, ok := p.ImportMap[path]; ok {
				path = mapped
			}
			if err == nil && slices.Contains(p.Imports, path) && !slices.Contains(order, path) {
				order = append(order, path)
			}
		}
	}
	return order
}
