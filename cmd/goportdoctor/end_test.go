//go:build unix

package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/goportdoctor/goportdoctor/internal/testcc"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// An endless run is one of goportdoctor whose C compiler hangs, with a child of
// its own.
type endless struct {
	*exec.Cmd
	tmp, pids string
	stderr    bytes.Buffer
}

// startEndless starts a run, and waits until its compiler hangs.
func startEndless(t *testing.T, tmp string, args ...string) *endless {
	t.Helper()
	for _, name := range []string{"sh", "sleep", "go"} {
		testcc.Need(t, name)
	}
	dir := t.TempDir()
	r := &endless{Cmd: exec.Command("goportdoctor", args...), tmp: tmp, pids: filepath.Join(dir, "pids")}
	cc := testcc.Script(t, filepath.Join(dir, "cc"), "trap '' INT HUP TERM\n"+strays(r.pids)+"sleep 600 &\necho $! $$ >>"+r.pids+"\nwait\nsleep 600\n")
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", "module example.com/m\n\ngo 1.21\n")
	write("main.go", "package main\n\nimport _ \"net\"\n\nfunc main() {}\n")
	r.Dir = dir
	r.Env = append(os.Environ(), "GOFLAGS=", "GOENV=off", "GOTOOLCHAIN=local", "CGO_ENABLED=1", "CC="+cc, "CXX="+cc, "TMPDIR="+tmp,
		"GOPORTDOCTOR_CACHE="+filepath.Join(dir, "cache"))
	r.Stderr = &r.stderr
	r.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that a signal reaches it alone
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Process.Kill(); _ = r.Process.Release() })
	for range 1200 {
		if text, _ := os.ReadFile(r.pids); bytes.Contains(text, []byte("\n")) {
			return r
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%q: got no compiler started, want one; %s", args, r.stderr.String())
	return nil
}

// strayEnd ends the name of the file of processes that left the process group.
const strayEnd = "-strays"

// strays is a part of a script that starts a process which leaves the process group,
// where the system shows which processes these are.
func strays(pids string) string {
	if runtime.GOOS != "linux" {
		return ""
	}
	return "setsid sleep 600 &\necho $! >>" + pids + strayEnd + "\n"
}

// ended wants no process that the run's compilers are or started, and no file of
// the run's.
func (r *endless) ended(t *testing.T) {
	t.Helper()
	r.processesEnded(t)
	emptyFolder(t, r.tmp)
}

func (r *endless) processesEnded(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile(r.pids)
	if err != nil {
		t.Fatal(err)
	}
	if strays, err := os.ReadFile(r.pids + strayEnd); err == nil {
		text = append(text, strays...)
	}
	one := filepath.Join(t.TempDir(), "pid")
	for _, pid := range strings.Fields(string(text)) {
		if err := os.WriteFile(one, []byte(pid), 0o666); err != nil {
			t.Fatal(err)
		}
		testcc.Ended(t, one)
	}
}

func emptyFolder(t *testing.T, dir string) {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(left) > 0 {
		t.Errorf("got %q left in the folder for temporary files, want nothing", left)
	}
}

// A signal ends a run with what it started, though the compiler ignores it, and
// leaves no file.
func TestSignals(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		for _, args := range [][]string{{}, {"predict", "."}, {"facts"}, {"verify", "."}, {"lint"}} {
			name := strings.Join(append([]string{sig.String()}, args...), " ")
			if len(args) > 0 && args[0] == "lint" {
				continue // runs no compiler
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				r := startEndless(t, t.TempDir(), args...)
				if err := r.Process.Signal(sig); err != nil {
					t.Fatal(err)
				}
				if got := exitStatus(r.Wait()); got != exitUnanswered || !strings.Contains(r.stderr.String(), "goportdoctor: interrupted\n") {
					t.Errorf("got status %d and %q, want %d and that it was interrupted", got, r.stderr.String(), exitUnanswered)
				}
				r.ended(t)
			})
		}
	}
}

// A second signal ends at once, and leaves no more than the first one.
func TestSecondSignal(t *testing.T) {
	t.Parallel()
	r := startEndless(t, t.TempDir())
	for range 2 {
		if err := r.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Fatal(err)
		}
	}
	if got := exitStatus(r.Wait()); got != exitUnanswered {
		t.Errorf("got status %d, want %d", got, exitUnanswered)
	}
	r.ended(t)
}

