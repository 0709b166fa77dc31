package predict

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/port"
)

// internalLink fills in an ELF executable that cmd/link makes by itself.
func (d *decision) internalLink(e *executable) {
	e.LinkMode = d.linkMode()
	if !d.relies("setCgoAttr", "linksetup") {
		e.unknown(d.doubt)
		return
	}
	in := d.dynamicImports()
	if d.refused(e, in) {
		return
	}
	if in.unknown != "" {
		e.unknown(in.unknown)
		return
	}
	if in.fails != "" {
		// cmd/link falls back on the external linker, with the flags that have
		// just failed once.
		e.unknown("the link that cgo tries with " + d.cc() + " does not work, so the executable is linked externally, if at all: " + in.fails)
		return
	}
	switch {
	case d.buildmode == "exe" && !in.any:
		e.Linkage = link.Text{Value: link.LinkageStatic, Because: "nothing is imported dynamically", Certainty: link.Exact}
		return
	case d.flags.static && d.buildmode == "pie":
		e.Linkage = link.Text{Value: link.LinkageStaticPIE, Because: "-ldflags=-d leaves a PIE without its loader; it crashes at start", Certainty: link.Exact}
		return
	}
	e.Linkage = link.Text{Value: link.LinkageDynamic, Because: in.because(d), Certainty: link.Exact}
	e.Interpreter = d.internalInterpreter(in)
	e.Needed = list(in.libsBecause(), in.libsCertainty, in.libs...)
	if d.flags.rpath != "" {
		e.RunPath = list("-ldflags=-r", link.Exact, strings.Split(d.flags.rpath, ":")...)
	}
	e.Glibc = d.internalGlibc(in)
	d.most(e, in)
}

// most is all that the executable may import: the libraries and every C name of
// its packages, where these are known.
func (d *decision) most(e *executable, in dynamic) {
	o := &link.Object{Machine: link.Machine{GOARCH: d.b.GOARCH}, Interp: e.Interpreter.Value, Needed: in.libs, RunPath: e.RunPath.Value, BindNow: d.flags.bindnow, Exports: map[string]bool{}}
	if !d.iscgo {
		d.named(o)
		e.Most = o
		return
	}
	if !in.counted || in.libsCertainty != link.Exact {
		return
	}
	if _, v := highest(in.symbols, in.all); v != "" && slices.Contains(in.libs, "libc.so.6") {
		o.Needs = []link.Need{{Lib: "libc.so.6", Version: "GLIBC_" + v}}
	}
	for _, name := range in.all {
		o.Imports = append(o.Imports, link.Import{Name: name, Bind: link.BindLazy})
	}
	e.Most = o
}

// refused are cmd/link's refusals that follow from what is imported.
func (d *decision) refused(e *executable, in dynamic) bool {
	switch {
	case d.flags.static && in.any:
		e.BuildError = "cannot use dynamic imports with -d flag"
	case in.nothing:
		e.BuildError = "relocation target " + threadCreate + " not defined"
	}
	return e.BuildError != ""
}

// dynamic is what the packages of an internal link import dynamically.
type dynamic struct {
	any     bool
	loader  string // of //go:cgo_dynamic_linker
	from    link.CgoArchive
	answer  link.Answer // of the C compiler on runtime/cgo, today
	asks    bool        // answer is there
	libs    []string    // DT_NEEDED
	by      []string    // packages that import
	symbols map[string]string
	all     []string // C names that may be imported
	live    []string // C names that certainly are
	counted bool     // all and live are complete

	libsCertainty link.Certainty
	unknown       string // why none of it can be told
	fails         string // why cgo cannot find out what is imported
	nothing       bool   // cgo's test link leaves nothing to import
}

func (in dynamic) because(d *decision) string {
	if !in.any {
		return d.whyPIE() + "a PIE names a loader even where it needs no library"
	}
	return strings.Join(in.by, ", ") + " import" + plural(in.by) + " from shared libraries"
}

