package doctor

import (
	"path/filepath"
	"regexp"
	"slices"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/load"
)

// openers remembers, by folder, whether C sources open libraries or tables of the
// C library at run time. A glibc in a static executable does that with the files of
// the very same release alone (ld warns of dlopen; iconv is not warned of).
type openers map[string]bool

var opening = regexp.MustCompile(`\b(?:dlm?open|iconv_open)\b`)

// of are the packages outside of the standard library that do.
func (o openers) of(packages []*link.Package, overlay load.Overlay) map[string]bool {
	found := map[string]bool{}
	for _, p := range packages {
		if p.Standard || !p.Cgo && len(p.CgoLeftOut) == 0 {
			continue
		}
		if _, known := o[p.Dir]; !known {
			o[p.Dir] = opens(p, overlay)
		}
		found[p.ImportPath] = o[p.Dir]
	}
	return found
}

func opens(p *link.Package, overlay load.Overlay) bool {
	files := slices.Concat(p.CgoFiles, p.CgoLeftOut)
	entries, _ := bounded.ReadDir(p.Dir, bounded.Entries) // a folder that cannot be read has no cgo files either
	for _, e := range entries {
		if slices.Contains([]string{".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".hxx", ".m", ".S"}, filepath.Ext(e.Name())) {
			files = append(files, e.Name())
		}
	}
	return slices.ContainsFunc(files, func(name string) bool {
		text, err := overlay.Read(filepath.Join(p.Dir, name))
		return err == nil && opening.Match(text)
	})
}
