package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/parallel"
	"github.com/goportdoctor/goportdoctor/internal/process"
)

// orderly is how long a run may take to end after a signal, before it is ended in
// the middle of what it does.
const orderly = 3 * time.Second

// untilEnd runs f and gives its status. However f ends, what it started ends and
// its temporary files go: by its return, by a panic in any goroutine, by a signal.
// What a killed run left goes too.
func untilEnd(f func(context.Context) int) (status int) {
	// What the runtime finds wrong by itself, as a full stack, cannot be caught. It
	// ends the process with status 2, which means wrong usage here, unless the
	// runtime is to abort.
	debug.SetTraceback("crash")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, noticed()...)
	var returned atomic.Bool
	obeyed := parallel.Start(func() bool { obey(signals, cancel, &returned); return true })
	swept := parallel.Start(func() bool { process.Sweep(); return true })
	defer func() {
		p := parallel.Recovered(recover())
		returned.Store(true)
		swept()
		process.End()
		if p != nil {
			status = crashed(os.Stderr, p)
		}
		signal.Stop(signals) // what came before, as a broken pipe, counts
		close(signals)
		obeyed()
	}()
	return f(ctx)
}

// obey ends the run on a first signal, and at once on a second one. A run that does
// not return in time is ended too.
func obey(signals <-chan os.Signal, cancel context.CancelFunc, returned *atomic.Bool) {
	ended := false
	for s := range signals {
		switch {
		case !ends(s):
			handle(s)
		case ended:
			interrupted(process.Kill)
		default:
			ended = true
			cancel()
			time.AfterFunc(orderly, func() {
				if !returned.Load() {
					interrupted(process.End)
				}
			})
		}
	}
}

func interrupted(end func()) {
	end()
	os.Exit(complain(os.Stderr, context.Canceled, "", exitUnanswered))
}

// crashed reports a panic. Its value may hold names of the module's.
func crashed(stderr io.Writer, p *parallel.Panic) int {
	what, _, _ := strings.Cut(fmt.Sprint(p.Value), "\n")
	if quoted := fmt.Sprintf("%q", what); quoted != `"`+what+`"` {
		what = quoted
	}
	hint := "please report it, with what follows: https://" + reportTo
	complain(stderr, errors.New("internal error: "+what), hint, exitUnanswered)
	own, release := doctor.OwnVersion().Tool.Version, runtime.Version()
	dump(stderr, fmt.Sprintf("\ngoportdoctor %s, %s %s/%s\n%s", own, release, runtime.GOOS, runtime.GOARCH, p.Stack))
	return exitUnanswered
}

const reportTo = "github.com/goportdoctor/goportdoctor/issues"
