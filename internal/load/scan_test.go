package load

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

func TestDynImport(t *testing.T) {
	for in, want := range map[string]link.DynImport{
		`_ _ "libc.so.6"`:                   {Local: "_", Remote: "_", Lib: "libc.so.6"},
		`purego_dlopen dlopen "libdl.so.2"`: {Local: "purego_dlopen", Remote: "dlopen", Lib: "libdl.so.2"},
		`f f#GLIBC_2.38 "libc.so.6"` + "\r": {Local: "f", Remote: "f#GLIBC_2.38", Lib: "libc.so.6"},
		`f g`:                               {Local: "f", Remote: "g"},
		`f`:                                 {Local: "f", Remote: "f"},
		``:                                  {},
	} {
		if got := dynImport(in); got != want {
			t.Errorf("%q: got %+v, want %+v", in, got, want)
		}
	}
}

func TestScanFile(t *testing.T) {
	one := []link.DynImport{{Local: "_", Remote: "_", Lib: "a"}}
	const line = "//go:cgo_import_dynamic _ _ \"a\"\n"
	for _, c := range []struct {
		name, text string
		imports    []link.DynImport
		cgo        bool
	}{
		{"none", "package p\n", nil, false},
		{"first", line + "package p\n", one, false},
		{"later", "package p\n\n" + line + "var x int\n", one, false},
		{"last, without a line's end", "package p\n\n//go:cgo_import_dynamic _ _ \"a\"", one, false},
		{"Windows's line ends", "package p\r\n//go:cgo_import_dynamic _ _ \"a\"\r\n", one, false},
		{"two", "package p\n" + line + line, []link.DynImport{one[0], one[0]}, false},
		{"in a generator's string", "package p\n\nvar s = `\n" + line + "`\n", nil, false},
		{"in a comment", "package p\n\n/*\n" + line + "*/\n", nil, false},
		{"of another name", "package p\n//go:cgo_import_dynamics _ _ \"a\"\n", nil, false},
		{"with a space", "package p\n// go:cgo_import_dynamic _ _ \"a\"\n", nil, false},
		{"cgo", "package p\n\nimport \"C\"\n", nil, true},
	} {
		dir := files(t, map[string]string{"f.go": c.text})
		got := scanFile(dir, "f.go")
		if !slices.Equal(got.Imports, c.imports) || got.Cgo != c.cgo {
			t.Errorf("%s: got %+v, want %+v, cgo %v", c.name, got, c.imports, c.cgo)
		}
		if abs := scanFile("/elsewhere", filepath.Join(dir, "f.go")); len(abs.Imports) != len(c.imports) {
			t.Errorf("%s: got %+v of an absolute name, want %+v", c.name, abs.Imports, c.imports)
		}
	}
	if got := scanFile(t.TempDir(), "none.go"); got.Cgo || got.Imports != nil {
		t.Errorf("got %+v of no file", got)
	}
}

// TestScansKept: what cannot change is read once, everything else each time.
func TestScansKept(t *testing.T) {
	const before, after = "//go:cgo_import_dynamic _ _ \"old\"\npackage p\n", "//go:cgo_import_dynamic _ _ \"new\"\npackage p\n"
	for _, c := range []struct {
		name, dir string
		pkg       link.Package
		release   string
		kept      bool
	}{
		{"module version", "mod/dl@v1.2.3", link.Package{Version: "v1.2.3"}, "go1.26.8", true},
		{"vendored", "w/vendor/dl", link.Package{Version: "v1.2.3"}, "go1.26.8", false},
		{"replaced by a folder", "w/dl@v1", link.Package{}, "go1.26.8", false},
		{"own", "w/p", link.Package{Main: true}, "go1.26.8", false},
		{"released GOROOT", "goroot/src/net", link.Package{Standard: true}, "go1.26.8", true},
		{"GOROOT under work", "goroot/src/net", link.Package{Standard: true}, "devel go1.27-abc", false},
	} {
		root := files(t, map[string]string{c.dir + "/f.go": before})
		cache := t.TempDir()
		scan := func() string {
			p := c.pkg
			p.Dir, p.GoFiles = filepath.Join(root, c.dir), []string{"f.go"}
			s := openScans(cache, c.release)
			s.read([]*link.Package{&p}, link.Build{})
			s.save()
			if len(p.DynImports) != 1 {
				return ""
			}
			return p.DynImports[0].Lib
		}
		if got := scan(); got != "old" {
			t.Errorf("%s: got %q at first, want old", c.name, got)
		}
		writeFile(filepath.Join(root, c.dir, "f.go"), []byte(after))
		want := "new"
		if c.kept {
			want = "old"
		}
		if got := scan(); got != want {
			t.Errorf("%s: got %q after a change, want %q", c.name, got, want)
		}
	}
}

