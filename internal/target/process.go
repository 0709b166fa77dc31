package target

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// maxLoaded bounds the libraries of one start; real programs have hundreds.
const maxLoaded = 4096

// A process is one start, as far as its loader gets.
type process struct {
	j      *judgement
	loader *File
	stub   *File     // gcompat's, which has started the loader; nil for none
	loaded []*loaded // in the order in which the loader takes them
	hwcaps bool      // the loader looks into folders for processors

	fault      fault // that ended the search, where it was unusable
	otherClass bool  // the search passed over a library of another ELF class
	partly     bool  // the search passed over a library at which some builds of the loader end
	unread     bool  // what came of it is not known, and the loader looks no further
}

// A loaded file is the executable or a library of the process.
type loaded struct {
	*link.Object
	file  *File    // nil for the executable
	name  string   // as the loader says it
	names []string // by which it was asked for
	dir   string   // $ORIGIN, "" where it is not known
	by    *loaded  // who needed it, nil for the executable
}

func (p *process) symbols(l *loaded) map[string]bool {
	if l.file == nil {
		return l.Exports
	}
	return l.file.symbols()
}

// begin has the executable and the loader loaded.
func (p *process) begin(o *link.Object) *loaded {
	main := &loaded{Object: o, name: p.j.file, dir: p.j.origin}
	p.loaded, p.hwcaps = []*loaded{main}, p.asksProcessor()
	return main
}

// resolve loads the closure of needed libraries, breadth first. It gives the
// first that is not there, or that may not be. Once one may not be there, what
// it would bring along is not known either.
func (p *process) resolve(find func(name string, by *loaded) (*loaded, Presence)) (missing string, by *loaded, there Presence) {
	missing, by, there = p.preload(find)
	for i := 0; i < len(p.loaded) && len(p.loaded) < maxLoaded; i++ {
		l := p.loaded[i]
		for _, name := range l.Needed {
			got, found := find(name, l)
			switch {
			case found == Present:
				p.take(got, name, l)
			case found != Unstated && (there == Present || l.file == nil):
				return name, l, found
			case there == Present:
				missing, by, there = name, l, Unstated
			}
		}
	}
	if len(p.loaded) >= maxLoaded && there == Present {
		return "more than any program", p.loaded[0], Unstated
	}
	return missing, by, there
}

// preload loads what comes ahead of what the executable needs. Of one that is not
// there the loaders only warn.
func (p *process) preload(find func(name string, by *loaded) (*loaded, Presence)) (missing string, by *loaded, there Presence) {
	main, names := p.loaded[0], p.j.sys.Preload
	if p.stub != nil {
		names = append([]string{p.stub.Loader.Preload}, names...)
	}
	for _, name := range names {
		l, found := find(name, main)
		if p.j.at.Privileged || found == Unstated {
			return name, main, Unstated
		}
		if found == Present {
			p.take(l, name, main)
		}
	}
	return "", nil, Present
}

// take adds a library, unless it is loaded already: then it has one name more.
func (p *process) take(l *loaded, name string, by *loaded) {
	if l == nil {
		return // the loader itself, or what is in it
	}
	if !slices.Contains(l.names, name) {
		l.names = append(l.names, name)
	}
	if !slices.Contains(p.loaded, l) {
		l.by = by
		p.loaded = append(p.loaded, l)
	}
}

// once is the loaded library that a file is, if it is one under another name.
func (p *process) once(l *loaded) *loaded {
	for _, other := range p.loaded {
		if l != nil && other.file == l.file && other.file != nil {
			return other
		}
	}
	return l
}

