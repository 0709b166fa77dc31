package load

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/parallel"
)

// listFields are the fields of go list that linking depends on. Asking for all
// of them costs several times as much (go list -json without names computes
// build IDs). EmbedFiles are asked for since only then go list says which
// patterns of //go:embed match nothing.
const listFields = "ImportPath,Name,Dir,Standard,DepOnly,ForTest,Module,Imports,ImportMap,GoFiles,IgnoredGoFiles,IgnoredOtherFiles,EmbedFiles," +
	"CgoFiles,CFiles,CXXFiles,MFiles,FFiles,HFiles,SwigFiles,SwigCXXFiles,SysoFiles,SFiles," +
	"CgoCPPFLAGS,CgoCFLAGS,CgoCXXFLAGS,CgoFFLAGS,CgoLDFLAGS,CgoPkgConfig,Error"

// A Result is what go list answered for one build.
type Result struct {
	Programs []link.Program // main packages that match the patterns, in the go command's order
	Err      error          // why there are no packages to speak of
	Matched  int            // packages, main or not, that match the patterns
	Overlay  Overlay        // of the builds
	Amiss    []string       // what the go command says of each pattern that stands for no package

	build  link.Build // that was listed
	listed []*listed  // what go list said, nil where it said it of another build

	compilation *compilation // nil where there was no build before
}

// Programs lists the main packages that the request's patterns match, once for
// each build, in the builds' order. Builds with the same graph share one run.
func Programs(ctx context.Context, r Request, env Env, builds ...link.Build) []Result {
	return (&Lists{}).Programs(ctx, r, env, builds...)
}

// Lists remembers what was listed of the packages of one request, so that builds
// that come later share it.
type Lists struct {
	first Result // from which others can be derived
	runs  map[string]*run
}

// Known has what is listed for one build already.
func Known(b link.Build, r Result) *Lists {
	done := &run{result: r}
	done.once.Do(func() {})
	return &Lists{r, map[string]*run{graphKey(b): done}}
}

// A run is one go list.
type run struct {
	once   sync.Once
	result Result
}

// Programs lists as the function does, but for what is known.
func (l *Lists) Programs(ctx context.Context, r Request, env Env, builds ...link.Build) []Result {
	if l.runs == nil {
		l.runs = map[string]*run{}
	}
	runs := l.runs
	scans := openScans(r.CacheDir, env["GOVERSION"])
	scans.goroot, scans.dir, scans.locals = env["GOROOT"], r.dir(), locals(r, env)
	if len(builds) > 0 {
		scans.overlay = readOverlay(builds[0].Overlay, r.Dir) // the request's flags are every build's
	}
	results := make([]Result, len(builds))
	refusal, stamps := r.cacheError(env), r.stampErrors(env)
	slots := make(chan struct{}, max(runtime.GOMAXPROCS(0), 1))
	var wg parallel.Group
	for i, b := range builds {
		key := graphKey(b)
		if runs[key] == nil {
			runs[key] = &run{}
		}
		g := runs[key]
		wg.Go(func() {
			g.once.Do(func() {
				slots <- struct{}{}
				defer func() { <-slots }()
				g.result = l.list(ctx, r, env, b, scans)
				if len(g.result.Programs) > 0 {
					findPkgConfig(ctx, r, b, env, g.result.Programs[0].Graph)
				}
			})
			results[i] = withFlags(g.result, matcher{r.dir(), env["GOVERSION"], env["GOMOD"]}, b, scans.overlay)
			results[i].refuse(func(link.Program) string { return cmp.Or(refusal, r.go386Error(b)) })
			results[i].refuseStamps(func(p *link.Package) stampError { return stamps(b, p) })
		})
	}
	wg.Wait()
	scans.save()
	return results
}

// refuse gives each program that has none yet the go command's refusal.
func (r *Result) refuse(words func(link.Program) string) {
	for i, p := range r.Programs {
		if p.Error == "" {
			r.Programs[i].Error = words(p)
		}
	}
}

// cacheError is what go build, and not go list, says of a build cache that it
// cannot have (cmd/go/internal/cache.initDefaultCache), "" where it can, or where
// another machine builds. Since go env may say "off" of any, the setting tells why.
func (r Request) cacheError(env Env) string {
	const lost = "build cache is required, but could not be located: GOCACHE is not "
	set := r.setting("GOCACHE")
	switch {
	case r.PkgConfig != nil:
	case set == "off":
		return "build cache is disabled by GOCACHE=off, but required as of Go 1.12"
	case set != "" && !filepath.IsAbs(set):
		return lost + "an absolute path"
	case set == "" && env["GOCACHE"] == "off":
		return lost + "defined"
	}
	return ""
}

