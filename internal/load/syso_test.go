package load

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// TestHostObjects tells .syso files by how they begin.
func TestHostObjects(t *testing.T) {
	dir := t.TempDir()
	header := func(class, order, typ, machine string) string {
		return "\x7fELF" + class + order + "\x01" + strings.Repeat("\x00", 9) + typ + machine + strings.Repeat("\x00", 44)
	}
	for content, want := range map[string]link.HostObject{
		header("\x02", "\x01", "\x01\x00", "\x3e\x00"): {Format: link.FormatELF, GOARCH: "amd64", Relocatable: true},
		header("\x01", "\x01", "\x03\x00", "\x03\x00"): {Format: link.FormatELF, GOARCH: "386"},
		header("\x02", "\x02", "\x00\x01", "\x00\x15"): {Format: link.FormatELF, GOARCH: "ppc64", Relocatable: true},
		"\x7fELF\x02":      {Format: link.FormatELF},
		"\x64\x86\x01\x00": {Format: link.FormatPE},
		"\xcf\xfa\xed\xfe": {Format: link.FormatMachO},
		"!<arch>\n":        {Format: link.ObjectArchive},
		"BC\xc0\xde":       {Format: link.ObjectBitcode},
		"version https://git-lfs.github.com/spec/v1\noid ": {Format: link.ObjectLFS},
		"go object linux amd64":                            {Format: link.ObjectGo},
		"text":                                             {},
		"\x64\x86":                                         {Short: true},
	} {
		want.File = "x.syso"
		if err := os.WriteFile(filepath.Join(dir, want.File), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		p := &link.Package{Dir: dir, Syso: []string{want.File}}
		openScans("", "").hostObjects(p)
		if len(p.HostObjects) != 1 || p.HostObjects[0] != want {
			t.Errorf("%q: got %+v, want %+v", content, p.HostObjects, want)
		}
	}
	p := &link.Package{Dir: dir, Syso: []string{"none.syso"}}
	if openScans("", "").hostObjects(p); p.HostObjects[0].Error == "" {
		t.Errorf("got %+v of a file that is not there, want an error", p.HostObjects[0])
	}
}
