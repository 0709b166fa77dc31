package doctor

import (
	"context"
	"go/build"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/load"
	"github.com/goportdoctor/goportdoctor/internal/port"
	"github.com/goportdoctor/goportdoctor/internal/remedy"
	"github.com/goportdoctor/goportdoctor/internal/target"
)

// mostOffered are as many remedies as one program is given.
const mostOffered = 5

// A patient is a program that does not run on every target that it has to, with
// what may help it.
type patient struct {
	program   *Program
	link      link.Program
	wants     []*target.Target
	runs      map[string]bool // the targets that it runs on as it is
	situation remedy.Situation
	stages    [stages][]trial
}

// Candidates are tried in stages: small changes, others, and two at a time. What
// a stage has found may make the next one needless.
const (
	small = iota
	large
	pairs
	stages
)

// cure tries, for each program that does not run on the targets that it has to,
// what may help, and keeps what is predicted to. All programs' candidates are
// listed in one pass.
func (s *session) cure(ctx context.Context, first load.Result, programs []Program, wants func(Program) []*target.Target) {
	var patients []*patient
	for i := range programs {
		if slices.Contains([]string{"c-archive", "c-shared", "plugin", "shared", "archive"}, programs[i].BuildMode) {
			continue // whoever loads it decides where it runs
		}
		p := &patient{program: &programs[i], link: first.Programs[i], wants: wants(programs[i]), runs: map[string]bool{}}
		for _, t := range p.wants {
			if target.Judge(&p.program.Executable, t).Verdict == target.Runs {
				p.runs[t.Name] = true
			}
		}
		if len(p.runs) < len(p.wants) {
			patients = append(patients, p)
		}
	}
	if len(patients) == 0 {
		return
	}
	s.examinePatients(patients)
	lists := s.known(first)
	for stage := range stages {
		var those []*patient
		for _, p := range patients {
			if p.wantsStage(stage) {
				those = append(those, p)
			}
		}
		s.listTrials(ctx, lists, those, stage)
		s.tryAll(ctx, those, stage)
	}
	for _, p := range patients {
		p.program.Remedies = append(s.offer(p), s.otherToolchain(ctx, p)...)
		if !p.cured(math.MaxInt) {
			p.program.Remedies = append(p.program.Remedies, s.lastResorts(p)...)
		}
	}
}

// wantsStage reports whether the candidates of a stage are worth the asking. A
// program with C of its own module's choice may be better off with it, and one
// with BoringCrypto with another validated module.
func (p *patient) wantsStage(stage int) bool {
	if stage != large {
		return !p.cured(remedy.Light)
	}
	return !p.cured(remedy.Light) || p.situation.Boring() || slices.ContainsFunc(p.situation.Packages, func(q *link.Package) bool { return q.Cgo && !q.Standard })
}

// trials are those of all stages.
func (p *patient) trials() []trial { return slices.Concat(p.stages[:]...) }

// cured reports whether some trial that weighs no more has the program run on all
// targets.
func (p *patient) cured(weight int) bool {
	return slices.ContainsFunc(p.trials(), func(t trial) bool { return t.Weight() <= weight && len(t.runsOn) == len(p.wants) })
}

// examinePatients finds the candidates of each.
func (s *session) examinePatients(patients []*patient) {
	compilers, set, opens := s.otherCompilers(s.build.GOARCH), map[string]string{}, openers{}
	for _, made := range load.Settings(s.variables(), s.env) {
		set[made.Name] = where(made)
	}
	for _, p := range patients {
		p.situation = s.situation(p, compilers)
		p.situation.Settings, p.situation.Opens = set, opens.of(p.situation.Packages, s.overlay)
		all := p.situation.Candidates()
		for _, c := range all {
			plan, stage := p.situation.Plan(c), small
			if plan.Weight() > remedy.Light {
				stage = large
			}
			p.consider(stage, plan)
		}
		for _, pair := range remedy.Pairs(all) {
			p.consider(pairs, p.situation.Plan(pair...))
		}
	}
}

// consider has a plan tried that a user can type.
func (p *patient) consider(stage int, plan remedy.Plan) {
	if !plan.Unsaid {
		p.stages[stage] = append(p.stages[stage], trial{Plan: plan})
	}
}

