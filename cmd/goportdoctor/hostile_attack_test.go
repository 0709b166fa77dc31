//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// An attack is a folder of testdata/hostile, read from its attack.txtar. The
// README there describes the lines of its comment.
type attack struct {
	name     string
	does     string     // what it tries, and what harm would show
	lines    [][]string // the lines of the comment that make files
	files    []txtar.File
	dir      string   // the folder of the repository in which commands run
	env      []string // beyond the victim's own
	path     []string // folders that go before the victim's PATH
	args     []string // of the commands that build
	only     []string // the commands to run, all if empty
	why      string   // the package that why is asked about
	inspect  []string
	capture  string
	allow    []string // words that the user, not the repository, gave the compiler
	expects  []expectation
	statuses []string // exit statuses beyond 0, 1 and 3
	slow     bool     // in the long run only
}

// An expectation is a text that the output of a command must have, or must not.
type expectation struct {
	command, text string
	not           bool
}

func readAttacks(t *testing.T, dir string) []*attack {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*", "attack.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("got no attacks in %s (%v), want some", dir, err)
	}
	var all []*attack
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		a, err := parseAttack(filepath.Base(filepath.Dir(file)), data)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		all = append(all, a)
	}
	return all
}

func parseAttack(name string, data []byte) (*attack, error) {
	archive := txtar.Parse(data)
	a := &attack{name: name, files: archive.Files, why: "net", inspect: []string{"."}, capture: "."}
	for line := range strings.Lines(string(archive.Comment)) {
		line = strings.TrimSpace(line)
		if text, ok := strings.CutPrefix(line, "#"); ok || line == "" {
			a.does = strings.TrimSpace(a.does + text)
			continue
		}
		words, err := wordsOf(line)
		if err != nil {
			return nil, fmt.Errorf("%s: %v", line, err)
		}
		if err := a.add(words); err != nil {
			return nil, fmt.Errorf("%s: %v", line, err)
		}
	}
	if a.does == "" {
		return nil, fmt.Errorf("it does not say what it tries")
	}
	return a, nil
}

// wordsOf splits a line at blanks. A word that begins with a quote is a string
// literal of Go.
func wordsOf(line string) ([]string, error) {
	var words []string
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		if line[0] != '"' && line[0] != '`' {
			word, rest, _ := strings.Cut(line, " ")
			words, line = append(words, word), rest
			continue
		}
		quoted, err := strconv.QuotedPrefix(line)
		if err != nil {
			return nil, err
		}
		word, err := strconv.Unquote(quoted)
		if err != nil {
			return nil, err
		}
		words, line = append(words, word), line[len(quoted):]
	}
	return words, nil
}

// makers maps a line that makes files to how many words it has after its name,
// at least.
var makers = map[string]int{
	"symlink": 2, "fifo": 1, "mode": 2, "truncate": 2, "owner": 2, "trap": 1, "write": 2, "append": 2, "many": 3,
	"deep": 3, "rename": 2, "hex": 2, "zip": 3, "overlap": 3, "tar": 3, "socket": 1,
}

func (a *attack) add(words []string) error {
	name, rest := words[0], words[1:]
	if least, ok := makers[name]; ok {
		if len(rest) < least {
			return fmt.Errorf("got %d words, want %d", len(rest), least)
		}
		a.lines = append(a.lines, words)
		return nil
	}
	if len(rest) == 0 && name != "slow" {
		return fmt.Errorf("got no word after %q, want one", name)
	}
	switch name {
	case "dir":
		a.dir = rest[0]
	case "env":
		a.env = append(a.env, rest...)
	case "path":
		a.path = append(a.path, rest...)
	case "args":
		a.args = append(a.args, rest...)
	case "only":
		a.only = append(a.only, rest...)
	case "why":
		a.why = rest[0]
	case "inspect":
		a.inspect = rest
	case "capture":
		a.capture = rest[0]
	case "allow":
		a.allow = append(a.allow, rest...)
	case "status":
		a.statuses = append(a.statuses, rest...)
	case "slow":
		a.slow = true
	case "expect", "reject":
		if len(rest) != 2 {
			return fmt.Errorf("want a command and a text")
		}
		a.expects = append(a.expects, expectation{rest[0], rest[1], name == "reject"})
	default:
		return fmt.Errorf("an unknown line")
	}
	return nil
}

// A hostileCommand is a command of goportdoctor as an attack is tried with it.
type hostileCommand struct {
	name string
	args func(*attack) []string
}

var hostileCommands = []hostileCommand{
	{"doctor", func(a *attack) []string { return a.args }},
	{"json", func(a *attack) []string { return slices.Concat([]string{"-format=json"}, a.args) }},
	{"sarif", func(a *attack) []string { return slices.Concat([]string{"-format=sarif"}, a.args) }},
	{"github", func(a *attack) []string { return slices.Concat([]string{"-format=github"}, a.args) }},
	{"verbose", func(a *attack) []string { return slices.Concat([]string{"-v", "-target=scratch"}, a.args) }},
	{"predict", func(a *attack) []string { return slices.Concat([]string{"predict"}, a.args) }},
	{"lint", func(a *attack) []string { return slices.Concat([]string{"lint"}, a.args) }},
	{"lint-github", func(a *attack) []string { return slices.Concat([]string{"lint", "-format=github"}, a.args) }},
	{"why", func(a *attack) []string { return slices.Concat([]string{"why"}, a.args, []string{a.why}) }},
	{"facts", func(a *attack) []string { return slices.Concat([]string{"facts"}, a.args) }},
	{"verify", func(a *attack) []string { return slices.Concat([]string{"verify"}, a.args) }},
	{"vet", func(a *attack) []string { return slices.Concat([]string{"vet"}, a.args) }},
	{"inspect", func(a *attack) []string { return slices.Concat([]string{"inspect"}, a.inspect) }},
	{"capture", func(a *attack) []string { return []string{"targets", "capture", a.capture} }},
	{"checks", func(*attack) []string { return []string{"checks"} }},
}

// runs reports whether the attack is tried with a command.
func (a *attack) runs(c hostileCommand) bool {
	return len(a.only) == 0 || slices.Contains(a.only, c.name)
}

// builds reports whether a command starts compilers on the repository's code, as
// the go command itself does: the reader of the answer asked for that.
func (c hostileCommand) builds() bool { return c.name == "verify" || c.name == "vet" }
