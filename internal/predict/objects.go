// Words that change what a C compiler puts into objects, or what they need at
// the link, where nobody tells the link of it. The probe links an empty program,
// and an empty program needs none of it; what Go's own linker would make of such
// objects is seen in the build only.

package predict

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// strangeObjects makes doubtful what is linked of such objects. Of CC's own words
// the go command looks at none, so that they send nothing to the external linker;
// but an external link has them too.
func (d *decision) strangeObjects() {
	if d.doubt != "" || !d.iscgo || d.buildmode == "c-archive" {
		return
	}
	if w := escaped(d.b.Cgo.LDFLAGS); w != "" && !since(d.t.Version, "go1.27") {
		d.doubt = w + " in CGO_LDFLAGS comes to the linker otherwise: before Go 1.27 cgo escapes it once more"
		return
	}
	for _, p := range d.deps {
		if p.Cgo && d.doubt == "" {
			d.strangeObject(p)
		}
	}
}

// escaped is the first word that has what cgo escapes in //go:cgo_ldflag.
func escaped(words []string) string {
	i := slices.IndexFunc(words, func(w string) bool { return strings.ContainsAny(w, "\\\" \t") })
	if i < 0 {
		return ""
	}
	return words[i]
}

func (d *decision) strangeObject(p *link.Package) {
	compiler := d.b.CC
	words := slices.Concat(d.b.Cgo.CPPFLAGS, d.b.Cgo.CFLAGS, p.PkgConfigCFLAGS, p.Flags.CPPFLAGS, p.Flags.CFLAGS)
	told := slices.Concat(d.sanitize(), d.b.Cgo.LDFLAGS, p.PkgConfigLDFLAGS, p.Flags.LDFLAGS)
	if p.CXX {
		words = slices.Concat(words, d.b.Cgo.CXXFLAGS, p.Flags.CXXFLAGS)
	}
	own := words
	if d.external {
		told = slices.Concat(told, d.extld(), d.flags.extldflags)
	} else {
		words = slices.Concat(compiler, words)
	}
	if w := notPIC(own); w != "" && !d.external {
		d.doubt = w + " has objects of " + p.ImportPath + " that Go's linker may not take, and that may not make the trial link of cgo's"
	}
	w := needsMore(words, told)
	if w == "" && !d.external && slices.Contains(words, "-pg") {
		w = "-pg" // it wants a function of libc's, which every external link has
	}
	if w != "" {
		d.doubt = w + " has the C code of " + p.ImportPath + " need more than the link is told of"
	}
	w = lastLTO(slices.Concat(compiler, words))
	switch {
	case w == "":
	case !d.external:
		d.doubt = w + " has " + strings.Join(compiler, " ") + " make objects of " + p.ImportPath + " that Go's linker may not be able to read"
	case clangs(compiler):
		d.doubt = w + " has " + strings.Join(compiler, " ") + " make bitcode of " + p.ImportPath + ", which not every linker reads"
	}
}

// notPIC is the first word for which objects are not position-independent as the
// go command has them: its own -fPIC comes before CGO_CFLAGS and #cgo CFLAGS, and
// after CC's words.
func notPIC(words []string) string {
	i := slices.IndexFunc(words, func(w string) bool {
		return slices.Contains([]string{"-fno-pic", "-fno-PIC", "-fno-pie", "-fno-PIE", "-fpie", "-fPIE", "-mcmodel=large", "-mcmodel=medium"}, w)
	})
	if i < 0 {
		return ""
	}
	return words[i]
}

// needsMore is the first word for which objects call into a library that only a
// link with the same word brings.
func needsMore(words, told []string) string {
	for _, w := range words {
		name, _, _ := strings.Cut(w, "=")
		switch name {
		case "-fsanitize", "--coverage", "-coverage", "-fprofile-arcs", "-fprofile-generate", "-fprofile-instr-generate", "-fxray-instrument":
			if !slices.Contains(told, w) {
				return w
			}
		}
	}
	return ""
}

// lastLTO is the last -flto that no -fno-lto takes back.
func lastLTO(words []string) string {
	last := ""
	for _, w := range words {
		switch {
		case w == "-fno-lto":
			last = ""
		case w == "-flto" || strings.HasPrefix(w, "-flto=") || w == "-emit-llvm":
			last = w
		}
	}
	return last
}

// clangs reports whether a compiler is a clang by its name.
func clangs(words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(filepath.Base(w), "clang") })
}
