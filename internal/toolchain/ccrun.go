package toolchain

import (
	"errors"
	"strings"
	"sync"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
	"github.com/goportdoctor/goportdoctor/internal/gate"
	"github.com/goportdoctor/goportdoctor/internal/process"
)

// What is read of a compiler's output; the rest is thrown away.
const ccMaxOutput = 1 << 20

type ccOutput struct {
	stdout, stderr string
	err            error // *ccError where the compiler did not come to an end
}

// failure is why the compiler failed, with what in our words.
func (o ccOutput) failure(d ccDriver, what string) error {
	if e := (*ccError)(nil); errors.As(o.err, &e) {
		return e
	}
	reason := meaningful(o.stderr + "\n" + o.stdout)
	if reason == "" {
		reason = o.err.Error()
	}
	return refuse(reason, "C compiler %q cannot %s", d.name, what)
}

// hung holds the drivers that exceeded a limit, each with what is said of it. What
// hangs once is not waited for again.
var hung sync.Map // of path to error

// run runs the driver until it ends, or has exceeded the session's limit. Its words
// are C's and its scratch files are ours, so that they go when it is killed.
func (s *ccSession) run(d ccDriver, args []string) ccOutput {
	work, err := s.work()
	if err != nil {
		return ccOutput{err: refuse("", "no folder to link in: %v", err)}
	}
	if err, ok := hung.Load(d.path); ok {
		return ccOutput{err: err.(error)}
	}
	stdout, stderr := bounded.Buffer{Limit: ccMaxOutput}, bounded.Buffer{Limit: ccMaxOutput}
	err = process.Command{Path: d.path, Name: d.name, Args: args, Dir: s.dir,
		Env:    append(gate.Environ(s.env), "LC_ALL=C", "TMPDIR="+work),
		Stdout: &stdout, Stderr: &stderr, Limit: s.limit}.Run(s.ctx)
	clean := func(b *bounded.Buffer) string { return strings.ReplaceAll(b.String(), work+"/", "") }
	out := ccOutput{stdout: clean(&stdout), stderr: clean(&stderr), err: err}
	switch {
	case err == nil:
	case errors.As(err, new(*process.Exceeded)):
		out.err = refuse(meaningful(out.stderr), "CC did not answer: it %v", err)
		hung.Store(d.path, out.err)
	case s.ctx.Err() != nil:
		out.err = refuse("", "CC was interrupted")
	}
	return out
}
