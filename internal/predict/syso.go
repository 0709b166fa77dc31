// What becomes of a package's .syso files: which the go command refuses, which
// only the external linker takes, which neither does. Only their first bytes
// are known, so what is said of one that is not an object for this port is that
// the build fails, and of one that may still be linked that it is unknown.

package predict

import (
	"path/filepath"
	"slices"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// refusedObject mirrors cmd/go/internal/work.checkLinkerInputFile of go1.26.11
// and go1.27.4, for .syso files, as far as their first bytes tell.
func (d *decision) refusedObject(p *link.Package) string {
	if !hardened(d.t.Rules["cgo"]) {
		return ""
	}
	for _, o := range p.HostObjects {
		at := filepath.Join(p.Dir, o.File)
		switch {
		case o.Error != "":
			return o.Error
		case o.Short:
			return "invalid object file in .syso: " + at
		case o.Format == link.ObjectArchive:
			return "archive not allowed as .syso in .syso: " + at
		case !recognized(o), o.Format == link.ObjectGo:
			return "invalid linker input file in .syso: " + at + " (unrecognized binary format)"
		}
	}
	return ""
}

// recognized reports whether cmd/link takes a file for an object that it can
// read (cmd/link/internal/ld/lib.go:ldobj).
func recognized(o link.HostObject) bool {
	switch o.Format {
	case link.FormatELF, link.FormatMachO, link.FormatPE, link.FormatXCOFF, link.ObjectGo:
		return true
	}
	return o.Error != ""
}

// unrecognized reports whether there is a .syso file whose format forces external
// linking.
func (d *decision) unrecognized() bool {
	return slices.ContainsFunc(d.deps, func(p *link.Package) bool {
		return slices.ContainsFunc(p.HostObjects, func(o link.HostObject) bool { return !recognized(o) })
	})
}

// badObjects are the links that fail for a .syso file, or that may.
func (d *decision) badObjects() {
	if d.doubt != "" || d.buildError != "" || d.buildmode == "c-archive" {
		return // an archive takes any file in
	}
	for _, p := range d.deps {
		for _, o := range p.HostObjects {
			d.badObject(p, o)
		}
	}
}

func (d *decision) badObject(p *link.Package, o link.HostObject) {
	file := p.ImportPath + ": " + o.File
	switch {
	case d.buildError != "" || d.doubt != "":
	case o.Error != "":
		d.doubt = file + " cannot be read: " + o.Error
	case o.Format == link.ObjectGo:
		d.mayFail("truncated object file: " + o.File)
	case o.Format == link.ObjectArchive, o.Format == link.ObjectBitcode:
		d.doubt = file + " is " + named[o.Format] + ", which the linker leaves to the C compiler"
	case !recognized(o) && o.Format == "":
		d.doubt = file + " is " + named[""] + ", and linkers take text for a script of theirs"
	case !recognized(o):
		d.mayFail("running " + d.cc() + " failed: " + file + " is " + named[o.Format])
	case o.Format == link.FormatELF:
		d.badELF(o, file)
	case o.Format != d.port.Format && (o.Format != link.FormatPE || d.external):
		d.doubt = file + " is an object of another system than " + d.b.GOOS
	}
}

var named = map[string]string{
	"":                 "no object file of a known format",
	link.ObjectLFS:     "a pointer that Git LFS has not replaced by the file",
	link.ObjectArchive: "an archive",
	link.ObjectBitcode: "LLVM bitcode",
}

// badELF mirrors the refusals at the beginning of
// cmd/link/internal/loadelf.Load. The system's linkers have others.
func (d *decision) badELF(o link.HostObject, file string) {
	words := ""
	switch {
	case !o.Relocatable:
		words = "elf but not elf relocatable object"
	case family(o.GOARCH) != family(d.b.GOARCH):
		words = "elf object but not " + family(d.b.GOARCH)
	}
	switch {
	case words == "":
	case d.external:
		d.mayFail("running " + d.cc() + " failed: " + file + ": " + words)
	default:
		d.fail("loadelf: " + o.File + ": " + words)
	}
}

// family is what cmd/link calls all byte orders of one machine.
func family(goarch string) string {
	switch goarch {
	case "mipsle", "mips64le", "ppc64le":
		return goarch[:len(goarch)-len("le")]
	}
	return goarch
}

// mayFail is for a build that fails by all that is known here, in words that
// are not foreseen.
func (d *decision) mayFail(words string) {
	if d.buildError == "" {
		d.buildError, d.buildErrorCertainty = words, link.AtLeast
	}
}
