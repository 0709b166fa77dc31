package predict

import (
	"cmp"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/port"
)

// externalLink fills in an ELF executable that the C compiler links.
func (d *decision) externalLink(e *executable) {
	e.LinkMode = d.linkMode()
	if !d.relies("hostlink", "hostlinkArchArgs", "setCgoAttr", "ld", "setextld") {
		e.unknownPaths(d.doubt)
		e.Linkage = link.Text{Because: d.doubt, Certainty: link.Unknown}
		e.Glibc = e.Linkage
		return
	}
	if hardened(d.t.Rules["hostlink"]) && strings.Contains(d.flags.interpreter, ",") {
		e.BuildError = `invalid dynamic linker path "` + d.flags.interpreter + `"`
		return
	}
	if d.flags.static && d.importsDynamically() {
		e.BuildError = "cannot use dynamic imports with -d flag"
		return
	}
	q := d.hostLink()
	a, ok := d.machine.Answers[q.Key()]
	if !ok || a.Error != "" {
		why := d.unasked()
		if a.Withheld != "" {
			why = a.Withheld
		} else if ok {
			why = d.cc() + " does not link an empty program this way: " + firstLine(a)
		}
		mode := e.LinkMode
		e.unknown(why)
		e.LinkMode = mode
		return
	}
	e.Linkage = link.Text{Value: a.Linkage, Because: strings.Join(q.Driver, " ") + " links it so", Certainty: link.Exact}
	if len(d.b.Overlay) > 0 && d.foreignC() != "" {
		e.Linkage.Because += ", whatever C files the overlay has"
	}
	e.Interpreter = d.externalInterpreter(q, a)
	e.RPath = list("", link.Exact, a.RPath...)
	e.RunPath = list("", link.Exact, a.RunPath...)
	if len(a.RPath) > 0 {
		e.RPath.Because = a.PathBecause
	}
	if len(a.RunPath) > 0 {
		e.RunPath.Because = a.PathBecause
	}
	e.Needed = list(strings.Join(q.Driver, " ")+" links it so", link.Exact, a.Needed...)
	e.Glibc = externalGlibc(a)
	if a.Linkage != link.LinkageDynamic {
		return
	}
	e.Object = d.externalObject(a)
	e.Object.NoDefault = slices.ContainsFunc(slices.Concat(q.Driver, q.Before, q.After), func(w string) bool { return strings.Contains(w, "nodefaultlib") })
	if why := d.foreignC(); why != "" {
		e.Most = offered(e.Object, a)
		e.Needed.Certainty, e.Needed.Because = link.AtLeast, why
		e.Glibc.Certainty, e.Glibc.Because = link.AtLeast, strings.TrimPrefix(e.Glibc.Because+"; "+why, "; ")
	}
}

// externalObject is what the executable has for certain. Its versions are in the
// order of the probe's, which is that of the link to come.
func (d *decision) externalObject(a link.Answer) *link.Object {
	o := &link.Object{Machine: link.Machine{GOARCH: d.b.GOARCH}, Interp: a.Interp, Needed: a.Needed, RPath: a.RPath, RunPath: a.RunPath}
	if d.foreignC() == "" {
		o.Exports = map[string]bool{} // none that a library would ask for
	}
	for _, v := range a.Versions {
		o.Needs = append(o.Needs, link.Need{Lib: v.Lib, Version: v.Version})
	}
	return o
}

// offered is the most that C code can need: all versions of all libraries that
// the link reads. It is nil where one has no versions, so that which of its
// names there are elsewhere nobody knows.
func offered(least *link.Object, a link.Answer) *link.Object {
	o := *least
	o.Needs = nil
	for _, lib := range a.Offered {
		if len(lib.Defines) == 0 {
			return nil
		}
		if !slices.Contains(o.Needed, lib.Soname) {
			o.Needed = append(slices.Clip(o.Needed), lib.Soname)
		}
		for _, v := range lib.Defines {
			o.Needs = append(o.Needs, link.Need{Lib: lib.Soname, Version: v})
		}
	}
	for _, name := range o.Needed {
		if !slices.ContainsFunc(a.Offered, func(lib link.Library) bool { return lib.Soname == name }) {
			return nil
		}
	}
	return &o
}

// unasked is why a question has no answer.
func (d *decision) unasked() string {
	return cmp.Or(d.machine.Unasked, "the C compiler was not asked")
}

// importsDynamically reports whether a package has //go:cgo_import_dynamic
// lines, which cgo writes for runtime/cgo unless its own trial link is static.
func (d *decision) importsDynamically() bool {
	return d.iscgo && !slices.Contains(d.b.Cgo.LDFLAGS, "-static") ||
		slices.ContainsFunc(d.deps, func(p *link.Package) bool { return len(p.DynImports) > 0 })
}

