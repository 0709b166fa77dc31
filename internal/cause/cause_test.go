package cause_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/cause"
)

// graph are the facts of some packages: what linux/amd64 with cgo on has of std,
// and a few others.
var graph = map[string]*cause.Fact{
	"fmt":         {Module: "std"},
	"unsafe":      {Module: "std"},
	"runtime":     {Module: "std"},
	"net":         {Module: "std", Std: []string{"net"}, Causes: []cause.Cause{cgo("std", "pure-go", "net")}},
	"os/user":     {Module: "std", Std: []string{"os/user"}, Causes: []cause.Cause{cgo("std", "pure-go", "os/user")}},
	"plugin":      {Module: "std", Std: []string{"plugin"}, Causes: []cause.Cause{cgo("std", "stub", "plugin")}},
	"net/http":    {Module: "std", Std: []string{"net"}, Causes: []cause.Cause{cgo("std", "pure-go", "net/http", "net")}},
	"runtime/cgo": {Module: "std", Std: []string{"runtime/cgo"}, Causes: []cause.Cause{cgo("std", "fails", "runtime/cgo")}, Loader: "/lib64/ld-linux-x86-64.so.2"},
	"example.com/dep": {Module: "example.com/dep", Open: true, Std: []string{"net", "os/user"}, Causes: []cause.Cause{
		cgo("example.com/dep", "fails", "example.com/dep"), cgo("std", "pure-go", "example.com/dep", "net/http", "net")}},
	"example.com/pure": {Module: "example.com/pure", Causes: []cause.Cause{
		{Kind: "dynimport", Without: "unknown", Module: "example.com/pure", Chain: []string{"example.com/pure", "example.com/pure/fake"}}}},
	"example.com/app/db": {Module: "example.com/app", Std: []string{"net"}, Causes: []cause.Cause{cgo("std", "pure-go", "example.com/app/db", "net")}},
}

func cgo(module, without string, chain ...string) cause.Cause {
	return cause.Cause{Kind: "cgo", Without: without, Module: module, Chain: chain}
}

func known(path string) *cause.Fact { return graph[path] }

// read reads a package of module example.com/app; files are a name and its
// content each.
func read(t *testing.T, path string, ignored []string, files ...string) (*token.FileSet, *cause.Package) {
	t.Helper()
	s := cause.Syntax{Fset: token.NewFileSet(), Ignored: ignored, Resolve: cause.Written, Uses: cause.Unresolved}
	for i := 0; i < len(files); i += 2 {
		s.Files = append(s.Files, parsed(t, s.Fset, files[i], files[i+1]))
	}
	return s.Fset, cause.Read(path, s.Files[0].Name.Name, "example.com/app", s)
}

