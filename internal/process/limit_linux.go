package process

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// userHz is the unit of times in /proc (USER_HZ), the same on every port.
const userHz = 100

// A procStat is what /proc/PID/stat says of a process (proc_pid_stat(5)).
type procStat struct {
	pid, parent, group int
	state              byte
	work               time.Duration // of itself and of children that it waited for
}

// parseStat reads the line of a stat file. The name of the program, in
// parentheses, may hold anything.
func parseStat(line string) (p procStat, ok bool) {
	open, end := strings.IndexByte(line, '('), strings.LastIndexByte(line, ')')
	if open < 0 || end < open {
		return p, false
	}
	fields := strings.Fields(line[end+1:])
	pid, err := strconv.Atoi(strings.TrimSpace(line[:open]))
	if err != nil || len(fields) < 15 || len(fields[0]) != 1 {
		return p, false
	}
	p.pid, p.state = pid, fields[0][0]
	p.parent, _ = strconv.Atoi(fields[1])
	p.group, _ = strconv.Atoi(fields[2])
	for _, f := range fields[11:15] { // utime, stime, cutime, cstime
		ticks, _ := strconv.ParseInt(f, 10, 64)
		p.work += time.Duration(ticks) * time.Second / userHz
	}
	return p, true
}

// processes lists the processes that the system shows.
func processes() (all []procStat) {
	names, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range names {
		if data, err := os.ReadFile(name); err == nil {
			if p, ok := parseStat(string(data)); ok {
				all = append(all, p)
			}
		}
	}
	return all
}

// members are a process, what is in its group if it leads one, and all that these
// started.
func members(leader int, all []procStat) (found []procStat) {
	in := map[int]bool{leader: true}
	for grown := true; grown; {
		grown = false
		for _, p := range all {
			if !in[p.pid] && (in[p.parent] || p.group == leader) {
				in[p.pid], grown = true, true
			}
		}
	}
	for _, p := range all {
		if in[p.pid] {
			found = append(found, p)
		}
	}
	return found
}

// descendants are the processes that a process has started, by it or by one of them.
func descendants(pid int) (found []int) {
	for _, p := range members(pid, processes()) {
		if p.pid != pid {
			found = append(found, p.pid)
		}
	}
	return found
}

// look samples a process and all that it started.
func look(pid int) (s sample, ok bool) {
	for _, p := range members(pid, processes()) {
		ok = ok || p.pid == pid
		s.work += p.work
		for _, state := range threadStates(p) {
			s.runnable = s.runnable || state == 'R'
			s.blocked = s.blocked || state == 'D'
		}
	}
	s.busy = saturated()
	return s, ok
}

// threadStates are those of all threads of a process; its own is the first one's.
func threadStates(p procStat) []byte {
	states := []byte{p.state}
	names, _ := filepath.Glob("/proc/" + strconv.Itoa(p.pid) + "/task/*/stat")
	for _, name := range names {
		if data, err := os.ReadFile(name); err == nil {
			if t, ok := parseStat(string(data)); ok {
				states = append(states, t.state)
			}
		}
	}
	return states
}

// saturated reports whether more threads than there are processors want one,
// besides this program's that asks.
func saturated() bool {
	data, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return false
	}
	fields := strings.Fields(string(data))
	if len(fields) < 4 {
		return false
	}
	runnable, _, _ := strings.Cut(fields[3], "/")
	n, err := strconv.Atoi(runnable)
	return err == nil && n-1 >= runtime.NumCPU()
}
