// What glibc's loader does at start, after elf/dl-load.c, dl-version.c and
// dl-lookup.c of glibc.

package target

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

func (p *process) glibc(o *link.Object) Verdict {
	p.begin(o)
	self := &loaded{Object: p.loader.objectOf(), file: p.loader, name: o.Interp, dir: path.Dir(p.loader.Path)}
	missing, by, there := p.resolve(func(name string, by *loaded) (*loaded, Presence) { return p.findGlibc(name, by, self) })
	switch {
	case there == unusable:
		return p.faulty(missing, by)
	case there == Absent:
		kind, why := p.notThere()
		return fails(kind, fmt.Sprintf("%s: error while loading shared libraries: %s: %s", p.j.file, missing, why),
			"%s has no %s, which %s needs", p.j.t.Name, missing, shortName(by))
	case there == Unstated:
		return unknown(fmt.Sprintf("whether %s finds %s is not known, which %s needs", p.j.t.Name, missing, shortName(by)))
	}
	if p.have(self.Soname) == nil {
		p.loaded = append(p.loaded, self)
	}
	if v, decided := p.versions(); decided {
		return v
	}
	if v, decided := p.asked(); decided {
		return v
	}
	v := p.glibcSymbols()
	if libc := p.have("libc.so.6"); v.Verdict == Runs && libc != nil && libc.file.Version != "" && p.loader.Loader.Version != "" && libc.file.Version != p.loader.Loader.Version {
		return unknown(fmt.Sprintf("the loader is of glibc %s and %s of glibc %s: only those of one build go together", p.loader.Loader.Version, libc.name, libc.file.Version))
	}
	return v
}

func shortName(l *loaded) string {
	if l.file == nil {
		return "the executable"
	}
	return l.name
}

// findGlibc is what lookGlibc finds, if every build of the loader comes that far.
func (p *process) findGlibc(name string, by, self *loaded) (*loaded, Presence) {
	p.otherClass, p.partly = false, false
	l, there := p.lookGlibc(name, by, self)
	if there == Present && p.partly {
		return nil, Unstated
	}
	return l, there
}

// lookGlibc mirrors _dl_map_object.
func (p *process) lookGlibc(name string, by, self *loaded) (*loaded, Presence) {
	if l := p.have(name); l != nil {
		return l, Present
	}
	if name == self.Soname {
		return self, Present
	}
	if strings.Contains(name, "/") {
		file, known := expand(name, by)
		if !known {
			return nil, Unstated
		}
		l, there := p.at(file)
		return p.once(l), there
	}
	l, doubt, settled := p.search(p.searchGlibc(by), name)
	if settled {
		return l, doubt
	}
	l, there, settled := p.search(p.defaults(by, name), name)
	if !settled && doubt == Unstated {
		there = Unstated
	}
	return l, there
}

// defaults are the folder in which the cache has the name, and the loader's own
// folders. A file can be linked to do without either.
func (p *process) defaults(by *loaded, name string) [][]folder {
	own := p.loader.Loader.Search
	var paths [][]folder
	if file, ok := p.loader.Loader.Cache[name]; ok {
		dir := path.Dir(file) // "." where only some processors have one
		within := func(own string) bool { return strings.HasPrefix(file, own+"/") }
		if !by.NoDefault || !slices.ContainsFunc(own, within) {
			paths = append(paths, []folder{{dir, by}})
		}
	}
	if by.NoDefault {
		return paths
	}
	return append(paths, foldersOf(own, by))
}

// A folder of a search path, and the file whose path it is.
type folder struct {
	dir string
	of  *loaded
}

func foldersOf(path []string, of *loaded) []folder {
	var all []folder
	for _, dir := range path {
		all = append(all, folder{dir, of})
	}
	return all
}

// libraryPath is the target's LD_LIBRARY_PATH, which counts for nothing where a
// program has more rights than who starts it.
func (p *process) libraryPath() []string {
	if p.j.at.Privileged {
		return nil
	}
	return p.j.sys.LibraryPath
}

