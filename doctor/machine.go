package doctor

import (
	"context"
	"sync"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/toolchain"
)

// A machine answers what a prediction depends on besides the packages: this one,
// or one that facts were recorded of. Nothing else in a prediction may ask.
type machine interface {
	// find tells whether a command is on that machine's PATH, and whether that
	// is known.
	find(command string) (path string, known bool)
	// ask has the C compiler answer questions, by their keys.
	ask(ctx context.Context, questions map[string]link.Question) map[string]link.Answer
	// archives are the compiled packages that a build with a profile would take.
	archives(ctx context.Context, b link.Build, profile string) *archives
}

// thisMachine asks the compilers and the go command that are here.
type thisMachine struct {
	options   Options
	dir       string
	archivist toolchain.Archivist
}

func newMachine(s *session) thisMachine {
	m := thisMachine{options: s.options, dir: s.dir(), archivist: s.archivist}
	m.archivist.GOROOT, m.archivist.GOCACHE = s.env["GOROOT"], s.env["GOCACHE"]
	m.archivist.Settings, m.archivist.Release = settings(s.env), s.env["GOVERSION"]
	return m
}

func (m thisMachine) find(command string) (string, bool) {
	return toolchain.Find(command, m.options.Env), true
}

func (m thisMachine) prober() *toolchain.Prober {
	return &toolchain.Prober{Env: m.options.Env, Dir: m.dir, CacheDir: m.options.CacheDir}
}

func (m thisMachine) ask(ctx context.Context, questions map[string]link.Question) map[string]link.Answer {
	var keys []string
	var qs []link.Question
	for k, q := range questions {
		keys, qs = append(keys, k), append(qs, q)
	}
	answers := map[string]link.Answer{}
	for i, a := range m.prober().Ask(ctx, qs) {
		answers[keys[i]] = a
	}
	return answers
}

func (m thisMachine) archives(ctx context.Context, b link.Build, profile string) *archives {
	asks := m.archivist
	asks.Profile = profile
	return &archives{
		remembered: sync.OnceValue(func() map[string]link.CgoArchive { return asks.Remembered(b) }),
		ask: sync.OnceValues(func() (map[string]link.CgoArchive, string) {
			found, err := asks.Ask(ctx, b)
			if err != nil {
				return found, err.Error()
			}
			return found, ""
		}),
	}
}
