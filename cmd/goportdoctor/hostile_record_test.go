//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// A recorder runs a command and writes down which programs that starts, itself or
// through others.
type recorder struct {
	strace string // "" where strace is missing or may not trace
	self   string // goportdoctor
	goRoot string
	env    []string // what does not depend on the victim
}

// A started is a program that was started, or tried to be.
type started struct {
	path  string // as execve got it
	args  []string
	fails bool
}

func (s started) String() string { return fmt.Sprintf("%q %q", s.path, s.args) }

// A hostileRun holds the result of a command.
type hostileRun struct {
	stdout, stderr string
	status         int
	started        []started
	peak           int64  // memory of goportdoctor itself, in bytes
	killed         string // why it was ended from outside
}

// findStrace returns the path of strace if it is installed and may trace here.
var findStrace = sync.OnceValues(func() (string, error) {
	path, err := exec.LookPath("strace")
	if err != nil {
		return "", err
	}
	words := append(straceWords(os.DevNull), "true")
	if out, err := exec.Command(path, words...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("%v: %s", err, bytes.TrimSpace(out))
	}
	return path, nil
})

// straceWords has strace write down each start, with whole words in hexadecimal.
func straceWords(log string) []string {
	return []string{"-f", "-qq", "--seccomp-bpf", "-e", "trace=execve,execveat", "-e", "signal=none",
		"-xx", "-s", "65536", "-o", log}
}

// run runs goportdoctor in a folder, with args, and records.
func (r recorder) run(v victim, a *attack, args []string) (hostileRun, error) {
	log := filepath.Join(v.base, "record")
	if err := os.WriteFile(log, nil, 0o644); err != nil {
		return hostileRun{}, err
	}
	env := r.environment(v, a)
	words := append([]string{r.self}, args...)
	if r.strace != "" {
		words = slices.Concat([]string{r.strace}, straceWords(log), words)
	} else {
		path, err := r.recorders(v, log)
		if err != nil {
			return hostileRun{}, err
		}
		env = append(env, "PATH="+strings.Join(append(v.folders(a.path), path), ":"))
	}
	got, err := r.bounded(v, a, env, words)
	if err != nil {
		return got, err
	}
	data, err := os.ReadFile(log)
	got.started = parseRecord(string(data))
	os.Remove(log)
	os.RemoveAll(filepath.Join(v.base, "recorders"))
	return got, err
}

// environment is the victim's.
func (r recorder) environment(v victim, a *attack) []string {
	env := append(r.env[:len(r.env):len(r.env)],
		"HOME="+v.home, "TMPDIR="+v.tmp, "GOPORTDOCTOR_CACHE="+v.cache, "GIT_CONFIG_NOSYSTEM=1",
		"PWD="+filepath.Join(v.repo, a.dir))
	if len(a.path) > 0 {
		env = append(env, "PATH="+strings.Join(append(v.folders(a.path), os.Getenv("PATH")), ":"))
	}
	for _, e := range a.env {
		env = append(env, v.expand(e))
	}
	return env
}

func (v victim) folders(path []string) []string {
	all := make([]string, 0, len(path)+1)
	for _, p := range path {
		all = append(all, v.expand(p))
	}
	return all
}

// bounded runs words, and ends what takes more than the limits allow.
func (r recorder) bounded(v victim, a *attack, env, words []string) (hostileRun, error) {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = filepath.Join(v.repo, a.dir), env, &stdout, &stderr
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		return hostileRun{}, err
	}
	w := &watch{root: cmd.Process.Pid, self: r.self, cpu: a.cpu}
	done := make(chan struct{})
	go func() { defer close(done); w.until(ctx) }()
	waited := make(chan struct{})
	go func() { defer close(waited); cmd.Wait() }() // its status is that of the command
	select {
	case <-waited:
		cancel(nil)
		<-done
	case <-done: // it was killed; what it left may hold strace
		select {
		case <-waited:
		case <-time.After(30 * time.Second):
			return hostileRun{status: -1, peak: w.peak, killed: w.killed}, nil
		}
	}
	return hostileRun{stdout: stdout.String(), stderr: stderr.String(), status: cmd.ProcessState.ExitCode(),
		peak: w.peak, killed: w.killed}, nil
}

var (
	execLine   = regexp.MustCompile(`^(\d+) +execve(?:at)?\((.*)$`)
	resumeLine = regexp.MustCompile(`^(\d+) +<\.\.\. execve(?:at)? resumed>.*= (-?\d+)`)
	killedLine = regexp.MustCompile(`^\d+ +execve(?:at)?\((0x[0-9a-f]+|NULL), .*(= \?|<unfinished \.\.\.>)$`)
	hexString  = regexp.MustCompile(`"(?:\\x[0-9a-f]{2})*"`)
)

// parseRecord reads what strace, or the recorders, wrote: strings in hexadecimal,
// one line a start, and another if it ends later. A process that is killed at
// that moment has an address instead of its path, and starts nothing.
func parseRecord(log string) []started {
	var all []started
	open := map[string]int{} // the start that a process is in
	for line := range strings.SplitSeq(log, "\n") {
		if m := resumeLine.FindStringSubmatch(line); m != nil {
			if i, ok := open[m[1]]; ok {
				all[i].fails = m[2] != "0"
			}
			continue
		}
		m := execLine.FindStringSubmatch(line)
		if m == nil || killedLine.MatchString(line) {
			continue
		}
		s := started{fails: strings.Contains(line, ") = -1 ")}
		for i, quoted := range hexString.FindAllString(m[2], -1) {
			word, _ := strconv.Unquote(quoted)
			if i == 0 {
				s.path = word
			} else {
				s.args = append(s.args, word)
			}
		}
		open[m[1]] = len(all)
		all = append(all, s)
	}
	return all
}

// recorders makes a folder of programs with the names of those on PATH that write
// themselves down and then start those. It sees nothing that is started by path.
func (r recorder) recorders(v victim, log string) (string, error) {
	dir := filepath.Join(v.base, "recorders")
	seen := map[string]bool{}
	for _, from := range filepath.SplitList(os.Getenv("PATH")) {
		entries, _ := os.ReadDir(from)
		for _, e := range entries {
			name := e.Name()
			if seen[name] || strings.ContainsAny(name, "'\n") {
				continue
			}
			seen[name] = true
			script, text := filepath.Join(dir, name), recorderScript(filepath.Join(from, name), log)
			if err := errors.Join(v.write(script, text, os.O_TRUNC), os.Chmod(script, 0o755)); err != nil {
				return "", err
			}
		}
	}
	return dir, nil
}

// recorderScript writes a line as strace's, with printf and no other program.
func recorderScript(program, log string) string {
	return `#!/bin/bash
hex() {
	local LC_ALL=C i
	printf '"'
	for ((i = 0; i < ${#1}; i++)); do printf '\\x%02x' "'${1:i:1}"; done
	printf '"'
}
{
	printf '%d execve(' $$
	for w in '` + program + `' "$0" "$@"; do hex "$w"; printf ', '; done
	echo ') = 0'
} >>'` + log + `'
exec '` + program + `' "$@"
`
}

func needsRecorder(t *testing.T) string {
	strace, err := findStrace()
	if err != nil {
		testskip.LeftOut(t, "strace cannot be used here (%v): only programs that are looked up on PATH are recorded", err)
	}
	return strace
}
