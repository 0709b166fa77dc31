package target

import (
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// NewFile is the loader or library at a path that an object was read from.
func NewFile(name string, o *link.Object, l *Loader) *File {
	f := &File{Path: name, Soname: o.Soname, Needed: o.Needed, GOARCH: o.Machine.GOARCH, BindNow: o.BindNow, RPath: o.RPath, RunPath: o.RunPath, Defines: o.Defines, ABI: o.Machine.ABI, Loader: l, object: o,
		NoDefault: o.NoDefault, PackedRel: o.PackedRel, Level: o.Level, Odd: o.Odd}
	for _, n := range o.Needs {
		f.Needs = append(f.Needs, needText(n))
	}
	return f
}

// Machine is that of the file, as far as it is known.
func (f *File) Machine() link.Machine { return f.objectOf().Machine }

// Lazily has the symbols that the file defines read when they are asked for.
func (f *File) Lazily(read func() map[string]bool) {
	var set map[string]bool
	asked := false
	f.exports = func() map[string]bool {
		if !asked {
			asked, set = true, read()
			if set != nil && f.Loader != nil && f.Loader.Libc == "musl" {
				set = withLargeFile(set, f.Loader.Version)
			}
		}
		return set
	}
}

// HighestGlibc is the highest number among version names, "" for none.
func HighestGlibc(versions []string) string {
	most := ""
	for _, v := range versions {
		if n, ok := strings.CutPrefix(v, "GLIBC_"); ok && isNumber(n) && link.CompareVersions(n, most) > 0 {
			most = n
		}
	}
	return most
}

// Loaders are the paths at which loaders are found, by architecture: glibc's
// and musl's.
func Loaders() map[string][]string {
	all := map[string][]string{}
	for arch, p := range glibcLoaders {
		all[arch] = append(all[arch], p)
	}
	for arch, name := range muslNames {
		all[arch] = append(all[arch], "/lib/ld-musl-"+name+".so.1")
	}
	return all
}

// glibcLoaders are the paths of glibc's ABI for each architecture, and
// muslNames the architecture's name in musl's.
var (
	glibcLoaders = map[string]string{
		"386": "/lib/ld-linux.so.2", "amd64": "/lib64/ld-linux-x86-64.so.2", "arm": "/lib/ld-linux-armhf.so.3",
		"arm64": "/lib/ld-linux-aarch64.so.1", "loong64": "/lib64/ld-linux-loongarch-lp64d.so.1", "mips64le": "/lib64/ld.so.1",
		"mipsle": "/lib/ld.so.1", "ppc64": "/lib64/ld64.so.1", "ppc64le": "/lib64/ld64.so.2",
		"riscv64": "/lib/ld-linux-riscv64-lp64d.so.1", "s390x": "/lib/ld64.so.1",
	}
	muslNames = map[string]string{
		"386": "i386", "amd64": "x86_64", "arm": "armhf", "arm64": "aarch64", "loong64": "loongarch64", "ppc64le": "powerpc64le",
		"riscv64": "riscv64", "s390x": "s390x",
	}
)
