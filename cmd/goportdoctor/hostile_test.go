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

// TestHostile runs every third attack of testdata/hostile with one command.
func TestHostile(t *testing.T) {
	h := newHostile(t)
	for i, a := range readAttacks(t, hostileDir) {
		if c := sampleOf(a, i); !a.slow && i%3 == 0 && (i%12 == 0 || !testing.Short()) {
			t.Run(a.name, func(t *testing.T) {
				t.Parallel()
				h.try(t, a, c)
			})
		}
	}
}

// sampleOf returns one of the commands that take little time for the i-th attack:
// the first that it names, or any.
func sampleOf(a *attack, i int) hostileCommand {
	if len(a.only) > 0 {
		at := slices.IndexFunc(hostileCommands, func(c hostileCommand) bool { return c.name == a.only[0] })
		return hostileCommands[at]
	}
	quick := slices.DeleteFunc(slices.Clone(hostileCommands), func(c hostileCommand) bool {
		return c.builds() || c.name == "facts" && i%20 != 0 || c.name == "checks"
	})
	return quick[i%len(quick)]
}

// due reports whether the i-th attack takes the command as its j-th. Another format
// of an answer is due for a third of the attacks, and facts, which takes as long as
// all others, for a fifth.
func (c hostileCommand) due(i, j int) bool {
	switch c.name {
	case "json", "sarif", "github", "verbose", "lint-github":
		return (i+j)%3 == 0
	case "facts":
		return i%5 == 0
	}
	return true
}

// TestHostileLong runs each attack of testdata/hostile with every command.
func TestHostileLong(t *testing.T) {
	testskip.Long(t)
	h := newHostile(t)
	for i, a := range readAttacks(t, hostileDir) {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			// The commands of an attack share a cache. Each attack begins with another command.
			h := h
			h.cache = filepath.Join(t.TempDir(), "cache")
			first := i % len(hostileCommands)
			for j, c := range slices.Concat(hostileCommands[first:], hostileCommands[:first]) {
				if a.runs(c) && (len(a.only) > 0 || c.due(i, j)) {
					h.try(t, a, c)
				}
			}
		})
	}
}

var hostileDir = filepath.Join("..", "..", "testdata", "hostile")

// A hostile is what all attacks share.
type hostile struct {
	recorder recorder
	rule     ruleNine
	cache    string // goportdoctor's, one for each run if empty
}

func newHostile(t *testing.T) hostile {
	t.Helper()
	goRoot, cache := goEnv(t, "GOROOT"), goEnv(t, "GOCACHE")
	self := filepath.Join(resolved(t.TempDir()), "goportdoctor")
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", self, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	env := []string{"PATH=" + os.Getenv("PATH"), "GOCACHE=" + cache,
		"GOPROXY=off", "GOSUMDB=off", "GOTOOLCHAIN=local", "LC_ALL=C"}
	return hostile{recorder: recorder{needsRecorder(t), self, goRoot, env}, rule: newRuleNine(t, self, goRoot)}
}

// try runs an attack with a command, as a subtest.
func (h hostile) try(t *testing.T, a *attack, c hostileCommand) {
	t.Run(c.name, func(t *testing.T) {
		for _, text := range h.harm(t, a, c) {
			t.Error(text)
		}
	})
}

// harm runs an attack with a command and lists the harm that it did.
func (h hostile) harm(t *testing.T, a *attack, c hostileCommand) []string {
	t.Helper()
	if c.builds() && a.cpu > hostileBuild {
		brief := *a
		brief.cpu = hostileBuild
		a = &brief
	}
	v, before, got := h.runIn(t, a, c.args(a))
	harm := h.started(got, v, a, c)
	if c.builds() && (len(harm) > 0 || got.killed != "") {
		theirs, killed := h.harmOfGo(t, a, c)
		harm = slices.DeleteFunc(harm, func(text string) bool {
			return slices.Contains(theirs, varying.ReplaceAllString(text, "/"))
		})
		if killed && got.killed != "" { // each at another moment
			return slices.DeleteFunc(harm, func(text string) bool { return strings.Contains(text, "(rule 9 does not name it)") })
		}
	}
	harm = slices.Concat(harm, endings(got, a), outputs(got, c))
	if got.killed == "" {
		harm = slices.Concat(harm, changed(v, before, c.builds()), unexpected(got, a, c, v))
	}
	if len(harm) > 0 {
		said := fmt.Sprintf("%.1200s\n%.1200s", printable(got.stdout), printable(got.stderr))
		t.Logf("%s\nexit status %d, %d MB\n%s", a.does, got.status, got.peak>>20, said)
	}
	return harm
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
	if h.cache != "" {
		v.cache = h.cache
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
		for line := range strings.Lines(string(data)) {
			program, _, _ := strings.Cut(strings.TrimSpace(line), " ")
			harm = append(harm, "got a trace of a program of the repository: "+program)
		}
	}
	slices.Sort(harm)
	return slices.Compact(harm)
}

// varying is what differs between two runs of the same: the victim's folder, times.
var varying = regexp.MustCompile(`/[^ "]*/hostile\d+/|\d+`)

// harmOfGo lists what the go command itself starts in building or vetting the
// same, and reports whether it was killed.
func (h hostile) harmOfGo(t *testing.T, a *attack, c hostileCommand) (harm []string, killed bool) {
	t.Helper()
	h.cache = ""
	asGo := h
	asGo.recorder.self = filepath.Join(h.recorder.goRoot, "bin", "go")
	args := slices.Concat([]string{"build", "-o", os.DevNull}, a.args, []string{"./..."})
	if c.name == "vet" {
		args = []string{"vet", "./..."}
	}
	v, _, got := asGo.runIn(t, a, args)
	for _, text := range h.started(got, v, a, c) {
		harm = append(harm, varying.ReplaceAllString(text, "/"))
	}
	return harm, got.killed != ""
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

// workflowCommand is a line that GitHub's runner obeys, and annotation one that
// shows a finding.
var (
	workflowCommand = regexp.MustCompile(`(?m)^\s*::.*$`)
	annotation      = regexp.MustCompile(`^::(error|warning|notice) `)
)

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
		for _, line := range workflowCommand.FindAllString(text, -1) {
			if name == "stderr" || !strings.HasSuffix(c.name, "github") || !annotation.MatchString(line) {
				harm = append(harm, fmt.Sprintf("got in %s a workflow command %.200q, want none", name, line))
			}
		}
	}
	slices.Sort(harm)
	return harm
}

// unprintable reports whether a terminal may act upon a character, or show others
// in another order.
func unprintable(r rune) bool {
	if r == '\n' || r == '\t' {
		return false
	}
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
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
