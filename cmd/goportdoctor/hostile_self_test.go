//go:build linux

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// These tests hold the recorder of TestHostile against commands that do harm.

// TestHostileSeesHarm runs a shell script instead of goportdoctor, which does
// what goportdoctor may not, and wants each harm to be seen.
func TestHostileSeesHarm(t *testing.T) {
	h := newHostile(t)
	a, err := parseAttack("self", []byte("# A script.\ntrap run.sh\n-- go.mod --\nmodule m\n"))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		script, want string
		byPath       bool // seen by strace alone
	}{
		"repository":   {"./run.sh", "a program of the repository", false},
		"absolute":     {`"$PWD"/run.sh`, "a program of the repository", false},
		"shell":        {"sh -c :", "rule 9 does not name it", false},
		"git":          {"git version", "rule 9 does not name it", false},
		"python":       {"/usr/bin/env true", "rule 9 does not name it", true},
		"go":           {"go run x.go", "another command of go's", false},
		"toolexec":     {"go build -toolexec=./run.sh .", "a word that has the go command start a program", false},
		"plugin":       {"gcc -fplugin=$PWD/x.so -v", "a word that a repository may not give a C compiler", false},
		"words":        {"gcc -Wl,@words x.o", "a word that a repository may not give a C compiler", false},
		"hidden":       {"gcc -Wl,-O1,-plugin,$PWD/evil.so", "a word that a repository may not give a C compiler", false},
		"output":       {"gcc -E -o $HOME/.bashrc -", "a word that a repository may not give a C compiler", false},
		"named":        {"gcc -v $PWD/x.c", "a word that names the repository", false},
		"log":          {"pkg-config --log-file=x zlib", "a flag that cmd/go does not pass to pkg-config", false},
		"changed":      {"echo x >>$HOME/.bashrc", `got another "home/.bashrc"`, false},
		"removed":      {"rm go.mod", `got no "home/work/repo/go.mod"`, false},
		"new":          {"echo >x", `got a new file "home/work/repo/x"`, false},
		"temporary":    {"mkdir $TMPDIR/left", `got a new file "tmp/left"`, false},
		"escape":       {`printf 'a\033[31mb\n'`, "want control characters quoted", false},
		"bidi":         {`printf 'a\342\200\256b\n' >&2`, "want control characters quoted", false},
		"not UTF-8":    {`printf 'a\377b\n'`, "what is not UTF-8", false},
		"forged":       {`printf 'x\nFORGED\n'`, "a forged line", false},
		"forged title": {`printf '::error title=FORGED::\n'`, "a forged line", false},
		"workflow":     {`printf 'x\n::set-env name=x::y\n'`, "a workflow command", false},
		"status":       {"exit 2", "got exit status 2", false},
		"panic":        {"printf 'panic: x\n\ngoroutine 1 [running]:\n' >&2", "got a panic", false},
		"nothing":      {"exec true", "rule 9 does not name it", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.byPath && h.recorder.strace == "" {
				testskip.LeftOut(t, "only strace sees this")
				return
			}
			program := strings.Fields(test.script)[0]
			if slices.Contains([]string{"gcc", "git", "pkg-config"}, program) {
				if _, err := exec.LookPath(program); err != nil {
					testskip.LeftOut(t, "there is no %s on PATH", program)
					return
				}
			}
			if got := h.harmOf(t, test.script, a); !strings.Contains(got, test.want) {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// TestHostileRecorders wants harm to be seen where strace cannot be used.
func TestHostileRecorders(t *testing.T) {
	h := newHostile(t)
	h.recorder.strace = ""
	a, err := parseAttack("self", []byte("# A script.\ntrap run.sh\n-- go.mod --\nmodule m\n"))
	if err != nil {
		t.Fatal(err)
	}
	got := h.harmOf(t, "./run.sh; cat go.mod; go run é; sh -c 'gcc -B. -c x.c'", a)
	for _, want := range []string{
		"got a trace of a program of the repository", `/cat" [`, `/go" "run" "é"] (another command of go's)`,
		`/sh" [`, "a word that a repository may not give a C compiler: -B.",
	} {
		if !strings.Contains(got, want) && (want[0] != 'a' || len(h.rule.compilers) > 0) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// harmOf lists the harm that a shell script does instead of goportdoctor.
func (h hostile) harmOf(t *testing.T, script string, a *attack) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(file, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	h.recorder.self, h.rule.self = file, resolved(file)
	doctor := hostileCommand{name: "doctor", args: func(*attack) []string { return nil }}
	return strings.Join(h.harm(t, a, doctor), "\n")
}

// TestHostileEnds wants what uses too much to be ended.
func TestHostileEnds(t *testing.T) {
	h := newHostile(t)
	a, err := parseAttack("self", []byte("# A script.\ncpu 1s\n-- go.mod --\nmodule m\n"))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ script, want string }{
		"time":   {"while :; do :; done", "of a processor"},
		"memory": {`exec tail /dev/zero`, "grew"},
		"child":  {"(while :; do :; done) & wait", "of a processor"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := *a
			if name == "memory" {
				a.cpu = hostileCPU
			}
			got := h.harmOf(t, test.script, &a)
			if !strings.Contains(got, "got no end: ") || !strings.Contains(got, test.want) {
				t.Errorf("got %s, want it to be ended, since %s", got, test.want)
			}
		})
	}
}

// TestHostileAttacks wants the folder of attacks to be as wide as it says.
func TestHostileAttacks(t *testing.T) {
	if attacks := readAttacks(t, hostileDir); len(attacks) < 100 {
		t.Errorf("got %d attacks, want 100 at least", len(attacks))
	}
	wrongs := []string{"", "# x\nno such line\n", "# x\nonly nothing\n", "# x\nwrite x\n", "# x\nwrite \"x y\n"}
	for _, wrong := range wrongs {
		if _, err := parseAttack("x", []byte(wrong)); err == nil {
			t.Errorf("got no error for %q, want one", wrong)
		}
	}
}
