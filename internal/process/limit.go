package process

import (
	"fmt"
	"time"

	"github.com/goportdoctor/goportdoctor/internal/parallel"
)

// A Limit bounds a command by what it does, not by the clock: on a busy machine a
// command that works, or waits for its turn, takes as long as it takes.
type Limit struct {
	// Idle is how long the command, and all that it started, may do nothing while
	// a processor is free.
	Idle time.Duration
	// Work is how much processor time they may take.
	Work time.Duration
}

// Usual is enough for a C compiler that compiles its C library at its first link.
var Usual = Limit{Idle: time.Minute, Work: 5 * time.Minute}

// blind is how many times Idle a command may take if the system does not say what it
// does.
const blind = 5

// crowded is how many times Idle a command may do nothing while others keep all
// processors, for which it may wait, or while it waits for a disk.
const crowded = 3

// An Exceeded is the limit that a command has exceeded, in words that follow a
// name: "did nothing for 1m0s".
type Exceeded struct{ words string }

func (e *Exceeded) Error() string { return e.words }

// A sample says what a command and all that it started have done.
type sample struct {
	work     time.Duration // processor time so far
	runnable bool          // one of them runs, or waits for a processor
	blocked  bool          // one of them waits for a disk
	busy     bool          // no processor is free, so that others may keep them waiting
}

// A patience counts how long a command has done nothing.
type patience struct {
	limit Limit
	idle  time.Duration
	last  time.Duration // of work
}

// What counts as working: a fiftieth of a processor. One that polls takes less.
const least = 50

// next takes the sample of a tick, and returns why the command must end, if it
// has to.
func (p *patience) next(tick time.Duration, s sample) error {
	worked := max(s.work-p.last, 0)
	p.last = max(s.work, p.last)
	switch {
	case s.runnable:
		p.idle -= tick + least*worked // not at once to nothing: a sleeper is woken now and then
	case s.blocked || s.busy:
		p.idle += tick/crowded - least*worked
	default:
		p.idle += tick - least*worked
	}
	p.idle = max(p.idle, 0)
	switch {
	case p.last > p.limit.Work:
		return &Exceeded{fmt.Sprintf("took more than %v of processor time", p.limit.Work)}
	case p.idle >= p.limit.Idle:
		return &Exceeded{fmt.Sprintf("did nothing for %v", p.limit.Idle)}
	}
	return nil
}

// watch calls end with an *Exceeded once a process has exceeded the limit.
func (l Limit) watch(pid int, end func(error)) (stop func()) {
	if l == (Limit{}) {
		return func() {}
	}
	done := make(chan struct{})
	wait := parallel.Start(func() struct{} {
		l.follow(pid, done, end)
		return struct{}{}
	})
	return func() {
		close(done)
		wait()
	}
}

func (l Limit) follow(pid int, done <-chan struct{}, end func(error)) {
	tick := l.Idle / 20 // so that a command that is soon done costs nothing
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	p := patience{limit: l}
	for blindly := time.Duration(0); ; {
		select {
		case <-done:
			return
		case <-ticker.C: // as one tick, even if the whole machine slept
		}
		s, ok := look(pid)
		if !ok {
			if blindly += tick; blindly >= blind*l.Idle {
				end(&Exceeded{fmt.Sprintf("took more than %v", blind*l.Idle)})
				return
			}
			continue
		}
		if err := p.next(tick, s); err != nil {
			end(err)
			return
		}
	}
}
