package load

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// TestImportOrder: imports are as the files have them, where two of them lead to
// linker flags.
func TestImportOrder(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"m.go": "package m\nimport \"c\"\nimport (\"v\"; \"fmt\")\n",
		"n.go": "package m\nimport \"C\"\nimport \"a\"\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	flags := link.CgoFlags{LDFLAGS: []string{"-lx"}}
	for _, c := range []struct {
		name       string
		a, c       link.CgoFlags
		everywhere []string
		want       []string
	}{
		{"two ways", flags, flags, nil, []string{"c", "vendor/v", "fmt", "runtime/cgo", "a"}},
		{"one way", flags, link.CgoFlags{}, []string{"-g", "-Wl,-z,now"}, nil},
		{"one of its own, and all by the environment", flags, link.CgoFlags{}, []string{"-Wl,-rpath,/x"}, []string{"c", "vendor/v", "fmt", "runtime/cgo", "a"}},
		{"the environment's alone", link.CgoFlags{}, link.CgoFlags{}, []string{"-Wl,-rpath,/x"}, nil},
	} {
		m := &link.Package{ImportPath: "m", Dir: dir, Cgo: true, GoFiles: []string{"m.go"}, CgoFiles: []string{"n.go"},
			Imports: []string{"a", "c", "fmt", "vendor/v"}, ImportMap: map[string]string{"v": "vendor/v"}}
		pkgs := []*link.Package{{ImportPath: "runtime/cgo", Standard: true, Cgo: true}, {ImportPath: "fmt", Standard: true}, {ImportPath: "vendor/v"},
			{ImportPath: "a", Cgo: true, Flags: c.a}, {ImportPath: "c", Cgo: true, Flags: c.c}, m}
		b := link.Build{CgoEnabled: true}
		b.Cgo.LDFLAGS = c.everywhere
		if openScans("", "").order(pkgs, b); !slices.Equal(m.ImportOrder, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, m.ImportOrder, c.want)
		}
	}
}
