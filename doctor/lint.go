package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/cause"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/load"
)

// LintOptions say what to lint, and what users allow.
type LintOptions struct {
	Options
	Allow cause.Patterns // packages that may use cgo
	Main  bool           // only what main packages reach, at their imports, and no tests
}

// A LintReport is what lint found. It is the JSON output.
type LintReport struct {
	Version     int           `json:"version"` // of the format: 1
	Tool        Tool          `json:"tool"`
	Environment Environment   `json:"environment"`
	Findings    []LintFinding `json:"findings"`
}

// A LintFinding is a Finding at an import, or at a directive.
type LintFinding struct {
	Finding
	Causes []link.Cause `json:"causes"` // chains begin with the package that has the import
}

// Lint reports the imports that bring cgo, or shared libraries in another way,
// into the packages that the patterns match (default ./...), from the package
// graph alone: nothing is compiled or type-checked. It says what the analyzer
// says, but for the dynamic linker that a C compiler names, which no graph
// shows. Outside of any module it looks at each module below. What can be
// answered is in the report even where there is an error.
func Lint(ctx context.Context, o LintOptions) (*LintReport, error) {
	if o.Env == nil {
		o.Env = os.Environ()
	}
	r := &LintReport{Version: 1, Tool: ownTool(), Findings: []LintFinding{}}
	err := r.lint(ctx, o)
	if err != nil {
		r.add(unloaded(err))
	}
	return r, err
}

func (r *LintReport) add(f Finding, causes ...link.Cause) {
	r.Findings = append(r.Findings, LintFinding{Finding: f, Causes: append([]link.Cause{}, causes...)})
}

// Plain are the findings without their causes, in the same order.
func (r *LintReport) Plain() []Finding {
	fs := []Finding{}
	for _, f := range r.Findings {
		fs = append(fs, f.Finding)
	}
	return fs
}

// Mark makes those findings known that the baseline has.
func (r *LintReport) Mark(b Baseline) {
	fs := r.Plain()
	b.Mark(fs)
	for i, f := range fs {
		r.Findings[i].Finding = f
	}
}

func (r *LintReport) lint(ctx context.Context, o LintOptions) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // of what was begun and is not wanted
	o.Env = forTargets(o.Env, o.Wants)
	l := linter{report: r, LintOptions: o, host: thisMachine{options: o.Options}}
	l.settings = cause.Settings{Allow: o.Allow, Main: o.Main, Target: l.target}
	l.request = load.Request{Dir: o.Dir, Env: o.Env, Flags: o.Flags, Patterns: o.Patterns, CacheDir: o.CacheDir, Tests: !o.Main, Unprofiled: true}
	if len(o.Patterns) == 0 {
		l.request.Patterns = []string{"./..."}
	}
	if err := l.open(ctx); err != nil {
		return err
	}
	if len(o.Patterns) > 0 {
		return l.packages(ctx)
	}
	if all := l.env.AllOfWorkspace(ctx, l.request); all != nil {
		l.request.Ask(all)
	}
	if !l.env.InModule() {
		if dirs := modulesBelow(o.Dir); len(dirs) > 0 {
			return l.modules(ctx, dirs)
		}
	}
	return l.packages(ctx)
}

// A linter is one run of lint in one folder.
type linter struct {
	LintOptions
	report   *LintReport
	settings cause.Settings
	request  load.Request
	env      load.Env // of the go command that lists packages
	told     load.Env // of the machine that is asked about
	build    link.Build
	host     machine
}

// open asks the go command who it is, and, with facts, has those stand for it in
// all but the listing.
func (l *linter) open(ctx context.Context) (err error) {
	if l.Facts == nil {
		l.request.Begin(ctx)
		l.env, err = load.Environment(ctx, l.request)
		l.told = l.env
		return err
	}
	s := newSession(l.Options)
	s.request = l.request
	err = s.elsewhere(ctx)
	l.request, l.env, l.told, l.host = s.request, s.local, s.env, s.host
	l.request.Flags, l.build = l.Flags, s.build
	return err
}

// target is the first target without a C library that -target names for a
// program. Then directives do not count.
func (l *linter) target(program string) (name string, asked bool) {
	for _, w := range l.Wants {
		if w.covers(Program{Executable: link.Executable{Package: program}}) {
			asked = true
			if n := w.target.Name; cause.NoLibc(n) && name == "" {
				name = n
			}
		}
	}
	return name, asked
}

