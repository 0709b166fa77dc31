package doctor

import (
	"cmp"
	"context"
	"fmt"
	"go/version"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
	"github.com/goportdoctor/goportdoctor/internal/cause"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/load"
	"github.com/goportdoctor/goportdoctor/internal/remedy"
	"github.com/goportdoctor/goportdoctor/internal/target"
)

// lastResorts are for a program that no setting has run everywhere: other modules
// in the place of those with C, the imports that would have to go, and the
// targets that it runs on as it is.
func (s *session) lastResorts(p *patient) []Remedy {
	return slices.Concat(instead(p), s.takeOut(p), olderImage(p), elsewhereAsIs(p))
}

// instead names modules without C.
func instead(p *patient) []Remedy {
	var all []Remedy
	for _, pkg := range p.situation.Packages {
		if row, _ := remedy.Lookup(pkg); len(row.Instead) > 0 {
			all = append(all, inPlaceOf(pkg.ImportPath, row.Instead))
		}
	}
	return all
}

func inPlaceOf(pkg string, modules []string) Remedy {
	return newRemedy(fmt.Sprintf("%s in the place of %s", strings.Join(modules, ", or "), pkg))
}

// takeOut is the cut: the fewest imports that have to go.
func (s *session) takeOut(p *patient) []Remedy {
	smallest, then := cause.CutCgo, "it is free of cgo without the import of "
	if flags := cgoFlags(s.build, p.link); len(flags) > 0 {
		then = "it is free of cgo, but for " + strings.Join(flags, " ") + ", without the import of "
	}
	if !p.program.Build.CgoEnabled && p.program.BuildError != "" {
		smallest, then = cause.CutMissing, "it builds with cgo off without the import of "
	}
	cut, ok := smallest(p.link.Graph, p.link.Main.ImportPath)
	switch {
	case !ok:
		return []Remedy{newRemedy("no import of your own that could be taken out would free it of cgo: that comes with other modules")}
	case len(cut) == 0:
		return nil
	}
	positions := load.Positions{Dir: s.dir(), Overlay: s.overlay}
	var words []string
	for i, e := range cut {
		if i == mostCutNamed {
			words = append(words, fmt.Sprintf("and %d more (goportdoctor why C)", len(cut)-i))
			break
		}
		at := ""
		if position := positions.Of(p.link.Graph[e.From], e.To); position != "" {
			at = " (" + position + ")"
		}
		words = append(words, e.From+" → "+e.To+at)
	}
	return []Remedy{newRemedy(then + strings.Join(words, ", "))}
}

// mostCutNamed are as many imports as a remedy names.
const mostCutNamed = 4

// elsewhereAsIs names known targets that the program runs on as it is.
func elsewhereAsIs(p *patient) []Remedy {
	if p.program.BuildError != "" || p.program.Linkage.Certainty == link.Unknown {
		return nil
	}
	r := newRemedy("")
	for _, t := range target.Known() {
		wanted := slices.ContainsFunc(p.wants, func(w *target.Target) bool { return w.Name == t.Name })
		if !wanted && target.Judge(&p.program.Executable, t).Verdict == target.Runs {
			r.RunsOn = append(r.RunsOn, t.Name)
		}
	}
	if len(r.RunsOn) == 0 {
		return nil
	}
	r.Message = "another base image: as it is, it runs on " + strings.Join(r.RunsOn[:min(len(r.RunsOn), 4)], ", ")
	return []Remedy{r}
}

// olderImage names the distribution with the newest C library that is old enough
// to link with.
func olderImage(p *patient) []Remedy {
	var best *target.System
	r := newRemedy("")
	for _, t := range target.Known() {
		sys := t.For(p.program.Build.GOARCH)
		if sys == nil || sys.Libc != "glibc" || !t.Builds() || best != nil && link.CompareVersions(best.Version, sys.Version) >= 0 {
			continue
		}
		elsewhere := slices.DeleteFunc(slices.Clone(p.wants), func(w *target.Target) bool { return w.Name == t.Name })
		if e, ok := linkedOn(p.program.Executable, sys); ok && runsOnAll(&e, elsewhere) {
			best = sys
			r.Message = fmt.Sprintf("an older build image: linked with glibc %s, as %s has it, it needs nothing newer; its C code has to compile there", sys.Version, t.Name)
		}
	}
	if best == nil {
		return nil
	}
	for _, w := range p.wants {
		r.RunsOn = append(r.RunsOn, w.Name)
	}
	return []Remedy{r}
}

