package parallel_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/parallel"
)

func fails() { panic("lost") }

// A panic in any goroutine comes to the one that waits, with the stack of where it
// was, and only once the others are done.
func TestPanicIsCarried(t *testing.T) {
	var done atomic.Int64
	for name, run := range map[string]func(){
		"Group": func() {
			var g parallel.Group
			g.Go(fails)
			g.Go(func() { done.Add(1) })
			g.Wait()
		},
		"Each": func() {
			parallel.Each(3, func(i int) {
				if i == 1 {
					fails()
				}
			})
		},
		"Start": func() {
			wait := parallel.Start(func() int { fails(); return 1 })
			defer func() { _ = recover(); wait() }() // each caller has it
			wait()
		},
		"Ahead": func() {
			once := sync.OnceFunc(fails)
			parallel.Ahead(once)
			once()
		},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				p := parallel.Recovered(recover())
				if p == nil || p.Value != "lost" || !strings.Contains(string(p.Stack), "parallel_test.fails") {
					t.Errorf("got %v, want the panic and its stack", p)
				}
			}()
			run()
			t.Error("got no panic")
		})
	}
	if done.Load() != 1 {
		t.Error("got a group that did not wait for all of its goroutines")
	}
}

func TestEach(t *testing.T) {
	for _, n := range []int{0, 1, 1000} {
		seen := make([]atomic.Int64, n)
		parallel.Each(n, func(i int) { seen[i].Add(1) })
		for i := range seen {
			if got := seen[i].Load(); got != 1 {
				t.Fatalf("%d of %d: got %d calls, want 1", i, n, got)
			}
		}
	}
	if got := parallel.Start(func() string { return "value" })(); got != "value" {
		t.Errorf("Start: got %q, want its value", got)
	}
}
