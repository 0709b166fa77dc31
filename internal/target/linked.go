package target

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// Builds reports whether the target is a distribution, where programs are built,
// rather than a place to run them only.
func (t *Target) Builds() bool {
	return slices.Contains([]Launcher{Bash, Bash52, RedHat}, t.Launcher) && t.Name != "nixos"
}

// apart are the libraries that glibc had apart before onePiece.
var apart = []string{"libpthread.so.0", "libdl.so.2", "librt.so.1", "libutil.so.1"}

const onePiece = "2.34"

// Linked is what a link on the system asks for at most, of what a link elsewhere
// does: no versions that its own libraries do not define. It is false where the
// system lacks a library.
func (s *System) Linked(elsewhere *link.Object) (*link.Object, bool) {
	o := *elsewhere
	o.Needed, o.Needs = slices.Clone(o.Needed), nil
	if !newer(s.Version, onePiece) {
		o.Needed = append(o.Needed, apart...)
	}
	slices.Sort(o.Needed)
	o.Needed = slices.Compact(o.Needed)
	for _, lib := range o.Needed {
		f := s.named(lib)
		if f == nil {
			return nil, false
		}
		for _, n := range elsewhere.Needs {
			number, isGlibc := strings.CutPrefix(n.Version, "GLIBC_")
			later := isGlibc && isNumber(number) && !newer(s.Version, number)
			if n.Lib == lib && !later && f.has(n.Version) != Absent {
				o.Needs = append(o.Needs, n)
			}
		}
	}
	libc := s.named("libc.so.6")
	if libc == nil {
		return nil, false
	}
	highest := cmp.Or(HighestGlibc(libc.Defines), libc.Numbered["GLIBC"])
	o.Needs = append(o.Needs, link.Need{Lib: "libc.so.6", Version: "GLIBC_" + highest})
	return &o, true
}

// named is the loader or library that goes by a name.
func (s *System) named(soname string) *File {
	i := slices.IndexFunc(s.Files, func(f File) bool { return f.Soname == soname || path.Base(f.Path) == soname })
	if i < 0 {
		return nil
	}
	return &s.Files[i]
}
