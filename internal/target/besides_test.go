package target

import (
	"debug/elf"
	"os"
	"slices"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// A program that is cross-compiled asks libraries for versions that amd64's do
// not have.
func TestBesides(t *testing.T) {
	for _, c := range []struct {
		name, arch, lib, version string
		want                     Presence
	}{
		{"debian12", "arm64", "libgcc_s.so.1", "GLIBC_2.0", Present},
		{"ubuntu22.04", "arm64", "libgcc_s.so.1", "GLIBC_2.0", Present},
		{"debian12", "s390x", "libgcc_s.so.1", "GLIBC_2.2", Present},
		{"debian12", "386", "libc.so.6", "GCC_3.0", Present},
		{"debian12", "386", "libc.so.6", "GLIBC_2.99", Absent},
		{"debian12", "arm64", "libc.so.6", "GCC_3.0", Unstated},
		{"debian12", "amd64", "libc.so.6", "GCC_3.0", Absent},
	} {
		files := Find(c.name).For(c.arch).Files
		i := slices.IndexFunc(files, func(f File) bool { return f.Soname == c.lib })
		if i < 0 {
			t.Errorf("%s has no %s for %s", c.name, c.lib, c.arch)
		} else if got := files[i].has(c.version); got != c.want {
			t.Errorf("%s of %s for %s: got %s of %s, want %s", c.lib, c.name, c.arch, got, c.version, c.want)
		}
	}
}

// TestBesidesMeasured holds these versions against the libraries of the cross
// compilers that are here.
func TestBesidesMeasured(t *testing.T) {
	held := 0
	for lib, arches := range besides {
		for arch, versions := range arches {
			dir := triplets[arch]
			if arch == "386" {
				dir = "i686-linux-gnu" // as its cross compiler has it
			}
			f, err := elf.Open("/usr/" + dir + "/lib/" + lib)
			if os.IsNotExist(err) {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			defined, err := f.DynamicVersions()
			if err != nil {
				t.Fatal(err)
			}
			held++
			for _, v := range versions {
				if !slices.ContainsFunc(defined, func(d elf.DynamicVersion) bool { return d.Name == v }) {
					t.Errorf("%s for %s: got no %s, want it", lib, arch, v)
				}
			}
		}
	}
	if held == 0 {
		testskip.Missing(t, "there are no libraries of cross compilers")
	}
}