// go386Error is what the compiler, and not go list, says of a GO386 that it does
// not know (cmd/compile/internal/x86.Init).
func (r Request) go386Error(b link.Build) string {
	if b.GOARCH != "386" || r.PkgConfig != nil {
		return ""
	}
	switch v := r.setting("GO386"); v {
	case "", "sse2", "softfloat":
		return ""
	case "387":
		return "unsupported setting GO386=387. Consider using GO386=softfloat instead."
	default:
		return "unsupported setting GO386=" + v
	}
}

// withFlags gives each program what its own build has for the linker, the compiler
// and the assembler.
func withFlags(shared Result, m matcher, b link.Build, overlay Overlay) Result {
	result := shared
	result.Overlay = overlay
	result.Programs = make([]link.Program, len(shared.Programs))
	values := map[string][]string{}
	for _, f := range b.Flags {
		name, v, _ := strings.Cut(f, "=")
		values[name] = append(values[name], v)
	}
	for i, p := range shared.Programs {
		p.LDFlags = perPackage(values["-ldflags"], p.Main, true, m)
		p.ToolFlags = toolFlags(values, p, m)
		result.Programs[i] = p
	}
	return result
}

// toolFlags are the distinct lists of what -gcflags and -asmflags have for a
// program's packages. The assembly of a package that uses cgo is the C compiler's.
func toolFlags(values map[string][]string, p link.Program, m matcher) (all []link.ToolFlags) {
	for _, of := range []struct {
		tool, flag string
		runs       func(*link.Package) bool
	}{
		{"compile", "-gcflags", func(q *link.Package) bool { return len(q.GoFiles)+len(q.CgoFiles) > 0 }},
		{"asm", "-asmflags", func(q *link.Package) bool { return len(q.Assembly) > 0 && !q.Cgo }},
	} {
		if len(values[of.flag]) == 0 {
			continue
		}
		distinct := map[string]link.ToolFlags{}
		for _, q := range p.Graph {
			if words := perPackage(values[of.flag], q, q == p.Main, m); len(words) > 0 && of.runs(q) {
				distinct[strings.Join(words, "\x00")] = link.ToolFlags{Tool: of.tool, Words: words}
			}
		}
		for _, key := range slices.Sorted(maps.Keys(distinct)) {
			all = append(all, distinct[key])
		}
	}
	return all
}

// list has the packages of a build derived from those of the first one, or else
// lists them.
func (l *Lists) list(ctx context.Context, r Request, env Env, b link.Build, scans *scans) Result {
	result := Result{}
	if ls := derive(ctx, r, l.first, b, scans); ls != nil {
		result = read(ls, b, scans, "")
	} else {
		result = list(ctx, r, env, b, scans)
	}
	if len(l.first.Programs) > 0 && len(result.Programs) > 0 {
		result.compilation = &compilation{before: l.first.Programs[0].Graph, graph: result.Programs[0].Graph, build: b, overlay: scans.overlay,
			ported: b.GOOS != l.first.build.GOOS || b.GOARCH != l.first.build.GOARCH, release: scans.release}
	}
	return result
}

func list(ctx context.Context, r Request, env Env, b link.Build, scans *scans) Result {
	var ls []*listed
	var err error
	if l := r.ahead(env, b); l != nil {
		ls, err = l()
	} else {
		ls, err = runList(ctx, r, b)
	}
	refusal := ""
	if e, ok := err.(*Error); ok && len(ls) == 0 {
		// A refused mode stops the go command before it looks at packages;
		// without the mode it still names the programs that cannot be built.
		if plain, changed := withoutMode(b); changed {
			// GOFLAGS are among the build's flags. An empty value would have the
			// go command take the one that go env -w wrote.
			r.Env = append(slices.Clip(r.Env), "GOFLAGS=-tags=")
			if again, err2 := runList(ctx, r, plain); err2 == nil {
				ls, err, refusal = again, nil, goWords(e.Said)
			}
		}
	}
	if err != nil && len(ls) == 0 {
		return Result{Err: err}
	}
	result := read(ls, b, scans, refusal)
	if refusal == "" && err == nil {
		result.build, result.listed = b, ls
	}
	return result
}

// runList reads packages while the go command still prints others.
func runList(ctx context.Context, r Request, b link.Build) ([]*listed, error) {
	return runListWith(ctx, r, graphEnv(b), listArgs(b))
}

func runListWith(ctx context.Context, r Request, env, flags []string) ([]*listed, error) {
	ls, err := runListJSON(ctx, r, "-json="+listFields, env, flags)
	if e, ok := err.(*Error); ok && len(ls) == 0 && strings.Contains(e.Said, "for -json: parse error") {
		return runListJSON(ctx, r, "-json", env, flags) // up to go1.18 it takes no names
	}
	return ls, err
}

