// Package capture reads root file systems and images: what they offer to an
// executable, and which executables they hold. They are hostile: no link leads
// out of a root, nothing but regular files is opened, and what is read has
// bounds.
package capture

import (
	"errors"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/inspect"
	"github.com/goportdoctor/goportdoctor/internal/target"
)

// A tree is a root file system, on disk or out of an image. Paths are absolute
// and hold no links, but for the last part.
type tree interface {
	// stat gives what is at a path itself.
	stat(path string) node
	// elf is the loader or library in a regular file; nil for another file.
	elf(path string) (*target.File, target.Presence)
	// small is the text of a small regular file.
	small(path string) ([]byte, bool)
	// libraries are the paths of all files that may be loaders or libraries, links
	// all links, and unseen the folders that were not looked into.
	libraries() (files []string, links map[string]string, unseen []string, err error)
}

type kind uint8

const (
	nothing kind = iota
	folder
	regular
	symlink
	special // a device, a socket, a pipe
	hidden  // it cannot be told
)

type node struct {
	kind kind
	to   string // of a link
}

// A root answers a judge's questions about a tree.
type root struct {
	tree
	files map[string]*target.File
}

// File is the loader or library at a path of the root, or what is there instead
// of one.
func (r *root) File(name string) (*target.File, target.Presence) {
	real, ok := r.follow(name)
	switch {
	case real == "":
		return &target.File{Path: name, Fault: target.Loop}, target.Present
	case !ok:
		return nil, target.Absent
	}
	switch r.stat(real).kind {
	case nothing:
		return nil, target.Absent
	case folder:
		return &target.File{Path: real, Fault: target.Dir}, target.Present
	case special:
		return &target.File{Path: real, Fault: target.Device}, target.Present
	case hidden:
		return nil, target.Unstated
	}
	if f, ok := r.files[real]; ok {
		return f, target.Present
	}
	f, there := r.elf(real)
	if there == target.Present && f != nil {
		r.complete(f)
		r.files[real] = f
	}
	return f, there
}

// follow gives the path that links lead to, "" where they go round in circles. It
// is false for one that leads through what is no folder.
func (r *root) follow(name string) (string, bool) {
	through := ""
	real, ok := target.Follow(name, func(p string) (string, bool) {
		n := r.stat(p)
		if through == "" && (n.kind == nothing || n.kind == regular || n.kind == special) {
			through = p
		}
		return n.to, n.kind == symlink
	})
	return real, ok && (through == "" || through == real)
}

// has reports whether something is at a path, links followed.
func (r *root) has(name string) target.Presence {
	real, ok := r.follow(name)
	if !ok {
		return target.Absent
	}
	switch r.stat(real).kind {
	case nothing:
		return target.Absent
	case hidden:
		return target.Unstated
	}
	return target.Present
}

func (r *root) text(name string) ([]byte, bool) {
	real, ok := r.follow(name)
	if !ok || r.stat(real).kind != regular {
		return nil, false
	}
	return r.small(real)
}

// complete adds to a loader what lies outside of its file: glibc's cache and
// version, musl's path.
func (r *root) complete(f *target.File) {
	if f.Soname == "libc.so.6" {
		if text, ok := r.small(f.Path); ok {
			if m := glibcRelease().FindSubmatch(text); m != nil {
				f.Version = string(m[1])
			}
		}
	}
	l := f.Loader
	switch {
	case l == nil:
	case l.Libc == "glibc":
		if data, ok := r.text(l.CacheFile); ok {
			l.Cache = parseCache(data, f.Machine())
		}
		if l.Version == "" {
			l.Version = r.glibcVersion(l)
		}
	case l.Libc == "musl":
		if data, ok := r.text("/etc/ld-musl-" + muslArch(f.Machine()) + ".path"); ok {
			l.Search = slices.DeleteFunc(strings.FieldsFunc(string(data), func(c rune) bool { return c == ':' || c == '\n' }),
				func(s string) bool { return s == "" })
		}
	}
}

// glibcVersion is what libc.so.6 says of itself or, where it does not, the
// highest number that it defines: the last release that brought new symbols.
func (r *root) glibcVersion(l *target.Loader) string {
	for _, dir := range l.Search {
		name := path.Join(dir, "libc.so.6")
		if text, ok := r.text(name); ok {
			if m := glibcRelease().FindSubmatch(text); m != nil {
				return string(m[1])
			}
		}
		f, there := r.File(name)
		if there == target.Present && f != nil {
			return target.HighestGlibc(f.Defines)
		}
	}
	return ""
}

// newFile reads a loader or library; nil where it cannot be told what loaders
// make of it.
func newFile(name string, r io.ReaderAt, size int64) *target.File {
	o, err := inspect.Object(r, size)
	if err != nil {
		var head [4]byte
		if _, err := r.ReadAt(head[:], 0); err != nil && !errors.Is(err, io.EOF) {
			return nil
		}
		if f := target.FaultOf(size, head[:]); f != target.NoFault {
			return &target.File{Path: name, Fault: f}
		}
		return nil
	}
	return target.NewFile(name, o, loaderOf(o, r, size))
}