// in looks for a library in one folder of a search path. A folder that depends
// on what is not known here gives Unstated, and so does a file that cannot be
// read: settled tells that the loader looks no further for it. glibc's goes on
// after a link that leads nowhere, with the next search path.
func (p *process) in(dir, name string, by *loaded) (l *loaded, there Presence, settled bool) {
	dir, known := expand(dir, by)
	if !known {
		// The folders of the program and of who starts it have what belongs to it, if
		// anything; $LIB and $PLATFORM lead to folders of the system.
		return nil, Unstated, strings.Contains(dir, "$") && !strings.Contains(dir, "ORIGIN")
	}
	l, maybe := p.forProcessor(dir, name)
	if l != nil {
		return p.once(l), Present, true
	}
	l, there = p.at(dir + "/" + name)
	if there == Absent && maybe {
		return nil, Unstated, false
	}
	goesOn := p.fault.Fault == Loop && p.loader.Loader.Libc == "glibc"
	return p.once(l), there, there == Present || there == unusable && !goesOn || there == Unstated && (p.j.sys.root != nil || p.unread)
}

// processors are the folders below glibc-hwcaps that glibc's loader looks into
// first (since 2.33), the most demanding ones in front.
var processors = map[string][]string{"amd64": {"x86-64-v4", "x86-64-v3", "x86-64-v2"}, "ppc64le": {"power10", "power9"}, "s390x": {"z16", "z15", "z14", "z13"}}

// forProcessor is the library of a folder that is for processors such as the
// target's; maybe tells of one that is for some of those that the target has.
func (p *process) forProcessor(dir, name string) (l *loaded, maybe bool) {
	if !p.hwcaps {
		return nil, false
	}
	for _, processor := range processors[p.loaded[0].Machine.GOARCH] {
		l, there := p.at(dir + hwcaps + processor + "/" + name)
		level, x86 := strings.CutPrefix(processor, "x86-64-")
		switch {
		case there == Absent:
		case there == Present && x86 && !beyond(level, p.j.sys, "amd64"):
			return l, false
		case !p.j.sys.Exactly:
			maybe = true
		}
	}
	return nil, maybe
}

const hwcaps = "/glibc-hwcaps/"

// asksProcessor reports whether the loader has folders for processors, as far as
// the system has any.
func (p *process) asksProcessor() bool {
	l, sys := p.loader.Loader, p.j.sys
	if l.Libc != "glibc" || l.Version != "" && !newer(l.Version, "2.33") {
		return false
	}
	return sys.root != nil || slices.ContainsFunc(sys.Files, func(f File) bool { return strings.Contains(f.Path, hwcaps) })
}

// search looks into the folders of search paths, one after the other.
func (p *process) search(paths [][]folder, name string) (l *loaded, there Presence, settled bool) {
	doubt := Absent
	for _, dirs := range paths {
		for _, d := range dirs {
			l, there, settled := p.in(d.dir, name, d.of)
			if settled {
				return l, there, true
			}
			if there == unusable {
				break
			}
			if there == Unstated {
				doubt = Unstated
			}
		}
	}
	return nil, doubt, false
}

// expand puts in what a search path leaves open. An empty entry is the folder
// that the program is started in.
func expand(dir string, by *loaded) (string, bool) {
	for _, o := range []string{"$ORIGIN", "${ORIGIN}"} {
		if strings.Contains(dir, o) && by.dir != "" {
			dir = strings.ReplaceAll(dir, o, by.dir)
		}
	}
	return strings.TrimSuffix(dir, "/"), strings.HasPrefix(dir, "/") && !strings.Contains(dir, "$")
}

// at is the library at a path, if the loader takes it. Its $ORIGIN is the folder of the path as it was
// found, links and all.
func (p *process) at(file string) (*loaded, Presence) {
	f, there := p.j.sys.file(file)
	p.unread = false
	if there != Present {
		return nil, there
	}
	if f.Fault == Unread {
		return p.stops()
	}
	if f.Fault != NoFault {
		p.fault = fault{f.Fault, file}
		return nil, unusable
	}
	o := f.objectOf()
	switch there := p.takes(o.Machine); {
	case there == Unstated:
		return p.stops()
	case there != Present:
		return nil, there
	}
	if o.Odd != "" {
		return p.stops()
	}
	return &loaded{Object: o, file: f, name: file, dir: path.Dir(file)}, Present
}

