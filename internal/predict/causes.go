package predict

import (
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// causes are the reasons why a program is not static: the packages that use
// cgo or import dynamically, each with the shortest chain to it, then flags,
// then the platform.
func (d *decision) causes(e link.Executable) []link.Cause {
	causes := []link.Cause{}
	if e.Linkage.Value == link.LinkageStatic && e.LinkMode.Value == link.ModeInternal || d.main == nil {
		return causes
	}
	via := d.chains()
	for _, p := range d.deps {
		chain := chainTo(via, p.ImportPath)
		if p.ImportPath == "runtime/cgo" && !slices.Contains(d.main.Imports, p.ImportPath) && !d.importedRaw() || len(chain) == 0 {
			continue
		}
		switch {
		case p.Cgo:
			causes = append(causes, link.Cause{Package: p.ImportPath, Module: p.Module, Kind: link.KindCgo,
				WithoutCgo: withoutCgo(p), Chain: chain})
		case len(p.DynImports) > 0 && isUnix(d.b.GOOS):
			causes = append(causes, link.Cause{Package: p.ImportPath, Module: p.Module, Kind: link.KindDynImport,
				WithoutCgo: link.WithoutUnknown, Chain: chain})
		}
	}
	slices.SortStableFunc(causes, func(a, b link.Cause) int { return len(a.Chain) - len(b.Chain) })
	if words := d.flagCause(e); words != "" {
		causes = append(causes, link.Cause{Package: words, Kind: link.KindFlag, WithoutCgo: link.WithoutUnknown, Chain: []string{d.main.ImportPath}})
	}
	if len(causes) == 0 && e.Linkage.Value == link.LinkageDynamic {
		causes = append(causes, link.Cause{Package: d.b.GOOS + "/" + d.b.GOARCH, Kind: link.KindPlatform,
			WithoutCgo: link.WithoutUnknown, Chain: []string{d.main.ImportPath}})
	}
	return causes
}

// isUnix leaves out the systems whose standard library always goes through
// shared libraries.
func isUnix(goos string) bool {
	switch goos {
	case "darwin", "ios", "windows", "aix", "openbsd", "solaris", "illumos":
		return false
	}
	return true
}

// importedRaw reports whether a package that does not use cgo imports
// runtime/cgo by itself.
func (d *decision) importedRaw() bool {
	return slices.ContainsFunc(d.deps, func(p *link.Package) bool {
		return !p.Cgo && !p.Standard && slices.Contains(p.Imports, "runtime/cgo")
	})
}

// flagCause is the flag that makes a program dynamic, or sends it to the
// external linker.
func (d *decision) flagCause(e link.Executable) string {
	switch {
	case e.Linkage.Value != link.LinkageDynamic:
		return ""
	case d.b.BuildMode != "default" && d.b.BuildMode != "exe":
		return "-buildmode=" + d.b.BuildMode
	case d.b.Race:
		return "-race"
	case d.b.MSan:
		return "-msan"
	case d.b.ASan:
		return "-asan"
	case d.b.LinkShared:
		return "-linkshared"
	case d.external && strings.HasPrefix(d.reason, "-linkmode="), d.external && strings.HasPrefix(d.reason, "GO_EXTLINK_ENABLED="):
		return d.reason
	case d.buildmode == "pie":
		return "default PIE"
	}
	return ""
}

// withoutCgo says what becomes of a package when cgo is off. It is "stub" only
// by knowledge of the module, which predict does not have.
func withoutCgo(p *link.Package) string {
	if p.Standard {
		switch p.ImportPath {
		case "net", "os/user", "crypto/internal/boring", "crypto/x509":
			return link.WithoutPureGo
		case "plugin":
			return link.WithoutStub // plugin_stubs.go: every Open fails
		}
		return link.WithoutFails
	}
	if len(p.GoFiles)+len(p.GoLeftOut) == 0 {
		return link.WithoutFails // build constraints exclude all Go files
	}
	return link.WithoutUnknown
}

// chains gives, for every package, the one through which a shortest chain from
// the main package comes to it.
func (d *decision) chains() map[string]string {
	via := map[string]string{d.main.ImportPath: ""}
	for queue := []string{d.main.ImportPath}; len(queue) > 0; queue = queue[1:] {
		p := d.graph[queue[0]]
		if p == nil {
			continue
		}
		for _, imp := range p.Imports {
			if _, seen := via[imp]; !seen {
				via[imp] = p.ImportPath
				queue = append(queue, imp)
			}
		}
	}
	return via
}

func chainTo(via map[string]string, path string) []string {
	if _, ok := via[path]; !ok {
		return nil
	}
	var chain []string
	for ; path != ""; path = via[path] {
		chain = append(chain, path)
	}
	slices.Reverse(chain)
	return chain
}
