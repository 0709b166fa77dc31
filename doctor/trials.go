package doctor

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/load"
	"github.com/goportdoctor/goportdoctor/internal/parallel"
	"github.com/goportdoctor/goportdoctor/internal/remedy"
	"github.com/goportdoctor/goportdoctor/internal/target"
	"github.com/goportdoctor/goportdoctor/internal/toolchain"
)

// A trial is a plan for a patient, and what came of it.
type trial struct {
	remedy.Plan
	build  link.Build
	env    []string
	result load.Result // of the build
	runsOn []string    // the wanted targets that the program then runs on
	Program
}

// listTrials makes the build of each trial of a stage, and lists the packages of
// all of them.
func (s *session) listTrials(ctx context.Context, lists *load.Lists, patients []*patient, stage int) {
	at := map[string]int{} // of each distinct plan
	var builds []link.Build
	var envs [][]string
	for _, p := range patients {
		for i := range p.stages[stage] {
			plan := p.stages[stage][i].Plan
			if _, known := at[plan.Key()]; known {
				continue
			}
			if b, env, err := s.changed(ctx, plan); err == nil {
				at[plan.Key()], builds, envs = len(builds), append(builds, b), append(envs, env)
			}
		}
	}
	results := lists.Programs(ctx, s.request.For(s.request.Patterns), s.local, builds...)
	for _, p := range patients {
		for i := range p.stages[stage] {
			t := &p.stages[stage][i]
			if n, known := at[t.Key()]; known {
				t.build, t.env, t.result = builds[n], envs[n], results[n]
			}
		}
	}
}

// changed is the session's build with a plan's changes, and its environment.
func (s *session) changed(ctx context.Context, p remedy.Plan) (link.Build, []string, error) {
	env, vars := maps.Clone(s.env), slices.Clone(s.variables())
	if env == nil {
		env = load.Env{}
	}
	vars = slices.DeleteFunc(vars, func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return slices.Contains(p.Unset, name)
	})
	cgo := false
	for _, kv := range p.Env {
		name, value, _ := strings.Cut(kv, "=")
		cgo = cgo || name == "CGO_ENABLED"
		if name == "GOEXPERIMENT" {
			value = experiments(value)
		}
		env[name] = value
		vars = append(vars, kv)
	}
	request := s.request.For(s.request.Patterns)
	request.Env = vars
	ported := env["GOOS"] != s.env["GOOS"] || env["GOARCH"] != s.env["GOARCH"]
	if ported && s.options.Facts == nil { // whether cgo is on, and by which compiler, goes by the port
		asked, err := load.Environment(ctx, request)
		if err != nil {
			return link.Build{}, nil, err
		}
		env = asked
	}
	request.Flags = nil
	for _, f := range p.Flags {
		name, value, given := strings.Cut(f[1:], "=")
		if !given {
			value = "true"
		}
		request.Flags = append(request.Flags, load.Flag{Name: name, Value: value})
	}
	if set := load.Getenv(vars, "CGO_ENABLED"); !cgo && set == "" && ported && s.options.Facts != nil {
		env["CGO_ENABLED"] = "0" // as the go command has it for another port
	}
	b, err := load.NewBuild(request, env)
	b.All = b.All || p.First != ""
	return b, vars, err
}

// experiments are those that are on, as go env says them.
func experiments(value string) string {
	on := slices.DeleteFunc(strings.Split(value, ","), func(e string) bool { return e == "" || strings.HasPrefix(e, "no") })
	return strings.Join(on, ",")
}

// tryAll predicts the trials of patients, those of one build together.
func (s *session) tryAll(ctx context.Context, patients []*patient, stage int) {
	type group struct {
		trials []*trial
		of     []*patient
	}
	groups := map[string]*group{}
	var order []string
	for _, p := range patients {
		for i := range p.stages[stage] {
			t := &p.stages[stage][i]
			key := t.Key()
			if t.result.Err != nil || ctx.Err() != nil {
				continue
			}
			if groups[key] == nil {
				groups[key] = &group{}
				order = append(order, key)
			}
			groups[key].trials, groups[key].of = append(groups[key].trials, t), append(groups[key].of, p)
		}
	}
	parallel.Each(len(order), func(i int) {
		g := groups[order[i]]
		s.try(ctx, g.trials, g.of)
	})
}

