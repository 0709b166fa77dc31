package load

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// TestFindUndefined takes the file c.go, which declares Lost, lost and min, away
// from package p, and looks at what its other files or an importer make of that.
func TestFindUndefined(t *testing.T) {
	const gone = "package p\n\nimport \"C\"\n\nfunc Lost() {}\nvar lost, yaml int\nfunc min(a int) int { return a }\ntype T int\nfunc (T) method() {}\nfunc twice() {}\n"
	const nothing = "package p\n"
	for _, c := range []struct{ name, p, importer, wantP, wantImporter string }{
		{"used", "package p\n\nfunc f() { Lost() }\n", "", "undefined: Lost", ""},
		{"a variable", "package p\n\nvar x = lost\n", "", "undefined: lost", ""},
		{"a type", "package p\n\nvar x T\n", "", "undefined: T", ""},
		{"not used", "package p\n\nfunc f() {}\n", "", "", ""},
		{"declared elsewhere", "package p\n\nfunc f() { Lost() }\nfunc Lost() {}\n", "", "", ""},
		{"declared in another file", "package p\n\nfunc f() { twice() }\n", "", "", ""},
		{"a local variable", "package p\n\nfunc f() { lost := 1; _ = lost }\n", "", "", ""},
		{"a parameter", "package p\n\nfunc f(lost int) int { return lost }\n", "", "", ""},
		{"a field", "package p\n\ntype t struct{ lost int }\n\nvar x = t{lost: 1}.lost\n", "", "", ""},
		{"a type parameter", "package p\n\nfunc f[T any](x T) {}\n", "", "", ""},
		{"another package's", "package p\n\nimport \"strings\"\n\nvar x = strings.Lost\n", "", "", ""},
		{"predeclared", "package p\n\nvar x = min(1, 2)\n", "", "", ""},
		{"a method", "package p\n\nvar x = method\n", "", "", ""},
		{"an import's own name", "package p\n\nimport lost \"strings\"\n\nvar x = lost.ToUpper(\"\")\n", "", "", ""},
		{"an import's name, which is not its path's", "package p\n\nimport \"example.com/yaml.v3\"\n\nvar x = yaml.X\n", "", "", ""},
		{"a dot import", "package p\n\nimport . \"strings\"\n\nvar x = lost\n", "", "", ""},

		{"by an importer", nothing, "package q\n\nimport \"example.com/p\"\n\nvar x = p.Lost\n", "", "undefined: p.Lost"},
		{"by another name", nothing, "package q\n\nimport r \"example.com/p\"\n\nfunc f() { r.Lost() }\n", "", "undefined: r.Lost"},
		{"an importer that does not", nothing, "package q\n\nimport \"example.com/p\"\n\nvar x = p.Kept\n", "", ""},
		{"an importer's local variable", nothing, "package q\n\nimport \"example.com/p\"\n\nfunc f(p struct{ Lost int }) { _ = p.Lost }\n\nvar _ = p.Kept\n", "", ""},
		{"an importer's dot", nothing, "package q\n\nimport . \"example.com/p\"\n\nvar x = Lost\n", "", "perhaps undefined: Lost"},
		{"an importer's dot, for what it declares", nothing, "package q\n\nimport . \"example.com/p\"\n\nvar x = Lost\nvar Lost int\n", "", ""},
		{"an importer's dot, for what another file declares", nothing, "package q\n\nimport . \"example.com/p\"\n\nvar x = T{}\n", "", ""},
		{"an importer's dot, for what is kept", nothing, "package q\n\nimport . \"example.com/p\"\n\nvar x = Kept\n", "", ""},
		{"an importer's dot, for what is not exported", nothing, "package q\n\nimport . \"example.com/p\"\n\nvar x = lost\n", "", ""},
		{"imported for nothing", nothing, "package q\n\nimport _ \"example.com/p\"\n\nvar p struct{ Lost int }\nvar x = p.Lost\n", "", ""},
		{"both", "package p\n\nfunc f() { Lost() }\n", "package q\n\nimport \"example.com/p\"\n\nvar x = p.Lost\n", "undefined: Lost", "undefined: p.Lost"},
	} {
		dir := files(t, map[string]string{"p/a.go": c.p, "p/b.go": "package p\n\nfunc twice() {}\n", "p/c.go": gone, "q/q.go": c.importer, "q/r.go": "package q\n\ntype T struct{}\n"})
		p := &link.Package{ImportPath: "example.com/p", Name: "p", Dir: filepath.Join(dir, "p"), GoFiles: []string{"a.go", "b.go"}, CgoLeftOut: []string{"c.go"}}
		pkgs := []*link.Package{p}
		q := &link.Package{ImportPath: "example.com/q", Name: "q", Dir: filepath.Join(dir, "q"), GoFiles: []string{"q.go", "r.go"}, Imports: []string{"example.com/p"}}
		if c.importer != "" {
			pkgs = append(pkgs, q)
		}
		graph := link.Graph{"example.com/yaml.v3": {ImportPath: "example.com/yaml.v3", Name: "yaml"}}
		for _, p := range pkgs {
			graph[p.ImportPath] = p
		}
		new(scans).findUndefined(pkgs, graph, link.Build{})
		wantImporter, perhaps := strings.CutPrefix(c.wantImporter, "perhaps ")
		if p.Undefined != c.wantP || q.Undefined != wantImporter {
			t.Errorf("%s: got %q and %q, want %q and %q", c.name, p.Undefined, q.Undefined, c.wantP, c.wantImporter)
		}
		for _, p := range pkgs {
			want := map[bool]link.Certainty{true: link.Exact}[p.Undefined != ""]
			if perhaps && p == q {
				want = link.AtLeast
			}
			if p.UndefinedCertainty != want {
				t.Errorf("%s: got certainty %q of %q, want %q", c.name, p.UndefinedCertainty, p.Undefined, want)
			}
		}
	}
}

