package load

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// TestScansOverlay: the files of an overlay are read in the place of those on
// disk, though their folder is one that is otherwise kept.
func TestScansOverlay(t *testing.T) {
	root := files(t, map[string]string{
		"m@v1.0.0/f.go": "package p\n",
		"new.go":        "//go:cgo_import_dynamic _ _ \"libnew.so\"\npackage p\n"})
	pkg := func() *link.Package {
		return &link.Package{Version: "v1.0.0", Dir: filepath.Join(root, "m@v1.0.0"), GoFiles: []string{"f.go"}}
	}
	data, err := json.Marshal(map[string]any{"Replace": map[string]string{"m@v1.0.0/f.go": "new.go"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "overlay.json"), data, 0o666); err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct {
		overlay string
		want    int
	}{{"", 0}, {"overlay.json", 1}, {"", 0}, {"none.json", 0}} {
		s, p := openScans(filepath.Join(root, "cache"), "go1.26.8"), pkg()
		s.overlay = readOverlay(c.overlay, root)
		s.read([]*link.Package{p}, link.Build{})
		s.save()
		if len(p.DynImports) != c.want {
			t.Errorf("%d: with overlay %q: got %d imports, want %d", i, c.overlay, len(p.DynImports), c.want)
		}
	}
}
