// Releases of Go from before those whose source is known. Their rules were never
// read function by function, so that most of what they do is unknown here; but
// how they link a plain build is what every release up to go1.19 has in common:
// Go's linker alone makes it, and what it knows of C it takes from the archives
// that came with that Go.

package predict

import (
	"cmp"
	"fmt"
	"go/version"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/port"
)

// Old reports whether a release is older than all whose rules are known.
func Old(release string) bool {
	release, _, _ = strings.Cut(release, " ")
	return version.IsValid(release) && version.Compare(version.Lang(release), port.Releases()[0]) < 0
}

// oldRules are the steps of decide for such a release.
func (d *decision) oldRules() []func() {
	return []func(){func() { d.fail(d.flags.err) }, d.oldPlain, d.foreignTools, d.closure, d.oldErrors, d.oldMode}
}

// oldPlain makes doubtful what is no plain build for the port that this was
// tried on, with go1.14 to go1.18.
func (d *decision) oldPlain() {
	d.old, d.buildmode = true, "exe"
	d.port, _ = port.Lookup(port.Releases()[0], d.b.GOOS, d.b.GOARCH)
	why := ""
	switch f := d.flags; {
	case d.b.GOOS+"/"+d.b.GOARCH != "linux/amd64":
		why = "for " + d.b.GOOS + "/" + d.b.GOARCH
	case d.b.BuildMode != "default" && d.b.BuildMode != "exe":
		d.buildmode, why = d.b.BuildMode, "-buildmode="+d.b.BuildMode
	case d.b.Race || d.b.MSan || d.b.ASan || d.b.LinkShared || d.b.All:
		why = "with these flags"
	case f.linkmode != "auto" || f.interpreter != "" || f.rpath != "" || f.static || f.buildmode != "" || f.linkshared:
		why = "with these -ldflags"
	case d.extLink() != "":
		why = "with GO_EXTLINK_ENABLED"
	}
	d.oldDoubt(why)
}

func (d *decision) oldDoubt(why string) {
	if why != "" && d.doubt == "" {
		d.doubt = fmt.Sprintf("how %s links %s is not known: the oldest release whose rules are is %s", d.t.Version, why, port.Releases()[0])
	}
}

func (d *decision) oldErrors() {
	for _, p := range slices.Backward(d.deps) {
		d.fail(p.Error)
	}
}

// oldMode is internal: nothing but the cgo packages of the standard library,
// compiled as they came, is linked.
func (d *decision) oldMode() {
	d.reason = "no package uses cgo"
	for _, p := range d.deps {
		switch {
		case p.Cgo && !slices.Contains(oldCgo, p.ImportPath):
			d.oldDoubt("the C code of " + p.ImportPath)
		case len(p.Syso) > 0 && p.ImportPath != "runtime/race":
			d.oldDoubt("the object files of " + p.ImportPath)
		case len(p.DynImports) > 0:
			d.oldDoubt("what " + p.ImportPath + " imports dynamically")
		}
	}
	if d.iscgo {
		d.reason = "all C code is in packages that the linker takes in itself: " + strings.Join(d.cgoNames(), ", ")
	}
}

var oldCgo = []string{"runtime/cgo", "net", "os/user"}

// oldLink fills in an executable of a plain build. What a runtime/cgo would name
// that is compiled anew is not foreseen.
func (d *decision) oldLink(e *executable) {
	e.LinkMode = d.linkMode()
	if !d.iscgo {
		e.Linkage = link.Text{Value: link.LinkageStatic, Because: "nothing is imported dynamically", Certainty: link.Exact}
		return
	}
	in := dynamic{libsCertainty: link.Exact, symbols: map[string]string{}}
	for _, p := range d.internalCgo() {
		archive, compiled := d.machine.Archives[p.ImportPath]
		compiled = compiled && archive.Source == link.SourceGOROOTArchive
		switch {
		case compiled && p.ImportPath == "runtime/cgo":
			in.loader, in.from = archive.Loader, archive
		case p.ImportPath == "runtime/cgo":
			d.oldDoubt("a runtime/cgo that it compiles anew")
			e.unknown(cmp.Or(d.machine.ArchivesUnknown, d.doubt))
			return
		case !compiled:
			// It imports what it did, and the libraries that C functions are in may
			// be others by now.
			in.libsCertainty = link.AtLeast
		}
		d.take(&in, p, archive.Libs, archive.Symbols)
	}
	e.Linkage = link.Text{Value: link.LinkageDynamic, Because: in.because(d), Certainty: link.Exact}
	e.Interpreter = d.cgoLoader(in)
	e.Needed = list(in.libsBecause(), in.libsCertainty, in.libs...)
	e.Glibc = link.Text{Because: "which C names are left of those of " + d.t.Version + " is not known", Certainty: link.Unknown}
}
