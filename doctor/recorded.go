package doctor

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"go/version"
	"io"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/load"
)

// MaxFacts is as large as a file of facts may be: a few hundred answers.
const MaxFacts = 64 << 20

// ReadFacts reads what Record wrote. What is not such a file is an error.
func ReadFacts(r io.Reader) (*Facts, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxFacts+1))
	if err != nil {
		return nil, err
	}
	if len(data) > MaxFacts {
		return nil, fmt.Errorf("more than %d MB", MaxFacts>>20)
	}
	f := &Facts{}
	if err := json.Unmarshal(bytes.TrimPrefix(data, []byte("\ufeff")), f); err != nil {
		return nil, fmt.Errorf("no facts: %w", err)
	}
	switch {
	case f.Version > 1:
		return nil, fmt.Errorf("facts of version %d, and this goportdoctor reads version 1", f.Version)
	case f.Version != 1 || f.Environment["GOVERSION"] == "" || f.Environment["GOOS"] == "" || f.Environment["GOARCH"] == "":
		return nil, errors.New("no facts: goportdoctor facts writes them")
	}
	return f, nil
}

// Why a machine that only facts are there of has no answer.
const (
	notRecorded = "the facts do not say"
	notLinked   = notRecorded + " how that machine links this; goportdoctor facts there, in this folder and with these flags, records it"
)

// A recorded machine answers from facts.
type recorded struct {
	facts   *Facts
	answers map[string]link.Answer // by key, by loose key and by idle key
}

// idle are libraries of glibc's that are in libc itself by now, or that only
// programs which call them need.
var idle = []string{"-lm", "-ldl", "-lrt", "-lpthread"}

func newRecorded(f *Facts) recorded {
	m := recorded{f, map[string]link.Answer{}}
	for _, a := range f.Answers {
		m.answers[a.Question.Reduced().Key()] = a.Answer
	}
	for _, a := range f.Answers {
		if key := looseKey(a.Question); m.answers[key].Linkage == "" {
			m.answers[key] = a.Answer
		}
	}
	for _, a := range f.Answers {
		if key := idleKey(a.Question); m.idles(a) && m.answers[key].Linkage == "" {
			m.answers[key] = a.Answer
		}
	}
	return m
}

// idles reports whether a program like that of an answer is linked just so with
// all of the idle libraries, and without.
func (m recorded) idles(a Answered) bool {
	with := a.Question.Reduced()
	with.After = withoutIdle(with.After)
	for _, other := range m.facts.Answers {
		q := other.Question
		if !slices.Equal(q.Driver, with.Driver) || !slices.Equal(q.Before, with.Before) || !slices.Equal(withoutIdle(q.Reduced().After), with.After) {
			continue
		}
		if all := !slices.ContainsFunc(idle, func(w string) bool { return !slices.Contains(q.After, w) }); all &&
			slices.Equal(other.Answer.Needed, a.Answer.Needed) && slices.Equal(other.Answer.RunPath, a.Answer.RunPath) {
			return other.Answer.Error == "" && a.Answer.Error == ""
		}
	}
	return false
}

func withoutIdle(words []string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool { return slices.Contains(idle, w) })
}

func idleKey(q link.Question) string {
	q.After = withoutIdle(q.After)
	return "idle " + looseKey(q)
}

// looseKey is the key of a question whose libraries may come in any order, which
// is that of a program's imports: shared ones do not mind.
func looseKey(q link.Question) string {
	q = q.Reduced()
	if !slices.Contains(q.After, "-static") && !slices.Contains(q.After, "-static-pie") {
		slices.SortStableFunc(q.After, func(a, b string) int {
			if !strings.HasPrefix(a, "-l") || !strings.HasPrefix(b, "-l") {
				return 0
			}
			return strings.Compare(a, b)
		})
	}
	return "loose " + q.Key()
}

func (m recorded) find(command string) (string, bool) {
	path, known := m.facts.Commands[command]
	return path, known
}

func (m recorded) ask(_ context.Context, questions map[string]link.Question) map[string]link.Answer {
	answers := map[string]link.Answer{}
	for key, q := range questions {
		if a, ok := m.answers[q.Reduced().Key()]; ok {
			answers[key] = a
		} else if a, ok := m.answers[looseKey(q)]; ok {
			answers[key] = a
		} else if a, ok := m.answers[idleKey(q)]; ok {
			answers[key] = a
		}
	}
	return answers
}

func (m recorded) archives(_ context.Context, b link.Build, profile string) *archives {
	key := archiveKey(b, profile)
	for _, a := range m.facts.Archives {
		if a.Key == key {
			return &archives{
				remembered: func() map[string]link.CgoArchive { return a.Found },
				ask:        func() (map[string]link.CgoArchive, string) { return a.Found, a.Unknown },
			}
		}
	}
	return &archives{
		remembered: func() map[string]link.CgoArchive { return nil },
		ask: func() (map[string]link.CgoArchive, string) {
			return nil, notRecorded + " what that machine's build cache has for these flags"
		},
	}
}

// elsewhere prepares a session for the machine of the facts: its settings count
// and not those of this one, whose go command only lists the packages.
func (s *session) elsewhere(ctx context.Context) error {
	f := s.options.Facts
	if err := s.listAs(ctx, f.Environment["GOVERSION"]); err != nil {
		return err
	}
	s.host = newRecorded(f)
	s.env = load.Env(f.Environment)
	s.toolchain = f.Toolchain
	s.source = func() error {
		if f.ToolchainError != "" {
			return errors.New(f.ToolchainError)
		}
		return nil
	}
	there := s.request
	there.Env = f.Variables
	s.request.PkgConfig = f.PkgConfig
	if s.request.PkgConfig == nil {
		s.request.PkgConfig = []load.PkgConfig{}
	}
	var err error
	s.build, err = load.NewBuild(there, s.env)
	return err
}

// listAs has packages listed by a go command of the facts' release, for which
// packages the standard library has, and which of them use cgo, is up to it.
func (s *session) listAs(ctx context.Context, release string) error {
	// An empty value would have the go command take what go env -w wrote.
	s.request.Env = append(slices.Clip(s.request.Env), "GOFLAGS=-tags=")
	var err error
	if s.local, err = load.Environment(ctx, s.request); err != nil {
		return err
	}
	if s.local["GOVERSION"] == release {
		return nil
	}
	with := s.request
	with.Env = append(slices.Clip(with.Env), "GOTOOLCHAIN="+release)
	if env, err := load.Environment(ctx, with); err == nil && env["GOVERSION"] == release {
		s.request, s.local = with, env
		return nil
	}
	if here := s.local["GOVERSION"]; version.Lang(here) != version.Lang(release) {
		return fmt.Errorf("the facts are of %s, and packages would be listed by %s, whose standard library is another", release, here)
	}
	return nil
}

// maxProfile is more than any profile of a processor has.
const maxProfile = 1 << 30

// profileID is a digest of a profile, "" for none.
func profileID(profile string) string {
	if profile == "" {
		return ""
	}
	f, err := bounded.Open(profile, maxProfile)
	if err != nil {
		return "unreadable profile"
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, io.LimitReader(f, maxProfile)); err != nil {
		return "unreadable profile"
	}
	return "profile " + hex.EncodeToString(h.Sum(nil)[:8])
}