func parsed(t *testing.T, fset *token.FileSet, name, text string) *ast.File {
	t.Helper()
	f, err := parser.ParseFile(fset, name, text, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func reports(t *testing.T, settings cause.Settings, files ...string) []string {
	t.Helper()
	fset, p := read(t, "example.com/app", nil, files...)
	var got []string
	for _, r := range p.Reports(known, settings) {
		at := fset.Position(r.Pos)
		got = append(got, fmt.Sprintf("%s:%d:%d: %s [%s]", at.Filename, at.Line, at.Column, r.Message, r.Category))
	}
	return got
}

func TestReports(t *testing.T) {
	for _, c := range []struct {
		name, source string
		settings     cause.Settings
		want         []string
	}{
		{"nothing", "package a\nimport \"fmt\"", cause.Settings{}, nil},
		{"std", "package a\nimport \"net/http\"", cause.Settings{},
			[]string{`a.go:2:8: import "net/http" links with cgo: net/http → net [cgo-fallback]`}},
		{"dot and blank", "package a\nimport (\n. \"net\"\n\t_ \"os/user\"\n)", cause.Settings{},
			[]string{`a.go:3:1: import "net" links with cgo: net [cgo-fallback]`, `a.go:4:2: import "os/user" links with cgo: os/user [cgo-fallback]`}},
		{"all causes in one", "package a\nimport \"example.com/dep\"", cause.Settings{},
			[]string{`a.go:2:8: import "example.com/dep" links with cgo: example.com/dep; example.com/dep → net/http → net [cgo-only]`}},
		{"stub", "package a\nimport \"plugin\"", cause.Settings{}, []string{`a.go:2:8: import "plugin" links with cgo: plugin [cgo-only]`}},
		{"without cgo", "package a\nimport \"example.com/pure\"", cause.Settings{},
			[]string{`a.go:2:8: import "example.com/pure" needs shared libraries, with cgo or without: example.com/pure → example.com/pure/fake [dynimport]`}},
		{"raw", "package a\nimport _ \"runtime/cgo\"", cause.Settings{}, []string{`a.go:2:8: import "runtime/cgo" links with cgo: runtime/cgo [cgo-only]`}},
		{"own", "package a\nimport \"C\"\nimport \"fmt\"", cause.Settings{}, []string{`a.go:2:8: import "C" links with cgo [cgo-only]`}},
		{"own directive", "package a\nimport _ \"unsafe\"\n//go:cgo_import_dynamic _ _ \"libm.so.6\"\n", cause.Settings{},
			[]string{`a.go:3:1: //go:cgo_import_dynamic makes the executable need shared libraries, with cgo or without [dynimport]`}},
		{"never above it", "package main\nimport \"example.com/app/db\"", cause.Settings{}, nil},
		{"allowed", "package a\nimport \"example.com/dep\"", cause.Settings{Allow: cause.Patterns{"net"}},
			[]string{`a.go:2:8: import "example.com/dep" links with cgo: example.com/dep [cgo-only]`}},
		{"all of std", "package a\nimport \"net/http\"\nimport \"plugin\"", cause.Settings{Allow: cause.Patterns{"std"}}, nil},
		{"own allowed", "package a\nimport \"C\"", cause.Settings{Allow: cause.Patterns{"example.com/..."}}, nil},
		{"main alone, elsewhere", "package a\nimport \"net\"", cause.Settings{Main: true}, nil},
		{"main alone", "package main\nimport \"example.com/app/db\"", cause.Settings{Main: true},
			[]string{`a.go:2:8: import "example.com/app/db" links with cgo: example.com/app/db → net [cgo-fallback]`}},
		{"target", "//goportdoctor:target lambda-al2023 scratch\n\npackage main\nimport \"example.com/app/db\"", cause.Settings{Allow: cause.Patterns{"..."}},
			[]string{`a.go:4:8: import "example.com/app/db" links with cgo: example.com/app/db → net, and target scratch has no C library [cgo-fallback]`}},
		{"target with a C library", "//goportdoctor:target lambda-al2023\n\npackage main\nimport \"example.com/app/db\"", cause.Settings{}, nil},
		{"target of no program", "//goportdoctor:target scratch\n\npackage a\nimport \"net\"", cause.Settings{Allow: cause.Patterns{"net"}},
			[]string{`a.go:1:1: //goportdoctor:target stands in package a, and only programs have targets [directive]`}},
		{"target that there is not", "//goportdoctor:target scrtach host debian12 rootfs:/srv\n\npackage main", cause.Settings{}, []string{`a.go:1:1: //goportdoctor:target names scrtach, and there is no such target [directive]`}},
		{"target of no name", "//goportdoctor:target\n\npackage main", cause.Settings{}, []string{`a.go:1:1: //goportdoctor:target names no target [directive]`}},
		{"target in the place of a doc comment", "package main\n\n//goportdoctor:target scratch\nimport \"example.com/app/db\"", cause.Settings{},
			[]string{`a.go:4:8: import "example.com/app/db" links with cgo: example.com/app/db → net, and target scratch has no C library [cgo-fallback]`}},
		{"target below the imports", "package main\nimport \"example.com/app/db\"\n\nfunc main() {\n\t//goportdoctor:target scratch\n}", cause.Settings{},
			[]string{`a.go:5:2: //goportdoctor:target is misplaced: it counts only ahead of the imports [directive]`}},
		{"no directive", "//goportdoctor:alow net x\n\npackage main", cause.Settings{},
			[]string{`a.go:1:1: //goportdoctor:alow is no directive of goportdoctor's; there are //goportdoctor:allow and //goportdoctor:target [directive]`}},
		{"later comments are none of ours", "package a\nimport \"fmt\"\n\n//goportdoctor:allow net x\n", cause.Settings{}, nil},
	} {
		if got := reports(t, c.settings, "a.go", c.source); !slices.Equal(got, c.want) {
			t.Errorf("%s:\ngot  %q\nwant %q", c.name, got, c.want)
		}
	}
}

func TestAllowDirectives(t *testing.T) {
	const http = `import "net/http" links with cgo: net/http → net [cgo-fallback]`
	for _, c := range []struct {
		name, source string
		want         []string
	}{
		{"on the line", "import \"net/http\" //goportdoctor:allow net the C resolver", nil},
		{"above", "// Why not.\n//goportdoctor:allow net the C resolver\nimport \"net/http\"", nil},
		{"above, in a group", "import (\n\t//goportdoctor:allow net the C resolver\n\t\"net/http\"\n)", nil},
		{"on the last line of a group", "import (\n\t\"fmt\"\n\t\"net/http\" //goportdoctor:allow net the C resolver\n)", nil},
		{"by the import's name", "import \"net/http\" //goportdoctor:allow net/http the C resolver", nil},
		{"two", "import (\n\t//goportdoctor:allow net why\n\t//goportdoctor:allow example.com/dep why\n\t\"example.com/dep\"\n)", nil},
		{"only its own line", "import (\n\t\"fmt\" //goportdoctor:allow fmt why\n\t\"net/http\"\n)", []string{"4:2: " + http}},
		{"no reason", "import \"net/http\" //goportdoctor:allow net", []string{"2:19: //goportdoctor:allow net gives no reason [directive]"}},
		{"no package", "import \"net/http\" //goportdoctor:allow", []string{"2:8: " + http, "2:19: //goportdoctor:allow names no package and gives no reason [directive]"}},
		{"beside nothing", "import \"net/http\"\n\n//goportdoctor:allow net why\n\nimport \"fmt\"",
			[]string{"2:8: " + http, "4:1: //goportdoctor:allow stands beside no import [directive]"}},
		{"not reached", "import \"fmt\" //goportdoctor:allow net why", []string{"2:14: //goportdoctor:allow net: the import does not reach cgo there [directive]"}},
		{"another than the cause", "import \"net/http\" //goportdoctor:allow os/user why",
			[]string{"2:8: " + http, "2:19: //goportdoctor:allow os/user: the import does not reach cgo there [directive]"}},
		{"reached in this build or another", "import \"example.com/dep\" //goportdoctor:allow os/user why",
			[]string{`2:8: import "example.com/dep" links with cgo: example.com/dep; example.com/dep → net/http → net [cgo-only]`}},
		{"C", "import \"C\" //goportdoctor:allow C why", nil},
		{"C by its path", "import \"C\" //goportdoctor:allow example.com/app why", nil},
		{"C by another", "import \"C\" //goportdoctor:allow net why",
			[]string{`2:8: import "C" links with cgo [cgo-only]`, `2:12: //goportdoctor:allow net stands beside import "C", which is not net [directive]`}},
		{"unknown imports", "import \"example.com/unknown\" //goportdoctor:allow net why", nil},
	} {
		for _, mode := range []parser.Mode{parser.ParseComments, parser.ParseComments | parser.ImportsOnly} {
			fset := token.NewFileSet()
			f, err := parser.ParseFile(fset, "a.go", "package a\n"+c.source+"\n", mode)
			if err != nil {
				t.Fatal(err)
			}
			s := cause.Syntax{Fset: fset, Files: []*ast.File{f}, Resolve: cause.Written, Uses: cause.Unresolved}
			var got []string
			for _, r := range cause.Read("example.com/app", "a", "example.com/app", s).Reports(known, cause.Settings{}) {
				at := fset.Position(r.Pos)
				got = append(got, fmt.Sprintf("%d:%d: %s [%s]", at.Line, at.Column, r.Message, r.Category))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s, mode %d:\ngot  %q\nwant %q", c.name, mode, got, c.want)
			}
		}
	}
}

// A directive says something of the source, and the source is the same in a
// build that has nothing to silence.
func TestAllowInOtherBuilds(t *testing.T) {
	noCgo := func(path string) *cause.Fact {
		f := *graph[path]
		f.Causes = nil
		return &f
	}
	for source, want := range map[string]int{
		"package a\nimport \"net/http\" //goportdoctor:allow net why":            0,
		"package a\nimport \"example.com/dep\" //goportdoctor:allow plugin why":  0,
		"package a\nimport \"example.com/pure\" //goportdoctor:allow plugin why": 1,
		"package a\nimport \"fmt\" //goportdoctor:allow net why":                 1,
	} {
		_, p := read(t, "example.com/app", nil, "a.go", source)
		if got := p.Reports(noCgo, cause.Settings{}); len(got) != want {
			t.Errorf("%s: got %v, want %d reports", source, got, want)
		}
	}
}

func TestFact(t *testing.T) {
	_, p := read(t, "example.com/app/a", []string{"a_windows.go"}, "a.go", "package a\nimport (\n\"example.com/dep\"\n\"net\"\n)")
	got := p.Fact(known)
	want := cause.Fact{Module: "example.com/app", Open: true, Std: []string{"net", "os/user"}, Causes: []cause.Cause{
		cgo("example.com/dep", "fails", "example.com/app/a", "example.com/dep"),
		cgo("std", "pure-go", "example.com/app/a", "net"), // not by way of dep
	}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// On windows archive/tar imports no os/user, and may be allowed to all the same.
func TestReachedElsewhere(t *testing.T) {
	tar := &cause.Package{Path: "archive/tar", Name: "tar", Module: "std"}
	if got := tar.Fact(known).Std; !slices.Equal(got, []string{"os/user"}) {
		t.Errorf("got %v, want os/user", got)
	}
}

// What a directive allowed within the module stays allowed for its programs,
// and is nobody else's business.
func TestAllowedBelow(t *testing.T) {
	_, db := read(t, "example.com/app/db", nil, "db.go", "package db\nimport \"net\" //goportdoctor:allow net why")
	fact := db.Fact(known)
	if len(fact.Causes) != 1 || !fact.Causes[0].Allowed {
		t.Fatalf("got %v, want net allowed", fact)
	}
	withDB := func(path string) *cause.Fact {
		if path == "example.com/app/db" {
			return &fact
		}
		return known(path)
	}
	for source, want := range map[string]int{
		"package main\nimport \"example.com/app/db\"":                                          0,
		"package main\nimport \"example.com/app/db\"\nimport \"net/http\"":                     1,
		"//goportdoctor:target distroless-static\npackage main\nimport \"example.com/app/db\"": 1,
	} {
		_, p := read(t, "example.com/app", nil, "a.go", source)
		if got := p.Reports(withDB, cause.Settings{Main: true}); len(got) != want {
			t.Errorf("%s: got %v, want %d reports", source, got, want)
		}
	}
	fact.Module = "example.com/db"
	_, p := read(t, "example.com/app", nil, "a.go", "package a\nimport \"example.com/app/db\"")
	if got := p.Reports(withDB, cause.Settings{}); len(got) != 1 {
		t.Errorf("allowed by another module: got %v, want a report", got)
	}
}

// Programs of some systems are dynamic whatever they import.
func TestDynamicPort(t *testing.T) {
	dynamic := func(path string) *cause.Fact { f := *graph[path]; f.Dynamic = true; return &f }
	_, p := read(t, "example.com/app", nil, "a.go", "package a\nimport _ \"runtime\"\n//go:cgo_import_dynamic a b \"libc.so\"\n")
	if got := p.Reports(dynamic, cause.Settings{}); len(got) != 0 {
		t.Errorf("got %v, want no report", got)
	}
	if got := p.Fact(dynamic); len(got.Causes) != 0 || !got.Dynamic {
		t.Errorf("got %v, want no cause", got)
	}
	rt := &cause.Package{Path: "runtime", Name: "runtime", Module: "std", DynImports: []token.Pos{token.NoPos}}
	if got := rt.Fact(known); !got.Dynamic || len(got.Causes) != 0 {
		t.Errorf("runtime: got %v, want a dynamic port", got)
	}
}

func TestLoader(t *testing.T) {
	with := func(loader string) cause.Known {
		return func(path string) *cause.Fact { f := *graph[path]; f.Loader = loader; return &f }
	}
	const brew = "/home/linuxbrew/.linuxbrew/lib/ld.so"
	for _, c := range []struct{ loader, source, want string }{
		{brew, "package main\nimport \"fmt\"\nimport \"net/http\"",
			`Go links example.com/app with the dynamic linker ` + brew + `, which is not its port's own: net/http → net`},
		{brew, "package a\nimport \"net/http\"", ""},
		{brew, "package main\nimport \"net/http\"\nimport \"C\"", ""},
		{brew, "package main\nimport \"net/http\"\nimport \"plugin\"", ""}, // linked externally
		{brew, "package main\nimport \"fmt\"", ""},
		{"", "package main\nimport \"net/http\"", ""},
		{"/lib64/ld-linux-x86-64.so.2", "package main\nimport \"net/http\"", ""},
		{"/lib/ld-linux-armhf.so.3", "package main\nimport \"net/http\"", ""},
		{"/nix/store/x-glibc/lib/ld-linux-x86-64.so.2", "package main\nimport \"net\"",
			"Go links example.com/app with the dynamic linker /nix/store/x-glibc/lib/ld-linux-x86-64.so.2, which is not its port's own: net"},
	} {
		_, p := read(t, "example.com/app", nil, "a.go", c.source)
		got := ""
		for _, r := range p.Reports(with(c.loader), cause.Settings{Allow: cause.Patterns{"..."}}) {
			if r.Category == cause.Loader {
				got = r.Message
			}
		}
		if got != c.want {
			t.Errorf("%s, %s: got %q, want %q", c.loader, c.source, got, c.want)
		}
	}
}

func TestWithout(t *testing.T) {
	const c = "package a\nimport \"C\"\nfunc inC() {}\n"
	for _, tc := range []struct {
		name, want string
		ignored    []string
		files      []string
	}{
		{"cgo files alone", "fails", nil, []string{"a.go", c}},
		{"cgo files and tests", "fails", []string{"b_test.go"}, []string{"a.go", c, "a_test.go", "package a"}},
		{"another file", "pure-go", nil, []string{"a.go", c, "b.go", "package a"}},
		{"another file that needs it", "fails", nil, []string{"a.go", c, "b.go", "package a\nfunc f() { inC() }"}},
		{"another of that name", "pure-go", nil, []string{"a.go", c, "b.go", "package a\nfunc f() { inC := 1; _ = inC }"}},
		{"and one that is left out", "pure-go", []string{"a_nocgo.go"}, []string{"a.go", c, "b.go", "package a\nfunc f() { inC() }"}},
		{"one that is left out", "pure-go", []string{"/x/other.go"}, []string{"a.go", c}},
		{"a generator", "fails", []string{"/x/gen.go", "gen_tables.go", "mkall.go"}, []string{"a.go", c}},
		{"one about generations", "pure-go", []string{"/x/generations.go"}, []string{"a.go", c}},
		{"one of another port", "fails", []string{"/x/a_windows.go", "a_windows_arm64.go"}, []string{"a.go", c}},
		{"one of this port", "pure-go", []string{"b_linux.go"}, []string{"a_linux.go", c}},
		{"left out with cgo", "fails", nil, []string{"a.go", c, "b.go", "//go:build linux && cgo\n\npackage a"}},
		{"left in without", "pure-go", nil, []string{"a.go", c, "b.go", "//go:build linux || !cgo\n\npackage a"}},
		{"in old words", "fails", nil, []string{"a.go", c, "b.go", "// +build cgo\n\npackage a"}},
	} {
		_, p := read(t, "example.com/app", tc.ignored, tc.files...)
		if p.Without != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, p.Without, tc.want)
		}
	}
}

// What cgo writes stands for what it read, at the place of its import "C".
func TestWrittenByCgo(t *testing.T) {
	gotypes := "// Code generated by cmd/cgo; DO NOT EDIT.\n\npackage a\nimport _cgopackage \"runtime/cgo\"\n"
	out := "// Code generated by cmd/cgo; DO NOT EDIT.\n\n//line /src/a.go:1:1\npackage a\n\nimport _ \"unsafe\"\n\n// int x;\nimport _ \"unsafe\"\n"
	imports := "package a\n//go:cgo_dynamic_linker \"/x/ld.so\"\n//go:cgo_import_dynamic _ _ \"libc.so.6\"\n"
	for _, names := range [][]string{
		{"/tmp/b001/_cgo_gotypes.go", "/tmp/b001/a.cgo1.go", "/tmp/b001/_cgo_import.go"},
		{"/cache/0a/0a1-d", "/cache/0b/0b2-d", "/cache/0c/0c3-d"},
	} {
		fset, p := read(t, "example.com/app", nil, names[0], gotypes, names[1], out, names[2], imports)
		got := p.Reports(known, cause.Settings{})
		if len(got) != 1 || fset.Position(got[0].Pos).String() != "/src/a.go:6:8" || len(p.Imports)+len(p.DynImports) != 0 {
			t.Errorf("%s: got %v of %v, want one report at /src/a.go:6:8", names[0], got, p)
		}
		if f := p.Fact(known); f.Loader != "/x/ld.so" || len(f.Causes) != 1 {
			t.Errorf("%s: got %v, want the loader and one cause", names[0], f)
		}
	}
	fset, p := read(t, "example.com/app", nil, "/tmp/b001/_cgo_gotypes.go", gotypes,
		"/tmp/b001/_x_swig.cgo1.go", strings.Replace(out, "/src/a.go", "/tmp/b001/_x_swig.go", 1), "/src/b.go", "package a\n")
	if got := p.Reports(known, cause.Settings{}); len(got) != 1 || fset.Position(got[0].Pos).String() != "/src/b.go:1:1" || p.Without != "fails" {
		t.Errorf("SWIG: got %v, %s, want one report at /src/b.go:1:1, and that it fails without", got, p.Without)
	}
	s := cause.Syntax{Fset: fset, Swig: true, Ignored: []string{"b_nocgo.go"}, Resolve: cause.Written, Uses: cause.Unresolved}
	s.Files = append(s.Files, parsed(t, fset, "b.go", "package a\n"))
	if p := cause.Read("example.com/app", "a", "example.com/app", s); len(p.Cgo) != 1 || p.Without != "pure-go" {
		t.Errorf("SWIG with a file that is left out: got %v, %s, want cgo once, and pure Go without", p.Cgo, p.Without)
	}
}

func TestModuleOf(t *testing.T) {
	for _, c := range []struct{ pkg, named, dir, want string }{
		{"net/http", "", "/usr/local/go/src/net/http", "std"},
		{"vendor/golang.org/x/net/idna", "", "", "std"},
		{"example.com/app/db", "example.com/app", "/x", "example.com/app"},
		{"log/app", "log", "/home/u/app", "log"},
		{"example.com/app", "", "/home/u/work", "example.com/app"},
		{"example.com/app/db", "", "/home/u/work/db", "example.com/app"},
		{"example.com/app", "", "/home/u/app", "example.com"},
		{"example.com/app/db", "", "/home/u/app/db", "example.com"},
		{"github.com/x/y/v2/z", "", "/m/github.com/x/y/v2@v2.0.1/z", "github.com/x/y/v2"},
		{"github.com/x/y", "", "/m/github.com/x/y@v1.0.0", "github.com/x/y"},
		{"github.com/x/y/z", "", "/home/u/work/vendor/github.com/x/y/z", "vendor/github.com/x/y"},
		{"github.com/x/y/z", "", "/home/u/go/src/github.com/x/y/z", "github.com/x/y"},
		{"gopkg.in/yaml.v3", "", "/home/u/go/src/gopkg.in/yaml.v3", "gopkg.in/yaml.v3"},
		{"a/b", "", "/t/testdata/src/a/b", "a"},
		{"a/b", "", `C:\t\testdata\src\a\b`, "a"},
		{"example.com/app/db", "", "db", "example.com/app"}, // Bazel
		{"example.com/app", "", ".", "example.com/app"},
		{"github.com/x/y/z", "", "external/com_github_x_y/z", "github.com/x/y"},
		{"command-line-arguments", "", "/home/u/app", "command-line-arguments"},
		{"example.com/app", "", "", "example.com/app"},
	} {
		if got := cause.ModuleOf(c.pkg, c.named, c.dir); got != c.want {
			t.Errorf("ModuleOf(%q, %q, %q): got %q, want %q", c.pkg, c.named, c.dir, got, c.want)
		}
	}
}

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		list, pkg string
		want      bool
	}{
		{"net", "net", true}, {"net", "net/http", false}, {"net/...", "net", true}, {"net/...", "net/x/y", true},
		{"os/user, net", "net", true}, {"...", "net", true}, {"...sqlite3", "github.com/mattn/go-sqlite3", true},
		{"github.com/.../go-sqlite3", "github.com/mattn/go-sqlite3", true}, {"github.com/...x", "github.com/mattn/go-sqlite3", false},
		{"std", "net", true}, {"", "net", false}, {"a...b...c", "aXbYc", true}, {"a...b...c", "aXc", false},
	} {
		var ps cause.Patterns
		if err := ps.Set(c.list); err != nil {
			t.Fatal(err)
		}
		if got := ps.Match(cgo("std", "", c.pkg)); got != c.want {
			t.Errorf("%q on %q: got %v, want %v", c.list, c.pkg, got, c.want)
		}
	}
	var ps cause.Patterns
	if err := ps.Set("net,./x"); err == nil {
		t.Error("got no error for a folder, want one")
	}
}
