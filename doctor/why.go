package doctor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/cause"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/load"
	"github.com/goportdoctor/goportdoctor/internal/parallel"
)

// MostWays are as many ways as a WhyReport lists for one program.
const MostWays = 100

// A WhyReport says how a package comes into programs. It is the JSON output.
type WhyReport struct {
	Version     int          `json:"version"` // of the format: 1
	Tool        Tool         `json:"tool"`
	Environment Environment  `json:"environment"`
	Findings    []Finding    `json:"findings"` // what could not be answered
	Package     string       `json:"package"`  // that was asked for; "C" stands for all that use cgo
	Programs    []WhyProgram `json:"programs"`

	exists bool // Package does, or nobody can tell
}

// A WhyProgram is one main package, and the ways by which the package gets in.
type WhyProgram struct {
	Package string `json:"package"`
	Dir     string `json:"dir"`
	Ways    []Way  `json:"ways"` // the shortest first, MostWays at most
	// WaysTotal is how many ways there are, WaysCertainty whether that is exact.
	WaysTotal     int            `json:"ways_total"`
	WaysCertainty link.Certainty `json:"ways_certainty"`
	Off           Cut            `json:"cut_off"` // what takes the package out of the program
	Cut           Cut            `json:"cut"`     // what makes the program free of cgo
	UsesCgo       bool           `json:"uses_cgo"`
	// Flags are those that bring cgo in, whatever is imported.
	Flags []string `json:"flags"`
	// Broken is what is wrong with its packages, so that there may be other ways.
	Broken string `json:"-"`
	// Graph are the imports that all ways go through, the ones listed where
	// there are too many.
	Graph []cause.Edge `json:"-"`
	Whole bool         `json:"-"` // Graph has them all
}

// A Way is one chain of imports, from the main package to the package asked for.
type Way struct {
	Chain    []string `json:"chain"`
	Position string   `json:"position"` // of the import by which it leaves the user's own code
}

// A Cut is the smallest set of the user's own imports that have to go.
type Cut struct {
	Possible bool        `json:"possible"` // false where a way goes through other people's packages only
	Imports  []CutImport `json:"imports"`
}

// A CutImport is one package's import of another, in each file that has it.
type CutImport struct {
	From      string   `json:"from"`
	To        string   `json:"to"` // "C" where From itself uses cgo
	Positions []string `json:"positions"`
}

// Why says by which imports a package comes into each program that the patterns
// match (default ./...), and which of the user's own imports would have to go for
// the program to be without it, and free of cgo. Outside of any module it looks
// at each module below. What can be answered is in the report even where there
// is an error.
func Why(ctx context.Context, o Options, pkg string) (*WhyReport, error) {
	if o.Env == nil {
		o.Env = os.Environ()
	}
	r := newWhyReport(pkg)
	err := r.ask(ctx, o)
	if err == nil && !r.exists {
		err = fmt.Errorf("there is no package %q in the standard library, in the module, or in those that it requires", pkg)
		r.Findings = append(r.Findings, finding("pattern", Unknown, "", "", err.Error(), pkg))
		r.Programs = []WhyProgram{}
	}
	return r, err
}

func newWhyReport(pkg string) *WhyReport {
	return &WhyReport{Version: 1, Tool: ownTool(), Findings: []Finding{}, Package: pkg, Programs: []WhyProgram{}}
}

func (r *WhyReport) ask(ctx context.Context, o Options) error {
	err := r.why(ctx, o)
	if err != nil {
		r.exists = true
		r.Findings = append(r.Findings, unloaded(err))
	}
	return err
}