// A signal that is ignored, as nohup has it, stays so.
func TestIgnoredSignal(t *testing.T) {
	t.Parallel()
	testcc.Need(t, "sh")
	cmd := exec.Command("sh", "-c", "trap '' HUP; exec goportdoctor checks")
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Run(); err != nil || out.Len() == 0 {
		t.Errorf("got %v and %q, want the checks", err, out.String())
	}
	r := startEndless(t, t.TempDir())
	if err := r.Process.Signal(syscall.SIGWINCH); err != nil { // no signal that ends
		t.Fatal(err)
	}
	if err := r.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("got %v, want a run that goes on", err)
	}
	_ = r.Process.Signal(syscall.SIGTERM)
	_ = r.Wait()
	r.ended(t)
}

// A reader of the output that stops before its end makes the run end as other
// commands do, and leaves no file.
func TestBrokenPipe(t *testing.T) {
	t.Parallel()
	tmp := t.TempDir()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	cmd := exec.Command("goportdoctor", "targets")
	cmd.Stdout, cmd.Env = w, append(os.Environ(), "TMPDIR="+tmp)
	err = cmd.Run()
	w.Close()
	if got := exitStatus(err); got != exitBrokenPipe {
		t.Errorf("got status %d, want %d", got, exitBrokenPipe)
	}
	emptyFolder(t, tmp)
}

// The next run removes the leftovers of a killed run, and nothing of a run that
// goes on or of others.
func TestKilledRun(t *testing.T) {
	t.Parallel()
	tmp := t.TempDir()
	live, killed := startEndless(t, tmp), startEndless(t, tmp)
	other := filepath.Join(tmp, "goportdoctor-run-other")
	victim := filepath.Join(t.TempDir(), "victim")
	if os.Mkdir(other, 0o777) != nil || os.Chmod(other, 0o777) != nil || os.Mkdir(victim, 0o700) != nil || os.Symlink(victim, other+"-link") != nil {
		t.Fatal("the folders cannot be made")
	}
	if err := killed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = killed.Wait()
	before := runFolders(t, tmp)
	if out, err := withTemp(exec.Command("goportdoctor", "version"), tmp).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if after := runFolders(t, tmp); before-after != 1 {
		t.Errorf("got %d folders, then %d, want one less", before, after)
	}
	killed.processesEnded(t)
	if err := live.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = live.Wait()
	for _, file := range []string{other, other + "-link"} {
		if err := os.Remove(file); err != nil {
			t.Errorf("got %v, want what is not a run's left alone", err)
		}
	}
	if err := os.Remove(victim); err != nil {
		t.Errorf("got %v, want what a link names left alone", err)
	}
	live.ended(t)
}

func runFolders(t *testing.T, tmp string) int {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(tmp, "goportdoctor-run-*"))
	if err != nil {
		t.Fatal(err)
	}
	return len(found)
}

// Ctrl-Z stops the compilers as well, and fg has them go on.
func TestSuspend(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		testskip.Missing(t, "there is no /proc, which has the states of processes")
	}
	r := startEndless(t, t.TempDir())
	text, err := os.ReadFile(r.pids)
	if err != nil {
		t.Fatal(err)
	}
	pids := append(strings.Fields(string(text)), strconv.Itoa(r.Process.Pid))
	for _, step := range []struct {
		sig     syscall.Signal
		stopped bool
	}{{syscall.SIGTSTP, true}, {syscall.SIGCONT, false}} {
		if err := r.Process.Signal(step.sig); err != nil {
			t.Fatal(err)
		}
		for _, pid := range pids {
			if !eventually(func() bool { return stopped(pid) == step.stopped }) {
				t.Errorf("%v: got process %s stopped: %v, want %v", step.sig, pid, !step.stopped, step.stopped)
			}
		}
	}
	_ = r.Process.Signal(syscall.SIGTERM)
	_ = r.Wait()
	r.ended(t)
}

func stopped(pid string) bool {
	data, _ := os.ReadFile("/proc/" + pid + "/stat")
	_, rest, _ := strings.Cut(string(data), ") ")
	return strings.HasPrefix(rest, "T")
}

func eventually(holds func() bool) bool {
	for range 200 {
		if holds() {
			return true
		}
		time.Sleep(50 * time.Millisecond)
	}
	return false
}
