// Goportdoctor says, before anything is built, how go build will link the
// programs of a module, and whether they depend on this machine.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/quote"
	"github.com/goportdoctor/goportdoctor/internal/report"
)

// Exit statuses.
const (
	exitOK         = 0
	exitUnanswered = 1 // something could not be answered
	exitUsage      = 2
	exitProblems   = 3
)

func main() {
	if args := os.Args[1:]; calledByVet(args) {
		vetTool(args, os.Stderr)
	}
	// A run is short and holds little: collecting garbage less often is a third
	// of its time saved.
	debug.SetGCPercent(400)
	// An image can have many files: then it is collected more often.
	debug.SetMemoryLimit(128 << 20)
	os.Exit(untilEnd(func(ctx context.Context) int { return run(ctx, os.Args[1:], os.Stdout, os.Stderr) }))
}

// A command is one of goportdoctor's, by its first word.
type command struct {
	name, args, does string
	run              func(ctx context.Context, c *call) int // gives the exit status
	builds           bool                                   // takes the flags of go build
}

var commands = []command{
	{"", "[flags] [packages]", "the environment and every program that matches (default ./...)", examines, true},
	{"predict", "[flags] [build flags] [packages]", "how go build with those flags would link each program", reports(runPredict, report.Text), true},
	{"inspect", "[flags] FILE…", "the same facts, read from finished executables, also in folders, archives and images (oci:FILE)", reports(runInspect, report.Text), false},
	{"lint", "[flags] [build flags] [packages]", "imports that bring cgo into packages, from the package graph alone (default ./...)", runLint, true},
	{"targets", "[NAME] | capture DIR|FILE", "what is known of places to run, or of one in full; capture describes a root file system or an image as JSON", runTargets, false},
	{"verify", "[flags] [build flags] [packages]", "predicts, builds into a temporary folder, and says where the two differ", reports(runVerify, report.Text), true},
	{"vet", "[vet flags] [packages]", "go vet with this executable as its tool: the imports that bring in cgo", runVet, false},
	{"why", "[flags] [build flags] PACKAGE [packages]", "every import path by which PACKAGE gets into each program, and the smallest cut (default ./...)", runWhy, true},
	{"facts", "[flags] [build flags] [packages]", "what this machine is, as JSON, to answer for it elsewhere", runFacts, true},
	{"checks", "[ID]", "the doctor's checks, or one in full", runChecks, false},
	{"version", "[flags]", "goportdoctor's own version, and the newest Go release whose rules it knows", runVersion, false},
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c := call{command: commands[0], format: "text", stdout: stdout, stderr: stderr}
	if len(args) > 0 {
		switch args[0] {
		case "help", "-h", "-help", "--help":
			return runHelp(args[1:], stdout, stderr)
		case "-version", "--version":
			args = append([]string{"version"}, args[1:]...)
		}
		if known, ok := commandOf(args[0]); ok {
			c.command, args = known, args[1:]
		}
	}
	err := c.parse(args)
	if errors.Is(err, errHelp) {
		page(stdout, c.command)
		return exitOK
	}
	if err != nil {
		return complain(stderr, err, usageHint(err), exitUsage)
	}
	if err := c.openCache(); err != nil {
		return complain(stderr, err, "set it to an absolute path, or to off", exitUsage)
	}
	if c.dir != "" {
		if err := os.Chdir(c.dir); err != nil {
			return complain(stderr, err, "", exitUsage)
		}
	}
	status := c.run(ctx, &c)
	if ctx.Err() != nil && status != exitUnanswered {
		// What was told may hold what nobody waited for.
		return complain(stderr, ctx.Err(), "", exitUnanswered)
	}
	return status
}

// usageHint is where to look for what the arguments should have been.
func usageHint(err error) string {
	switch {
	case errors.As(err, new(doctor.UnknownTarget)):
		return "goportdoctor targets lists them"
	case errors.As(err, new(unknownCheck)):
		return "goportdoctor checks lists them"
	}
	return "goportdoctor help"
}

// complain writes an error and its cure to standard error, and returns status.
func complain(stderr io.Writer, err error, hint string, status int) int {
	for line := range strings.Lines(quote.Block(strings.TrimSpace(doctor.Words(err)))) {
		say(stderr, strings.TrimRight(line, "\n"))
	}
	if hint != "" {
		say(stderr, "hint: "+hint)
	}
	return status
}

// say writes a line to standard error. Nothing else does.
func say(stderr io.Writer, line string) {
	io.WriteString(stderr, quote.Line("goportdoctor: "+line)+"\n")
}

// dump writes text of several lines to standard error.
func dump(stderr io.Writer, text string) { io.WriteString(stderr, quote.Log(quote.Block(text))) }