// runOnly lists the packages of the request alone, not those that they import.
func runOnly(ctx context.Context, r Request, b link.Build) ([]*listed, error) {
	return runListArgs(ctx, r, []string{"list", "-e", "-json=" + listFields}, graphEnv(b), listArgs(b))
}

func runListJSON(ctx context.Context, r Request, fields string, env, flags []string) ([]*listed, error) {
	return runListArgs(ctx, r, []string{"list", "-e", "-deps", fields}, env, flags)
}

// unstamped keeps the go command from running a version control system, which
// obeys the configuration of the repository. The last value of a flag counts.
const unstamped = "-buildvcs=false"

// knowsNoStamps reports whether the go command refused unstamped: up to go1.17 it
// stamps nothing.
func knowsNoStamps(said string) bool {
	return strings.Contains(said, "flag provided but not defined: -buildvcs")
}

func runListArgs(ctx context.Context, r Request, args, env, flags []string) ([]*listed, error) {
	ls, err := runListFlags(ctx, r, args, env, append(slices.Clip(flags), unstamped))
	if e, ok := err.(*Error); ok && len(ls) == 0 && knowsNoStamps(e.Said) {
		return runListFlags(ctx, r, args, env, flags)
	}
	return ls, err
}

func runListFlags(ctx context.Context, r Request, args, env, flags []string) ([]*listed, error) {
	args = slices.Concat(args, flags)
	if r.Tests {
		args = append(args, "-test")
	}
	if r.Unprofiled {
		args = append(args, "-pgo=off")
	}
	args = append(append(args, "--"), r.Patterns...)
	var ls []*listed
	err := goStream(ctx, r, append(env, listEnv...), args, func(out io.Reader) error {
		in := bufio.NewReaderSize(out, 1<<16)
		if err := skipWarnings(in); err != nil {
			return err
		}
		dec := json.NewDecoder(in)
		for {
			l := new(listed)
			if err := dec.Decode(l); err != nil {
				if err == io.EOF {
					err = nil
				}
				return err
			}
			ls = append(ls, l)
		}
	})
	return ls, err
}

// skipWarnings reads up to the first line that begins an object: a go that is a
// script may print first.
func skipWarnings(in *bufio.Reader) error {
	for {
		first, err := in.Peek(1)
		if err == io.EOF || err == nil && first[0] == '{' {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := in.ReadString('\n'); err != nil && err != io.EOF {
			return err
		}
	}
}

// withoutMode is the build without the flags for which cmd/go refuses whole
// builds (work.instrumentInit, work.buildModeInit).
func withoutMode(b link.Build) (link.Build, bool) {
	flags := []string{}
	for _, f := range b.Flags {
		name, _, _ := strings.Cut(strings.TrimLeft(f, "-"), "=")
		switch name {
		case "race", "msan", "asan", "buildmode", "linkshared", "covermode", "cover":
		default:
			flags = append(flags, f)
		}
	}
	changed := len(flags) != len(b.Flags)
	b.Flags = flags
	return b, changed
}

// goWords drops what the go command puts before its words, what it says of
// downloads, for here it makes none of a toolchain, and how to use its command, which
// nobody typed.
func goWords(said string) string {
	var words []string
	for line := range strings.Lines(strings.TrimSpace(said)) {
		if line = strings.TrimPrefix(line, "go: "); !strings.HasPrefix(line, "downloading ") && !strings.HasPrefix(line, "usage: go ") && !strings.HasPrefix(line, "Run 'go help ") {
			words = append(words, line)
		}
	}
	return strings.TrimRight(strings.Join(words, ""), "\n")
}

func read(ls []*listed, b link.Build, scans *scans, refusal string) Result {
	result := Result{}
	graph := link.Graph{}
	var mains []*listed
	var all []*link.Package
	for _, l := range ls {
		l.plain()
		switch {
		case l.DepOnly:
		case l.noPackage():
			result.Amiss = append(result.Amiss, l.Error.words())
			continue
		default:
			result.Matched++
		}
		if graph[l.ImportPath] != nil {
			continue // the same package once more, compiled with another profile
		}
		p := l.pkg()
		graph[p.ImportPath] = p
		all = append(all, p)
		if !l.DepOnly && l.program() {
			mains = append(mains, l)
		}
	}
	scans.read(all, b)
	scans.order(all, b)
	scans.findUndefined(all, graph, b)
	for _, m := range mains {
		result.Programs = append(result.Programs, link.Program{Main: graph[m.ImportPath], Graph: graph, Error: refusal})
	}
	return result
}