// whyPIE tells that nobody asked for a PIE but whoever patched this Go.
func (d *decision) whyPIE() string {
	p, patched := d.t.Defaults["DefaultPIE"]
	if !patched || d.b.BuildMode != "default" || d.t.PIE == nil {
		return ""
	}
	return fmt.Sprintf("%s:%d has this %s make a PIE where no -buildmode is given, and ", p.File, p.Line, d.t.Version)
}

func plural(names []string) string {
	if len(names) == 1 {
		return "s"
	}
	return ""
}

func (in dynamic) libsBecause() string {
	if len(in.by) == 0 {
		return ""
	}
	return "imported by " + strings.Join(in.by, ", ")
}

// dynamicImports gathers the imports of cgo packages, from their compiled
// archives or from what the C compiler answers, and those of ordinary Go files.
func (d *decision) dynamicImports() dynamic {
	in := dynamic{libsCertainty: link.Exact, symbols: map[string]string{}, counted: true}
	d.goImports(&in)
	if !d.iscgo {
		return in
	}
	if !d.relies("dynimport", "dynimport/cgo", "elfImportedSymbols") {
		in.unknown = d.doubt
		return in
	}
	for _, p := range d.internalCgo() {
		d.cgoImports(&in, p)
	}
	return in
}

// goImports are the //go:cgo_import_dynamic lines outside cgo. A line that
// names no symbol always adds its library; one with a symbol adds it where the
// symbol is still there after dead code is dropped.
func (d *decision) goImports(in *dynamic) {
	for _, p := range d.deps {
		if len(p.DynImports) == 0 {
			continue
		}
		in.any = true
		in.by = append(in.by, p.ImportPath)
		for _, i := range p.DynImports {
			// The runtime's own names are left in every program.
			if i.Local == "_" && i.Remote == "_" || p.ImportPath == "runtime" {
				in.addLib(i.Lib)
			}
			if name, v, ok := strings.Cut(i.Remote, "#GLIBC_"); ok {
				in.symbols[name], in.all = v, append(in.all, name)
			}
		}
	}
	for _, p := range d.deps {
		for _, i := range p.DynImports {
			if i.Local != "_" && i.Lib != "" && !slices.Contains(in.libs, i.Lib) {
				in.libsCertainty = link.AtLeast
			}
		}
	}
}

func (in *dynamic) addLib(lib string) {
	if lib != "" && !slices.Contains(in.libs, lib) {
		in.libs = append(in.libs, lib)
	}
}

func (d *decision) cgoImports(in *dynamic, p *link.Package) {
	names, known := port.CSymbols(d.t.Version, d.b.GOOS, d.b.GOARCH, p.ImportPath)
	in.counted = in.counted && known
	in.all, in.live = append(in.all, names.All...), append(in.live, names.Live...)
	q := d.testLink(p)
	a, asked := d.machine.Answers[q.Key()]
	if p.ImportPath == "runtime/cgo" {
		in.answer, in.asks = a, asked && a.Error == ""
	}
	archive, compiled := d.machine.Archives[p.ImportPath]
	switch {
	case compiled && !d.b.All:
	case !asked:
		in.unknown = d.unasked()
		return
	case a.Withheld != "":
		in.unknown = a.Withheld
		return
	case a.Error != "" && strings.Contains(a.Error, "not answer"):
		in.unknown = a.Error
		return
	case a.Error != "":
		in.fails = firstLine(a)
		return
	default:
		in.nothing = in.nothing || a.Linkage != link.LinkageDynamic
		archive = link.CgoArchive{Loader: a.Interp, Libs: a.Needed, Symbols: a.Symbols}
		known = known && hasAll(a.Symbols, names.All)
	}
	if p.ImportPath == "runtime/cgo" {
		in.loader, in.from = archive.Loader, archive
		// A test link that comes out static, or that drops what nothing refers
		// to (-Wl,--gc-sections), leaves nothing to import.
		if slices.Contains(names.Live, threadCreate) && !hasSymbol(archive.Symbols, threadCreate) {
			in.nothing = true
		}
	}
	d.take(in, p, archive.Libs, archive.Symbols)
	if !known && in.libsCertainty == link.Exact && !(compiled && !d.b.All) {
		// What the package names is not known, so a library may be missing.
		in.libsCertainty = link.AtLeast
	}
}

