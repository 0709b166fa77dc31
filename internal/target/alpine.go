package target

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// An alpineRelease is what the root file systems of one release hold, the same on
// each architecture.
type alpineRelease struct {
	Release, Musl, From string
	Arches              string // separated by spaces
	Libraries           []alpineLibrary
}

// An alpineLibrary is one library in /lib or /usr/lib. That it needs musl is not
// said; Symbols is "" where they were not kept.
type alpineLibrary struct{ Soname, Needed, Symbols string }

// A muslRelease is what the musl of one release of Alpine brought and dropped:
// for amd64 against the release before it, else against amd64.
type muslRelease struct{ Release, Arch, Brought, Dropped string }

// apply changes a set of symbols to what the release has.
func (r muslRelease) apply(set map[string]bool) {
	for _, s := range strings.Fields(r.Brought) {
		set[s] = true
	}
	for _, s := range strings.Fields(r.Dropped) {
		delete(set, s)
	}
}

// muslExports are the symbols of musl in a release of Alpine, or in the newest
// before it that is known. Rows with the same ones share them: to make them takes
// longer than all other work of a row.
func muslExports(release, musl, arch string) func() map[string]bool {
	known := ""
	for _, r := range alpineReleases {
		if link.CompareVersions(r.Release, release) <= 0 {
			known = r.Release
		}
	}
	make := sync.OnceValue(func() map[string]bool { return withLargeFile(muslSymbols(known, arch), musl) })
	shared, _ := muslShared.LoadOrStore(known+" "+musl+" "+arch, make)
	return shared.(func() map[string]bool)
}

var muslShared sync.Map

func muslSymbols(release, arch string) map[string]bool {
	set := make(map[string]bool, 2048)
	var other muslRelease
	for _, r := range alpineSymbols {
		if link.CompareVersions(r.Release, release) > 0 {
			break
		}
		switch r.Arch {
		case "amd64":
			r.apply(set)
		case arch:
			other = r
		}
	}
	other.apply(set)
	return set
}

// later are names that musl defines since a release that is not known of Alpine:
// Debian's of version 1.2.5 has them.
var later = []string{"renameat2"}

// alpineLevel is that of Alpine's lesser port for ARM, armhf, which has the same
// loader as armv7 (wiki.alpinelinux.org/wiki/Architecture).
var alpineLevel = map[string]string{"arm": "6"}

// alpineSystem is Alpine as its image is. What else than musl is in a release that
// was not read is not known.
func alpineSystem(arch, release, musl string) System {
	s := empty(arch)
	s.Libc, s.Version, s.Level = "musl", musl, alpineLevel[arch]
	name := muslNames[arch]
	f := File{Path: "/lib/ld-musl-" + name + ".so.1", Soname: "libc.musl-" + name + ".so.1", Loader: &Loader{Libc: "musl", Version: musl, Search: muslSearch}}
	if arch != "loong64" { // of which no release was read
		f.exports = muslExports(release, musl, arch)
	}
	i := slices.IndexFunc(alpineReleases, func(r alpineRelease) bool { return r.Release == release })
	if i < 0 {
		f.undecided = later
		s.Files, s.Open = append(s.Files, f), []string{"/usr/local/lib", "/usr/lib"}
		return s
	}
	s.Files = append(s.Files, f)
	for _, l := range alpineReleases[i].Libraries {
		s.Files = append(s.Files, File{Path: "/lib/" + l.Soname, Soname: l.Soname, Needed: append(strings.Fields(l.Needed), f.Soname), Symbols: words(l.Symbols)})
	}
	return s
}

// words are those of a text, nil for none.
func words(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Fields(text)
}

