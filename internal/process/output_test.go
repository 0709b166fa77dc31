package process

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/goportdoctor/goportdoctor/internal/testcc"
)

// A reader that is slower than the command gets all of the output, however long
// after the command's end.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	sh := testcc.Need(t, "sh")
	const lines = 4000 // fewer bytes than a pipe holds
	script := "i=0; while [ $i -lt 4000 ]; do echo 0123456789; i=$((i+1)); done"
	var got int
	readErr, err := Command{Path: sh, Args: []string{"-c", script}}.Read(t.Context(), func(r io.Reader) error {
		time.Sleep(2 * lingering)
		all, err := io.ReadAll(r)
		got = strings.Count(string(all), "0123456789\n")
		return err
	})
	if got != lines || readErr != nil || err != nil {
		t.Errorf("got %d lines, %v, %v, want all %d", got, readErr, err, lines)
	}
}

// A process that a command leaves behind and that holds its output is not waited
// for.
func TestLeftBehind(t *testing.T) {
	t.Parallel()
	sh := testcc.Need(t, "sh")
	var said strings.Builder
	c := Command{Path: sh, Args: []string{"-c", "echo done; sleep 60 &"}, Stdout: &said, Stderr: &said}
	begin := time.Now()
	if err := c.Run(t.Context()); err != nil || said.String() != "done\n" {
		t.Errorf("got %q, %v, want the output", said.String(), err)
	}
	if took := time.Since(begin); took > 50*time.Second {
		t.Errorf("got the end after %v, want it before that of the process left behind", took)
	}
}