func (s *session) situation(p *patient, compilers []remedy.Compiler) remedy.Situation {
	q := remedy.Situation{Build: s.build, LDFlags: p.link.LDFlags, Program: &p.program.Executable,
		Packages: closure(p.link), Compilers: compilers, Stale: p.program.Interpreter.Source == link.SourceBuildCache, GoVersion: s.env["GOVERSION"]}
	for _, f := range s.options.Flags {
		q.Given = append(q.Given, f.String())
	}
	q.Preset = s.build.Flags[:max(len(s.build.Flags)-len(q.Given), 0)] // GOFLAGS' come first
	for _, t := range p.wants {
		q.Loaders = append(q.Loaders, s.loadersOf(t)...)
		if arches := t.Arches(); len(arches) > 0 && !slices.Contains(arches, s.build.GOARCH) {
			q.Arches = append(q.Arches, arches[0])
		}
		if t.GOOS != "" && t.GOOS != s.build.GOOS {
			q.Systems = append(q.Systems, t.GOOS)
		}
	}
	for _, list := range []*[]string{&q.Loaders, &q.Arches, &q.Systems} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	q.Cross = map[string][]remedy.Compiler{}
	for _, arch := range q.Arches {
		q.Cross[arch] = s.otherCompilers(arch)
	}
	return q
}

// closure are the packages of a program that cgo matters to.
func closure(p link.Program) []*link.Package {
	var found []*link.Package
	seen := map[string]bool{p.Main.ImportPath: true}
	for queue := []string{p.Main.ImportPath}; len(queue) > 0; queue = queue[1:] {
		at := p.Graph[queue[0]]
		if at == nil {
			continue
		}
		if at.Cgo || len(at.DynImports) > 0 && !at.Standard || len(at.LostFiles()) > 0 || slices.Contains([]string{"net", "os/user", "plugin"}, at.ImportPath) {
			found = append(found, at)
		}
		for _, imp := range at.Imports {
			if !seen[imp] {
				seen[imp] = true
				queue = append(queue, imp)
			}
		}
	}
	return found
}

// loadersOf are the dynamic linkers of a target, or, where only files are asked
// for, those that it may have.
func (s *session) loadersOf(t *target.Target) (paths []string) {
	sys := t.For(s.build.GOARCH)
	if sys == nil {
		return nil
	}
	for _, f := range sys.Files {
		if f.Loader != nil {
			paths = append(paths, f.Path)
		}
	}
	if len(sys.Files) == 0 && sys.Rooted() {
		if known, ok := port.Lookup(s.env["GOVERSION"], s.build.GOOS, s.build.GOARCH); ok {
			paths = append(paths, known.Loader, known.MuslLoader)
		}
	}
	return slices.DeleteFunc(paths, func(path string) bool { return path == "" })
}

// otherCompilers are the C compilers of the machine for a processor besides CC.
func (s *session) otherCompilers(goarch string) []remedy.Compiler {
	cc := ""
	if len(s.build.CC) > 0 {
		cc, _ = s.host.find(s.build.CC[0])
		cc = s.file(cc)
	}
	names := []remedy.Compiler{
		{CC: "/usr/bin/gcc", CXX: "/usr/bin/g++", Title: "the system's C compiler"}, {CC: "/usr/bin/cc", CXX: "/usr/bin/c++", Title: "the system's C compiler"},
		{CC: "musl-gcc", Musl: true, Title: "gcc with musl"}, {CC: "x86_64-linux-musl-gcc", CXX: "x86_64-linux-musl-g++", Musl: true, Title: "gcc with musl"}}
	if goarch != runtime.GOARCH || s.build.GOOS != runtime.GOOS {
		names = nil
		if triplet := triplets[goarch]; triplet != "" && s.build.GOOS == "linux" {
			names = []remedy.Compiler{{CC: triplet + "-gcc", CXX: triplet + "-g++", Title: "a cross compiler of this machine"}}
		}
	}
	if arch := zigArch[goarch]; arch != "" && s.build.GOOS == "linux" {
		for _, libc := range []string{"gnu.2.17", "musl"} {
			target := " -target " + arch + "-linux-" + libc
			names = append(names, remedy.Compiler{CC: "zig cc" + target, CXX: "zig c++" + target, Musl: libc == "musl", Title: "zig cc for " + libc})
		}
	}
	var found []remedy.Compiler
	for _, c := range names {
		path, known := s.host.find(strings.Fields(c.CC)[0])
		if !known || path == "" || s.file(path) == cc || len(found) > 0 && found[0].Title == c.Title && !strings.HasPrefix(c.CC, "zig") {
			continue
		}
		if c.CXX != "" {
			if path, _ := s.host.find(strings.Fields(c.CXX)[0]); path == "" {
				c.CXX = ""
			}
		}
		found = append(found, c)
	}
	return found
}

