//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// TestHostile runs each attack of testdata/hostile with one of the commands.
func TestHostile(t *testing.T) {
	h := newHostile(t)
	for i, a := range readAttacks(t, hostileDir) {
		commands := slices.DeleteFunc(slices.Clone(hostileCommands), func(c hostileCommand) bool {
			return !a.runs(c) || c.builds() || c.name == "facts" && i%20 != 0 // which take long
		})
		if a.slow || len(commands) == 0 || testing.Short() && i%4 != 0 {
			continue
		}
		h.try(t, a, commands[i%len(commands)])
	}
}

// TestHostileLong runs each attack of testdata/hostile with every command.
func TestHostileLong(t *testing.T) {
	testskip.Long(t)
	h := newHostile(t)
	for _, a := range readAttacks(t, hostileDir) {
		for _, c := range hostileCommands {
			if a.runs(c) {
				h.try(t, a, c)
			}
		}
	}
}

var hostileDir = filepath.Join("..", "..", "testdata", "hostile")

// A hostile is what all attacks share.
type hostile struct {
	recorder recorder
	rule     ruleNine
}

func newHostile(t *testing.T) hostile {
	t.Helper()
	goRoot, cache := goEnv(t, "GOROOT"), goEnv(t, "GOCACHE")
	self := filepath.Join(resolved(t.TempDir()), "goportdoctor")
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", self, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	env := []string{"PATH=" + os.Getenv("PATH"), "GOCACHE=" + cache, "GOPROXY=off", "GOSUMDB=off", "GOTOOLCHAIN=local", "LC_ALL=C"}
	return hostile{recorder{needsRecorder(t), self, goRoot, env}, newRuleNine(t, self, goRoot)}
}

// try runs an attack with a command, as a subtest.
func (h hostile) try(t *testing.T, a *attack, c hostileCommand) {
	t.Run(a.name+"/"+c.name, func(t *testing.T) {
		t.Parallel()
		v, before, got := h.runIn(t, a, c.args(a))
		harm := h.started(got, v, a, c)
		if len(harm) > 0 && c.builds() {
			harm = slices.DeleteFunc(harm, h.startedByGo(t, a, c))
		}
		harm = slices.Concat(harm, endings(got, a), outputs(got, c))
		if got.killed == "" {
			harm = slices.Concat(harm, changed(v, before), unexpected(got, a, c, v))
		}
		for _, text := range harm {
			t.Error(text)
		}
		if len(harm) > 0 {
			t.Logf("%s\nexit status %d, %d MB\n%.1200s\n%.1200s", a.does, got.status, got.peak>>20, printable(got.stdout), printable(got.stderr))
		}
	})
}

// runIn lays an attack out and runs goportdoctor there.
func (h hostile) runIn(t *testing.T, a *attack, args []string) (victim, map[string]string, hostileRun) {
	t.Helper()
	base, err := os.MkdirTemp("", "hostile")
	if err != nil {
		t.Fatal(err)
	}
	base = resolved(base)
	t.Cleanup(func() { os.RemoveAll(base) })
	v, err := newVictim(base, a)
	if err != nil {
		t.Fatal(err)
	}
	before := v.tree()
	got, err := h.recorder.run(v, a, args)
	if err != nil {
		t.Fatal(err)
	}
	return v, before, got
}

// started lists what was started and may not be, each once.
func (h hostile) started(got hostileRun, v victim, a *attack, c hostileCommand) []string {
	var harm []string
	for _, s := range got.started {
		if why := h.rule.objection(s, v, a, c.builds()); why != "" {
			harm = append(harm, fmt.Sprintf("got a start of %.200s (%s), want none", s, strings.ReplaceAll(why, v.base, "")))
		}
	}
	if len(got.started) == 0 {
		harm = append(harm, "got no record of any start, want one")
	}
	if data, err := os.ReadFile(v.canary); err == nil {
		harm = append(harm, fmt.Sprintf("got a start of a program of the repository: %s", data))
	}
	slices.Sort(harm)
	return slices.Compact(harm)
}

