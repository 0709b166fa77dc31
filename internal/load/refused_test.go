package load

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// scanned is a package whose folder has these files; those named cgo… import "C".
func scanned(t *testing.T, p link.Package, texts map[string]string) link.Package {
	t.Helper()
	p.ImportPath, p.Dir = "example.com/p", files(t, texts)
	for name := range texts {
		switch filepath.Ext(name) {
		case ".go":
			if strings.HasPrefix(name, "cgo") {
				p.CgoFiles = append(p.CgoFiles, name)
				break
			}
			p.GoFiles = append(p.GoFiles, name)
		case ".s", ".S":
			p.Assembly = append(p.Assembly, name)
		}
	}
	s := openScans("", "")
	s.goroot, s.dir = files(t, map[string]string{"src/internal/godebugs/table.go": debugTable}), p.Dir
	s.read([]*link.Package{&p}, link.Build{CgoEnabled: true})
	return p
}

const debugTable = `package godebugs

var All = []Info{
	{Name: "panicnil", Package: "runtime", Changed: 21, Old: "1"},
	{Name: "winsymlink", Package: "os"},
}

var Removed = []RemovedInfo{
	{Name: "x509sha1", Removed: 24},
}
`

// TestInvalidDebug: the toolchain's table says what //go:debug may set.
func TestInvalidDebug(t *testing.T) {
	const unknown = `./main.go:1:1: invalid //go:debug: unknown //go:debug setting "nosuch"`
	for _, c := range []struct {
		name, text string
		p          link.Package
		want       string
	}{
		{"unknown", "//go:debug nosuch=1\npackage main\n", link.Package{Main: true}, unknown},
		{"known", "//go:debug panicnil=1\npackage main\n", link.Package{Main: true}, ""},
		{"known and unknown", "//go:debug panicnil=1\n//go:debug  nosuch=1\n\npackage main\n", link.Package{Main: true}, strings.Replace(unknown, "1:1", "2:1", 1)},
		{"removed", "//go:debug x509sha1=1\npackage main\n", link.Package{Main: true},
			`./main.go:1:1: invalid //go:debug: use of removed //go:debug setting "x509sha1", see https://go.dev/doc/godebug#go-124`},
		{"default", "//go:debug default=go1.21\npackage main\n", link.Package{Main: true}, ""},
		{"too late", "package main\n\n//go:debug nosuch=1\n", link.Package{Main: true}, ""},
		{"another line", "//go:debugger nosuch\npackage main\n", link.Package{Main: true}, ""},
		{"in a string", "package main\n\nvar s = `\n//go:debug nosuch=1\n`\n", link.Package{Main: true}, ""},
		{"of somebody else", "//go:debug nosuch=1\npackage main\n", link.Package{}, ""},
	} {
		if got := scanned(t, c.p, map[string]string{"main.go": c.text}).Refused; got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// TestDebugSettings reads the table of the toolchain at hand.
func TestDebugSettings(t *testing.T) {
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	known, removed := debugSettings(strings.TrimSpace(string(goroot)))
	if !slices.Contains(known, "panicnil") || slices.Contains(known, "x509sha1") || len(known) < 20 {
		t.Errorf("got %q, and %q removed", known, removed)
	}
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
		if got := scanned(t, c.p, map[string]string{"p.go": "package p\n", "a.s": c.text}).Refused; got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// TestNoMain: any file that the build takes may declare func main.
func TestNoMain(t *testing.T) {
	main := link.Package{Name: "main"}
	for _, c := range []struct {
		name  string
		p     link.Package
		texts map[string]string
		want  link.Certainty
	}{
		{"none", main, map[string]string{"a.go": "package main\n"}, link.Exact},
		{"one", main, map[string]string{"a.go": "package main\n\nfunc main() {}\n", "b.go": "package main\n"}, ""},
		{"formatted otherwise", main, map[string]string{"a.go": "package main; func  main() {}\n"}, ""},
		{"in a file with cgo", main, map[string]string{"a.go": "package main\n", "cgo.go": "package main\n\nimport \"C\"\n\nfunc main() {}\n"}, ""},
		{"a method", main, map[string]string{"a.go": "package main\n\ntype t int\n\nfunc (t) main() {}\n"}, link.Exact},
		{"in a file that is left out", link.Package{Name: "main", GoLeftOut: []string{"left.txt"}},
			map[string]string{"a.go": "package main\n", "left.txt": "package main\n\nfunc main() {}\n"}, link.Exact},
		{"beside assembly", main, map[string]string{"a.go": "package main\n", "a.s": "TEXT ·main(SB),4,$0-0\n"}, link.AtLeast},
		{"another package", link.Package{Name: "p"}, map[string]string{"a.go": "package p\n"}, ""},
	} {
		if got := scanned(t, c.p, c.texts).NoMain; got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
