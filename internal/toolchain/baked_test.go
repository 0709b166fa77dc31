package toolchain

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// A loader that a packager wrote into the linker's source is read there, and the
// rule is the known one; of another change in the same function nothing is known.
func TestLinkerLoader(t *testing.T) {
	const file = "cmd/link/internal/amd64/obj.go"
	const own = "/gnu/store/0123456789abcdfghijklmnpqrsvwxyz-glibc-2.35/lib/ld-linux-x86-64.so.2"
	goroot, version := localTree(t)
	plain, err := ReadSource(goroot, version, "linux/amd64")
	if err != nil || len(plain.LinkerLoaders) != 0 {
		t.Fatalf("got loaders %v, %v, want none of a packager's", plain.LinkerLoaders, err)
	}
	editSource(t, goroot, file, `"/lib64/ld-linux-x86-64.so.2"`, `"`+own+`"`)
	got, err := ReadSource(goroot, version, "linux/amd64")
	if err != nil {
		t.Fatal(err)
	}
	p := got.LinkerLoaders["Init/amd64"]
	if p.Value != own || p.File != filepath.Join(goroot, "src", file) || p.Line == 0 {
		t.Errorf("got %+v, want %s of the file", p, own)
	}
	if got.Rules["Init/amd64"] != plain.Rules["Init/amd64"] || !slices.Equal(got.Strange, plain.Strange) {
		t.Errorf("got rule %q and strange %q, want those of the source before", got.Rules["Init/amd64"], got.Strange)
	}
	editSource(t, goroot, file, "func Init() (*sys.Arch, ld.Arch) {", "func Init() (*sys.Arch, ld.Arch) {\n\tprintln()")
	if got, err = ReadSource(goroot, version, "linux/amd64"); err != nil || got.LinkerLoaders != nil || got.Rules["Init/amd64"] != "" {
		t.Errorf("with another change: got loaders %v, rule %q, %v, want neither", got.LinkerLoaders, got.Rules["Init/amd64"], err)
	}
}

func TestDefaults(t *testing.T) {
	const cc = "package cfg\nfunc DefaultCC(goos, goarch string) string {\n\tswitch goos+`/`+goarch {\n\tcase \"linux/arm64\":\n\t\treturn \"gcc-5\"\n\t}\n" +
		"\tswitch goos {\n\tcase \"darwin\", \"freebsd\":\n\t\treturn \"clang\"\n\t}\n\treturn \"LAST\"\n}\n"
	for _, c := range []struct {
		name, cc, zcfg, host string
		want                 map[string]string // value and line
	}{
		{"Go's own", strings.Replace(cc, "LAST", "gcc", 1), "const DefaultCGO_ENABLED = \"\"\n", "linux/amd64", nil},
		{"Go's own, FreeBSD", strings.Replace(cc, "LAST", "gcc", 1), "", "freebsd/amd64", nil},
		{"of the host's port", strings.Replace(cc, "LAST", "gcc", 1), "", "linux/arm64", map[string]string{"DefaultCC": "gcc-5:5"}},
		{"of all", strings.Replace(cc, "LAST", "x86_64-conda-linux-gnu-cc", 1), "", "linux/amd64", map[string]string{"DefaultCC": "x86_64-conda-linux-gnu-cc:11"}},
		{"cgo", strings.Replace(cc, "LAST", "gcc", 1), "const defaultCGO_ENABLED = `0`\n", "linux/amd64", map[string]string{"DefaultCGO_ENABLED": "0:3"}},
		{"no source", "package cfg\n", "", "linux/amd64", nil},
		{"rubbish", "\x00", "\x00", "linux/amd64", nil},
	} {
		goroot := t.TempDir()
		writeSource(t, goroot, zdefaultcc, c.cc)
		writeSource(t, goroot, zcfg, "package buildcfg\n\n"+c.zcfg)
		got, err := ReadSource(goroot, "go1.26.8", c.host)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Defaults) != len(c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got.Defaults, c.want)
		}
		for name, want := range c.want {
			if p := got.Defaults[name]; shown(p) != want {
				t.Errorf("%s: got %s %s, want %s", c.name, name, shown(p), want)
			}
		}
	}
}

func shown(p link.Place) string { return p.Value + ":" + strconv.Itoa(p.Line) }
