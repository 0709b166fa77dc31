package target

import (
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
	loaded []*loaded // in the order in which the loader takes them
}

// A loaded file is the executable or a library of the process.
type loaded struct {
	*link.Object
	file *File   // nil for the executable
	name string  // as the loader says it
	dir  string  // $ORIGIN, "" where it is not known
	by   *loaded // who needed it, nil for the executable
}

func (p *process) symbols(l *loaded) map[string]bool {
	if l.file == nil {
		return map[string]bool{} // what an executable exports is of no matter here
	}
	return l.file.symbols()
}

// begin has the executable and the loader loaded.
func (p *process) begin(o *link.Object) *loaded {
	main := &loaded{Object: o, name: p.j.file, dir: p.j.origin}
	p.loaded = []*loaded{main}
	return main
}

// resolve loads the closure of needed libraries, breadth first. It gives the
// first that is not there, or that may not be.
func (p *process) resolve(find func(name string, by *loaded) (*loaded, Presence)) (missing string, by *loaded, there Presence) {
	there = Present
	for i := 0; i < len(p.loaded) && len(p.loaded) < maxLoaded; i++ {
		l := p.loaded[i]
		for _, name := range l.Needed {
			got, found := find(name, l)
			switch {
			case found == Present && got != nil:
				got.by = l
				p.loaded = append(p.loaded, got)
			case found == Absent:
				return name, l, Absent
			case found == Unstated && there == Present:
				missing, by, there = name, l, Unstated
			}
		}
	}
	return missing, by, there
}

// in looks for a library in one folder of a search path. A folder that depends
// on what is not known here gives Unstated.
func (p *process) in(dir, name string, by *loaded) (*loaded, Presence) {
	dir, known := expand(dir, by)
	if !known {
		return nil, Unstated
	}
	return p.at(path.Join(dir, name), dir+"/"+name)
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

// at is the library at a path, if it is of the executable's machine.
func (p *process) at(file, shown string) (*loaded, Presence) {
	f, there := p.j.sys.file(file)
	if there != Present {
		return nil, there
	}
	o := f.objectOf()
	if !sameMachine(o.Machine, p.loaded[0].Machine) {
		return nil, Absent
	}
	return &loaded{Object: o, file: f, name: shown, dir: path.Dir(f.Path)}, Present
}

// sameMachine takes what is not told for the same.
func sameMachine(a, b link.Machine) bool {
	if a.GOARCH != "" && b.GOARCH != "" && a.GOARCH != b.GOARCH {
		return false
	}
	return a.ABI == 0 || b.ABI == 0 || a.ABI == b.ABI
}

// have is the loaded library of that name.
func (p *process) have(name string) *loaded {
	i := slices.IndexFunc(p.loaded, func(l *loaded) bool {
		return l.file != nil && (l.Soname == name || path.Base(l.name) == name)
	})
	if i < 0 {
		return nil
	}
	return p.loaded[i]
}

// undefined is the first symbol that a loaded file needs at start and that
// nothing defines; Unstated where the symbols of a library are not known.
// Those that are bound later are given as well.
func (p *process) undefined(atStart func(*loaded, link.Import) bool) (now, later, unsure *unbound) {
	for _, l := range p.order() {
		for _, m := range l.Imports {
			if m.Weak || m.Bind == link.BindNever {
				continue
			}
			there := p.defines(m)
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

// order is that of relocation: the executable comes last.
func (p *process) order() []*loaded { return append(slices.Clone(p.loaded[1:]), p.loaded[0]) }

// defines tells whether a loaded library defines what is imported.
func (p *process) defines(m link.Import) Presence {
	there := Absent
	for _, l := range p.loaded {
		set := p.symbols(l)
		switch {
		case set == nil:
			there = Unstated
		case set[m.Name] && (m.Version == "" || !p.asksVersion(l)), m.Version != "" && set[m.Name+"@"+m.Version]:
			return Present
		}
	}
	return there
}
