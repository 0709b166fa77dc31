package toolchain

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// entry is one of an archive, as cmd/internal/archive writes it.
func entry(name, data string) string {
	if len(data)%2 == 1 {
		return fmt.Sprintf("%-16s%-12d%-6d%-6d%-8o%-10d`\n%s\x00", name, 0, 0, 0, 0o644, len(data), data)
	}
	return fmt.Sprintf("%-16s%-12d%-6d%-6d%-8o%-10d`\n%s", name, 0, 0, 0, 0o644, len(data), data)
}

// TestReadArchive reads compiled packages, whole and broken ones.
func TestReadArchive(t *testing.T) {
	const object = "go object linux amd64 go1.26.8 X:none\nbuild id \"x\"\n\n\n$$\n\n$$\n\n"
	export := entry("__.PKGDEF", strings.TrimSuffix(object, "\n$$\n\n$$\n\n")+"$$B\nu\x00\n$$  // cgo\nnot it\n$$\n")
	const lines = `[["cgo_dynamic_linker","/lib/ld.so"],["cgo_import_dynamic","_","_","libc.so.6"],["cgo_import_dynamic","f","f#GLIBC_2.34","libc.so.6"]]` + "\n$$\n\n!\n"
	full := arMark + export + entry("_go_.o", object+"$$  // cgo\n"+lines)
	long := strings.Repeat(`["cgo_export_static","x","x","x"],`, 1<<12)
	for name, c := range map[string]struct{ data, loader, fails string }{
		"whole":            {full, "/lib/ld.so", ""},
		"a long line":      {arMark + export + entry("_go_.o", object+"$$  // cgo\n["+long+lines[1:]), "/lib/ld.so", ""},
		"empty":            {"", "", "not an archive"},
		"something else":   {"\x7fELF" + full, "", "not an archive"},
		"cut off":          {full[:len(full)-len(lines)], "", "no cgo directives"},
		"cut in a header":  {full[:len(arMark)+20], "", "archive ends early"},
		"one entry":        {arMark + export, "", "archive ends early"},
		"no size":          {strings.Replace(full, fmt.Sprint(len(export)-arHeaderSize), "-1", 1), "", "archive with an entry of no size"},
		"a size too large": {arMark + strings.Replace(export, "`\n", "9\n", 1)[:arSizeAt] + "9999999999`\n", "", "archive ends early"},
		"no cgo":           {arMark + export + entry("_go_.o", object+"$$\n\n!\n"), "", "no cgo directives"},
		"rubbish":          {arMark + export + entry("_go_.o", object+"$$  // cgo\nrubbish\n"), "", "invalid character"},
	} {
		file := filepath.Join(t.TempDir(), "x.a")
		if err := os.WriteFile(file, []byte(c.data), 0o666); err != nil {
			t.Fatal(err)
		}
		a, _, err := Archivist{GOROOT: "/nowhere"}.read(file)
		if (err == nil) != (c.fails == "") || err != nil && !strings.Contains(err.Error(), c.fails) {
			t.Errorf("%s: got error %v, want %q", name, err, c.fails)
			continue
		}
		if a.Loader != c.loader || a.Source != link.SourceBuildCache {
			t.Errorf("%s: got loader %q from %s, want %q from the build cache", name, a.Loader, a.Source, c.loader)
		}
		if want := []link.Symbol{{Name: "f", Version: "GLIBC_2.34", Lib: "libc.so.6"}}; err == nil && (!slices.Equal(a.Symbols, want) || !slices.Equal(a.Libs, []string{"libc.so.6"})) {
			t.Errorf("%s: got symbols %v and libraries %q", name, a.Symbols, a.Libs)
		}
	}
}
