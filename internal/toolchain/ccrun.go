package toolchain

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/goportdoctor/goportdoctor/internal/gate"
	"github.com/goportdoctor/goportdoctor/internal/group"
)

// What is read of a compiler's output; the rest is thrown away.
const ccMaxOutput = 1 << 20

// How many times the timeout a driver has that is at work and does not hang.
const ccPatience = 6

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

// run runs the driver, within the session's patience.
func (s *ccSession) run(d ccDriver, args []string) ccOutput {
	ctx, cancel := s.patience(d)
	defer cancel()
	return s.start(ctx, d, args)
}

// patience lasts for the timeout, and ccPatience times as long for a driver that
// answers something else meanwhile: zig compiles a C library at its first link.
func (s *ccSession) patience(d ccDriver) (context.Context, context.CancelFunc) {
	ctx, end := context.WithCancelCause(s.ctx)
	timer := time.AfterFunc(s.timeout, func() {
		took := s.timeout
		if s.alive(ctx, d) {
			took = ccPatience * s.timeout
			select {
			case <-time.After(took - s.timeout):
			case <-ctx.Done():
			}
		}
		end(fmt.Errorf("CC did not answer within %v", took))
	})
	return ctx, func() { timer.Stop(); end(nil) }
}

// alive reports whether the driver comes to an end at once where it has nothing
// to do, be it with an error.
func (s *ccSession) alive(ctx context.Context, d ccDriver) bool {
	ctx, cancel := context.WithTimeout(ctx, s.timeout/5)
	defer cancel()
	return !errors.As(s.start(ctx, d, []string{"--version"}).err, new(*ccError))
}

// start runs the driver until ctx ends. Its words are C's and its scratch files
// are ours, so that they go when it is killed.
func (s *ccSession) start(ctx context.Context, d ccDriver, args []string) ccOutput {
	work, err := s.work()
	if err != nil {
		return ccOutput{err: refuse("", "no folder to link in: %v", err)}
	}
	cmd := exec.CommandContext(ctx, d.path, args...)
	cmd.Args[0] = d.name
	cmd.Dir = s.dir
	cmd.Env = append(gate.Environ(s.env), "LC_ALL=C", "TMPDIR="+work)
	var stdout, stderr limited
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.WaitDelay = time.Second
	group.Kill(cmd)
	err = cmd.Run()
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil // it is done; a daemon it left behind holds on to the output
	}
	clean := func(b *limited) string { return strings.ReplaceAll(b.buf.String(), work+"/", "") }
	out := ccOutput{stdout: clean(&stdout), stderr: clean(&stderr), err: err}
	switch {
	case err == nil:
	case s.ctx.Err() != nil:
		out.err = refuse("", "CC was interrupted")
	case ctx.Err() != nil:
		out.err = refuse(meaningful(out.stderr), "%v", context.Cause(ctx))
	}
	return out
}

// limited keeps the first ccMaxOutput bytes written to it. The buffer is not
// embedded: its ReadFrom would let in everything.
type limited struct{ buf bytes.Buffer }

func (l *limited) Write(p []byte) (int, error) {
	if room := ccMaxOutput - l.buf.Len(); room > 0 {
		l.buf.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
