package load

import (
	"path/filepath"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// refused is what a package whose folder has these files is refused with.
func refused(t *testing.T, p link.Package, texts map[string]string) string {
	t.Helper()
	p.ImportPath, p.Dir = "example.com/p", files(t, texts)
	for name := range texts {
		switch filepath.Ext(name) {
		case ".go":
			p.GoFiles = append(p.GoFiles, name)
		case ".s", ".S":
			p.Assembly = append(p.Assembly, name)
		}
	}
	openScans("", "").read([]*link.Package{&p}, link.Build{CgoEnabled: true})
	return p.Refused
}

// TestGoAssembly: the C compiler of a package with cgo takes no Go assembly.
func TestGoAssembly(t *testing.T) {
	const words = "example.com/p: package using cgo has Go assembly file a.s"
	for _, c := range []struct {
		name, text string
		p          link.Package
		want       string
	}{
		{"a function", "#include \"textflag.h\"\nTEXT ·f(SB),4,$0-0\n\tRET\n", link.Package{Cgo: true}, words},
		{"at once", "TEXT ·f(SB),4,$0-0\n", link.Package{Cgo: true}, words},
		{"data", "\nDATA ·x(SB)/8,$1\n", link.Package{Cgo: true}, words},
		{"a variable", "\nGLOBL ·x(SB),8,$8\n", link.Package{Cgo: true}, words},
		{"C's", "\t.text\n.globl f\n# TEXT\nf:\tret\n", link.Package{Cgo: true}, ""},
		{"no cgo", "TEXT ·f(SB),4,$0-0\n", link.Package{}, ""},
		{"the standard library", "TEXT ·f(SB),4,$0-0\n", link.Package{Cgo: true, Standard: true}, ""},
	} {
		if got := refused(t, c.p, map[string]string{"p.go": "package p\n", "a.s": c.text}); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
