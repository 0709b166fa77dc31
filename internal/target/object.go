// A loader or library as a loader sees it, and as a description keeps it.

package target

import (
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// objectOf is a file as a loader sees it.
func (f *File) objectOf() *link.Object {
	if f.object != nil {
		return f.object
	}
	o := &link.Object{Machine: link.Machine{GOARCH: f.GOARCH, ABI: f.ABI}, Soname: f.Soname, Needed: f.Needed, RPath: f.RPath, RunPath: f.RunPath, Defines: f.Defines,
		BindNow: f.BindNow, NoDefault: f.NoDefault, PackedRel: f.PackedRel, Level: f.Level, Odd: f.Odd}
	for _, n := range f.Needs {
		o.Needs = append(o.Needs, needOf(n))
	}
	for _, m := range f.Imports {
		o.Imports = append(o.Imports, importOf(m))
	}
	return o
}

// remember has what a description says of the file's imports ready for judges.
func (f *File) remember() {
	if f.Imports != nil {
		f.object = f.objectOf()
	}
}

// Keep reads what a description has of a file beyond what NewFile knows: the
// symbols that it defines, and those that it leaves to others.
func (f *File) Keep() {
	o := f.objectOf()
	f.Imports = []string{}
	for _, m := range o.Imports {
		if m.Bind != link.BindNever {
			f.Imports = append(f.Imports, importText(m))
		}
	}
	if f.exports == nil {
		return
	}
	if set := f.exports(); set != nil {
		f.Symbols = []string{}
		for name := range set {
			f.Symbols = append(f.Symbols, name)
		}
		slices.Sort(f.Symbols)
	}
}

// Other is what a judge for another machine has to know of a file.
func (f *File) Other() File {
	other := File{Path: f.Path, GOARCH: f.Machine().GOARCH, ABI: f.Machine().ABI, Fault: f.Fault, NotExecutable: f.NotExecutable}
	if f.Loader != nil {
		other.Loader = &Loader{Libc: f.Loader.Libc}
	}
	return other
}

// The words behind a name: blanks are in no name that a linker takes.
const weak, lazy = " weak", " lazy"

// needText is LIB@VERSION.
func needText(n link.Need) string {
	text := n.Lib + "@" + n.Version
	if n.Weak {
		text += weak
	}
	return text
}

func needOf(text string) link.Need {
	text, isWeak := strings.CutSuffix(text, weak)
	lib, version, _ := strings.Cut(text, "@")
	return link.Need{Lib: lib, Version: version, Weak: isWeak}
}

// importText is NAME or NAME@VERSION@LIB.
func importText(m link.Import) string {
	text := m.Name
	if m.Version != "" {
		text += "@" + m.Version + "@" + m.Lib
	}
	if m.Weak {
		text += weak
	}
	if m.Bind == link.BindLazy {
		text += lazy
	}
	return text
}

func importOf(text string) link.Import {
	m := link.Import{Bind: link.BindNow}
	text, isLazy := strings.CutSuffix(text, lazy)
	if isLazy {
		m.Bind = link.BindLazy
	}
	text, m.Weak = strings.CutSuffix(text, weak)
	m.Name, text, _ = strings.Cut(text, "@")
	m.Version, m.Lib, _ = strings.Cut(text, "@")
	return m
}
