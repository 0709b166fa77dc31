package predict

import (
	"slices"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// closure lists what is linked: the imports of the main package, those that
// cgo brings, and those that cmd/go adds for the linker (load.LinkerDeps). It is
// breadth first, as cmd/link/internal/ld/lib.go:loadlib is, which comes to the
// runtime and what goes with it last.
func (d *decision) closure() {
	roots := []string{d.main.ImportPath, "runtime"}
	if d.b.CgoEnabled && d.linksRuntimeCgo() {
		roots = append(roots, "runtime/cgo")
	}
	for name, on := range map[string]bool{"runtime/race": d.b.Race, "runtime/msan": d.b.MSan, "runtime/asan": d.b.ASan} {
		if on {
			roots = append(roots, name)
		}
	}
	slices.Sort(roots[2:])
	seen := map[string]bool{}
	for _, root := range roots {
		d.reach(root, seen)
	}
	d.iscgo = seen["runtime/cgo"]
}

func (d *decision) reach(root string, seen map[string]bool) {
	for queue := []string{root}; len(queue) > 0; queue = queue[1:] {
		p := d.graph[queue[0]]
		if p == nil || seen[p.ImportPath] {
			continue
		}
		seen[p.ImportPath] = true
		d.deps = append(d.deps, p)
		queue = append(queue, imports(p)...)
	}
}

// imports are a package's imports with the one that cgo adds, in the linker's
// order where that is known.
func imports(p *link.Package) []string {
	all := p.Imports
	if p.ImportOrder != nil {
		all = p.ImportOrder
	}
	if p.Cgo && p.ImportPath != "runtime/cgo" && !slices.Contains(all, "runtime/cgo") {
		return append(slices.Clip(all), "runtime/cgo")
	}
	return all
}

// linksRuntimeCgo mirrors cmd/go/internal/load.externalLinkingReason. The
// go command itself says where cgo is needed and off.
func (d *decision) linksRuntimeCgo() bool {
	switch {
	case d.port.MustLinkExternal, d.b.LinkShared, d.buildmode == "plugin":
		return true
	case d.buildmode == "c-shared":
		return d.b.GOARCH != "wasm"
	case d.buildmode == "pie" && !d.port.GoInternalPIE && !d.port.ExePIE:
		return true
	}
	return d.flags.linkmode == "external"
}
