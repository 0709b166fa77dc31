package doctor

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/load"
	"github.com/goportdoctor/goportdoctor/internal/parallel"
	"github.com/goportdoctor/goportdoctor/internal/port"
	"github.com/goportdoctor/goportdoctor/internal/predict"
	"github.com/goportdoctor/goportdoctor/internal/target"
	"github.com/goportdoctor/goportdoctor/internal/toolchain"
)

// Options say what to predict, and where.
type Options struct {
	Dir      string      // folder that the go command runs in
	Env      []string    // environment of the go command; nil is this process's
	Flags    []load.Flag // flags of go build
	Patterns []string    // packages; none is "." for Predict
	CacheDir string      // what is remembered; "" remembers nothing
	Wants    []Want      // targets that the programs have to run on
	Facts    *Facts      // of the machine to answer for; nil is this one
	At       string      // Dir as whoever pastes a command has to name it; "" where that is done there
	port     []string    // GOOS and GOARCH that the targets asked for, and that the environment does not have
	Checks   []string    // ids of the checks to make, "-ID" for all but one; none is all

	moved bool // Env is for the system of targets that programs name by themselves
}

// ownTool is goportdoctor's own version, as its build information has it, and the
// newest Go release whose rules it knows, as go1.27.
func ownTool() Tool {
	releases := port.Releases()
	t := Tool{Version: "(devel)", NewestGo: releases[len(releases)-1]}
	if info, ok := debug.ReadBuildInfo(); ok && strings.HasPrefix(info.Main.Version, "v") {
		t.Version = info.Main.Version
	}
	return t
}

// newReport has everything of a report but its findings and programs.
func newReport() *Report {
	return &Report{Version: 1, Tool: ownTool(), Findings: []Finding{}, Programs: []Program{}}
}

// Predict says how the main packages that the patterns match would be linked
// by go build with these flags, in this folder and environment. What can be
// answered is in the report even where there is an error, which is a finding of
// it too.
func Predict(ctx context.Context, o Options) (*Report, error) {
	r := newReport()
	err := r.predict(ctx, o)
	if err != nil {
		r.failed(err)
	}
	r.judge(o.Wants, false)
	return r, err
}

func (r *Report) predict(ctx context.Context, o Options) error {
	ctx, cancel := context.WithCancel(ctx)
	s := newSession(o)
	defer s.background.Wait() // what was begun has files to remove
	defer cancel()
	if err := s.open(ctx); err != nil {
		return err
	}
	r.Environment = s.environment()
	result, err := r.programs(ctx, s)
	if err != nil {
		return err
	}
	s.cure(ctx, result, r.Programs, func(p Program) []*target.Target { return wanted(o.Wants, p) })
	r.Findings = append(findings(r.Programs, s.toolchain), r.Findings...)
	return nil
}

// programs predicts the programs of a session.
func (r *Report) programs(ctx context.Context, s *session) (load.Result, error) {
	result := s.programs(ctx)
	if result.Err != nil {
		return result, result.Err
	}
	if err := s.portError(); err != nil {
		return result, err
	}
	if result.Matched == 0 && len(result.Amiss) == 0 {
		return result, fmt.Errorf("%s matched no packages", strings.Join(s.request.Patterns, " "))
	}
	r.Programs = s.predict(ctx, result.Programs)
	positions := load.Positions{Dir: s.dir(), Overlay: s.overlay}
	for i := range r.Programs {
		r.Programs[i].at = positions.Package(result.Programs[i].Main)
		r.Programs[i].wants = r.named(&positions, result.Programs[i].Main)
		r.Programs[i].stubs = stubs(result.Programs[i])
		r.Programs[i].typed, r.Programs[i].arguments, r.Programs[i].output = s.place(), s.arguments(&r.Programs[i]), s.output(&r.Programs[i])
	}
	for _, words := range result.Amiss {
		r.Findings = append(r.Findings, finding("pattern", Unknown, "", "", words, firstLine(words)))
	}
	return result, nil
}

// A session is one build on one machine, with what is asked only once.
type session struct {
	options Options
	request load.Request
	env     load.Env
	build   link.Build
	machine predict.Machine

	toolchain link.Toolchain
	overlay   load.Overlay

	archivist  toolchain.Archivist
	lists      *load.Lists // what was listed
	host       machine
	local      load.Env             // of the go command that lists packages
	archives   map[string]*archives // by profile
	source     func() error         // reads the toolchain's, once
	background parallel.Group       // what is asked before it is known to be wanted
}

func newSession(o Options) *session {
	if o.Env == nil {
		o.Env = os.Environ()
	}
	if len(o.Patterns) == 0 {
		o.Patterns = []string{"."}
	}
	return &session{options: o, request: load.Request{Dir: o.Dir, Env: o.Env, Flags: o.Flags, Patterns: o.Patterns, CacheDir: o.CacheDir}}
}

// open asks who the go command is, and beside it begins with what else it will
// be asked.
func (s *session) open(ctx context.Context) (err error) {
	if s.options.Facts != nil {
		return s.elsewhere(ctx)
	}
	if !machineOnly(s.options.Checks) {
		s.request.Begin(ctx)
	}
	s.beginArchives(ctx)
	if s.env, err = load.Environment(ctx, s.request); err != nil {
		return err
	}
	s.local, s.host = s.env, newMachine(s)
	s.source = sync.OnceValue(func() error {
		var err error
		host := s.env["GOHOSTOS"] + "/" + s.env["GOHOSTARCH"]
		s.toolchain, err = toolchain.Source(s.env["GOROOT"], s.env["GOVERSION"], host, s.options.CacheDir)
		if err != nil {
			s.toolchain.Version = s.env["GOVERSION"]
			s.toolchain.Strange = append(s.toolchain.Strange, err.Error())
		}
		return err
	})
	s.build, err = load.NewBuild(s.request, s.env)
	return err
}

