// What musl's loader does at start, after ldso/dynlink.c of musl.

package target

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

func (p *process) musl(o *link.Object) Verdict {
	p.begin(o)
	if prefix := path.Dir(path.Dir(o.Interp)); p.stub == nil && prefix != "/" && slices.ContainsFunc(o.Needed, func(name string) bool { return !inMusl(name) }) {
		return unknown("musl's loader " + o.Interp + " looks where " + prefix + "/etc tells it, which was not read")
	}
	self := &loaded{Object: p.loader.objectOf(), file: p.loader, name: o.Interp, dir: path.Dir(p.loader.Path)}
	missing, by, there := p.resolve(func(name string, by *loaded) (*loaded, Presence) { return p.findMusl(name, by) })
	switch {
	case there == unusable:
		return p.faulty(missing, by)
	case there == Absent:
		return fails(MuslNoLibrary, fmt.Sprintf("Error loading shared library %s: No such file or directory (needed by %s)", missing, by.name),
			"%s has no %s, which %s needs", p.j.t.Name, missing, shortName(by))
	case there == Unstated:
		return unknown(fmt.Sprintf("whether %s finds %s is not known, which %s needs", p.j.t.Name, missing, shortName(by)))
	}
	p.loaded = append(p.loaded, self)
	if v, decided := p.asked(); decided {
		return v
	}
	now, _, unsure := p.undefined(func(*loaded, link.Import) bool { return true })
	switch {
	case now != nil:
		return fails(MuslNoSymbol, fmt.Sprintf("Error relocating %s: %s: symbol not found", now.by.name, now.Name),
			"musl does not define %s, which %s needs", now.Name, shortName(now.by))
	case unsure != nil:
		return unknown(fmt.Sprintf("whether musl %s defines %s is not known", p.loader.Loader.Version, unsure.Name))
	case slices.ContainsFunc(p.loaded[1:], func(l *loaded) bool { return l.file.object == nil && needsGlibc(l) }):
		return unknown("it needs a library that was linked with glibc, and which symbols that needs is not known")
	case len(p.loaded[0].Imports) >= manyImports:
		return unknown("it needs more symbols than were read")
	case len(p.loaded[0].Imports) == 0 && len(p.loaded[0].Needed) > 0:
		return unknown("which symbols it needs of musl is not known")
	}
	if needsGlibc(p.loaded[0]) {
		p.j.note("it was linked with glibc, and runs with musl only as long as it uses nothing in which the two differ")
	}
	if p.stub != nil {
		p.j.note("under gcompat /proc/self/exe, and so os.Executable, is musl's loader")
	}
	return runs(p.why())
}

// manyImports is where inspect ends to read them.
const manyImports = 1 << 14

// gcompat is Alpine's stand-in for glibc's loader: it starts musl's, with a library
// of its own ahead (loader/loader.c of gcompat).
func (p *process) gcompat(o *link.Object) Verdict {
	stub, sys := p.loader, p.j.sys
	l := stub.Loader
	if l.Starts == "" || l.Preload == "" {
		return unknown("which loader " + stub.Path + " starts is not known")
	}
	musl, there := sys.file(l.Starts)
	switch {
	case there == Absent:
		return fails(GcompatAlone, "execve: No such file or directory", "%s of %s starts %s, and that is not there", stub.Path, p.j.t.Name, l.Starts)
	case there == Present && musl != nil && musl.NotExecutable:
		return fails(GcompatAlone, "execve: Permission denied", "nobody may execute %s of %s, which %s starts", l.Starts, p.j.t.Name, stub.Path)
	case there != Present || musl == nil || musl.Loader == nil || musl.Loader.Libc != "musl":
		return unknown("whether " + l.Starts + ", which " + stub.Path + " starts, is musl's loader is not known")
	}
	p.stub, p.loader = stub, musl
	return p.musl(o)
}

func needsGlibc(l *loaded) bool {
	return slices.ContainsFunc(l.Needs, func(n link.Need) bool { return strings.HasPrefix(n.Version, "GLIBC_") })
}

// reserved are the libraries that musl has in itself.
var reserved = []string{"libc.", "libpthread.", "librt.", "libm.", "libdl.", "libutil.", "libxnet."}

func inMusl(name string) bool {
	return slices.ContainsFunc(reserved, func(r string) bool { return strings.HasPrefix(name, r) })
}

// findMusl mirrors load_library. What is in musl itself gives nil, and so does the
// name under which gcompat has started it.
func (p *process) findMusl(name string, by *loaded) (*loaded, Presence) {
	if inMusl(name) || p.stub != nil && name == path.Base(p.stub.Path) {
		return nil, Present
	}
	if strings.Contains(name, "/") {
		file, known := expand(name, by)
		if !known {
			return nil, Unstated
		}
		l, there := p.at(file)
		return p.once(l), there
	}
	// A library that was asked for by a path has no short name.
	if i := slices.IndexFunc(p.loaded, func(l *loaded) bool { return slices.Contains(l.names, name) }); i >= 0 {
		return p.loaded[i], Present
	}
	l, there, _ := p.search(p.searchMusl(by), name)
	return l, there
}

// searchMusl is LD_LIBRARY_PATH, RPATH or RUNPATH, which musl makes no difference
// between, of the file and of those that needed it, and then the loader's own path.
func (p *process) searchMusl(by *loaded) [][]folder {
	paths := [][]folder{foldersOf(p.libraryPath(), by)}
	for l := by; l != nil; l = l.by {
		list := l.RunPath
		if len(list) == 0 {
			list = l.RPath
		}
		// Empty entries are passed over, as are others that begin with no slash.
		list = slices.DeleteFunc(slices.Clone(list), func(d string) bool { return d == "" })
		paths = append(paths, foldersOf(list, l))
	}
	return append(paths, foldersOf(p.loader.Loader.Search, by))
}

// largeFile are the names whose twins ending in 64 the loader of musl 1.2.4 and
// newer still finds, though the library no longer exports them.
var largeFile = strings.Fields(`aio_cancel aio_error aio_fsync aio_read aio_return aio_suspend aio_write alphasort creat fallocate
fgetpos fopen freopen fseeko fsetpos fstat fstatat fstatfs fstatvfs ftello ftruncate ftw getdents getrlimit glob globfree
lio_listio lockf lseek lstat mkostemp mkostemps mkstemp mkstemps mmap nftw open openat posix_fadvise posix_fallocate pread
preadv prlimit pwrite pwritev readdir scandir sendfile setrlimit stat statfs statvfs tmpfile truncate versionsort __fxstat
__fxstatat __lxstat __xstat`)

// withLargeFile adds those names to the symbols of a musl of that version.
func withLargeFile(symbols map[string]bool, version string) map[string]bool {
	if link.CompareVersions(version, "1.2.4") < 0 {
		return symbols
	}
	for _, name := range largeFile {
		if symbols[name] {
			symbols[name+"64"] = true
		}
	}
	symbols["readdir64_r"] = symbols["readdir_r"]
	return symbols
}