// hasAll reports whether a libc has all the names. One that lacks some has
// headers that make other names of them: res_search was __res_search in glibc up
// to 2.33, in a library of its own.
func hasAll(symbols []link.Symbol, names []string) bool {
	return !slices.ContainsFunc(names, func(n string) bool { return !hasSymbol(symbols, n) })
}

// threadCreate is the C function that runtime/cgo cannot do without.
const threadCreate = "pthread_create"

func hasSymbol(symbols []link.Symbol, name string) bool {
	return slices.ContainsFunc(symbols, func(s link.Symbol) bool { return s.Name == name })
}

func firstLine(a link.Answer) string {
	if a.Reason != "" {
		return a.Reason
	}
	return a.Error
}

func (d *decision) take(in *dynamic, p *link.Package, libs []string, symbols []link.Symbol) {
	if len(libs) > 0 || len(symbols) > 0 {
		in.any = true
		in.by = append(in.by, p.ImportPath)
	}
	for _, l := range libs {
		in.addLib(l)
	}
	for _, s := range symbols {
		if v, ok := strings.CutPrefix(s.Version, "GLIBC_"); ok {
			in.symbols[s.Name] = v
		}
	}
}

func (d *decision) cc() string {
	if len(d.b.CC) == 0 {
		return "the C compiler"
	}
	return strings.Join(d.b.CC, " ")
}

// internalGlibc is the highest version of the C names that are left after dead
// code is dropped. It is exact where a name that is always left has the highest
// version of all that there may be.
func (d *decision) internalGlibc(in dynamic) link.Text {
	if len(in.symbols) == 0 {
		if in.any && in.libsCertainty == link.Exact && !d.iscgo {
			return link.Text{Because: "the imports name no versions", Certainty: link.Exact}
		}
		return link.Text{Certainty: link.Exact}
	}
	name, v := highest(in.symbols, in.live)
	_, most := highest(in.symbols, in.all)
	if v == "" {
		return link.Text{Value: "", Because: "which C names are left is known after the link only", Certainty: link.AtLeast}
	}
	t := link.Text{Value: v, Because: name, Certainty: link.Exact}
	if !in.counted || link.CompareVersions(most, v) > 0 || link.CompareVersions(v, hardenedGlibc) < 0 {
		t.Certainty, t.Because = link.AtLeast, name+"; the C compiler's own settings may add names"
	}
	return t
}

// named adds what //go:cgo_import_dynamic lines outside cgo name.
func (d *decision) named(o *link.Object) {
	o.Needed = slices.Clone(o.Needed)
	for _, p := range d.deps {
		for _, i := range p.DynImports {
			if i.Lib != "" && !slices.Contains(o.Needed, i.Lib) {
				o.Needed = append(o.Needed, i.Lib)
			}
			name, version, versioned := strings.Cut(i.Remote, "#")
			if versioned {
				o.Needs = append(o.Needs, link.Need{Lib: i.Lib, Version: version})
			}
			if name != "_" && name != "" {
				o.Imports = append(o.Imports, link.Import{Name: name, Version: version, Lib: i.Lib, Bind: link.BindLazy})
			}
		}
	}
}

// hardenedGlibc exceeds the versions of the names that a hardening compiler
// puts in the place of others: __fprintf_chk is of 2.3.4, __stack_chk_fail of
// 2.4, __explicit_bzero_chk of 2.25.
const hardenedGlibc = "2.26"

func highest(versions map[string]string, names []string) (name, v string) {
	for _, n := range names {
		if w := versions[n]; link.CompareVersions(w, v) > 0 || w == v && w != "" && n == "pthread_create" {
			name, v = n, w
		}
	}
	return name, v
}

// cgoNames are the cgo packages that are linked, sorted.
func (d *decision) cgoNames() []string {
	names := map[string]bool{}
	for _, p := range d.deps {
		if p.Cgo {
			names[p.ImportPath] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// internalCgo are the cgo packages of a program that is linked internally.
func (d *decision) internalCgo() []*link.Package {
	var ps []*link.Package
	for _, p := range d.deps {
		if p.Cgo {
			ps = append(ps, p)
		}
	}
	return ps
}
