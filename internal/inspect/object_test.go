package inspect

import (
	"debug/elf"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// TestObject holds what is read of this machine's programs and libraries
// against debug/elf.
func TestObject(t *testing.T) {
	var files []string
	for _, pattern := range []string{"/bin/true", "/lib/*/libc.so.6", "/lib/*/ld-linux*", "/lib/*/libstdc++.so.6", "/lib64/libc.so.6"} {
		found, _ := filepath.Glob(pattern)
		files = append(files, found...)
	}
	if len(files) == 0 {
		testskip.Missing(t, "there is no ELF file at the usual places")
	}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		want, err := elf.NewFile(f)
		if err != nil {
			t.Fatal(err)
		}
		o, err := Object(f, info.Size())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		libs, _ := want.ImportedLibraries()
		if !slices.Equal(o.Needed, libs) && len(libs)+len(o.Needed) > 0 {
			t.Errorf("%s: needed: got %q, want %q", name, o.Needed, libs)
		}
		symbols, _ := want.DynamicSymbols()
		imports, exports := 0, map[string]bool{}
		for _, s := range symbols {
			bound := elf.ST_BIND(s.Info) != elf.STB_LOCAL
			switch {
			case bound && s.Section == elf.SHN_UNDEF:
				imports++
			case bound:
				exports[s.Name] = true
			}
		}
		if len(o.Imports) != imports {
			t.Errorf("%s: imports: got %d, want %d", name, len(o.Imports), imports)
		}
		for _, m := range o.Imports {
			if i := slices.IndexFunc(symbols, func(s elf.Symbol) bool { return s.Name == m.Name && s.Version == m.Version && s.Library == m.Lib }); i < 0 {
				t.Errorf("%s: got an import %+v, want one that debug/elf has", name, m)
			}
		}
		x, err := ExportsOf(f, info.Size())
		if len(exports) > 20 && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for s := range exports {
			if versioned := slices.ContainsFunc(symbols, func(e elf.Symbol) bool { return e.Name == s && e.HasVersion && x[s+"@"+e.Version] }); !x[s] && !versioned && len(o.Defines) == 0 {
				t.Errorf("%s: got no export %s, want it", name, s)
			}
		}
	}
}
