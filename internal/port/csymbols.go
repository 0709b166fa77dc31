package port

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// CNames are the C names that a cgo package of the standard library imports
// when it is compiled for a port.
type CNames struct {
	// All is every name, of a function or of data, that the package's objects
	// leave to the C libraries: what an external link looks up there. Sorted.
	All []string
	// Live are those of All that are in the dynamic symbol table of every
	// internally linked executable that has the package, whatever else the
	// linker drops. A name may be there for another package's sake. Sorted.
	Live []string
}

// A cRow is one package's names and the ports and releases that share them.
// Names are separated by white space; dead are those of all that are not live.
type cRow struct {
	pkg       string
	ports     []cPorts
	all, dead string
}

// cPorts are architectures of one operating system, in the releases from
// go1.FROM to go1.TO.
type cPorts struct {
	from, to int
	goos     string
	goarch   string // separated by spaces
}

// cSince are the patches from which on a release has the names of its row. The
// names were measured with the last patch; the first one's source and prebuilt
// objects, read beside it, differ in names here only: go1.26.2 added strlen.
var cSince = []struct {
	pkg, goos, goarch string
	minor, patch      int
}{
	{"runtime/race", "linux", "arm64", 26, 2},
}

// CSymbols are the C names of a cgo package of the standard library, measured
// with the last patch of each release that was out; go1.26 stands for that
// patch. runtime/race and crypto/internal/boring come with their prebuilt
// objects.
//
// The names are those that gcc with plain -g -O2 and glibc's headers makes of
// the package's C code. Other flags and headers make others of it:
// _FORTIFY_SOURCE, which some compilers define by themselves, has
// __fprintf_chk in the place of fprintf, -asan has names of its own, and musl
// does without pthread_getattr_np. Whether memcpy and memset are called is the
// compiler's choice.
//
// It is false where the names were not measured.
func CSymbols(release, goos, goarch, pkg string) (CNames, bool) {
	minor, patch, ok := cRelease(release)
	if !ok {
		return CNames{}, false
	}
	for _, c := range cSince {
		if c.pkg == pkg && c.goos == goos && c.goarch == goarch && c.minor == minor && patch < c.patch {
			return CNames{}, false
		}
	}
	for _, r := range cRows {
		if r.pkg == pkg && r.has(minor, goos, goarch) {
			return r.names(), true
		}
	}
	return CNames{}, false
}

func (r cRow) names() CNames {
	dead := strings.Fields(r.dead)
	live := slices.DeleteFunc(strings.Fields(r.all), func(n string) bool { return slices.Contains(dead, n) })
	return CNames{All: strings.Fields(r.all), Live: live}
}

func (r cRow) has(minor int, goos, goarch string) bool {
	return slices.ContainsFunc(r.ports, func(p cPorts) bool {
		return p.goos == goos && p.from <= minor && minor <= p.to &&
			slices.Contains(strings.Fields(p.goarch), goarch)
	})
}

// cRelease is 26 and 8 of go1.26.8 and of go1.26.8 X:boringcrypto. A release
// without a patch has its last one. Betas, release candidates and what vendors
// rename have no number here: nobody measured them.
func cRelease(release string) (minor, patch int, ok bool) {
	release, _, _ = strings.Cut(release, " X:")
	rest, ok := strings.CutPrefix(release, "go1.")
	if !ok {
		return 0, 0, false
	}
	first, second, patched := strings.Cut(rest, ".")
	minor, ok = cNumber(first)
	if !patched || !ok {
		return minor, math.MaxInt, ok
	}
	patch, ok = cNumber(second)
	return minor, patch, ok
}

func cNumber(s string) (int, bool) {
	n, err := strconv.ParseUint(s, 10, 16)
	return int(n), err == nil
}