func (r *WhyReport) why(ctx context.Context, o Options) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // of what was begun and is not wanted
	if len(o.Patterns) == 0 {
		o.Patterns = []string{"./..."}
	}
	request := load.Request{Dir: o.Dir, Env: o.Env, Flags: o.Flags, Patterns: o.Patterns, CacheDir: o.CacheDir}
	request.Begin(ctx)
	env, err := load.Environment(ctx, request)
	if err != nil {
		return err
	}
	if dirs := modulesBelow(o.Dir); !env.InModule() && len(dirs) > 0 && slices.Equal(o.Patterns, []string{"./..."}) {
		return r.below(ctx, o, dirs)
	}
	if all := env.AllOfWorkspace(ctx, request); all != nil && slices.Equal(o.Patterns, []string{"./..."}) {
		request.Ask(all)
	}
	b, err := load.NewBuild(request, env)
	if err != nil {
		return err
	}
	r.Environment = Environment{GoVersion: env["GOVERSION"], GOROOT: env["GOROOT"], GOOS: b.GOOS, GOARCH: b.GOARCH, CgoEnabled: b.CgoEnabled, CC: env["CC"]}
	result := load.Programs(ctx, request, env, b)[0]
	switch {
	case result.Err != nil:
		return result.Err
	case result.Matched == 0 && len(result.Amiss) == 0:
		return fmt.Errorf("%s matched no packages", strings.Join(request.Patterns, " "))
	}
	for _, words := range result.Amiss {
		r.Findings = append(r.Findings, finding("pattern", Unknown, "", "", words, firstLine(words)))
	}
	r.trace(o, b, result)
	r.exists = r.exists || load.Exists(ctx, request, b, r.Package)
	return nil
}

// below asks in each module below the folder.
func (r *WhyReport) below(ctx context.Context, o Options, dirs []string) error {
	for _, dir := range dirs {
		in := o
		in.Dir = filepath.Join(o.Dir, dir)
		module := newWhyReport(r.Package)
		err := module.ask(ctx, in)
		r.exists = r.exists || module.exists
		if errors.Is(err, context.Canceled) {
			return err
		}
		r.Environment = module.Environment
		for _, f := range module.Findings {
			r.Findings = append(r.Findings, below(filepath.ToSlash(dir), f))
		}
		for _, p := range module.Programs {
			p.move(filepath.ToSlash(dir))
			r.Programs = append(r.Programs, p)
		}
	}
	return nil
}

// move gives positions as somebody above the module in dir sees them.
func (p WhyProgram) move(dir string) {
	at := func(position *string) {
		if *position != "" && !filepath.IsAbs(filepath.FromSlash(*position)) {
			*position = path.Join(dir, *position)
		}
	}
	for i := range p.Ways {
		at(&p.Ways[i].Position)
	}
	for _, imp := range slices.Concat(p.Off.Imports, p.Cut.Imports) {
		for i := range imp.Positions {
			at(&imp.Positions[i])
		}
	}
}

// A tracer finds the ways to one package in one graph, which many programs share.
type tracer struct {
	g         link.Graph
	to        string
	build     link.Build
	positions load.Positions
}

func (r *WhyReport) trace(o Options, b link.Build, result load.Result) {
	if len(result.Programs) == 0 {
		r.exists = true // there is nothing that it could be in
		return
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		dir = o.Dir
	}
	t := &tracer{g: result.Programs[0].Graph, build: b, positions: load.Positions{Dir: dir, Overlay: result.Overlay}}
	t.to = t.find(r.Package, dir)
	r.Package, r.exists = t.to, t.to == "C" || t.g[t.to] != nil
	programs := make([]WhyProgram, len(result.Programs))
	parallel.Each(len(programs), func(i int) { programs[i] = t.program(result.Programs[i]) })
	for i, p := range result.Programs {
		if words := programs[i].Broken; words != "" {
			r.Findings = append(r.Findings, finding("load", Unknown, p.Main.ImportPath, errorPosition(words),
				p.Main.ImportPath+" does not load, so that imports may be missing: "+words, firstLine(words)))
		}
	}
	r.Programs = append(r.Programs, programs...)
}

// find is the import path that a name stands for: a folder's, or one that the
// standard library has a copy of.
func (t *tracer) find(name, dir string) string {
	if name != "/" {
		name = strings.TrimSuffix(name, "/")
	}
	if name == "." || name == ".." || strings.HasPrefix(name, "./") || strings.HasPrefix(name, "../") || filepath.IsAbs(name) {
		folder := name
		if !filepath.IsAbs(name) {
			folder = filepath.Join(dir, name)
		}
		for name, p := range t.g {
			if filepath.Clean(p.Dir) == filepath.Clean(folder) {
				return name
			}
		}
	}
	if name == "runtime/cgo" {
		return "C" // nobody writes that import: whatever uses cgo has it
	}
	if t.g[name] == nil && t.g["vendor/"+name] != nil {
		return "vendor/" + name
	}
	return name
}