// TestScansOtherBuild: a folder is kept with the files of every build.
func TestScansOtherBuild(t *testing.T) {
	root := files(t, map[string]string{
		"dl@v1.0.0/a.go": "package p\n", "dl@v1.0.0/a_test.go": "//go:cgo_import_dynamic _ _ \"test\"\npackage p\n",
		"dl@v1.0.0/b.go": "//go:cgo_import_dynamic _ _ \"b\"\npackage p\n"})
	cache := t.TempDir()
	for _, c := range []struct {
		files []string
		want  int
	}{{[]string{"a.go"}, 0}, {[]string{"a.go", "b.go"}, 1}, {[]string{"a.go", "a_test.go"}, 1}} {
		p := link.Package{Version: "v1.0.0", Dir: filepath.Join(root, "dl@v1.0.0"), GoFiles: c.files}
		s := openScans(cache, "go1.26.8")
		s.read([]*link.Package{&p}, link.Build{})
		s.save()
		if len(p.DynImports) != c.want {
			t.Errorf("%q: got %+v, want %d imports", c.files, p.DynImports, c.want)
		}
	}
}

// TestScansBroken: a cache that cannot be read is as good as none.
func TestScansBroken(t *testing.T) {
	for _, text := range []string{"", "{", "\x00", "DIR@go1.26.8\x00{", "DIR@go1.26.8\x00f.go\x00{}\n", "DIR@go1.26.8\x00f.go\x00{\x00\n"} {
		dir := t.TempDir()
		text = strings.ReplaceAll(text, "DIR", dir)
		if err := os.WriteFile(filepath.Join(dir, "scans-5"), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		s := openScans(dir, "go1.26.8")
		p := link.Package{Standard: true, Dir: dir, GoFiles: []string{"f.go"}}
		s.read([]*link.Package{&p}, link.Build{})
		s.save()
		if data, err := os.ReadFile(filepath.Join(dir, "scans-5")); err != nil || !strings.Contains(string(data), dir+"@go1.26.8\x00\n") {
			t.Errorf("%q: got %q, %v, want what was found", text, data, err)
		}
	}
}

// TestCgoLeftOut are the files that this build leaves out for want of cgo.
func TestCgoLeftOut(t *testing.T) {
	dir := files(t, map[string]string{
		"a.go":         "package p\n",
		"c.go":         "package p\n\nimport \"C\"\n",
		"c_windows.go": "package p\n\nimport \"C\"\n",
		"tag.go":       "//go:build cgo && !none\n\npackage p\n",
	})
	left := []string{"c.go", "c_windows.go", "tag.go"}
	for _, c := range []struct {
		name  string
		build link.Build
		std   bool
		want  []string
		tag   []string
	}{
		{"linux", link.Build{GOOS: "linux", GOARCH: "amd64"}, false, []string{"c.go"}, []string{"tag.go"}},
		{"windows", link.Build{GOOS: "windows", GOARCH: "amd64"}, false, []string{"c.go", "c_windows.go"}, []string{"tag.go"}},
		{"a tag", link.Build{GOOS: "linux", GOARCH: "amd64", Tags: []string{"none"}}, false, []string{"c.go"}, nil},
		{"cgo is on", link.Build{GOOS: "linux", GOARCH: "amd64", CgoEnabled: true}, false, nil, nil},
		{"std", link.Build{GOOS: "linux", GOARCH: "amd64"}, true, nil, nil},
	} {
		p := link.Package{Dir: dir, Standard: c.std, GoFiles: []string{"a.go"}, GoLeftOut: left}
		openScans("", "").read([]*link.Package{&p}, c.build)
		if !slices.Equal(p.CgoLeftOut, c.want) || !slices.Equal(p.TagLeftOut, c.tag) {
			t.Errorf("%s: got %q and %q, want %q and %q", c.name, p.CgoLeftOut, p.TagLeftOut, c.want, c.tag)
		}
	}
}
