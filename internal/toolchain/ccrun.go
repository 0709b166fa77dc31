package toolchain

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"slices"
	"strings"
	"time"
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

// run runs the driver. Its words are C's and its scratch files are ours, so
// that they go when it is killed.
func (s *ccSession) run(d ccDriver, args []string) ccOutput {
	work, err := s.work()
	if err != nil {
		return ccOutput{err: refuse("", "no folder to link in: %v", err)}
	}
	ctx, cancel := context.WithTimeout(s.ctx, s.timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, d.path, args...)
	cmd.Args[0] = d.name
	cmd.Dir = s.dir
	cmd.Env = append(slices.Clone(s.env), "LC_ALL=C", "TMPDIR="+work)
	var stdout, stderr limited
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.WaitDelay = time.Second
	killGroup(cmd)
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
		out.err = refuse(meaningful(out.stderr), "CC did not answer within %v", s.timeout)
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
