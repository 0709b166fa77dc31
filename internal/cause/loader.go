package cause

import (
	"path"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// systemFolders are where systems have their dynamic linkers.
var systemFolders = []string{
	"/lib", "/lib32", "/lib64", "/libx32", "/usr/lib", "/libexec", "/usr/libexec", "/lib/amd64", "/system/bin",
}

// systemLoaders are how the files begin that ABIs have for dynamic linkers. An
// ABI may have others than cmd/link's default: on arm with hardware floating
// point it is ld-linux-armhf.so.3.
var systemLoaders = []string{"ld-linux", "ld-musl-", "ld64.so.", "ld.so", "ld-elf", "ld.elf_so", "ld-uClibc", "linker"}

// foreignLoader reports whether a dynamic linker is that of no port: somebody's
// own, in a place that other machines do not have.
func foreignLoader(file string) bool {
	return !slices.Contains(systemFolders, path.Dir(file)) ||
		!slices.ContainsFunc(systemLoaders, func(begin string) bool { return strings.HasPrefix(path.Base(file), begin) })
}

// internalCgo are the cgo packages of which Go links a program by itself
// (cmd/link/internal/ld/lib.go: internalpkg).
var internalCgo = []string{
	"crypto/internal/boring", "crypto/internal/boring/syso", "crypto/x509", "net", "os/user",
	"runtime/asan", "runtime/cgo", "runtime/msan", "runtime/race",
}

// loader reports a program that Go links by itself with a dynamic linker of
// nobody's port, at the first import that brings it in. Where the C compiler
// links, it decides again.
func (r *reporter) loader() {
	if r.p.Name != "main" || r.p.usesCgo() {
		return
	}
	var at []Report
	for _, imp := range r.p.Imports {
		from := r.known(imp.Path)
		if from == nil || imp.Test {
			continue
		}
		for _, c := range from.Causes {
			switch {
			case c.Kind != link.KindCgo:
			case !slices.Contains(internalCgo, c.Package()):
				return
			case foreignLoader(from.Loader) && from.Loader != "":
				at = append(at, Report{Pos: imp.Pos, Category: Loader, Message: loaderWords(r.p.Path, from.Loader, c.Chain)})
			}
		}
	}
	if len(at) > 0 {
		slices.SortStableFunc(at, r.order)
		r.reports = append(r.reports, at[0])
	}
}
