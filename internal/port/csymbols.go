package port

import (
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
// Names are separated by white space.
type cRow struct {
	pkg       string
	ports     []cPorts
	all, live string
}

// cPorts are architectures of one operating system, in the releases from
// go1.FROM to go1.TO.
type cPorts struct {
	from, to int
	goos     string
	goarch   string // separated by spaces
}

// CSymbols are the C names of a cgo package of the standard library, measured
// with the last patch of each release that was out. runtime/race and
// crypto/internal/boring come with their prebuilt objects.
//
// The names are those that gcc or clang with plain -g -O2 and glibc's headers
// make of the package's C code. Other flags and headers make others of it:
// _FORTIFY_SOURCE, which some compilers define by themselves, has
// __fprintf_chk in the place of fprintf, -O0 adds memset, -asan has names of
// its own, and musl does without pthread_getattr_np.
//
// It is false where the names were not measured.
func CSymbols(release, goos, goarch, pkg string) (CNames, bool) {
	minor, ok := cMinor(release)
	if !ok {
		return CNames{}, false
	}
	for _, r := range cRows {
		if r.pkg == pkg && r.has(minor, goos, goarch) {
			return CNames{All: strings.Fields(r.all), Live: strings.Fields(r.live)}, true
		}
	}
	return CNames{}, false
}

func (r cRow) has(minor int, goos, goarch string) bool {
	return slices.ContainsFunc(r.ports, func(p cPorts) bool {
		return p.goos == goos && p.from <= minor && minor <= p.to &&
			slices.Contains(strings.Fields(p.goarch), goarch)
	})
}

// cMinor is the 26 of go1.26, go1.26.8 and go1.26.8 X:boringcrypto. Betas,
// release candidates and what vendors rename have no number here: nobody
// measured them.
func cMinor(release string) (int, bool) {
	release, _, _ = strings.Cut(release, " X:")
	rest, ok := strings.CutPrefix(release, "go1.")
	if !ok {
		return 0, false
	}
	minor, patch, patched := strings.Cut(rest, ".")
	n, ok := cNumber(minor)
	if patched && ok {
		_, ok = cNumber(patch)
	}
	return n, ok
}

func cNumber(s string) (int, bool) {
	n, err := strconv.ParseUint(s, 10, 16)
	return int(n), err == nil
}