func (s *session) environment() Environment {
	return Environment{GoVersion: s.env["GOVERSION"], GOROOT: s.env["GOROOT"], GOOS: s.build.GOOS,
		GOARCH: s.build.GOARCH, CgoEnabled: s.build.CgoEnabled, CC: s.env["CC"]}
}

// programs lists the packages, while the toolchain's source is read and the go
// command is asked for its archives beside it.
func (s *session) programs(ctx context.Context) load.Result {
	parallel.Ahead(func() { _ = s.source() })
	s.findArchives(ctx)
	result := load.Programs(ctx, s.request, s.local, s.build)[0]
	s.overlay = result.Overlay
	if len(result.Programs) > 0 {
		syntax := load.Syntax{Dir: s.dir(), Compiler: s.compiler(), Overlay: result.Overlay, CacheDir: s.options.CacheDir}
		syntax.Find(result.Programs[0].Graph, s.local["GOVERSION"])
	}
	_ = s.source() // why it cannot be read is in the toolchain
	return result
}

// compiler is the toolchain's Go compiler.
func (s *session) compiler() string { return s.tool("compile") }

func (s *session) tool(name string) string {
	return filepath.Join(s.local["GOROOT"], "pkg", "tool", s.local["GOHOSTOS"]+"_"+s.local["GOHOSTARCH"], name)
}

// portError is what go build, but not go list, says of a port that there is not.
func (s *session) portError() error {
	release, known := s.toolchain.Rules["distInfo"]
	if _, ok := port.Lookup(release, s.build.GOOS, s.build.GOARCH); ok || !known {
		return nil
	}
	return fmt.Errorf("unsupported GOOS/GOARCH pair %s/%s", s.build.GOOS, s.build.GOARCH)
}

// predict asks the C compiler what the programs' links depend on, and puts the
// answers together.
func (s *session) predict(ctx context.Context, programs []link.Program) []Program {
	plans, held := make([]predict.Plan, len(programs)), make([]string, len(programs))
	distinct := map[string]link.Question{}
	parallel.Each(len(programs), func(i int) {
		p := programs[i]
		p.Error = cmp.Or(p.Error, s.profileError(p), s.toolFlagError(ctx, p))
		p.Main = s.withProfile(p)
		plans[i] = predict.New(s.build, p, s.toolchain)
		held[i] = cmp.Or(unreadOf(p), plans[i].Withheld())
	})
	s.machine.Missing = s.missing(plans)
	if s.options.Facts != nil {
		s.machine.Unasked = notLinked
	}
	for _, plan := range plans {
		for _, q := range plan.Questions() {
			if len(q.Driver) > 0 && s.machine.Missing[q.Driver[0]] == "" {
				distinct[q.Key()] = q
			}
		}
	}
	machines := make([]predict.Machine, len(programs))
	var wg parallel.Group
	wg.Go(func() { s.machine.Answers = s.host.ask(ctx, distinct) })
	if s.mayHaveArchives() {
		for i, p := range programs {
			machines[i] = s.archivesOf(ctx, s.profile(p)).with(plans[i])
		}
	}
	wg.Wait()
	out := make([]Program, len(programs))
	positions := load.Positions{Dir: s.dir(), Overlay: s.overlay}
	parallel.Each(len(programs), func(i int) {
		machines[i].Answers, machines[i].Missing, machines[i].Unasked = s.machine.Answers, s.machine.Missing, s.machine.Unasked
		e := plans[i].Executable(machines[i])
		for j, c := range e.Causes {
			e.Causes[j].Position = position(&positions, programs[i].Graph, c.Chain)
		}
		out[i] = Program{Executable: e, Targets: []Verdict{}, Remedies: []Remedy{}, heldBack: held[i]}
	})
	return out
}

func (s *session) dir() string {
	dir, err := filepath.Abs(s.options.Dir)
	if err != nil {
		return s.options.Dir
	}
	return dir
}

// missing says why the compilers, and what else a build runs, cannot be run, in
// os/exec's words; those that can are not in it.
func (s *session) missing(plans []predict.Plan) map[string]string {
	names := []string{}
	for _, words := range [][]string{s.build.CC, s.build.CXX} {
		if len(words) > 0 {
			names = append(names, words[0])
		}
	}
	for _, plan := range plans {
		if ld := plan.Linker(); ld != "" {
			names = append(names, ld)
		}
		names = append(names, plan.Tools()...)
	}
	missing := map[string]string{}
	for _, name := range names {
		if path, known := s.host.find(name); known && path == "" {
			missing[name] = s.whyMissing(name)
		}
	}
	return missing
}

func (s *session) whyMissing(command string) string {
	if !strings.ContainsRune(command, '/') {
		return "executable file not found in $PATH"
	}
	at := command
	if !filepath.IsAbs(at) {
		at = filepath.Join(s.dir(), at)
	}
	info, err := os.Stat(at)
	switch {
	case s.options.Facts != nil, err != nil:
		return "stat " + command + ": no such file or directory"
	case info.IsDir():
		return "is a directory"
	}
	return "permission denied"
}

// position is where the user's own code brings a cause in: the import by which
// the chain leaves it, or the cause's own import "C".
func position(ps *load.Positions, g link.Graph, chain []string) string {
	for i := len(chain) - 1; i >= 0; i-- {
		p := g[chain[i]]
		if p == nil || !p.Main {
			continue
		}
		if i == len(chain)-1 {
			if at := ps.Of(p, "C"); at != "" {
				return at
			}
			continue // SWIG's
		}
		return ps.Of(p, chain[i+1])
	}
	return ""
}
