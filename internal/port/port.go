// Package port knows what each Go release says of each GOOS/GOARCH: how it
// can be linked, and with which loader.
//
// The tables are in zports.go, generated from Go's own source. Nothing here is
// true of a release that is not in them.
package port

import (
	"go/version"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// A Port is what one Go release says of one GOOS/GOARCH.
type Port struct {
	GOOS, GOARCH string
	Release      string // the minor release that says so, as go1.26

	CgoSupported bool
	// MustLinkExternal and MustLinkExternalCgo tell whether every program, and
	// every program with cgo, has to be linked externally.
	MustLinkExternal, MustLinkExternalCgo bool
	// InternalPIE tells whether cmd/link links a PIE internally, GoInternalPIE
	// whether cmd/go thinks so when it decides on runtime/cgo. They differ on
	// Windows in go1.20.
	InternalPIE, GoInternalPIE bool
	// DefaultPIE and DefaultPIERace tell whether a PIE comes out where no
	// -buildmode is given, without and with -race.
	DefaultPIE, DefaultPIERace bool
	// ExePIE tells whether -buildmode=exe makes a PIE as well.
	ExePIE           bool
	Race, MSan, ASan bool
	// BuildModes are those that -buildmode takes, in alphabetical order.
	BuildModes []string

	// Loader is the interpreter that cmd/link writes where nothing else names
	// one, MuslLoader the one in its place where only that is on the build
	// host. "" where cmd/link has none, or the format knows no interpreter.
	Loader, MuslLoader string
	Format             string // link.FormatELF and so on
}

// A row holds what a port is from the release since on.
type row struct {
	port, since string
	facts       string // names of facts that hold; "gone" alone where there is no such port
	modes       string // build modes other than archive, default and exe
	loader      string
	musl        string
}

// A packages row holds cmd/link's internalpkg from the release since on.
type packages struct{ since, paths string }

// facts are the words of row.facts, and the fields that they stand for.
var facts = []struct {
	name  string
	field func(*Port) *bool
}{
	{"cgo", func(p *Port) *bool { return &p.CgoSupported }},
	{"external", func(p *Port) *bool { return &p.MustLinkExternal }},
	{"external-cgo", func(p *Port) *bool { return &p.MustLinkExternalCgo }},
	{"internal-pie", func(p *Port) *bool { return &p.InternalPIE }},
	{"go-internal-pie", func(p *Port) *bool { return &p.GoInternalPIE }},
	{"default-pie", func(p *Port) *bool { return &p.DefaultPIE }},
	{"default-pie-race", func(p *Port) *bool { return &p.DefaultPIERace }},
	{"exe-pie", func(p *Port) *bool { return &p.ExePIE }},
	{"race", func(p *Port) *bool { return &p.Race }},
	{"msan", func(p *Port) *bool { return &p.MSan }},
	{"asan", func(p *Port) *bool { return &p.ASan }},
}

// Lookup finds a port in a release, which is a version such as go1.26.8 or a
// minor release such as go1.26. A release newer than the tables is not found.
func Lookup(release, goos, goarch string) (Port, bool) {
	minor, ok := known(release)
	if !ok {
		return Port{}, false
	}
	name := goos + "/" + goarch
	var found *row
	for i, r := range rows {
		if r.port == name && version.Compare(r.since, minor) <= 0 {
			found = &rows[i]
		}
	}
	if found == nil || found.facts == "gone" {
		return Port{}, false
	}
	return found.decode(minor), true
}

// All lists the ports of a release, in alphabetical order; nil where the
// release is not known.
func All(release string) []Port {
	var all []Port
	for i, r := range rows {
		if i > 0 && r.port == rows[i-1].port {
			continue
		}
		goos, goarch, _ := strings.Cut(r.port, "/")
		if p, ok := Lookup(release, goos, goarch); ok {
			all = append(all, p)
		}
	}
	return all
}

// Releases lists the minor releases that are known, oldest first.
func Releases() []string { return slices.Clone(releases) }

// Loaders lists every loader that cmd/link of any known release looks for on
// its way to a Linux executable.
func Loaders() []string {
	var paths []string
	for _, r := range rows {
		if strings.HasPrefix(r.port, "linux/") {
			paths = append(paths, r.loader, r.musl)
		}
	}
	slices.Sort(paths)
	paths = slices.Compact(paths)
	return slices.DeleteFunc(paths, func(s string) bool { return s == "" })
}

// InternalPackages lists the packages whose C objects cmd/link takes in
// itself; nil where the release is not known.
func InternalPackages(release string) []string {
	minor, ok := known(release)
	if !ok {
		return nil
	}
	var paths string
	for _, r := range internalpkg {
		if version.Compare(r.since, minor) <= 0 {
			paths = r.paths
		}
	}
	return strings.Fields(paths)
}

// known gives the minor release of a version, where the tables have it.
func known(release string) (minor string, ok bool) {
	release, _, _ = strings.Cut(release, " ") // "go1.26.8 X:boringcrypto"
	minor = version.Lang(release)
	return minor, slices.Contains(releases, minor)
}

func (r *row) decode(minor string) Port {
	goos, goarch, _ := strings.Cut(r.port, "/")
	p := Port{
		GOOS: goos, GOARCH: goarch, Release: minor,
		BuildModes: append([]string{"archive", "default", "exe"}, strings.Fields(r.modes)...),
		Loader:     r.loader, MuslLoader: r.musl,
		Format: formatOf(goos),
	}
	slices.Sort(p.BuildModes)
	words := strings.Fields(r.facts)
	for _, f := range facts {
		*f.field(&p) = slices.Contains(words, f.name)
	}
	return p
}

// formatOf is that of cmd/link's HeadType for goos (cmd/internal/objabi/head.go).
func formatOf(goos string) string {
	switch goos {
	case "aix":
		return link.FormatXCOFF
	case "darwin", "ios":
		return link.FormatMachO
	case "js", "wasip1":
		return link.FormatWasm
	case "plan9":
		return link.FormatPlan9
	case "windows":
		return link.FormatPE
	}
	return link.FormatELF
}
