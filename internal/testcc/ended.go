package testcc

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Ended wants the process of which a file holds the number to come to an end.
func Ended(t testing.TB, file string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	for range 200 {
		if !Runs(pid) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("process %d of %s: got one that runs, want its end", pid, file)
}

// Runs reports whether a process runs, and is no zombie.
func Runs(pid int) bool {
	if data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat"); err == nil {
		_, rest, _ := strings.Cut(string(data), ") ")
		return !strings.HasPrefix(rest, "Z") && !strings.HasPrefix(rest, "X")
	}
	if _, err := os.Stat("/proc/self/stat"); err == nil {
		return false
	}
	return exists(pid)
}
