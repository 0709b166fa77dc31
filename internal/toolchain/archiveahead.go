package toolchain

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/parallel"
	"github.com/goportdoctor/goportdoctor/internal/store"
)

// A begunQuestion is a go list -n that was begun before go env had answered,
// in the environment as it is.
type begunQuestion struct {
	flags []string
	sign  string // entry of the store that says that the question was answered before
	noted sync.Once
	wait  func() (map[string]string, error)
}

var errNotBegun = errors.New("nothing was asked ahead")

// Begin asks ahead for the archives of a build of which flags and settings
// alone are known, by the go command goTool. settings is the file of go env -w.
// Where an answer is likely to be remembered, nothing is asked.
func (a *Archivist) Begin(ctx context.Context, goTool, settings string, b link.Build) {
	if !b.CgoEnabled || b.All || b.Compiler != "gc" {
		return
	}
	q := &begunQuestion{flags: compileFlags(b), wait: func() (map[string]string, error) { return nil, errNotBegun }}
	a.begun = q
	if a.CacheDir != "" {
		q.sign = "archive/asked-" + a.ahead(goTool, settings, b)
	}
	if q.sign != "" && store.Has(a.CacheDir, q.sign) {
		q.noted.Do(func() {})
		return
	}
	asks, err := *a, error(nil)
	files := parallel.Start(func() (found map[string]string) {
		found, err = asks.files(ctx, goTool, nil, b)
		return found
	})
	q.wait = func() (map[string]string, error) { return files(), err }
}

// Wait returns when nothing of what Begin began is left.
func (a *Archivist) Wait() {
	if a.begun != nil {
		_, _ = a.begun.wait()
	}
}

// ahead is of all that the answer may depend on and that is known by then; it
// only tells whether to ask, so that it may miss something.
func (a *Archivist) ahead(goTool, settings string, b link.Build) string {
	h := sha256.New()
	fmt.Fprintln(h, "ahead 2", goTool, stampOf(settings), compileFlags(b))
	env := slices.DeleteFunc(slices.Clone(a.Env), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return !strings.HasPrefix(name, "GO") && !strings.HasPrefix(name, "CGO") && name != "CC" && name != "CXX" && name != "PATH" && name != "HOME"
	})
	slices.Sort(env)
	fmt.Fprintf(h, "%q", env)
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// answer waits for what was asked ahead, if that was the same question.
func (q *begunQuestion) answer(b link.Build) (map[string]string, error) {
	if q == nil || !slices.Equal(q.flags, compileFlags(b)) {
		return nil, errNotBegun
	}
	return q.wait()
}

// note says that the answer is remembered now, so that it is not asked ahead
// again.
func (q *begunQuestion) note(dir string) {
	if q != nil && q.sign != "" {
		q.noted.Do(func() { store.Write(dir, q.sign, nil) })
	}
}