// foreignC says why more may be needed than an empty program shows: "" where
// all C code is the standard library's, and what it needs is known.
func (d *decision) foreignC() string {
	for _, p := range d.deps {
		if (p.Cgo || len(p.Syso) > 0) && !p.Standard {
			return "the C code of " + p.ImportPath + " may need more"
		}
	}
	for _, p := range d.deps {
		if _, ok := port.CSymbols(d.t.Version, d.b.GOOS, d.b.GOARCH, p.ImportPath); p.Cgo && !ok {
			return "what " + p.ImportPath + " takes from the C library was not measured for this release and port"
		}
	}
	for _, p := range d.deps {
		if len(p.DynImports) > 0 {
			return p.ImportPath + " imports from shared libraries by itself"
		}
	}
	if d.b.ASan || d.b.MSan {
		return "the sanitizer adds names of its own"
	}
	return ""
}

func externalGlibc(a link.Answer) link.Text {
	t := link.Text{Certainty: link.Exact}
	if a.Linkage != link.LinkageDynamic {
		t.Because = "static"
		return t
	}
	for _, s := range slices.Concat(a.Symbols, a.Versions) {
		v, ok := strings.CutPrefix(s.Version, "GLIBC_")
		if !ok || v == "" || v[0] < '0' || v[0] > '9' {
			continue
		}
		if link.CompareVersions(v, t.Value) > 0 || v == t.Value && t.Because == "" {
			t.Value, t.Because = v, s.Name
		}
	}
	if t.Value != "" && link.CompareVersions(t.Value, hardenedGlibc) < 0 {
		t.Certainty = link.AtLeast
	}
	return t
}

func (d *decision) externalInterpreter(q link.Question, a link.Answer) link.Interpreter {
	i := link.Interpreter{Value: a.Interp, Source: a.Source, Because: a.Because, Certainty: link.Exact}
	switch {
	case a.Interp == "":
		i.Source, i.Because = link.SourceNone, "the executable is "+a.Linkage
		if a.Linkage == link.LinkageDynamic {
			i.Because = "a shared object has none"
		}
	case a.Interp == d.flags.interpreter && i.Source == link.SourceCCFlags && !slices.ContainsFunc(q.After, namesLoader):
		i.Source, i.Because = link.SourceFlagI, "-ldflags=-I"
	}
	return i
}

func namesLoader(w string) bool { return strings.Contains(w, "dynamic-linker") }

// testLink is the link by which cmd/go finds out what a cgo package imports
// (work.Builder.dynimport, gccld).
func (d *decision) testLink(p *link.Package) link.Question {
	before := append([]string{"-fPIC"}, ArchArgs(d.b.GOARCH)...)
	before = append(before, "-pthread")
	if since(d.t.Version, "go1.19") {
		before = append(before, link.KeepSections)
	}
	after := slices.Concat(d.sanitize(), d.b.Cgo.LDFLAGS, p.Flags.LDFLAGS, p.PkgConfigLDFLAGS)
	if d.b.GOARCH == "arm" && d.b.GOOS == "linux" || d.b.GOOS == "android" {
		if !slices.Contains(after, "-no-pie") {
			after = append(after, "-pie")
		}
		if slices.Contains(after, "-pie") {
			after = slices.DeleteFunc(after, func(w string) bool { return w == "-static" })
		}
	}
	names, _ := port.CSymbols(d.t.Version, d.b.GOOS, d.b.GOARCH, p.ImportPath)
	cc := d.b.CC
	if p.CXX {
		cc = d.b.CXX
	}
	q := link.Question{Driver: cc, Before: before, After: after, Symbols: names.All}
	d.own(&q, p)
	return q
}

// own marks the words of a question that are the user's or ours, and the folders
// of the packages that the others come from.
func (d *decision) own(q *link.Question, packages ...*link.Package) {
	q.Own = [][]string{q.Before, d.sanitize(), d.b.Cgo.LDFLAGS, d.flags.extldflags, {"-no-pie"}, {"-pie"}}
	if !slices.Contains(q.After, "-static") { // testLink drops it
		for i, run := range q.Own {
			q.Own[i] = slices.DeleteFunc(slices.Clone(run), func(w string) bool { return w == "-static" })
		}
	}
	for _, p := range packages {
		if p.Cgo && !p.Standard {
			q.Dirs = append(q.Dirs, p.Dir)
		}
	}
}

