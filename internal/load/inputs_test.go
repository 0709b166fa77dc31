package load

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// TestLinkerInputs is about the files that -L and names of files lead to.
func TestLinkerInputs(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("m/good/libx.a", "!<arch>\n")
	write("m/good/notes.txt", "text")
	write("m/text/deep/libx.so.1", "INPUT(libx.a)")
	write("m/lfs/libx.a", "version https://git-lfs.github.com/spec/v1\n")
	write("m/spec/libgomp.spec", "")
	write("n/other/y", "")
	write("n/lib64/libx.o", "text")
	write("away/libx.a", "text")
	at := func(name string) string { return filepath.Join(dir, name) }
	bad := func(name string) string {
		return "invalid linker input file in #cgo LDFLAGS: " + at(name) + " (unrecognized binary format)"
	}
	for _, c := range []struct {
		words []string
		want  string
	}{
		{[]string{"-L" + at("m/good"), "-lx"}, ""},
		{[]string{"-L" + at("m/text")}, bad("m/text/deep/libx.so.1")},
		{[]string{"-L", at("m/text")}, bad("m/text/deep/libx.so.1")},
		{[]string{"-L" + at("m/lfs")}, bad("m/lfs/libx.a")},
		{[]string{"-L" + at("m/spec")}, "disallowed GCC spec file in #cgo LDFLAGS: " + at("m/spec/libgomp.spec")},
		{[]string{"-L" + at("n/other")}, bad("n/lib64/libx.o")},
		{[]string{at("m/lfs/libx.a")}, bad("m/lfs/libx.a")},
		{[]string{"-L" + at("away"), at("away/libx.a")}, ""},
		{[]string{"-L" + at("m/none")}, ""},
	} {
		s := openScans("", "")
		s.locals = []string{at("m"), at("n")}
		p := &link.Package{Cgo: true, Flags: link.CgoFlags{LDFLAGS: c.words}}
		if s.linkerInputs(p); p.BadInput != c.want {
			t.Errorf("%v: got %q, want %q", c.words, p.BadInput, c.want)
		}
	}
}