// modules lints one module after the other.
func (l *linter) modules(ctx context.Context, dirs []string) error {
	for _, dir := range dirs {
		o := l.LintOptions
		o.Dir = filepath.Join(o.Dir, dir)
		module, err := Lint(ctx, o)
		if errors.Is(err, context.Canceled) {
			return err
		}
		l.report.Environment = module.Environment
		for _, f := range module.Findings {
			f.Finding = below(filepath.ToSlash(dir), f.Finding)
			for i := range f.Causes {
				f.Causes[i].Position = f.Position
			}
			l.report.Findings = append(l.report.Findings, f)
		}
	}
	return nil
}

func (l *linter) packages(ctx context.Context) error {
	var err error
	if l.Facts == nil {
		if l.build, err = load.NewBuild(l.request, l.env); err != nil {
			return err
		}
	}
	l.report.Environment = Environment{GoVersion: l.told["GOVERSION"], GOROOT: l.told["GOROOT"], GOOS: l.build.GOOS,
		GOARCH: l.build.GOARCH, CgoEnabled: l.build.CgoEnabled, CC: l.told["CC"]}
	listing := load.Packages(ctx, l.request, l.env, l.build)
	if listing.Err != nil {
		return listing.Err
	}
	if len(listing.Units) == 0 && len(listing.Amiss) == 0 {
		return fmt.Errorf("%s matched no packages", strings.Join(l.request.Patterns, " "))
	}
	for _, words := range listing.Amiss {
		l.report.add(finding("pattern", Unknown, "", "", words, firstLine(words)))
	}
	l.broken(listing)
	l.compiler(listing)
	l.causes(listing)
	return nil
}

// broken reports the packages that the go command cannot load, and those of which
// not every file is read: what is below them is not known.
func (l *linter) broken(listing load.Listing) {
	said := map[string]bool{}
	for _, p := range listing.Order {
		words := cmp.Or(p.Error, p.Unread)
		if words == "" || said[words] {
			continue
		}
		said[words] = true
		l.report.add(finding("load", Unknown, plainPath(p.ImportPath), errorPosition(words), words, firstLine(words)))
	}
}

// compiler reports a C compiler that is not there where packages need it: go
// build will fail, go vet does so before it comes to any analyzer, and
// golangci-lint says nothing at all.
func (l *linter) compiler(listing load.Listing) {
	if !l.build.CgoEnabled || len(l.build.CC) == 0 {
		return
	}
	if path, known := l.host.find(l.build.CC[0]); path != "" || !known {
		return
	}
	var users []string
	for _, p := range listing.Order {
		if path := plainPath(p.ImportPath); p.Cgo && path != "runtime/cgo" && !slices.Contains(users, path) {
			users = append(users, path)
		}
	}
	if len(users) == 0 {
		return
	}
	f := finding("no-compiler", Problem, "", "", fmt.Sprintf("C compiler %q not found, and cgo is on: %s cannot be compiled, and go vet stops before it looks at anything",
		l.build.CC[0], namedPackages(users)), l.build.GOOS)
	f.Evidence = append(f.Evidence, Evidence{Text: "CC=" + l.told["CC"]})
	l.report.add(f)
}

// namedPackages lists the first few.
func namedPackages(paths []string) string {
	const most = 3
	if len(paths) > most {
		return fmt.Sprintf("%s and %d more packages", strings.Join(paths[:most], ", "), len(paths)-most)
	}
	return strings.Join(paths, ", ")
}

// plainPath is an import path without the mark of the test that its package is
// compiled for.
func plainPath(importPath string) string {
	path, _, _ := strings.Cut(importPath, " [")
	return path
}

// finding makes one of a report.
func (l *linter) finding(u unit, r cause.Report) (Finding, []link.Cause) {
	position := u.position(r.Pos, l.dir())
	var causes []link.Cause
	key := []string{l.build.GOOS, strings.Join(l.build.Tags, ",")}
	for _, c := range r.Causes {
		chain := c.Chain
		if c.Package() != u.path || len(chain) > 1 {
			chain = slices.Concat([]string{u.path}, c.Chain)
		}
		key = append(key, c.Chain[0]+" "+c.Package()+" "+c.Kind)
		causes = append(causes, link.Cause{Package: c.Package(), Module: c.Module, Kind: c.Kind, WithoutCgo: cmp.Or(c.Without, link.WithoutUnknown),
			Chain: chain, Position: position})
	}
	slices.Sort(key[2:])
	if len(r.Causes) == 0 {
		key = append(key, r.Message)
	}
	f := finding(r.Category, Problem, u.path, position, r.Message, strings.Join(key, "\x00"))
	for _, at := range r.Related {
		f.Evidence = append(f.Evidence, u.evidence(at, l.dir()))
	}
	return f, causes
}

func (l *linter) dir() string {
	dir, err := filepath.Abs(l.Dir)
	if err != nil {
		return l.Dir
	}
	return dir
}