func (d *decision) sanitize() []string {
	switch {
	case d.b.MSan:
		return []string{"-fsanitize=memory"}
	case d.b.ASan:
		return []string{"-fsanitize=address"}
	}
	return nil
}

// ArchArgs are the words by which the go command tells a C compiler what
// machine to compile for. It mirrors cmd/go/internal/work.Builder.gccArchArgs.
func ArchArgs(goarch string) []string {
	switch goarch {
	case "386":
		return []string{"-m32"}
	case "amd64":
		return []string{"-m64"}
	case "arm":
		return []string{"-marm"}
	case "s390x":
		return []string{"-m64", "-march=z13"}
	case "mips64", "mips64le":
		return []string{"-mabi=64"}
	case "mips", "mipsle":
		return []string{"-mabi=32", "-march=mips32"}
	case "loong64":
		return []string{"-mabi=lp64d"}
	}
	return nil
}

// hostArchArgs mirrors cmd/link/internal/ld/lib.go:hostlinkArchArgs.
func hostArchArgs(goarch string) []string {
	switch goarch {
	case "386":
		return []string{"-m32"}
	case "amd64", "s390x", "ppc64", "ppc64le":
		return []string{"-m64"}
	case "arm":
		return []string{"-marm"}
	case "loong64":
		return []string{"-mabi=lp64d"}
	case "mips64", "mips64le":
		return []string{"-mabi=64"}
	case "mips", "mipsle":
		return []string{"-mabi=32"}
	}
	return nil
}

// extld is the driver of an external link: -extld, else CXX where a linked
// package has C++ files, else CC (cmd/go/internal/work gcToolchain.ld).
func (d *decision) extld() []string {
	if len(d.flags.extld) > 0 {
		return d.flags.extld
	}
	for _, p := range d.deps {
		if p.CXX {
			return d.b.CXX
		}
	}
	return d.b.CC
}

// hostLink mirrors those words of cmd/link/internal/ld/lib.go:hostlink that
// decide about the loader, the libraries and the paths, in their order.
func (d *decision) hostLink() link.Question {
	q := link.Question{Driver: d.extld(), Before: hostArchArgs(d.b.GOARCH)}
	switch d.buildmode {
	case "pie":
		q.Before = append(q.Before, "-Wl,-z,relro", "-pie")
	case "c-shared":
		q.Before = append(q.Before, "-Wl,-z,relro", "-shared", "-Wl,-z,nodelete", "-Wl,-Bsymbolic")
	case "plugin", "shared":
		q.Before = append(q.Before, "-Wl,-z,relro", "-shared")
	}
	if d.flags.bindnow || d.buildmode == "plugin" || d.buildmode == "shared" || d.b.LinkShared {
		q.Before = append(q.Before, "-Wl,-z,now")
	}
	if d.flags.rpath != "" {
		q.Before = append(q.Before, "-Wl,-rpath,"+d.flags.rpath)
	}
	if d.flags.interpreter != "" {
		q.Before = append(q.Before, "-Wl,--dynamic-linker,"+d.flags.interpreter)
	}
	q.After = append(q.After, d.cgoLDFLAGS()...)
	if d.buildmode == "exe" && !d.b.LinkShared {
		q.After = append(q.After, "-no-pie")
	}
	q.After = append(q.After, d.flags.extldflags...)
	if slices.Contains(q.After, "-static") {
		// cmd/link takes its own loader back for the sake of clang.
		q.Before = slices.DeleteFunc(q.Before, func(w string) bool { return strings.HasPrefix(w, "-Wl,--dynamic-linker,") })
	}
	for _, p := range d.deps {
		if names, ok := port.CSymbols(d.t.Version, d.b.GOOS, d.b.GOARCH, p.ImportPath); ok && p.Cgo {
			q.Symbols = append(q.Symbols, names.All...)
		}
	}
	slices.Sort(q.Symbols)
	q.Symbols = slices.Compact(q.Symbols)
	d.own(&q, d.deps...)
	return q
}

// cgoLDFLAGS are the //go:cgo_ldflag words of all linked packages.
func (d *decision) cgoLDFLAGS() []string {
	var words []string
	for _, p := range d.deps {
		if !p.Cgo {
			continue
		}
		words = append(words, d.sanitize()...)
		words = append(words, d.b.Cgo.LDFLAGS...)
		words = append(words, p.Flags.LDFLAGS...)
		words = append(words, p.PkgConfigLDFLAGS...)
		if p.ObjC {
			words = append(words, "-lobjc")
		}
		if p.Fortran && strings.Contains(strings.Join(d.fortran(), " "), "gfortran") {
			words = append(words, "-lgfortran")
		}
	}
	return words
}
