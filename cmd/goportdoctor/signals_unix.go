//go:build unix

package main

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"syscall"

	"github.com/goportdoctor/goportdoctor/internal/process"
)

// ending are the signals that end a run.
var ending = []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP}

// noticed are the signals to be handled. One that is ignored stays so, as nohup
// wants of SIGHUP. A command that reads from the terminal gets an error instead of
// being stopped, since it is not in the terminal's process group.
func noticed() []os.Signal {
	signal.Ignore(syscall.SIGTTIN)
	handled := []os.Signal{syscall.SIGPIPE, syscall.SIGQUIT, syscall.SIGABRT, syscall.SIGTSTP, syscall.SIGCONT}
	all := slices.Concat(ending, handled)
	return slices.DeleteFunc(all, signal.Ignored)
}

func ends(s os.Signal) bool { return slices.Contains(ending, s) }

// exitBrokenPipe is what a shell says of a command that SIGPIPE ended. The runtime
// lets no program end by that signal once it has asked for it.
const exitBrokenPipe = 128 + 13

// handle does what a signal does by default, and before that what only this
// process can do.
func handle(s os.Signal) {
	switch s {
	case syscall.SIGTSTP:
		process.Suspend()
	case syscall.SIGCONT:
		process.Resume()
	case syscall.SIGPIPE:
		process.Kill()
		os.Exit(exitBrokenPipe)
	default: // who sends these wants to see what it does
		stacks := make([]byte, 4<<20)
		fmt.Fprintf(os.Stderr, "goportdoctor: %v\n\n%s\n", s, stacks[:runtime.Stack(stacks, true)])
		process.Kill()
		os.Exit(exitUnanswered)
	}
}