// try predicts trials of one build.
func (s *session) try(ctx context.Context, trials []*trial, patients []*patient) {
	first := trials[0]
	t := &session{options: s.options, request: s.request, env: maps.Clone(s.env), build: first.build, toolchain: s.toolchain, host: s.host, local: s.local,
		overlay: s.overlay, archives: map[string]*archives{}}
	if s.options.Facts == nil {
		t.options.Env = first.env
		t.archivist = toolchain.Archivist{Env: first.env, CacheDir: s.options.CacheDir}
		t.host = newMachine(t)
	}
	var programs []link.Program
	var those []int
	for i, trial := range trials {
		at := slices.IndexFunc(trial.result.Programs, func(p link.Program) bool { return p.Main.ImportPath == patients[i].link.Main.ImportPath })
		if at >= 0 {
			programs, those = append(programs, trial.result.Programs[at]), append(those, i)
		}
	}
	for i, p := range t.predict(ctx, programs) {
		trial, patient := trials[those[i]], patients[those[i]]
		trial.Program = p
		if !hollow(trial.build, programs[i]) {
			trial.judge(patient.wants)
		}
		if len(trial.runsOn) == 0 {
			continue
		}
		if words, _ := trial.result.CompileError(p.Package); words != "" || !t.standAlone(ctx, trial.Plan, patient) {
			trial.runsOn = nil
		}
	}
}

// standAlone reports whether the static forms of libraries that a plan asks for
// are there and want nothing that is not: what C code takes of them is not known
// before it is compiled, so the C compiler is asked to link all of it.
func (s *session) standAlone(ctx context.Context, plan remedy.Plan, p *patient) bool {
	for _, c := range plan.Changes {
		if len(c.Libs) == 0 {
			continue
		}
		driver, mode := s.build.CC, "-static"
		if slices.ContainsFunc(p.situation.Packages, func(q *link.Package) bool { return q.CXX }) {
			driver = s.build.CXX
		}
		if slices.Contains(c.Link, "-extldflags=-static-pie") {
			mode = "-static-pie"
		}
		whole, rest := []string{"-Wl,--whole-archive"}, []string{"-Wl,--no-whole-archive", "-lm", "-lpthread"}
		q := link.Question{Driver: driver, Before: append([]string{mode}, s.build.Cgo.LDFLAGS...), After: slices.Concat(whole, c.Libs, rest)}
		q.Own = [][]string{q.Before, whole, rest}
		a := s.host.ask(ctx, map[string]link.Question{q.Key(): q})[q.Key()]
		if a.Error != "" || a.Linkage != link.LinkageStatic && a.Linkage != link.LinkageStaticPIE {
			return false
		}
	}
	return true
}

// judge keeps the targets that the program then runs on.
func (t *trial) judge(wants []*target.Target) {
	if t.BuildError != "" {
		return
	}
	for _, want := range wants {
		if target.Judge(&t.Executable, want).Verdict == target.Runs {
			t.runsOn = append(t.runsOn, want.Name)
		}
	}
}

// better reports whether a trial has the program run on more targets than it
// does, and on all that it does.
func (p *patient) better(t trial) bool {
	for name := range p.runs {
		if !slices.Contains(t.runsOn, name) {
			return false
		}
	}
	return len(t.runsOn) > len(p.runs)
}

// offer makes remedies of the trials that help: first those that have the program
// run on most targets, of these the ones with the fewest and the smallest
// changes. What another one does with a part of the changes is left out.
func (s *session) offer(p *patient) []Remedy {
	var kept []trial
	for _, t := range p.trials() {
		if p.better(t) && !slices.ContainsFunc(kept, func(k trial) bool { return k.does(t) || k.Key() == t.Key() }) {
			kept = append(kept, t)
		}
	}
	most := 0
	for _, t := range kept {
		if !t.loses() {
			most = max(most, len(t.runsOn))
		}
	}
	kept = slices.DeleteFunc(kept, func(t trial) bool { return t.loses() && len(t.runsOn) <= most })
	slices.SortStableFunc(kept, func(a, b trial) int {
		if n := len(b.runsOn) - len(a.runsOn); n != 0 {
			return n
		}
		return a.Weight() - b.Weight()
	})
	offered := []Remedy{}
	for _, t := range kept[:min(len(kept), mostOffered)] {
		offered = append(offered, s.remedyOf(p, t))
	}
	return offered
}

// loses reports whether a change may take away what the program is for.
func (t trial) loses() bool {
	return slices.ContainsFunc(t.Changes, func(c remedy.Change) bool { return c.Loses })
}

// does reports whether a trial with some of the changes of another does as much,
// or one with the very same outcome for the same kind of change.
func (t trial) does(other trial) bool {
	if len(t.runsOn) < len(other.runsOn) {
		return false
	}
	part := !slices.ContainsFunc(t.Changes, func(c remedy.Change) bool {
		return !slices.ContainsFunc(other.Changes, func(o remedy.Change) bool { return o.Message == c.Message })
	})
	return part || len(t.Changes) == len(other.Changes) && t.Changes[0].Kind == other.Changes[0].Kind && t.Message() == other.Message()
}