// broken is what is wrong with a program's packages, "" where nothing is.
func (t *tracer) broken(p link.Program) string {
	if p.Error != "" {
		return p.Error
	}
	seen := map[string]bool{p.Main.ImportPath: true}
	for queue := []string{p.Main.ImportPath}; len(queue) > 0; queue = queue[1:] {
		at := t.g[queue[0]]
		if at == nil {
			continue
		}
		if at.Error != "" {
			return at.Error
		}
		for _, imp := range at.Imports {
			if !seen[imp] {
				seen[imp] = true
				queue = append(queue, imp)
			}
		}
	}
	return ""
}

func (t *tracer) program(p link.Program) WhyProgram {
	main := p.Main.ImportPath
	w := WhyProgram{Package: main, Dir: p.Main.Dir, Ways: []Way{}, WaysCertainty: link.Exact, Flags: cgoFlags(t.build, p)}
	ways := cause.FindWays(t.g, main, t.to, MostWays)
	for _, chain := range ways.Chains {
		w.Ways = append(w.Ways, Way{chain, t.position(chain)})
	}
	w.WaysTotal, w.Broken = ways.Total, t.broken(p)
	switch {
	case w.Broken != "" && ways.Total == 0:
		w.WaysCertainty = link.Unknown
	case w.Broken != "" || !ways.Exact:
		w.WaysCertainty = link.AtLeast
	}
	off, ok := cause.CutOff(t.g, main, t.to)
	w.Off = t.cut(off, ok)
	free, ok := cause.CutCgo(t.g, main)
	w.Cut = t.cut(free, ok)
	if w.UsesCgo = len(free) > 0 || !ok; !w.UsesCgo && w.Broken != "" {
		w.Cut.Possible = false
	}
	w.Graph, w.Whole = cause.Between(t.g, main, t.to), true
	if len(w.Graph) > mostDrawn {
		w.Graph, w.Whole = nil, false
	}
	return w
}

// position is where a way leaves the user's own code.
func (t *tracer) position(chain []string) string {
	last := len(chain) - 1
	for i := last - 1; i >= 0; i-- {
		if p := t.g[chain[i]]; p != nil && p.Main {
			return t.positions.Of(p, chain[i+1])
		}
	}
	return ""
}

func (t *tracer) cut(edges []cause.Edge, ok bool) Cut {
	c := Cut{Possible: ok, Imports: []CutImport{}}
	for _, e := range edges {
		c.Imports = append(c.Imports, CutImport{e.From, e.To, t.positions.Every(t.g[e.From], e.To)})
	}
	return c
}

// mostDrawn are as many imports as a drawing of one program has: with more
// nobody sees anything in it.
const mostDrawn = 400

// cgoFlags are the flags of a build that bring cgo in, whatever is imported.
func cgoFlags(b link.Build, p link.Program) []string {
	flags := []string{}
	for flag, on := range map[string]bool{"-race": b.Race, "-msan": b.MSan, "-asan": b.ASan, "-linkshared": b.LinkShared,
		"-buildmode=" + b.BuildMode: slices.Contains([]string{"c-shared", "plugin", "shared"}, b.BuildMode)} {
		if on {
			flags = append(flags, flag)
		}
	}
	for i, word := range p.LDFlags {
		mode, given := strings.CutPrefix(strings.TrimPrefix(word, "-"), "-linkmode=")
		if !given {
			mode, given = strings.CutPrefix(word, "-linkmode=")
		}
		if given && mode == "external" || word == "-linkmode" && i+1 < len(p.LDFlags) && p.LDFlags[i+1] == "external" {
			flags = append(flags, "-ldflags=-linkmode=external")
		}
	}
	slices.Sort(flags)
	return slices.Compact(flags)
}