// searchGlibc is the RPATH of the file and of those that loaded it, unless it
// has a RUNPATH, then LD_LIBRARY_PATH, and the RUNPATH.
func (p *process) searchGlibc(by *loaded) [][]folder {
	var paths [][]folder
	if len(by.RunPath) == 0 {
		for l := by; l != nil; l = l.by {
			if len(l.RunPath) == 0 {
				paths = append(paths, foldersOf(l.RPath, l))
			}
		}
	}
	return append(paths, foldersOf(p.libraryPath(), by), foldersOf(by.RunPath, by))
}

// versions holds the symbol versions that each file needs of a library against
// those that it defines. One without any versions is warned of, and taken.
func (p *process) versions() (Verdict, bool) {
	var doubt *Verdict
	for _, l := range p.loaded {
		for _, need := range l.Needs {
			lib := p.have(need.Lib)
			if lib == nil {
				v := unknown(fmt.Sprintf("%s needs %s of %s, which it does not need as a library: the loader may end there", shortName(l), need.Version, need.Lib))
				doubt = &v
				continue
			}
			if need.Weak {
				continue
			}
			if !lib.file.versioned() {
				p.j.note(fmt.Sprintf("%s: no version information available (required by %s): a warning", lib.name, l.name))
				continue
			}
			switch lib.file.has(need.Version) {
			case Absent:
				return fails(NoVersion, fmt.Sprintf("%s: %s: version `%s' not found (required by %s)", p.j.file, lib.name, need.Version, l.name),
					"%s of %s does not define %s", need.Lib, p.j.t.Name, need.Version), true
			case Unstated:
				v := unknown(fmt.Sprintf("whether %s of %s defines %s is not known", need.Lib, p.j.t.Name, need.Version))
				doubt = &v
			}
		}
	}
	if doubt != nil {
		return *doubt, true
	}
	return Verdict{}, false
}

// glibcSymbols looks for those symbols that are bound at start. A library that
// defines a version is taken to have its symbols, unless they are known.
func (p *process) glibcSymbols() Verdict {
	atStart := func(l *loaded, m link.Import) bool { return l.BindNow || p.j.sys.BindNow || m.Bind == link.BindNow }
	now, later, unsure := p.undefined(atStart)
	bare, bareLater := p.unversioned(atStart)
	switch {
	case now != nil:
		text := now.Name
		if now.Version != "" {
			text += ", version " + now.Version
		}
		return fails(NoSymbol, fmt.Sprintf("%s: symbol lookup error: %s: undefined symbol: %s", p.j.file, now.by.name, text),
			"no library that is loaded defines %s, which %s looks up at start", now.Name, shortName(now.by))
	case unsure != nil:
		return unknown(fmt.Sprintf("whether %s has %s, which is looked up at start, is not known", p.j.t.Name, unsure.Name))
	case bare != nil:
		return unknown(fmt.Sprintf("%s of %s is looked up at start with a version, in a library that has none at all: glibc's loader may end there", bare.Name, bare.Lib))
	case bareLater != nil:
		p.j.note(fmt.Sprintf("%s of %s is asked for with a version, and the library has none at all: the first call of it may end the program", bareLater.Name, bareLater.Lib))
	case later != nil:
		p.j.note(fmt.Sprintf("no library that is loaded defines %s: the first call of it ends the program", later.Name))
	}
	return runs(p.why())
}

// unversioned are symbols whose version names a library without a table of
// versions: the loader asserts that it does not find them there. A library that
// itself needs versions has such a table.
func (p *process) unversioned(atStart func(*loaded, link.Import) bool) (now, later *unbound) {
	for _, l := range p.order() {
		for _, m := range l.Imports {
			lib := p.have(m.Lib)
			if m.Version == "" || lib == nil || m.Bind == link.BindNever || len(lib.Needs) > 0 || lib.file.versioned() {
				continue
			}
			if atStart(l, m) {
				return &unbound{m, l}, nil
			}
			later = &unbound{m, l}
		}
	}
	return nil, later
}

// why is what the start went by.
func (p *process) why() string {
	l := p.loader.Loader
	return strings.TrimSpace(l.Libc+" "+l.Version) + " has what it needs"
}
