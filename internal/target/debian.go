package target

import "slices"

// A debianRelease is what the packages of one release hold for amd64.
type debianRelease struct {
	Suite, Glibc string
	Packages     string // with their versions
	Libraries    []debianLibrary
}

// A debianLibrary is one library. One that is not Required is in images only
// that add its package.
type debianLibrary struct {
	Soname, Package string
	Required        bool
	Needed, Defines string // separated by spaces
}

// besides are versions that libraries define on some architectures and not on
// amd64, whose packages the rows are read from: libgcc_s has the names by which
// glibc once had routines of libgcc, and on 386 and s390x libc still has some
// (gcc's libgcc-glibc.ver; glibc's sysdeps/i386/Versions). No release takes a version back.
// Read by readelf -V from Debian 12's libc6-ARCH-cross 2.36, libgcc-s1-ARCH-cross
// and libstdc++6-ARCH-cross 12.2.0.
var besides = map[string]map[string][]string{
	"libgcc_s.so.1": {"386": {"GLIBC_2.0"}, "arm": {"GLIBC_2.0"}, "arm64": {"GLIBC_2.0"}, "ppc64le": {"GLIBC_2.0"}, "riscv64": {"GLIBC_2.0"}, "s390x": {"GLIBC_2.2"}},
	"libc.so.6":     {"386": {"GCC_3.0"}, "s390x": {"GCC_3.0"}},
	"libstdc++.so.6": {"arm": {"CXXABI_ARM_1.3.3"}, "ppc64le": {"GLIBCXX_LDBL_3.4", "CXXABI_LDBL_1.3"},
		"s390x": {"GLIBCXX_LDBL_3.4", "CXXABI_LDBL_1.3"}},
}

// defineBesides adds them to files of an architecture. Lists of versions are
// shared by rows.
func defineBesides(files []File, arch string) {
	for i, f := range files {
		if more := besides[f.Soname][arch]; len(more) > 0 {
			files[i].Defines = slices.Concat(f.Defines, more)
		}
	}
}
