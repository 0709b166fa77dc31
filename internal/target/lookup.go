// Where a loader finds a file: paths, links and versions of one system.

package target

import (
	"path"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

const (
	maxLinks = 40   // that Linux follows in one path
	maxPath  = 4096 // bytes of a path, and of a link's text: PATH_MAX
)

// file is the loader or library at an absolute path.
func (s *System) file(name string) (*File, Presence) {
	if s.root != nil {
		return s.root.File(name)
	}
	real, ok := s.follow(name)
	if !ok {
		return &File{Path: name, Fault: Loop}, Present
	}
	for i := range s.Files {
		switch f := &s.Files[i]; {
		case f.Path != real:
		case s.ByName && !s.leads(name):
			return nil, Unstated
		default:
			return f, Present
		}
	}
	if s.ByName && !IsLibraryName(real) {
		return nil, Unstated
	}
	for _, dir := range s.Open {
		if strings.HasPrefix(real, dir+"/") {
			return nil, Unstated
		}
	}
	return nil, Absent
}

// leads reports whether every folder that a path goes out of is known to be there.
func (s *System) leads(name string) bool {
	for i := 0; i < len(name); i++ {
		if strings.HasPrefix(name[i:], "/..") && !s.hasFolder(name[:i]) {
			return false
		}
	}
	return true
}

// hasFolder reports whether something is known to be in a folder, or a link to
// lead to it: those that lead to nothing are kept for a library's name only.
func (s *System) hasFolder(name string) bool {
	dir, _ := s.follow(name)
	within := func(file string) bool { return strings.HasPrefix(file, strings.TrimSuffix(dir, "/")+"/") }
	if slices.ContainsFunc(s.Files, func(f File) bool { return within(f.Path) }) {
		return true
	}
	for link := range s.Links {
		if to, ok := s.follow(link); within(link) || ok && to == dir && !IsLibraryName(link) {
			return true
		}
	}
	return false
}

func (s *System) follow(name string) (string, bool) {
	return Follow(name, func(p string) (string, bool) { to, link := s.Links[p]; return to, link })
}

// IsLibraryName tells the names by which loaders and libraries go from those of
// other files.
func IsLibraryName(name string) bool {
	base := path.Base(name)
	if strings.HasSuffix(base, ".so.conf") || strings.HasSuffix(base, ".py") {
		return false
	}
	_, after, found := strings.Cut(base, ".so")
	return found && (after == "" || strings.ContainsAny(after[:1], ".-_0123456789")) || strings.HasPrefix(base, "ld-")
}

// Follow resolves the links of an absolute path as in a root file system of its
// own: none leads out of it. It is false where there are too many, or where the
// path and the texts of all links have more bytes than Linux takes of one of
// them: nothing real comes near that, and they are looked up part by part.
func Follow(name string, link func(path string) (to string, isLink bool)) (string, bool) {
	at, links, left := "/", 0, maxPath-len(name)
	if left < 0 {
		return "", false
	}
	rest := strings.Split(name, "/")
	for len(rest) > 0 {
		part := rest[0]
		rest = rest[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			at = path.Dir(at)
			continue
		}
		next := path.Join(at, part)
		to, isLink := link(next)
		if !isLink {
			at = next
			continue
		}
		left -= len(to)
		if links++; links > maxLinks || left < 0 {
			return "", false
		}
		if strings.HasPrefix(to, "/") {
			at = "/"
		}
		rest = append(strings.Split(to, "/"), rest...)
	}
	return at, true
}

// packedRel is the version by which a file says that it has packed relocations,
// which glibc's loader knows since that release.
const packedRel, packedRelSince = "GLIBC_ABI_DT_RELR", "2.36"

// has reports whether a file defines a symbol version.
func (f *File) has(version string) Presence {
	if slices.Contains(f.Defines, version) {
		return Present
	}
	if version == packedRel && len(f.Numbered) > 0 {
		version = "GLIBC_" + packedRelSince
	}
	name, number, ok := strings.Cut(version, "_")
	if i := strings.LastIndex(version, "_"); ok && i > len(name) {
		name, number = version[:i], version[i+1:]
	}
	upTo, numbered := f.Numbered[name]
	switch {
	case f.Numbered == nil:
		return Absent
	case !numbered || !isNumber(number):
		return Unstated
	case link.CompareVersions(number, upTo) <= 0:
		return Present
	case f.Least:
		return Unstated
	}
	return Absent
}

func isNumber(s string) bool {
	return s != "" && s[0] >= '0' && s[0] <= '9' && strings.Trim(s, "0123456789.") == ""
}

// versioned reports whether a file has symbol versions at all.
func (f *File) versioned() bool { return len(f.Defines) > 0 || len(f.Numbered) > 0 }

// symbols are the names that a file defines, nil where they are not known.
func (f *File) symbols() map[string]bool {
	if f.exports == nil && f.Symbols != nil {
		set := make(map[string]bool, len(f.Symbols))
		for _, s := range f.Symbols {
			set[s] = true
		}
		f.exports = func() map[string]bool { return set }
	}
	if f.exports == nil {
		return nil
	}
	return f.exports()
}

func newer(a, b string) bool { return link.CompareVersions(a, b) >= 0 }
