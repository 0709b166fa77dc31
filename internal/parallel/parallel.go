// Package parallel runs functions side by side. A panic in one of them goes to the
// caller that waits for it, as if it had called the function itself, so that one
// deferred function of the program sees every panic.
package parallel

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// A Panic is a panic of another goroutine, with the stack of that.
type Panic struct {
	Value any
	Stack []byte
}

func (p *Panic) Error() string { return fmt.Sprintf("%v\n\n%s", p.Value, p.Stack) }

// Recovered returns what a deferred function recovered, with its stack, which must
// still be the goroutine's. It returns nil if there was no panic.
func Recovered(r any) *Panic {
	switch r := r.(type) {
	case nil:
		return nil
	case *Panic:
		return r
	default:
		return &Panic{r, debug.Stack()}
	}
}

// A Group is a set of goroutines that end before Wait returns. Its zero value is
// an empty group.
type Group struct {
	wait  sync.WaitGroup
	first atomic.Pointer[Panic]
}

// Go calls f in a goroutine.
func (g *Group) Go(f func()) {
	g.wait.Add(1)
	go func() {
		defer g.wait.Done()
		defer func() {
			if p := Recovered(recover()); p != nil {
				g.first.CompareAndSwap(nil, p)
			}
		}()
		f()
	}()
}

// Wait waits for the goroutines, and panics if one of them did.
func (g *Group) Wait() {
	g.wait.Wait()
	if p := g.first.Load(); p != nil {
		panic(p)
	}
}

// Each calls f with 0 to n-1, as many at once as there are processors.
func Each(n int, f func(i int)) {
	var g Group
	var next atomic.Int64
	for range min(n, runtime.GOMAXPROCS(0)) {
		g.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	g.Wait()
}

// Start calls f in a goroutine. The function that it returns waits for the value
// of f, and may be called many times.
func Start[T any](f func() T) (wait func() T) {
	var g Group
	var value T
	g.Go(func() { value = f() })
	return func() T {
		g.Wait()
		return value
	}
}

// Ahead calls a function of sync.OnceFunc or sync.OnceValue in a goroutine, before
// others need it. Those panic again in each caller, so that a panic is not lost
// unless nothing depends on the call.
func Ahead(once func()) {
	go func() {
		defer func() { _ = recover() }()
		once()
	}()
}
