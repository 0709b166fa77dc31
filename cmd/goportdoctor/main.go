// Goportdoctor says, before anything is built, how go build will link the
// programs of a module, and whether they depend on this machine.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/load"
	"github.com/goportdoctor/goportdoctor/internal/report"
	"github.com/goportdoctor/goportdoctor/internal/toolchain"
)

// Exit statuses.
const (
	exitOK         = 0
	exitUnanswered = 1 // something could not be answered
	exitUsage      = 2
	exitProblems   = 3
)

func main() {
	// A run is short and holds little: collecting garbage less often is a third
	// of its time saved.
	debug.SetGCPercent(400)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// A command is one of goportdoctor's, by its first word.
type command struct {
	name, args, does string
	run              func(ctx context.Context, c *call) (*doctor.Report, error)
	text             func(io.Writer, *doctor.Report) error
	builds           bool // takes the flags of go build
}

var commands = []command{
	{"", "[flags] [packages]", "the environment and every program that matches (default ./...)", runDoctor, report.Doctor, true},
	{"predict", "[flags] [build flags] [packages]", "how go build with those flags would link each program", runPredict, report.Text, true},
	{"inspect", "[flags] FILE…", "the same facts, read from finished executables", runInspect, report.Text, false},
	{"verify", "[flags] [build flags] [packages]", "predicts, builds into a temporary folder, and says where the two differ", runVerify, report.Text, true},
}

var errHelp = errors.New("help is asked for")

// A call is a command with its arguments.
type call struct {
	command
	format string
	dir    string
	flags  []load.Flag
	args   []string
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c := call{command: commands[0], format: "text"}
	if len(args) > 0 {
		switch args[0] {
		case "help", "-h", "-help", "--help":
			usage(stdout)
			return exitOK
		case "version", "-version", "--version":
			fmt.Fprintln(stdout, "goportdoctor", doctor.Version(), "knows Go up to", doctor.NewestGo())
			return exitOK
		}
		for _, known := range commands[1:] {
			if args[0] == known.name {
				c.command, args = known, args[1:]
				break
			}
		}
	}
	err := c.parse(args)
	if errors.Is(err, errHelp) {
		usage(stdout)
		return exitOK
	}
	if err != nil {
		return complain(stderr, err, "goportdoctor help", exitUsage)
	}
	if c.dir != "" {
		if err := os.Chdir(c.dir); err != nil {
			return complain(stderr, err, "", exitUsage)
		}
	}
	r, err := c.run(ctx, &c)
	if err == nil || len(r.Programs) > 0 || c.format == "json" {
		if werr := c.write(stdout, r); werr != nil {
			return complain(stderr, werr, "", exitUnanswered)
		}
	}
	return c.status(stderr, r, err)
}

// status is the exit status: 1 wins over 3, and with JSON the output itself
// says what is wrong.
func (c *call) status(stderr io.Writer, r *doctor.Report, err error) int {
	if err != nil {
		return complain(stderr, err, hint(err.Error()), exitUnanswered)
	}
	for _, f := range r.Findings {
		if f.Severity == doctor.Unknown {
			complain(stderr, errors.New(f.Message), hint(f.Message), 0)
		}
	}
	suggest(stderr, r.Programs)
	if c.builds && len(r.Programs) == 0 && !r.Unanswered() {
		complain(stderr, errors.New("no main package among the packages that match"), "", 0)
	}
	switch {
	case r.Unanswered():
		return exitUnanswered
	case c.format == "text" && r.Problems() > 0:
		return exitProblems
	}
	return exitOK
}

// suggest gives the cures for builds that fail, each once.
func suggest(stderr io.Writer, programs []doctor.Program) {
	given := map[string]bool{"": true}
	for _, p := range programs {
		if cure := hint(p.BuildError); !given[cure] {
			given[cure] = true
			fmt.Fprintf(stderr, "goportdoctor: hint: %s\n", cure)
		}
	}
}

func complain(stderr io.Writer, err error, hint string, status int) int {
	for line := range strings.Lines(strings.TrimSpace(err.Error())) {
		fmt.Fprintf(stderr, "goportdoctor: %s\n", strings.TrimRight(line, "\n"))
	}
	if hint != "" {
		fmt.Fprintf(stderr, "goportdoctor: hint: %s\n", hint)
	}
	return status
}

// hint is the cure for what keeps the go command from answering, or from
// building, in its own words.
func hint(said string) string {
	for _, h := range []struct{ sign, cure string }{
		{"not found on PATH", "put the folder of the go command on PATH"},
		{"go.mod file not found", "run it inside a module, or name the module's folder with -C"},
		{"main module or its selected dependencies", "run it inside a module, or name the module's folder with -C"},
		{"toolchain not available", "install that Go release; goportdoctor downloads none"},
		{"requires go >=", "install that Go release, or set GOTOOLCHAIN to one that is there"},
		{"module lookup disabled", "go mod download fetches what is missing"},
		{"no Go files in", "goportdoctor ./... looks at every program of the module"},
	} {
		if strings.Contains(said, h.sign) {
			return h.cure
		}
	}
	return ""
}

func (c *call) write(w io.Writer, r *doctor.Report) error {
	if c.format == "json" {
		return report.JSON(w, r)
	}
	return c.text(w, r)
}

// parse reads the flags of a command. Those that goportdoctor and go build
// both have mean what they mean here.
func (c *call) parse(args []string) error {
	own := func(name string) (known, value bool) {
		switch name {
		case "json", "v", "h", "help":
			return true, false
		case "C", "format":
			return true, true
		}
		return false, false
	}
	set := func(name, value string) error {
		switch name {
		case "h", "help":
			return errHelp
		case "json":
			if value == "true" {
				c.format = "json"
			}
		case "C":
			c.dir = value
		case "format":
			if value != "text" && value != "json" {
				return errors.New("want text or json")
			}
			c.format = value
		}
		return nil
	}
	var err error
	if c.flags, c.args, err = load.ParseFlags(args, own, set); err != nil {
		return err
	}
	if !c.builds && len(c.flags) > 0 {
		return fmt.Errorf("flag provided but not defined: -%s", c.flags[0].Name)
	}
	if !c.builds && len(c.args) == 0 {
		return fmt.Errorf("%s needs a file", c.name)
	}
	for _, a := range c.args {
		if c.builds && strings.HasPrefix(a, "-") {
			return fmt.Errorf("flag %q comes after packages", a)
		}
	}
	return nil
}

func (c *call) options() doctor.Options {
	return doctor.Options{Flags: c.flags, Patterns: c.args, CacheDir: toolchain.CacheDir(os.Getenv)}
}

func runDoctor(ctx context.Context, c *call) (*doctor.Report, error) {
	o := c.options()
	if len(o.Patterns) == 0 {
		o.Patterns = []string{"./..."}
	}
	return doctor.Examine(ctx, o)
}

func runPredict(ctx context.Context, c *call) (*doctor.Report, error) {
	return doctor.Predict(ctx, c.options())
}

func runVerify(ctx context.Context, c *call) (*doctor.Report, error) {
	return doctor.Verify(ctx, c.options())
}

func runInspect(_ context.Context, c *call) (*doctor.Report, error) {
	return doctor.Inspect(c.args), nil
}

func usage(w io.Writer) {
	fmt.Fprint(w, "goportdoctor says how go build will link your programs, before it does.\n\n")
	for _, c := range commands {
		fmt.Fprintf(w, "  goportdoctor %s\n        %s\n", strings.TrimSpace(c.name+" "+c.args), c.does)
	}
	fmt.Fprint(w, "  goportdoctor version\n  goportdoctor help\n\n"+
		"Flags: -json, -format=text|json, -C DIR; the others are those of go build.\n"+
		"Exit status: 0 nothing wrong; 1 something could not be answered; 2 usage; 3 problems found.\n")
}
