// Which loader does an executable name that cmd/link makes by itself: that of
// -I, of runtime/cgo, of GO_LDSO, of the port?

package predict

import (
	"fmt"
	"path/filepath"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// internalInterpreter mirrors the choice in cmd/link/internal/ld/elf.go:asmbElf.
func (d *decision) internalInterpreter(in dynamic) link.Interpreter {
	if !d.relies("asmbElf") {
		return unknownInterpreter(d.doubt)
	}
	switch {
	case d.flags.interpreter != "":
		return link.Interpreter{Value: d.flags.interpreter, Source: link.SourceFlagI, Because: "-ldflags=-I", Certainty: link.Exact}
	case in.loader != "":
		return d.cgoLoader(in)
	case d.t.GOLDSOEnv && d.b.LDSO != "":
		return link.Interpreter{Value: d.b.LDSO, Source: link.SourceGOLDSO,
			Because: "GO_LDSO=" + d.b.LDSO + " in the environment, which the linker of this " + d.t.Version + d.by() + " reads", Certainty: link.Exact}
	case !d.relies("GO_LDSO"):
		return unknownInterpreter(d.strange("GO_LDSO"))
	case d.t.GOLDSO != "" && d.b.GOOS+"/"+d.b.GOARCH == d.t.Host:
		return link.Interpreter{Value: d.t.GOLDSO, Source: link.SourceGOLDSO,
			Because: "GO_LDSO baked into this " + d.t.Version + d.by() + ": " + d.t.GOLDSOAt, Certainty: link.Exact}
	case !d.relies(d.loaderRule()):
		return unknownInterpreter(d.strange(d.loaderRule()))
	case d.port.Loader == "":
		return unknownInterpreter("cmd/link has no loader for " + d.b.GOOS + "/" + d.b.GOARCH)
	}
	return d.portLoader()
}

// portLoader is the linker's own loader for the port, or what a packager wrote
// in its place, unless only musl's is here.
func (d *decision) portLoader() link.Interpreter {
	loader, because := d.port.Loader, fmt.Sprintf("cmd/link's default for %s/%s", d.b.GOOS, d.b.GOARCH)
	if p := d.t.LinkerLoaders[d.loaderRule()]; d.b.GOOS == "linux" && p.Value != "" {
		loader, because = p.Value, fmt.Sprintf("%s:%d: written into the linker of this %s%s", p.File, p.Line, d.t.Version, d.by())
	}
	if d.b.GOOS == "linux" && !d.t.Loaders[loader] && d.port.MuslLoader != "" && d.t.Loaders[d.port.MuslLoader] {
		return link.Interpreter{Value: d.port.MuslLoader, Source: link.SourcePortMusl,
			Because: loader + " is not on this machine, and " + d.port.MuslLoader + " is", Certainty: link.Exact}
	}
	return link.Interpreter{Value: loader, Source: link.SourcePort, Because: because, Certainty: link.Exact}
}

func unknownInterpreter(because string) link.Interpreter {
	return link.Interpreter{Source: link.SourceNone, Because: because, Certainty: link.Unknown}
}

// cgoLoader is the loader that runtime/cgo names: the one that CC gives, or
// that a CC of earlier gave where the build takes it compiled.
func (d *decision) cgoLoader(in dynamic) link.Interpreter {
	i := link.Interpreter{Value: in.loader, Certainty: link.Exact}
	switch {
	case in.asks && in.answer.Interp == in.loader && in.from.Source != link.SourceGOROOTArchive:
		i.Source, i.Because = in.answer.Source, in.answer.Because
	case in.from.File != "":
		i.Source = in.from.Source
		i.Because = "runtime/cgo was compiled earlier, as " + filepath.Base(in.from.File) + " of the build cache, and names it"
		if i.Source == link.SourceGOROOTArchive {
			i.Because = in.from.File + " of this " + d.t.Version + ", precompiled" + d.by() + ", names " + in.loader
		}
		i.Because += "; " + d.brings() + " brings it into " + d.main.ImportPath
	}
	if in.from.File == "" && d.machine.ArchivesUnknown != "" && !d.b.All {
		// A runtime/cgo compiled earlier may name another one (FAILURES K05).
		i.Certainty = link.Unknown
		i.Because = d.machine.ArchivesUnknown + "; " + d.cc() + " would give it"
	}
	return i
}

// by names the packager of the toolchain, as " by Homebrew".
func (d *decision) by() string {
	if d.t.Packager == "" {
		return ""
	}
	return " by " + d.t.Packager
}

// brings is the package for which runtime/cgo is linked: the first of the causes
// that is not runtime/cgo itself.
func (d *decision) brings() string {
	via := d.chains()
	best, most := "runtime/cgo", 0
	for _, name := range d.cgoNames() {
		if n := len(chainTo(via, name)); name != best && n > 0 && (most == 0 || n < most) {
			best, most = name, n
		}
	}
	return best
}
