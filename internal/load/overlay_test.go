package load

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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

// TestMisnamedCgo: cgo is given the file that -overlay names, and knows Go files
// by their names.
func TestMisnamedCgo(t *testing.T) {
	const usage = "usage: cgo -- [compiler options] file.go ..."
	for _, c := range []struct{ file, with, want string }{
		{"new.go", "other.go", ""},
		{"new.go", "other.txt", usage},
		{"main.go", "main.txt", ""}, // the compiler takes any name
	} {
		text := "package main\n\nfunc main() {}\n"
		if c.file == "new.go" {
			text = "package main\n\n// int x(void) { return 1; }\nimport \"C\"\n\nfunc init() { C.x() }\n"
		}
		w := newWorkspace(t, map[string]string{"main.go": "package main\n\nfunc main() {}\n", c.with: text,
			"overlay.json": `{"Replace": {"` + c.file + `": "` + c.with + `"}}`}, "CGO_ENABLED=1")
		r := w.list(t, Flag{"overlay", "overlay.json"})
		if len(r.Programs) != 1 {
			t.Fatalf("%s by %s: got %d programs, %v", c.file, c.with, len(r.Programs), r.Err)
		}
		if got := r.Programs[0].Main.Refused; !strings.HasSuffix(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%s by %s: got %q, want %q", c.file, c.with, got, c.want)
		}
		cmd := exec.Command("go", "build", "-overlay=overlay.json", "-o", filepath.Join(t.TempDir(), "out"))
		cmd.Dir, cmd.Env = w.dir, w.env
		if out, _ := cmd.CombinedOutput(); strings.Contains(string(out), usage) != (c.want != "") {
			t.Errorf("%s by %s: go build says %.300s, want %q", c.file, c.with, out, c.want)
		}
	}
}