// stops tells of a file that the loader takes, whatever comes of it.
func (p *process) stops() (*loaded, Presence) {
	p.unread = true
	return nil, Unstated
}

// have is the loaded library that glibc's loader knows by that name.
func (p *process) have(name string) *loaded {
	i := slices.IndexFunc(p.loaded, func(l *loaded) bool {
		return l.file != nil && (l.Soname == name || l.name == name || slices.Contains(l.names, name))
	})
	if i < 0 {
		return nil
	}
	return p.loaded[i]
}

// asked holds what the files ask for against the loader and the processor.
func (p *process) asked() (Verdict, bool) {
	packed := map[string]string{"glibc": packedRelSince, "musl": "1.2.4"}[p.loader.Loader.Libc]
	version, sys, arch := p.loader.Loader.Version, p.j.sys, p.j.e.Build.GOARCH
	for _, l := range p.loaded {
		switch {
		case l.PackedRel && (version == "" || !newer(version, packed)):
			return unknown(fmt.Sprintf("%s has packed relocations (DT_RELR), which %s passes over before %s", shortName(l), p.loader.Loader.Libc, packed)), true
		case !beyond(l.Level, sys, arch):
		case arch == "arm":
			return unknown(fmt.Sprintf("%s was compiled for processors of GOARM=%s, and not every processor of %s is one", shortName(l), l.Level, p.j.t.Name)), true
		case sys.Exactly && p.loader.Loader.Libc == "glibc" && newer(version, "2.33"):
			return fails(WeakProcessor, fmt.Sprintf("%s: CPU ISA level is lower than required", l.name), "%s asks for x86-64-%s, and the processor has %s only", shortName(l), l.Level, cmp.Or(sys.Level, "v1")), true
		default:
			return unknown(fmt.Sprintf("%s asks for x86-64-%s, and not every processor of %s has that", shortName(l), l.Level, p.j.t.Name)), true
		}
	}
	return Verdict{}, false
}

// undefined is the first symbol that a loaded file needs at start and that
// nothing defines; Unstated where the symbols of a library are not known.
// Those that are bound later are given as well.
func (p *process) undefined(atStart func(*loaded, link.Import) bool) (now, later, unsure *unbound) {
	for _, l := range p.order() {
		for _, m := range p.imports(l) {
			if m.Weak || m.Bind == link.BindNever {
				continue
			}
			there := p.defines(m, l)
			u := &unbound{m, l}
			switch {
			case there == Present:
			case there == Unstated && unsure == nil && atStart(l, m) && !p.vouched(m):
				unsure = u
			case there == Absent && atStart(l, m):
				return u, later, unsure
			case there == Absent && later == nil:
				later = u
			}
		}
	}
	return nil, later, unsure
}

// asksVersion reports whether a version that is asked for matters: musl goes by
// the name, and so does glibc in a library without versions.
func (p *process) asksVersion(l *loaded) bool {
	return p.loader.Loader.Libc == "glibc" && l.file != nil && l.file.versioned()
}

// vouched reports whether a symbol's version, which was looked at before, tells
// that the symbol is there.
func (p *process) vouched(m link.Import) bool {
	return m.Version != "" && p.loader.Loader.Libc == "glibc"
}

// An unbound symbol is one that nothing defines.
type unbound struct {
	link.Import
	by *loaded
}

// defines tells whether a loaded file defines what another imports.
func (p *process) defines(m link.Import, by *loaded) Presence {
	there, glibc := Absent, p.loader.Loader.Libc == "glibc"
	for _, l := range p.loaded {
		if l == by {
			continue
		}
		set := p.symbols(l)
		switch {
		case set == nil:
			there = Unstated
		case (set[m.Name] || glibc && set[m.Name+link.OldestOnly]) && (m.Version == "" || !p.asksVersion(l)), glibc && m.Version != "" && set[m.Name+"@"+m.Version]:
			return Present
		case l.file != nil && slices.Contains(l.file.undecided, m.Name):
			there = Unstated
		}
	}
	return there
}
