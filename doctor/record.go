package doctor

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/load"
	"github.com/goportdoctor/goportdoctor/internal/predict"
	"github.com/goportdoctor/goportdoctor/internal/process"
)

// samples are programs that between them ask all that the usual ones ask of a
// machine: with which packages of the standard library, and with C or C++ of
// their own.
var samples = []struct {
	name    string
	imports []string
	cxx     bool
	libs    string // of #cgo LDFLAGS
}{
	{name: "plain"},
	{name: "net", imports: []string{"net"}},
	{name: "user", imports: []string{"os/user"}},
	{name: "both", imports: []string{"net", "os/user"}},
	{name: "c", imports: []string{"C"}},
	{name: "cnet", imports: []string{"C", "net"}},
	{name: "cuser", imports: []string{"C", "os/user"}},
	{name: "cboth", imports: []string{"C", "net", "os/user"}},
	{name: "clibs", imports: []string{"C"}, libs: strings.Join(idle, " ")},
	{name: "cxx", imports: []string{"C"}, cxx: true},
	{name: "cxxboth", imports: []string{"C", "net", "os/user"}, cxx: true},
	{name: "cxxlibs", imports: []string{"C"}, cxx: true, libs: strings.Join(idle, " ")},
	{name: "plugin", imports: []string{"plugin"}},
}

// usual are the flags that people build with, besides none. Of those that only
// make other archives there is one, and where few programs are named, the others
// are seldom built so.
var usual = []struct {
	flags    []load.Flag
	programs []string
}{
	{nil, nil},
	{[]load.Flag{{Name: "ldflags", Value: "-linkmode=external"}}, nil},
	{[]load.Flag{{Name: "trimpath", Value: "true"}}, few},
	{[]load.Flag{{Name: "tags", Value: "netgo"}}, few},
	{[]load.Flag{{Name: "tags", Value: "osusergo"}}, few},
	{[]load.Flag{{Name: "ldflags", Value: "-linkmode=external -extldflags=-static"}}, few},
	{[]load.Flag{{Name: "buildmode", Value: "pie"}}, few},
	{[]load.Flag{{Name: "buildmode", Value: "pie"}, {Name: "ldflags", Value: "-linkmode=external"}}, few},
	{[]load.Flag{{Name: "buildmode", Value: "pie"}, {Name: "ldflags", Value: "-linkmode=external -extldflags=-static-pie"}}, few},
	{[]load.Flag{{Name: "buildmode", Value: "c-shared"}}, few},
	{[]load.Flag{{Name: "race", Value: "true"}}, few},
}

var few = []string{"./plain", "./net", "./c", "./cboth"}

// Record gathers the facts of this machine: for the usual programs and flags,
// and, where the patterns match any, for just these programs with these flags.
// It fails if there is no go command to ask, and if facts would have to
// hold what may be a secret.
func Record(ctx context.Context, o Options) (*Facts, error) {
	o.Facts = nil
	s := newSession(o)
	defer s.background.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // before the wait, which would else be for a go command that hangs
	if err := s.open(ctx); err != nil {
		return nil, err
	}
	if err := unrecordable(s.env); err != nil {
		return nil, err
	}
	f := s.gather(ctx)
	questions := map[string]link.Question{}
	f.record(ctx, s, questions)
	f.recordUsual(ctx, s, questions)
	for key, a := range s.host.ask(ctx, questions) {
		f.Answers = append(f.Answers, Answered{questions[key], a})
	}
	f.mask(s.maskedValues())
	slices.SortFunc(f.Answers, func(a, b Answered) int { return strings.Compare(a.Question.Key(), b.Question.Key()) })
	f.addLoaders()
	return f, nil
}

// recordUsual records for the samples, which are a module of their own: the
// user's workspace is not theirs, and the toolchain is the one of the session.
func (f *Facts) recordUsual(ctx context.Context, s *session, questions map[string]link.Question) {
	dir, err := writeSamples()
	if err != nil {
		return
	}
	defer process.Remove(dir)
	o := s.options
	o.Dir = dir
	o.Env = append(slices.Clip(o.Env), "GOWORK=off", "GOTOOLCHAIN=local", "GO111MODULE=on", "PWD="+dir,
		"PATH="+filepath.Join(s.env["GOROOT"], "bin")+string(filepath.ListSeparator)+load.Getenv(o.Env, "PATH"))
	for _, u := range usual {
		sample := o
		sample.Flags = append(slices.Clone(o.Flags), u.flags...)
		if sample.Patterns = u.programs; u.programs == nil {
			sample.Patterns = []string{"./..."}
		}
		if s := newSession(sample); s.open(ctx) == nil {
			f.record(ctx, s, questions)
		}
	}
}

// record adds what the programs of a session ask of this machine.
func (f *Facts) record(ctx context.Context, s *session, questions map[string]link.Question) {
	if f.Environment["GOVERSION"] != s.env["GOVERSION"] {
		return
	}
	result := s.programs(ctx)
	defer s.background.Wait()
	for _, c := range load.PkgConfigs(result.Programs) {
		if !slices.ContainsFunc(f.PkgConfig, func(k load.PkgConfig) bool { return slices.Equal(k.Names, c.Names) }) {
			f.PkgConfig = append(f.PkgConfig, c)
		}
	}
	for _, p := range result.Programs {
		plan := predict.New(s.build, p, s.toolchain)
		f.addCommands(s, plan)
		for _, q := range plan.Questions() {
			if q = q.Reduced(); len(q.Driver) > 0 && f.Commands[q.Driver[0]] != "" {
				questions[q.Key()] = q
			}
		}
		if s.mayHaveArchives() && len(plan.Archives()) > 0 {
			profile := s.profile(p)
			f.addArchives(s.build, profile, s.archivesOf(ctx, profile))
		}
	}
}

func (f *Facts) addCommands(s *session, plan predict.Plan) {
	for _, words := range [][]string{s.build.CC, s.build.CXX, {plan.Linker()}} {
		if len(words) > 0 && words[0] != "" {
			f.Commands[words[0]], _ = s.host.find(words[0])
		}
	}
}

// writeSamples writes the samples as a module. They are listed and never built.
func writeSamples() (string, error) {
	dir, err := process.MkdirTemp("samples")
	if err != nil {
		return "", err
	}
	write := func(name, text string) {
		if err == nil {
			err = os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o777)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666)
		}
	}
	write("go.mod", "module samples\n")
	for _, s := range samples {
		source := "package main\n\n"
		for _, imp := range s.imports {
			source += "import _ \"" + imp + "\"\n"
		}
		source = strings.ReplaceAll(source, `import _ "C"`, "// #cgo LDFLAGS: "+s.libs+"\nimport \"C\"")
		write(s.name+"/main.go", source+"\nfunc main() {}\n")
		if s.cxx {
			write(s.name+"/main.cpp", "")
		}
	}
	if err != nil {
		process.Remove(dir)
	}
	return dir, err
}