// file is what a path leads to on this machine: one compiler has many names.
func (s *session) file(path string) string {
	if s.options.Facts != nil || path == "" {
		return path
	}
	if real, err := realPath(path); err == nil {
		return real
	}
	return path
}

// triplets are Debian's names of machines, which its cross compilers begin with.
var triplets = map[string]string{"386": "i686-linux-gnu", "amd64": "x86_64-linux-gnu", "arm": "arm-linux-gnueabihf", "arm64": "aarch64-linux-gnu",
	"loong64": "loongarch64-linux-gnu", "ppc64le": "powerpc64le-linux-gnu", "riscv64": "riscv64-linux-gnu", "s390x": "s390x-linux-gnu"}

var zigArch = map[string]string{"386": "x86", "amd64": "x86_64", "arm64": "aarch64", "riscv64": "riscv64", "ppc64le": "powerpc64le", "s390x": "s390x"}

// variables are the process environment of the machine that is asked about.
func (s *session) variables() []string {
	if s.options.Facts != nil {
		return s.options.Facts.Variables
	}
	return s.options.Env
}

func (s *session) remedyOf(p *patient, t trial) Remedy {
	r := newRemedy(t.Message(), t.Command(s.place(), slices.Concat(p.program.output, s.arguments(p.program))...)...)
	r.Env, r.Flags = append(r.Env, t.Env...), append(r.Flags, t.Plan.Flags...)
	r.Linkage, r.Interpreter = t.Linkage.Value, t.Interpreter.Value
	r.RunsOn = append(r.RunsOn, t.runsOn...)
	costs := t.Costs()
	if s.build.CgoEnabled && !t.build.CgoEnabled && !slices.Contains(t.Env, "CGO_ENABLED=0") { // as for another port
		costs = append(costs, remedy.CostsWithoutCgo(p.situation.Packages)...)
	}
	for _, c := range costs {
		if !slices.Contains(r.Costs, c.Text) {
			r.Costs = append(r.Costs, c.Text)
		}
	}
	return r
}

// place is where the session's commands are typed.
func (s *session) place() remedy.Place {
	return remedy.Place{With: s.options.port, Dir: s.options.At, Release: s.env["GOVERSION"]}
}

// arguments are what go build takes for a program: the folder, or what was given
// where files were.
func (s *session) arguments(p *Program) []string {
	if p.Package == filesPackage {
		return s.request.Patterns
	}
	if rel, err := filepath.Rel(s.dir(), p.Dir); err == nil && filepath.IsLocal(rel) {
		if rel == "." {
			return []string{"."}
		}
		return []string{"./" + filepath.ToSlash(rel)}
	}
	return []string{p.Package}
}

// output has go build put an executable into a folder where that stands in its
// way, having its name.
func (s *session) output(p *Program) []string {
	name := link.ExecName(p.Package)
	info, err := os.Stat(filepath.Join(s.dir(), name))
	if nameless(p.Package) || s.build.GOOS == "windows" || err != nil || !info.IsDir() {
		return nil
	}
	folder := "./" + name
	if args := s.arguments(p); args[0] != "." && build.IsLocalImport(args[0]) {
		folder = args[0]
	}
	return []string{"-o", folder + "/"}
}

// filesPackage is the name that the go command gives to a package of files.
const filesPackage = "command-line-arguments"

// command is a build of the program with a setting, to be pasted.
func (p *Program) command(setting string, flags ...string) string {
	before := p.typed.Settings()
	if setting != "" {
		before = append(before, setting)
	}
	return p.typed.Build(before, slices.Concat(flags, p.output, p.names(p.arguments))...)
}

// names is what names the program to the go command: the given arguments where its
// path does not, which is that of named files or of a folder outside GOPATH.
func (p *Program) names(arguments []string) []string {
	if nameless(p.Package) && len(arguments) > 0 {
		return arguments
	}
	return []string{p.Package}
}

// nameless reports whether a path is one that the go command gives and does not take.
func nameless(path string) bool { return path == filesPackage || strings.HasPrefix(path, "_/") }