var victimName = regexp.MustCompile(`/[^ "]*/hostile\d+/`)

// startedByGo returns a function that reports whether the go command itself
// starts the same, in building or vetting the same.
func (h hostile) startedByGo(t *testing.T, a *attack, c hostileCommand) func(string) bool {
	t.Helper()
	asGo := h
	asGo.recorder.self = filepath.Join(h.recorder.goRoot, "bin", "go")
	args := slices.Concat([]string{"build", "-o", os.DevNull}, a.args, []string{"./..."})
	if c.name == "vet" {
		args = []string{"vet", "./..."}
	}
	v, _, got := asGo.runIn(t, a, args)
	theirs := map[string]bool{}
	for _, harm := range h.started(got, v, a, c) {
		theirs[victimName.ReplaceAllString(harm, "/")] = true
	}
	return func(harm string) bool { return theirs[victimName.ReplaceAllString(harm, "/")] }
}

// endings judges how a command ended.
func endings(got hostileRun, a *attack) []string {
	var harm []string
	if got.killed != "" {
		return append(harm, "got no end: "+got.killed+", want the command to end by itself")
	}
	if status := fmt.Sprint(got.status); !slices.Contains(append([]string{"0", "1", "3"}, a.statuses...), status) {
		harm = append(harm, fmt.Sprintf("got exit status %s, want 0, 1 or 3", status))
	}
	if strings.Contains(got.stderr, "panic: ") || strings.Contains(got.stderr, "\ngoroutine ") {
		harm = append(harm, "got a panic, want none")
	}
	if got.peak > hostileMemory {
		harm = append(harm, fmt.Sprintf("got %d MB of memory, want %d at most", got.peak>>20, hostileMemory>>20))
	}
	return harm
}

// forged is what attacks write at the beginning of a line of their own making.
var forged = regexp.MustCompile(`(?m)^(?:[^\pL\n"]*|::\w+ title=)FORGED.*$`)

var workflowCommand = regexp.MustCompile(`(?m)^\s*::.*$`)

// outputs judges the characters of what a command wrote.
func outputs(got hostileRun, c hostileCommand) []string {
	var harm []string
	for name, text := range map[string]string{"stdout": got.stdout, "stderr": got.stderr} {
		if at := strings.IndexFunc(text, unprintable); at >= 0 {
			line := text[strings.LastIndexByte(text[:at], '\n')+1:]
			line, _, _ = strings.Cut(line, "\n")
			harm = append(harm, fmt.Sprintf("got in %s %.300q, want control characters quoted", name, line))
		}
		if !utf8.ValidString(text) {
			harm = append(harm, "got in "+name+" what is not UTF-8, want it quoted")
		}
		if line := forged.FindString(text); line != "" {
			harm = append(harm, fmt.Sprintf("got in %s a forged line %.200q, want none", name, line))
		}
		if line := workflowCommand.FindString(text); line != "" && (name == "stderr" || !strings.HasSuffix(c.name, "github")) {
			harm = append(harm, fmt.Sprintf("got in %s a workflow command %.200q, want none", name, line))
		}
	}
	slices.Sort(harm)
	return harm
}

// unprintable reports whether a terminal may act upon a character, or show others
// in another order.
func unprintable(r rune) bool {
	return r != '\n' && r != '\t' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}

func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unprintable(r) {
			return '?'
		}
		return r
	}, text)
}

// unexpected judges what an attack says of the output.
func unexpected(got hostileRun, a *attack, c hostileCommand, v victim) []string {
	var harm []string
	for _, e := range a.expects {
		if text := v.expand(e.text); e.command == c.name && strings.Contains(got.stdout+got.stderr, text) == e.not {
			harm = append(harm, fmt.Sprintf("got output with %q: %v, want %v", text, e.not, !e.not))
		}
	}
	return harm
}
