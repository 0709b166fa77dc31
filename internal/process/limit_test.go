package process

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os/exec"
	"testing"
	"time"

	"github.com/goportdoctor/goportdoctor/internal/testcc"
)

// What a limit makes of samples, each of a tick of a second.
func TestPatience(t *testing.T) {
	working := func(n int) (all []sample) {
		for i := range n {
			all = append(all, sample{work: time.Duration(i+1) * time.Second})
		}
		return all
	}
	repeated := func(n int, s sample) (all []sample) {
		for range n {
			all = append(all, s)
		}
		return all
	}
	limit := Limit{Idle: 10 * time.Second, Work: 20 * time.Second}
	for _, tt := range []struct {
		name    string
		samples []sample
		want    string // "" where it goes on
		after   int    // ticks
	}{
		{"sleeps", repeated(30, sample{}), "did nothing for 10s", 10},
		{"waits for its turn", repeated(1000, sample{runnable: true}), "", 0},
		{"works", working(20), "", 0},
		{"works without end", working(30), "took more than 20s of processor time", 21},
		{"waits for a disk", repeated(25, sample{blocked: true}), "", 0},
		{"waits for a disk without end", repeated(60, sample{blocked: true}), "did nothing for 10s", 31},
		{"sleeps while others keep all processors", repeated(60, sample{busy: true}), "did nothing for 10s", 31},
	} {
		p, got, after := patience{limit: limit}, "", 0
		for i, s := range tt.samples {
			if err := p.next(time.Second, s); err != nil {
				got, after = err.Error(), i+1
				break
			}
		}
		if got != tt.want || after != tt.after {
			t.Errorf("%s: got %q after %d ticks, want %q after %d", tt.name, got, after, tt.want, tt.after)
		}
	}
	polls := patience{limit: limit}
	for i := range 20 {
		if err := polls.next(time.Second, sample{work: time.Duration(i) * 5 * time.Millisecond}); err != nil {
			return
		}
	}
	t.Error("got a command that polls and goes on, want it ended")
}

// A command that sleeps is ended, and one that works meanwhile is not.
func TestLimit(t *testing.T) {
	t.Parallel()
	sh := testcc.Need(t, "sh")
	limit := Limit{Idle: 5 * time.Second, Work: 10 * time.Minute}
	run := func(script string) error {
		return Command{Path: sh, Args: []string{"-c", script}, Limit: limit}.Run(t.Context())
	}
	if err := run("sleep 600"); !errors.As(err, new(*Exceeded)) {
		t.Errorf("sleeps: got %v, want that the limit is exceeded", err)
	}
	if err := run(`i=0; while [ $i -lt 20 ]; do i=$((i+1)); j=0; while [ $j -lt 40000 ]; do j=$((j+1)); done; sleep 0.2; done`); err != nil {
		t.Errorf("works: got %v, want its end", err)
	}
}

// The output comes while the command runs, and a reader that stops ends it.
func TestRead(t *testing.T) {
	t.Parallel()
	sh := testcc.Need(t, "sh")
	stopped := errors.New("stopped")
	args := []string{"-c", "echo first; while :; do echo more; done"}
	readErr, err := Command{Path: sh, Args: args}.Read(t.Context(), func(r io.Reader) error {
		first := make([]byte, 6)
		if _, err := io.ReadFull(r, first); err != nil || string(first) != "first\n" {
			t.Errorf("got %q, %v, want the first line", first, err)
		}
		return stopped
	})
	if readErr != stopped {
		t.Errorf("got %v (%v), want the reader's error", readErr, err)
	}
	var all bytes.Buffer
	readErr, err = Command{Path: sh, Args: []string{"-c", "echo all; exit 3"}}.Read(t.Context(), func(r io.Reader) error {
		_, err := io.Copy(&all, r)
		return err
	})
	if exit := (*exec.ExitError)(nil); readErr != nil || !errors.As(err, &exit) || exit.ExitCode() != 3 || all.String() != "all\n" {
		t.Errorf("got %q, %v, %v, want all of the output and the status", all.String(), readErr, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := (Command{Path: sh, Args: []string{"-c", "sleep 600"}}).Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was cancelled", err)
	}
}
