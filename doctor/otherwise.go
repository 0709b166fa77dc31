package doctor

import (
	"context"
	"maps"
	"slices"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/load"
)

// unpinned reports whether it is left to the go command, and so to whether there
// is a C compiler, if cgo is on; up to Go 1.19 it is on in any case. When it compiles for another port, cgo is off
// everywhere.
func (f *Facts) unpinned() bool {
	_, set := f.setting("CGO_ENABLED")
	_, baked := f.Toolchain.Defaults["DefaultCGO_ENABLED"]
	host := f.Environment["GOHOSTOS"] + "/" + f.Environment["GOHOSTARCH"]
	return !set && !baked && !precompiles(f.Environment["GOVERSION"]) && f.Environment["GOOS"]+"/"+f.Environment["GOARCH"] == host
}

// otherwise predicts the programs with cgo off where it is on, and on where it
// is off, into other; leftOut are the programs that there are with cgo alone, where
// it is off. It asks the go command for nothing where no package of theirs cares.
func (s *session) otherwise(ctx context.Context, result load.Result, programs []Program, other map[string]link.Executable) (leftOut []Program) {
	if !s.caresForCgo(result, programs) {
		return nil
	}
	b := s.build
	b.CgoEnabled = !b.CgoEnabled
	swapped := s.known(result).Programs(ctx, s.request.For(s.request.Patterns), s.local, b)[0]
	if swapped.Err != nil {
		return nil
	}
	t := &session{options: s.options, request: s.request, env: s.env, build: b, toolchain: s.toolchain, host: s.host, local: s.local,
		archives: map[string]*archives{}}
	if b.CgoEnabled {
		t.host = anyCompiler{s.host}
	}
	for _, p := range t.predict(ctx, swapped.Programs) {
		if p.BuildError == "" && s.build.CgoEnabled {
			p.BuildError, p.BuildErrorCertainty = swapped.CompileError(p.Package)
		}
		other[p.Package] = p.Executable
	}
	if !s.build.CgoEnabled {
		return s.leftOut(programs, swapped.Programs)
	}
	var off link.Graph
	if len(swapped.Programs) > 0 {
		off = swapped.Programs[0].Graph
	}
	for i, p := range programs {
		if _, there := other[p.Package]; !there && off[p.Package] == nil {
			other[p.Package] = vanished(result.Programs[i].Main, b)
		}
	}
	tellWithout(programs, other, result, off)
	return nil
}

// leftOut are the programs of the build with cgo that are none without.
func (s *session) leftOut(programs []Program, with []link.Program) (all []Program) {
	for _, p := range with {
		if !slices.ContainsFunc(programs, func(q Program) bool { return q.Package == p.Main.ImportPath }) {
			left := Program{Executable: link.Executable{Package: p.Main.ImportPath, Dir: p.Main.Dir, Build: s.build}}
			left.typed, left.arguments, left.output = s.place(), s.arguments(&left), s.output(&left)
			all = append(all, left)
		}
	}
	return all
}

// vanished is a program of which no file is left without cgo: then go list does
// not match it, and go build says so. Files that were left out before may be for
// that, and of a package that is no program.
func vanished(p *link.Package, b link.Build) link.Executable {
	e := link.Executable{Package: p.ImportPath, Dir: p.Dir, Build: b, BuildErrorCertainty: link.Exact,
		BuildError: "build constraints exclude all Go files in " + p.Dir}
	if len(p.GoLeftOut) > 0 {
		e.BuildErrorCertainty = link.AtLeast
	}
	return e
}

// known are the packages that were listed so far, first those of the session's
// own build.
func (s *session) known(first load.Result) *load.Lists {
	if s.lists == nil {
		s.lists = load.Known(s.build, first)
	}
	return s.lists
}

// caresForCgo reports whether cgo is a cause of any program, or may be one if it
// were on.
func (s *session) caresForCgo(result load.Result, programs []Program) bool {
	if s.build.CgoEnabled {
		return slices.ContainsFunc(programs, func(p Program) bool {
			return p.BuildError != "" || len(p.Causes) > 0
		}) || len(result.Programs) > 0 && slices.ContainsFunc(slices.Collect(maps.Values(result.Programs[0].Graph)), func(p *link.Package) bool { return p.CgoTagged })
	}
	if len(result.Programs) == 0 {
		return false
	}
	for name, pkg := range result.Programs[0].Graph { // which is that of all
		if len(pkg.LostFiles()) > 0 || slices.Contains([]string{"net", "os/user", "plugin"}, name) {
			return true
		}
	}
	return false
}

// anyCompiler is a machine with a C compiler of which nothing else is known.
type anyCompiler struct{ machine }

func (anyCompiler) find(string) (string, bool) { return "", false }

func (anyCompiler) ask(context.Context, map[string]link.Question) map[string]link.Answer {
	return map[string]link.Answer{}
}

func (anyCompiler) archives(context.Context, link.Build, string) *archives {
	none := func() map[string]link.CgoArchive { return nil }
	return &archives{remembered: none, ask: func() (map[string]link.CgoArchive, string) { return nil, "" }}
}
