package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/parallel"
	"github.com/goportdoctor/goportdoctor/internal/process"
)

// crashes are the ways in which a run can fail by a mistake of its own. Those of
// the runtime cannot be caught.
var crashes = map[string]func(){
	"panic":     func() { panic("a\x1b[31m\nname") },
	"goroutine": func() { parallel.Each(4, func(i int) { _ = []int{}[i] }) },
	"background": func() {
		wait := parallel.Start(func() int { panic("in the background") })
		fmt.Print(wait())
	},
	"throw": func() {
		m := map[int]int{}
		for range 8 {
			go func() {
				for {
					m[0]++
				}
			}()
		}
		select {}
	},
	"overflow": func() { fmt.Print(overflow(1 << 40)) },
}

func overflow(n int) int {
	if n == 0 {
		return 0
	}
	return overflow(n-1) + 1
}

// crashing is a command for the test alone.
func crashing() {
	os.Exit(untilEnd(func(context.Context) int {
		if _, err := process.MkdirTemp("crash"); err != nil {
			return 99
		}
		crashes[os.Args[1]]()
		return 98
	}))
}

// A crash has the status of what cannot be answered, or is the runtime's own
// abort, and never that of wrong usage; it says where to report it.
func TestCrash(t *testing.T) {
	for name := range crashes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tmp := t.TempDir()
			cmd := withTemp(exec.Command("crashing", name), tmp)
			var said strings.Builder
			cmd.Stderr = &said
			err := cmd.Run()
			thrown := name == "throw" || name == "overflow"
			if got := exitStatus(err); thrown && got != -1 || !thrown && got != exitUnanswered {
				t.Errorf("got status %d (%v), want %d, or a signal for a throw", got, err, exitUnanswered)
			}
			if thrown {
				return
			}
			words := regexp.MustCompile(`^goportdoctor: internal error: [^\x00-\x1f]+\n` +
				`goportdoctor: hint: .*` + reportTo + `\n\ngoportdoctor .*\n`)
			if !words.MatchString(said.String()) || !strings.Contains(said.String(), "crash_test.go:") {
				t.Errorf("got %s, want the error, where to report it, and the stack", said.String())
			}
			if left, _ := filepath.Glob(filepath.Join(tmp, "*")); len(left) > 0 {
				t.Errorf("got %q left, want nothing", left)
			}
		})
	}
}

func withTemp(cmd *exec.Cmd, tmp string) *exec.Cmd {
	cmd.Env = append(os.Environ(), "TMPDIR="+tmp)
	return cmd
}

func exitStatus(err error) int {
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return 0
}