// TestUndefinedWithCgo: nothing is lost where cgo is on, or where no file is left.
func TestUndefinedWithCgo(t *testing.T) {
	dir := files(t, map[string]string{"a.go": "package p\n\nvar x = lost\n", "c.go": "package p\n\nimport \"C\"\n\nvar lost int\n"})
	for _, c := range []struct {
		cgo   bool
		files []string
	}{{true, []string{"a.go"}}, {false, nil}} {
		p := &link.Package{ImportPath: "p", Dir: dir, GoFiles: c.files, CgoLeftOut: []string{"c.go"}}
		new(scans).findUndefined([]*link.Package{p}, link.Graph{"p": p}, link.Build{CgoEnabled: c.cgo})
		if p.Undefined != "" {
			t.Errorf("cgo %v, files %q: got %q, want none", c.cgo, c.files, p.Undefined)
		}
	}
}

// TestUndefinedSWIG: what SWIG would have made is not known, but whatever a
// package does not declare is not there.
func TestUndefinedSWIG(t *testing.T) {
	for _, c := range []struct{ p, q, wantP, wantQ string }{
		{"package p\n\nfunc F() {}\n", "package q\n\nimport \"example.com/p\"\n\nvar x = p.F\n", "", ""},
		{"package p\n\nfunc F() {}\n", "package q\n\nimport \"example.com/p\"\n\nvar x = p.Sum\n", "", "undefined: p.Sum"},
		{"package p\n\nvar x = Sum(len(\"\"))\n", "package q\n", "undefined: Sum", ""},
	} {
		dir := files(t, map[string]string{"p/p.go": c.p, "p/p.swig": "%module p\n", "p/other_windows.swigcxx": "", "q/q.go": c.q})
		p := &link.Package{ImportPath: "example.com/p", Name: "p", Dir: filepath.Join(dir, "p"), GoFiles: []string{"p.go"}}
		q := &link.Package{ImportPath: "example.com/q", Name: "q", Dir: filepath.Join(dir, "q"), GoFiles: []string{"q.go", "r.go"}, Imports: []string{"example.com/p"}}
		b := link.Build{GOOS: "linux", GOARCH: "amd64"}
		s := openScans("", "go1.26.8")
		s.read([]*link.Package{p, q}, b)
		if len(p.CgoLeftOut) != 1 || p.CgoLeftOut[0] != "p.swig" {
			t.Errorf("got %q left out, want p.swig", p.CgoLeftOut)
		}
		s.findUndefined([]*link.Package{p, q}, link.Graph{"example.com/p": p, "example.com/q": q}, b)
		if p.Undefined != c.wantP || q.Undefined != c.wantQ {
			t.Errorf("got %q and %q, want %q and %q", p.Undefined, q.Undefined, c.wantP, c.wantQ)
		}
	}
}

func TestPositions(t *testing.T) {
	dir := files(t, map[string]string{
		"a/a.go": "package a\n\nimport (\n\t\"fmt\"\n\tn \"net\"\n)\n",
		"a/c.go": "package a\n\n// #include <x.h>\nimport \"C\"\nimport `golang.org/x/net/http`\n",
	})
	p := &link.Package{ImportPath: "example.com/a", Dir: filepath.Join(dir, "a"), GoFiles: []string{"a.go"}, CgoFiles: []string{"c.go"}}
	ps := Positions{Dir: dir}
	for to, want := range map[string]string{
		"fmt": "a/a.go:4:2", "net": "a/a.go:5:2", "C": "a/c.go:4:8",
		"example.com/vendor/golang.org/x/net/http": "a/c.go:5:8", "os": "",
	} {
		if got := ps.Of(p, to); got != want {
			t.Errorf("%s: got %q, want %q", to, got, want)
		}
	}
	writeFile(filepath.Join(dir, "a", "a.go"), []byte("package a\n"))
	if got := ps.Of(p, "fmt"); got != "a/a.go:4:2" {
		t.Errorf("asked again: got %q, want what was found before", got)
	}
	elsewhere := Positions{Dir: t.TempDir()}
	if got := elsewhere.Of(p, "C"); got != filepath.ToSlash(filepath.Join(dir, "a", "c.go"))+":4:8" || !strings.HasSuffix(got, "a/c.go:4:8") {
		t.Errorf("from elsewhere: got %q, want an absolute path", got)
	}
}
