// Who put a program or a Go tree where it is: Homebrew, Nix, a distribution.
// A path says so by its folders, or by what the packager leaves beside them;
// nothing is asked of the packager.

package toolchain

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// A Packager is who installed a file, by the sign that tells. Name is "" where
// nothing tells.
type Packager struct {
	Name   string `json:"name"`
	Prefix string `json:"prefix"` // the packager's own folder, "" for the system's
	Sign   string `json:"sign"`   // the path that tells
}

// Names of packagers that have a say of their own in how programs are linked.
const (
	Homebrew    = "Homebrew"
	Nix         = "Nix"
	Guix        = "Guix"
	Conda       = "conda"
	Snap        = "snap"
	Spack       = "Spack"
	ModuleCache = "the module golang.org/toolchain"
	System      = "the distribution"
)

// signs are the paths that tell, most telling first. The first group of each is
// the packager's folder.
var signs = []struct {
	name string
	path func() *regexp.Regexp
}{
	{ModuleCache, lazily(`^(.*/golang\.org/toolchain@v[^/]+)(?:/|$)`)},
	{Guix, lazily(`^(.*/gnu/store)/[0-9a-z]{32}-`)},
	{Nix, lazily(`^(.*/nix/store)/[0-9a-z]{32}-`)},
	{Homebrew, lazily(`^(.*?)/Cellar/[^/]+/`)},
	{Homebrew, lazily(`^(.*)/opt/(?:go|gcc|llvm)(?:@[0-9.]+)?/(?:libexec|bin)(?:/|$)`)},
	{Homebrew, lazily(`^(.*/(?:\.linuxbrew|linuxbrew|homebrew|Homebrew))/`)},
	{Spack, lazily(`^(.*)/lib/spack/(?:env|spack|build_environment)/`)},
	{Spack, lazily(`^(.*/opt/spack)/`)},
	{Snap, lazily(`^((?:/var/lib/snapd)?/snap/[^/]+)/`)},
}

// left are the folders that packagers leave at the root of what they installed.
var left = []struct{ name, folder string }{{Conda, "conda-meta"}, {Spack, ".spack"}}

// PackagerOf tells who installed a file or folder, by its path as it is given
// and with symbolic links followed.
func PackagerOf(file string) Packager {
	paths := []string{file}
	if real, err := filepath.EvalSymlinks(file); err == nil && real != file {
		paths = append(paths, real)
	}
	for _, p := range paths {
		slashed := filepath.ToSlash(p)
		for _, s := range signs {
			if m := s.path().FindStringSubmatch(slashed + "/"); m != nil {
				return Packager{Name: s.name, Prefix: m[1], Sign: p}
			}
		}
	}
	for _, p := range paths {
		if found, ok := leftBy(p); ok {
			return found
		}
	}
	for _, p := range paths {
		if ofSystem(p) {
			return Packager{Name: System, Sign: p}
		}
	}
	return Packager{}
}

func leftBy(file string) (Packager, bool) {
	for dir := filepath.Dir(file); dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		for _, l := range left {
			sign := filepath.Join(dir, l.folder)
			if info, err := os.Stat(sign); err == nil && info.IsDir() {
				return Packager{Name: l.name, Prefix: dir, Sign: sign}, true
			}
		}
	}
	return Packager{}, false
}

// ofSystem reports whether a path is below the folders that belong to the
// system's own packages.
func ofSystem(file string) bool {
	for _, dir := range []string{"/usr/bin/", "/bin/", "/usr/lib/", "/usr/lib64/", "/usr/share/", "/usr/libexec/", "/usr/pkg/"} {
		if strings.HasPrefix(filepath.ToSlash(file), dir) {
			return true
		}
	}
	return false
}