func muslRows() []*Target {
	var all, compat []*Target
	const read = "alpine-minirootfs-%s of github.com/alpinelinux/docker-alpine, read by internal/capture/alpine_test.go"
	newest := alpineReleases[len(alpineReleases)-1]
	const arches = "amd64 386 arm64 arm ppc64le riscv64 s390x"
	releases := slices.Clone(alpineReleases)
	for _, r := range [][2]string{{"3.21", "musl-1.2.5-r9"}, {"3.22", "musl-1.2.5-r10"}, {"3.23", "musl-1.2.5-r21"}} {
		releases = append(releases, alpineRelease{Release: r[0], Musl: "1.2.5", From: r[1], Arches: arches + " loong64"})
	}
	for _, r := range releases {
		sources := []string{fmt.Sprintf(read, r.From)}
		if r.Libraries == nil {
			sources = []string{"Alpine's package index: " + r.From, "the symbols of musl: " + fmt.Sprintf(read, newest.From), "loong64 since 3.21: Alpine's release notes; the symbols of its musl are not known", "other libraries than musl are not known"}
		}
		row := func(name, title string, sources []string, make func(string) System) *Target {
			return &Target{Name: name, Title: title, GOOS: "linux", Launcher: Ash, Sources: sources,
				CACerts: Present, Passwd: Present, Zoneinfo: Absent, makers: every(r.Arches, make)}
		}
		musl := func(arch string) System { return alpineSystem(arch, r.Release, r.Musl) }
		all = append(all, row("alpine"+r.Release, "Alpine "+r.Release, sources, musl))
		sources = append(slices.Clip(sources), gcompatSources...)
		compat = append(compat, row("alpine-gcompat"+r.Release, "Alpine "+r.Release+" with gcompat", sources, func(arch string) System {
			s := musl(arch)
			s.gcompat(arch, r.Release)
			return s
		}))
	}
	return append(all, compat...)
}

// gcompatSources are where it is known from what Alpine's package brings along.
var gcompatSources = []string{"gcompat 1.1.0, built by internal/capture/gcompat_test.go; main/gcompat/APKBUILD of Alpine's aports, 1.1.0-r3 and r4",
	"1.1.0-r1 is in Alpine 3.18, whose links are not known, and 1.1.0-r4 in later ones: images that ask for them; what libobstack and libucontext define is not known"}

// gcompat adds what the package of that name, and those that it depends on, install.
func (s *System) gcompat(arch, release string) {
	loader, musl := glibcLoaders[arch], s.Files[0]
	if loader == "" {
		return
	}
	lib := File{Path: "/lib/libgcompat.so.0", Soname: "libgcompat.so.0", Needed: []string{musl.Soname}, undecided: gcompatBeside, exports: gcompatExports}
	if !slices.Contains([]string{"386", "amd64"}, arch) {
		lib.undecided, lib.exports = append(slices.Clip(gcompatBeside), bySystemCall), gcompatWithout
	}
	stub := File{Path: "/lib/" + path.Base(loader), Loader: &Loader{Libc: "gcompat"}}
	if loader != stub.Path {
		s.Links[loader] = stub.Path
	}
	name, wrong := map[string]string{"arm": "arm", "ppc64le": "powerpc64"}[arch]
	if !wrong {
		name = muslNames[arch]
	}
	known := link.CompareVersions(release, "3.19") >= 0
	if known || !wrong {
		stub.Loader.Starts, stub.Loader.Preload = "/lib/ld-musl-"+name+".so.1", lib.Path
	}
	s.Files = append(s.Files, stub, lib)
	for _, name := range []string{"libobstack.so.1", "libucontext.so.1", "libucontext_posix.so.1"} {
		s.Files = append(s.Files, File{Path: "/lib/" + name, Fault: Unread}, File{Path: "/usr/lib/" + name, Fault: Unread})
	}
	for _, name := range []string{"libcrypt.so.1", "libresolv.so.2"} { // the others are in musl
		if known {
			s.Links["/lib/"+name] = lib.Path
		} else {
			s.Files = append(s.Files, File{Path: "/lib/" + name, Fault: Unread})
		}
	}
}

// gcompatExports are the symbols of gcompat where there is a system call sysctl,
// gcompatWithout those that it has everywhere.
var (
	gcompatExports = sync.OnceValue(func() map[string]bool {
		set := map[string]bool{}
		for _, name := range strings.Fields(gcompatSymbols) {
			set[name] = true
		}
		return set
	})
	gcompatWithout = sync.OnceValue(func() map[string]bool {
		set := maps.Clone(gcompatExports())
		delete(set, bySystemCall)
		return set
	})
)

const bySystemCall = "sysctl"

// gcompatBeside are those names of libobstack that programs may look for.
var gcompatBeside = strings.Fields("_obstack_allocated_p _obstack_begin _obstack_begin_1 _obstack_free _obstack_memory_used _obstack_newchunk obstack_alloc_failed_handler obstack_exit_failure obstack_free")

var muslSearch = []string{"/lib", "/usr/local/lib", "/usr/lib"}
