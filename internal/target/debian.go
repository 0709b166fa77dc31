package target

import (
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

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

// A muslRelease is what one release of musl brought and dropped.
type muslRelease struct{ Version, Brought, Dropped string }

// muslExports are the symbols of the musl that is nearest below a version. They
// are what every newer one has too, but for those that a later one dropped.
func muslExports(version string) map[string]bool {
	set := map[string]bool{}
	for _, r := range muslSymbols {
		if link.CompareVersions(r.Version, version) > 0 {
			break
		}
		for _, s := range strings.Fields(r.Brought) {
			set[s] = true
		}
		for _, s := range strings.Fields(r.Dropped) {
			delete(set, s)
		}
	}
	return withLargeFile(set, version)
}