func runsOnAll(e *link.Executable, wants []*target.Target) bool {
	return !slices.ContainsFunc(wants, func(w *target.Target) bool { return target.Judge(e, w).Verdict != target.Runs })
}

// linkedOn is a program as a link on a system with an older glibc makes it, with
// all that it may need; false where that cannot be told.
func linkedOn(e link.Executable, sys *target.System) (link.Executable, bool) {
	most := cmp.Or(e.Most, e.Object)
	if e.BuildError != "" || e.Glibc.Value == "" || link.CompareVersions(sys.Version, e.Glibc.Value) >= 0 || most == nil || e.Most == nil && e.Needed.Certainty != link.Exact {
		return e, false
	}
	o, ok := sys.Linked(most)
	e.Object, e.Most = o, nil
	for _, c := range []*link.Certainty{&e.Needed.Certainty, &e.RPath.Certainty, &e.RunPath.Certainty, &e.Glibc.Certainty} {
		*c = link.Exact
	}
	return e, ok
}

// otherToolchain tries toolchains that are on this machine, for a program whose
// dynamic linker is that of the toolchain itself. Where none is, the release to
// be had is named.
func (s *session) otherToolchain(ctx context.Context, p *patient) []Remedy {
	baked := p.program.Interpreter.Source == link.SourceGOLDSO || p.program.Interpreter.Source == link.SourceGOROOTArchive
	if !baked && len(s.toolchain.LinkerLoaders) == 0 || s.options.Facts != nil {
		return nil
	}
	there := s.toolchainsHere()
	for _, release := range there {
		o := s.options
		o.Env = append(slices.Clip(o.Env), "GOTOOLCHAIN="+release)
		o.Patterns = p.program.names(p.program.arguments)
		t := trial{Plan: p.situation.Plan()}
		t.Env = []string{"GOTOOLCHAIN=" + release}
		if t.Program = predictOne(ctx, o); t.Package == "" {
			continue
		}
		if t.judge(p.wants); p.better(t) {
			r := s.remedyOf(p, t)
			r.Message = "Go's own " + release + ", which has no dynamic linker of this machine's in it"
			return []Remedy{r}
		}
	}
	release, _, _ := strings.Cut(s.env["GOVERSION"], " ")
	return []Remedy{newRemedy(fmt.Sprintf("Go's own %s has no dynamic linker of this machine's in it; it is not on this machine, and nothing was fetched (GOTOOLCHAIN=%s fetches it)",
		plainRelease(release), plainRelease(release)))}
}

// predictOne is one program, empty where it cannot be told.
func predictOne(ctx context.Context, o Options) Program {
	ctx, cancel := context.WithCancel(ctx)
	t := newSession(o)
	defer t.background.Wait()
	defer cancel()
	if err := t.open(ctx); err != nil {
		return Program{}
	}
	result := t.programs(ctx)
	if result.Err != nil || len(result.Programs) != 1 {
		return Program{}
	}
	return t.predict(ctx, result.Programs)[0]
}

// plainRelease is a version without what a packager adds to it.
func plainRelease(v string) string {
	for i, r := range v {
		if i >= len("go") && (r < '0' || r > '9') && r != '.' {
			return v[:i]
		}
	}
	return v
}

// toolchainsHere are the releases in the module cache that are no older than the
// one in use, the nearest first.
func (s *session) toolchainsHere() []string {
	at := filepath.Join(s.env["GOMODCACHE"], "golang.org")
	entries, _ := bounded.ReadDir(at, bounded.Entries) // a module cache without any has no such folder
	var releases []string
	for _, e := range entries {
		release, is := strings.CutPrefix(e.Name(), "toolchain@v0.0.1-")
		release, ours := strings.CutSuffix(release, "."+s.env["GOHOSTOS"]+"-"+s.env["GOHOSTARCH"])
		if !is || !ours {
			continue
		}
		_, err := os.Stat(filepath.Join(at, e.Name(), "bin", "go"))
		newer := version.IsValid(release) && version.Compare(release, plainRelease(s.env["GOVERSION"])) >= 0
		if err == nil && newer {
			releases = append(releases, release)
		}
	}
	slices.SortFunc(releases, version.Compare)
	return releases[:min(len(releases), 2)]
}
