package process

import (
	"os"
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	const line = "42 (a) R (b) S 7 41 41 0 -1 4194304 1 2 3 4 150 50 25 75 20 0 1 0 9 9 9"
	want := procStat{pid: 42, parent: 7, group: 41, state: 'S', work: 3 * time.Second}
	if got, ok := parseStat(line); !ok || got != want {
		t.Errorf("got %+v, %v, want %+v", got, ok, want)
	}
	for _, bad := range []string{"", "42", "42 (a", ") (", "42 (a) S 7", "x (a) S 7 41 41 0 -1 4194304 1 2 3 4 150 50 25 75"} {
		if got, ok := parseStat(bad); ok {
			t.Errorf("%q: got %+v, want nothing", bad, got)
		}
	}
	if s, ok := look(os.Getpid()); !ok || !s.runnable {
		t.Errorf("got %+v, %v of this process, want one that runs", s, ok)
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add("42 (a) R (b) S 7 41 41 0 -1 4194304 1 2 3 4 150 50 25 75 20 0 1 0")
	f.Fuzz(func(t *testing.T, line string) { parseStat(line) })
}

// Members are found by group and by parent, whatever their order.
func TestMembers(t *testing.T) {
	all := []procStat{
		{pid: 30, parent: 20, group: 99}, // left the group
		{pid: 20, parent: 10, group: 10},
		{pid: 10, parent: 1, group: 10},
		{pid: 40, parent: 1, group: 10}, // lost its parent
		{pid: 50, parent: 1, group: 50},
	}
	if got := members(10, all); len(got) != 4 {
		t.Errorf("got %+v, want all but 50", got)
	}
}
