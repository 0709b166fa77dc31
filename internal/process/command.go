// Package process owns what a run of this program starts and what it puts on disk
// for a time: commands, which end together with all that they started, and
// temporary folders. End ends and removes all of it.
package process

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/goportdoctor/goportdoctor/internal/parallel"
)

// A Command is a program to run. Where the system has process groups, it is the
// leader of one of its own: a signal at the terminal reaches this program alone,
// which passes it on.
type Command struct {
	Path           string
	Args           []string // without the program's name
	Name           string   // by which the program is called; "" is Path
	Dir            string
	Env            []string
	Stdin          io.Reader
	Stdout, Stderr io.Writer

	Limit Limit // the zero value is none
	// Asked has the command asked to end by an interrupt before it is killed, so
	// that it removes its own temporary files.
	Asked bool
	// Terminal leaves the command in this program's process group if there is a
	// terminal from which it may read.
	Terminal bool
}

// grace is how long an interrupted command is waited for, and the output of a killed
// one.
const grace = time.Second

var errEnding = errors.New("the program ends")

// Run runs the command until it ends, ctx does, or its limit is exceeded. A command
// that has ended is done, even if a process that it left behind holds its output.
func (c Command) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	cmd := c.prepare(ctx)
	var out outputs
	err := out.connect(cmd)
	if err == nil {
		err = live.start(cmd, cancel)
	}
	out.started()
	if err != nil {
		return cmp.Or(err, out.wait(ctx.Done()))
	}
	defer live.remove(cmd)
	stop := c.Limit.watch(cmd.Process.Pid, cancel)
	err = cmd.Wait()
	stop()
	if ctx.Err() != nil {
		killGroup(cmd) // one that ended may have left others
		c.killStrays()
	}
	copyErr := out.wait(ctx.Done())
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return cmp.Or(err, copyErr)
}

// Read runs the command and passes its output to read while it comes. readErr is
// that of read.
func (c Command) Read(ctx context.Context, read func(io.Reader) error) (readErr, err error) {
	out, in, err := pipe()
	if err != nil {
		return nil, err
	}
	c.Stdout = in
	wait := parallel.Start(func() error {
		defer out.end()
		defer in.Close()
		return c.Run(ctx)
	})
	readErr = read(out)
	out.file.Close() // a command that goes on printing gets an error
	return readErr, wait()
}

// killStrays ends what the command started and what left its process group, if its
// temporary files are in this run's folder.
func (c Command) killStrays() {
	tmp := ""
	for _, kv := range c.Env {
		if value, ok := strings.CutPrefix(kv, "TMPDIR="); ok {
			tmp = value
		}
	}
	if temporary.has(tmp) {
		killOrphans(tmp)
	}
}

func (c Command) prepare(ctx context.Context) *exec.Cmd {
	cmd := exec.CommandContext(ctx, c.Path, c.Args...)
	if c.Name != "" {
		cmd.Args[0] = c.Name
	}
	cmd.Dir, cmd.Env = c.Dir, c.Env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.Stdin, c.Stdout, c.Stderr
	cmd.WaitDelay = grace
	isolate(cmd, c.Asked, c.Terminal)
	return cmd
}

// live holds the commands that run.
var live commands

type commands struct {
	mu     sync.Mutex
	ending bool
	all    map[*exec.Cmd]context.CancelCauseFunc
	empty  chan struct{} // closed when the last one ended after ending was set
}

// start starts a command, unless the program ends.
func (l *commands) start(cmd *exec.Cmd, cancel context.CancelCauseFunc) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ending {
		return errEnding
	}
	if err := start(cmd); err != nil {
		return err
	}
	if l.all == nil {
		l.all = map[*exec.Cmd]context.CancelCauseFunc{}
	}
	l.all[cmd] = cancel
	return nil
}

func (l *commands) remove(cmd *exec.Cmd) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.all, cmd)
	if l.ending && len(l.all) == 0 && l.empty != nil {
		close(l.empty)
		l.empty = nil
	}
}

// end has every command end, and returns what is closed when all have.
func (l *commands) end() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ending = true
	done := make(chan struct{})
	if len(l.all) == 0 {
		close(done)
		return done
	}
	if l.empty == nil {
		l.empty = done
	}
	for _, cancel := range l.all {
		cancel(context.Canceled)
	}
	return l.empty
}

func (l *commands) each(f func(*exec.Cmd)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for cmd := range l.all {
		f(cmd)
	}
}

// End ends every command that runs and removes every temporary folder. No command
// starts after it. It waits for the commands, though not for one that cannot be
// killed.
func End() {
	select {
	case <-live.end():
	case <-time.After(5 * grace):
	}
	Kill()
}

// Kill is End without waiting: no command is asked to end.
func Kill() {
	live.end()
	live.each(killGroup)
	temporary.remove()
}
