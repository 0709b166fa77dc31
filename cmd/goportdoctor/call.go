package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/bounded"
	"github.com/goportdoctor/goportdoctor/internal/cause"
	"github.com/goportdoctor/goportdoctor/internal/load"
	"github.com/goportdoctor/goportdoctor/internal/store"
)

// A call is a command with its arguments.
type call struct {
	command
	stdout, stderr io.Writer

	format   string
	outs     []output
	dir      string
	baseline string
	allow    cause.Patterns
	main     bool
	facts    string      // file of another machine's
	cache    string      // folder of what is remembered, "" for none
	checks   []string    // of -check
	flags    []load.Flag // of go build
	args     []string

	wants   []doctor.Want // of -target
	verbose bool          // -v
}

var errHelp = errors.New("help is asked for")

// An ownFlag is a flag of goportdoctor's. Those that go build has too mean what
// they mean here.
type ownFlag struct {
	name, value, does string   // value is what it takes, "" for a boolean
	commands          []string // that have it; none is all
	set               func(c *call, value string) error
}

var ownFlags = []ownFlag{
	{"format", strings.Join(formats, "|"), "what is written to standard output; of why: " + strings.Join(drawings, ", "), nil, (*call).setFormat},
	{"json", "", "the same as -format=json", nil, func(c *call, v string) error {
		if v == "true" {
			c.format = "json"
		}
		return nil
	}},
	{"out", "FORMAT=FILE", "that format also into FILE; may be given more than once", nil, (*call).addOut},
	{"baseline", "FILE", "findings that this earlier JSON has do not count", []string{"", "lint"}, func(c *call, v string) error { c.baseline = v; return nil }},
	{"allow", "PATTERN,…", "packages that may use cgo: import paths, in which ... stands for any string, or std", []string{"lint"}, func(c *call, v string) error {
		return c.allow.Set(v)
	}},
	{"main", "", "only what main packages reach, at their imports, and no tests", []string{"lint"}, func(c *call, v string) (err error) {
		c.main, err = strconv.ParseBool(v)
		return err
	}},
	{"C", "DIR", "change to DIR first", nil, func(c *call, v string) error { c.dir = v; return nil }},
	{"target", "[PATTERN=]NAME,…", "where programs have to run: a name of goportdoctor targets, rootfs:DIR, oci:FILE, file:TARGET.json, host", []string{"", "predict", "inspect", "lint"}, (*call).addWants},
	{"facts", "FILE", "answer for the machine that goportdoctor facts wrote this of", []string{"", "predict", "lint"}, (*call).setFacts},
	{"check", "ID,…", "only these checks, or -check=-ID for all but one", []string{""}, (*call).setChecks},
	{"v", "", "also the checks that passed, all evidence, and every target", nil, func(c *call, v string) error { c.verbose = v == "true"; return nil }},
	{"h", "", "", nil, func(*call, string) error { return errHelp }},
	{"help", "", "", nil, func(*call, string) error { return errHelp }},
}

// of says which commands have the flag, where not all do.
func (f ownFlag) of() string {
	if f.commands == nil {
		return ""
	}
	names := slices.Clone(f.commands)
	for i, name := range names {
		if name == "" {
			names[i] = "the doctor"
		}
	}
	return " (" + strings.Join(names, ", ") + ")"
}

func (c *call) addWants(value string) error {
	wants, err := doctor.Wants([]string{value})
	c.wants = append(c.wants, wants...)
	return err
}

// has reports whether a command has the flag.
func (f ownFlag) has(command string) bool {
	return f.commands == nil || slices.Contains(f.commands, command)
}

// own is the flag of that name that the call's command has.
func (c *call) own(name string) *ownFlag {
	for i, f := range ownFlags {
		if f.name == name && f.has(c.name) {
			return &ownFlags[i]
		}
	}
	return nil
}

// parse reads the arguments of a command.
func (c *call) parse(args []string) error {
	if c.name == "vet" {
		return c.parseVet(args)
	}
	known := func(name string) (known, value bool) {
		f := c.own(name)
		return f != nil, f != nil && f.value != ""
	}
	set := func(name, value string) error { return c.own(name).set(c, value) }
	var err error
	if c.flags, c.args, err = load.ParseFlags(args, known, set); err != nil {
		return err
	}
	if !c.builds && len(c.flags) > 0 {
		return fmt.Errorf("flag provided but not defined: -%s", c.flags[0].Name)
	}
	for _, a := range c.args {
		if c.builds && strings.HasPrefix(a, "-") {
			return fmt.Errorf("flag %q comes after packages", a)
		}
	}
	return nil
}

// parseVet leaves the arguments to go vet, but for a first -C and a call for
// help.
func (c *call) parseVet(args []string) error {
	if len(args) > 0 {
		name, value, given := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(args[0], "-"), "-"), "=")
		switch {
		case !strings.HasPrefix(args[0], "-"):
		case name == "h" || name == "help":
			return errHelp
		case name == "C" && given:
			c.dir, args = value, args[1:]
		case name == "C" && len(args) > 1:
			c.dir, args = args[1], args[2:]
		case name == "C":
			return errors.New("flag needs an argument: -C")
		}
	}
	c.args = args
	return nil
}

func (c *call) options() doctor.Options {
	at := filepath.ToSlash(filepath.Clean(c.dir))
	if at == "." {
		at = ""
	}
	return doctor.Options{At: at, Flags: c.flags, Patterns: c.args, Wants: c.wants, CacheDir: c.cache, Checks: c.checks}
}

// openCache finds the cache folder. One that others may write is not used.
func (c *call) openCache() (err error) {
	if !c.builds {
		return nil
	}
	if c.cache, err = store.Dir(os.Getenv); err != nil || c.cache == "" {
		return err
	}
	if unsafe := (*store.UnsafeError)(nil); errors.As(store.Check(c.cache), &unsafe) {
		complain(c.stderr, unsafe, unsafe.Hint, exitOK)
		c.cache = ""
	}
	return nil
}

// setFacts keeps the file's path as the folder of the call has it, since -C
// changes that before the file is read.
func (c *call) setFacts(value string) error {
	if value == "" {
		return errors.New("want a file")
	}
	abs, err := filepath.Abs(value)
	c.facts = abs
	return err
}

func (c *call) setChecks(value string) error {
	for id := range strings.SplitSeq(value, ",") {
		if _, ok := doctor.LookupCheck(strings.TrimPrefix(id, "-")); !ok {
			return unknownCheck(strings.TrimPrefix(id, "-"))
		}
		c.checks = append(c.checks, id)
	}
	return nil
}

// factsOf reads the file of -facts, nil where there is none.
func (c *call) factsOf() (*doctor.Facts, error) {
	if c.facts == "" {
		return nil, nil
	}
	file, err := bounded.Open(c.facts, doctor.MaxFacts)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	f, err := doctor.ReadFacts(file)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", c.facts, err)
	}
	return f, nil
}
