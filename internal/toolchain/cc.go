// How does this C compiler link? It is asked by letting it link: a program
// that names the C functions in question and does nothing. Only that link knows
// of specs files, of wrapper scripts, of an ld behind the compiler and of what
// libc exports today.
//
// The linked program is read and never run.

package toolchain

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/parallel"
	"github.com/goportdoctor/goportdoctor/internal/process"
)

// A Prober has C compilers link small programs and reads what came out.
type Prober struct {
	// Env is the environment the go command would run CC in; nil means this
	// process's own.
	Env []string
	// Dir is the folder CC runs in, which relative paths among the flags are of.
	Dir string
	// CacheDir keeps answers from one run to the next; "" means not to.
	CacheDir string
	// Limit is what one run of CC may take; the zero value means process.Usual.
	Limit process.Limit
	// Still has Describe look at files and run nothing.
	Still bool
}

// Ask answers each question, in the order of qs. An answer that cannot be had
// says why in its Error. A question asked twice is answered once.
func (p *Prober) Ask(ctx context.Context, qs []link.Question) []link.Answer {
	s := p.session(ctx)
	defer s.close()
	results := make([]func() link.Answer, len(qs))
	var (
		wait    parallel.Group
		slots   = make(chan struct{}, runtime.GOMAXPROCS(0))
		answers memo[link.Answer]
	)
	for i, q := range qs {
		var first bool
		if results[i], first = answers.entry(q.Key(), func() link.Answer { return s.answer(q) }); !first {
			continue
		}
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			results[i]()
		})
	}
	wait.Wait()
	out := make([]link.Answer, len(qs))
	for i, r := range results {
		out[i] = r()
	}
	return out
}

// A ccSession is one Ask: what its questions have in common is found out once.
type ccSession struct {
	ctx     context.Context
	env     []string
	dir     string
	cache   string
	limit   process.Limit
	making  sync.Once
	scratch string // folder for sources and results, made when it is wanted
	made    error

	objects  memo[ccObject]
	drivers  memo[ccFacts]
	stamps   memo[ccStamp]
	offers   memo[offeredLibrary]
	untraced sync.Map // drivers whose linker does not know -t
}

type ccObject struct {
	file string
	err  error
}

func (p *Prober) session(ctx context.Context) *ccSession {
	s := &ccSession{ctx: ctx, env: p.Env, dir: p.Dir, cache: p.CacheDir, limit: p.Limit}
	if s.env == nil {
		s.env = os.Environ()
	}
	if dir, err := filepath.Abs(s.dir); err == nil {
		s.dir = dir
	}
	if s.limit == (process.Limit{}) {
		s.limit = process.Usual
	}
	return s
}

// work is the session's folder for sources and results.
func (s *ccSession) work() (string, error) {
	s.making.Do(func() { s.scratch, s.made = process.MkdirTemp("cc") })
	return s.scratch, s.made
}

// close removes what was compiled and linked.
func (s *ccSession) close() {
	if s.scratch != "" {
		process.Remove(s.scratch)
	}
}

func (s *ccSession) answer(q link.Question) link.Answer { return s.kept(q, false).Answer }

// kept is an answer from the cache or a link, with what the compiler says of
// itself where that is wanted.
func (s *ccSession) kept(asked link.Question, about bool) ccKept {
	q, why := s.judge(asked)
	if why != "" {
		return ccKept{Answer: link.Answer{Error: why, Withheld: why}}
	}
	d, err := s.find(q.Driver)
	if err != nil {
		return ccKept{Answer: refusal(err)}
	}
	entry := s.entry(d, q)
	if k, ok := s.load(entry); ok && (k.About != nil || !about) {
		return k
	}
	start := time.Now()
	a, opened, err := s.probe(d, q)
	if err != nil {
		return ccKept{Answer: refusal(err)}
	}
	if entry == "" && a.Interp == "" && !about {
		a.Source = link.SourceNone
		return ccKept{Answer: a}
	}
	facts := s.facts(d, q)
	a.Source, a.Because = s.source(d, q, facts, a.Interp)
	if dirs := append(a.RPath, a.RunPath...); len(dirs) > 0 {
		a.PathBecause = s.pathSource(d, q, facts, dirs[0])
	}
	k := ccKept{Answer: a}
	if about {
		k.About = s.about(d, q, facts, a)
	}
	s.keep(entry, start, k, func() []string { return s.dependencies(d, q, facts, opened) })
	return k
}

// A ccError is why there is no answer: in our words, and in the compiler's.
type ccError struct{ msg, reason string }

func (e *ccError) Error() string { return e.msg }

func refuse(reason, format string, args ...any) error {
	return &ccError{fmt.Sprintf(format, args...), reason}
}

func refusal(err error) link.Answer {
	a := link.Answer{Error: err.Error()}
	if e := (*ccError)(nil); errors.As(err, &e) {
		a.Reason = e.reason
	}
	return a
}

// A memo finds each value once, however many questions want it at a time.
type memo[V any] struct {
	mu    sync.Mutex
	known map[string]func() V
}

// entry is the function that gives key's value, and whether this is the first
// time that it was asked for.
func (m *memo[V]) entry(key string, find func() V) (value func() V, first bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if f, ok := m.known[key]; ok {
		return f, false
	}
	if m.known == nil {
		m.known = map[string]func() V{}
	}
	m.known[key] = sync.OnceValue(find)
	return m.known[key], true
}

func (m *memo[V]) get(key string, find func() V) V {
	f, _ := m.entry(key, find)
	return f()
}
