//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Limits of a command on a hostile repository.
const (
	hostileMemory = 300 << 20         // of goportdoctor itself
	hostileCPU    = 120 * time.Second // with all that it starts, unless the attack says less
	hostileBuild  = 30 * time.Second  // of verify and vet, which take as long as go build and go vet do
	hostileIdle   = 60 * time.Second  // without use of a processor
	hostileWall   = 8 * time.Minute
	familyMemory  = 3 << 30 // of all that it starts, to protect the machine
)

// A watch looks at a process and all below it.
type watch struct {
	root   int
	self   string // the executable whose memory counts
	cpu    time.Duration
	peak   int64
	killed string

	spent map[int]time.Duration // of each process ever seen
}

const watchEvery = 100 * time.Millisecond

// until looks until ctx ends, and kills all where a limit is passed.
func (w *watch) until(ctx context.Context) {
	w.spent = map[int]time.Duration{}
	start, moved, before := time.Now(), time.Now(), time.Duration(0)
	for ctx.Err() == nil && w.killed == "" {
		spent, resident := w.look()
		if spent-before > time.Second { // more than looking at its children takes
			moved, before = time.Now(), spent
		}
		switch {
		case spent > w.cpu:
			w.kill(fmt.Sprintf("it used %v of a processor", spent.Round(time.Second)))
		case time.Since(moved) > hostileIdle:
			w.kill(fmt.Sprintf("it waited for %v", hostileIdle))
		case time.Since(start) > hostileWall:
			w.kill(fmt.Sprintf("it took %v", hostileWall))
		case w.peak > 4*hostileMemory:
			w.kill("its memory grew")
		case resident > familyMemory:
			w.kill("the memory of what it started grew")
		}
		select {
		case <-ctx.Done():
		case <-time.After(watchEvery):
		}
	}
}

// look adds up the time that the processes below root have spent, and their
// memory, and keeps the peak of goportdoctor's own.
func (w *watch) look() (spent time.Duration, resident int64) {
	for _, pid := range below(w.root) {
		w.spent[pid] = processTime(pid)
		status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		resident += sizeIn(string(status), "VmRSS:")
		if exe, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)); exe == w.self {
			w.peak = max(w.peak, sizeIn(string(status), "VmHWM:"))
		}
	}
	for _, d := range w.spent {
		spent += d
	}
	return spent, resident
}

func (w *watch) kill(why string) {
	w.killed = why
	pids := below(w.root)
	for _, pid := range pids {
		if pid != w.root { // strace ends with what it traces
			syscall.Kill(pid, syscall.SIGKILL)
		}
	}
	time.Sleep(2 * watchEvery)
	for _, pid := range append(below(w.root), w.root) {
		syscall.Kill(pid, syscall.SIGKILL)
	}
}

// below returns a process and all that it started, and those did.
func below(pid int) []int {
	all := []int{pid}
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, task := range tasks {
		data, _ := os.ReadFile(task)
		for _, child := range strings.Fields(string(data)) {
			if n, err := strconv.Atoi(child); err == nil {
				all = append(all, below(n)...)
			}
		}
	}
	return all
}

// processTime is what a process has used of a processor.
func processTime(pid int) time.Duration {
	data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, after, _ := strings.Cut(string(data), ") ")
	fields := strings.Fields(after)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// sizeIn reads a line of /proc/PID/status, in bytes.
func sizeIn(status, name string) int64 {
	_, after, _ := strings.Cut(status, name)
	kb, _, _ := strings.Cut(strings.TrimSpace(after), " ")
	n, _ := strconv.ParseInt(kb, 10, 64)
	return n << 10
}
