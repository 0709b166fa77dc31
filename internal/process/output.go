package process

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"sync/atomic"
	"time"

	"github.com/goportdoctor/goportdoctor/internal/parallel"
)

// lingering is how long the output of a command that has ended may stay silent
// while another process holds it.
const lingering = 5 * time.Second

// outputs are the pipes from a command to writers that are not files. The package
// os/exec makes such pipes too, and closes them a fixed time after the command's
// end, so that a slow reader loses the rest of the output.
type outputs struct {
	theirs []*os.File
	ours   []*output
	copied []func() error
}

// connect replaces the writers of cmd by pipes.
func (o *outputs) connect(cmd *exec.Cmd) (err error) {
	stdout := cmd.Stdout
	if cmd.Stdout, err = o.writer(stdout); err != nil {
		return err
	}
	if stdout != nil && cmd.Stderr == stdout {
		cmd.Stderr = cmd.Stdout
		return nil
	}
	cmd.Stderr, err = o.writer(cmd.Stderr)
	return err
}

// writer returns w if it is nil or a file, or else the end of a pipe to it.
func (o *outputs) writer(w io.Writer) (io.Writer, error) {
	if _, isFile := w.(*os.File); isFile || w == nil {
		return w, nil
	}
	from, end, err := pipe()
	if err != nil {
		return nil, err
	}
	o.theirs, o.ours = append(o.theirs, end), append(o.ours, from)
	o.copied = append(o.copied, parallel.Start(func() error {
		defer from.file.Close() // a command that goes on printing gets an error
		_, err := io.Copy(w, from)
		return err
	}))
	return end, nil
}

// started closes this process's copies of what the command has open.
func (o *outputs) started() {
	for _, f := range o.theirs {
		f.Close()
	}
}

// wait copies the rest of the output of a command that has ended, until there is no
// more. Once cancelled is closed, it waits for the grace only.
func (o *outputs) wait(cancelled <-chan struct{}) (err error) {
	for _, from := range o.ours {
		from.end()
	}
	all := make(chan error, 1)
	rest := parallel.Start(func() error {
		var errs []error
		for _, copied := range o.copied {
			errs = append(errs, copied())
		}
		all <- errors.Join(errs...)
		return nil
	})
	select {
	case err = <-all:
		_ = rest()
		return err
	case <-cancelled:
	}
	select {
	case err = <-all:
		return err
	case <-time.After(grace):
		return nil
	}
}

// An output is the reading end of a pipe from a command.
type output struct {
	file  *os.File
	ended atomic.Bool
}

// pipe returns the ends of a pipe from a command.
func pipe() (*output, *os.File, error) {
	r, w, err := os.Pipe()
	return &output{file: r}, w, err
}

// Read reads what the command has printed. After the command's end, it takes a long
// silence for the end of the output.
func (o *output) Read(b []byte) (int, error) {
	for {
		ended := o.ended.Load()
		if ended {
			o.expire()
		}
		n, err := o.file.Read(b)
		switch {
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return n, err
		case ended:
			return n, io.EOF
		}
	}
}

// end has Read wait no longer than lingering.
func (o *output) end() {
	o.ended.Store(true)
	o.expire()
}

// expire sets the deadline. Pipes of Windows have none.
func (o *output) expire() { _ = o.file.SetReadDeadline(time.Now().Add(lingering)) }
