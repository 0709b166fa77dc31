package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"go/version"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis/unitchecker"

	"github.com/goportdoctor/goportdoctor/analyzer"
	"github.com/goportdoctor/goportdoctor/internal/load"
	"github.com/goportdoctor/goportdoctor/internal/process"
	"github.com/goportdoctor/goportdoctor/internal/quote"
)

// calledByVet reports whether go vet calls this executable as its tool: for its
// version or its flags, or with flags and a .cfg file that describes a package.
// A flag's value may be a word of its own, as the user typed it: then only the
// name that go vet gives that file tells.
func calledByVet(args []string) bool {
	switch n := len(args); {
	case n == 1 && (args[0] == "-flags" || strings.HasPrefix(args[0], "-V")):
		return true
	case n == 0 || !strings.HasSuffix(args[n-1], ".cfg"):
		return false
	case n > 1 && filepath.Base(args[n-1]) == "vet.cfg":
		return strings.HasPrefix(args[0], "-")
	default:
		return !slices.ContainsFunc(args[:n-1], func(a string) bool { return !strings.HasPrefix(a, "-") })
	}
}

// vetTool does what go vet asks of its tool, and exits. The go command tells its
// release by GOVERSION in the environment of all that it runs. It shows what a
// tool says on being asked for its version, and ends at once where that fails;
// everything later would be said for each package.
func vetTool(args []string, stderr io.Writer) {
	if err := tooOld(os.Getenv("GOVERSION")); err != nil && args[0] != "-flags" {
		os.Exit(complain(stderr, err, "", exitUnanswered))
	}
	defer func() {
		if r := recover(); r != nil {
			os.Exit(complain(stderr, fmt.Errorf("%s is no description of a package for vet: %v", filepath.Base(args[len(args)-1]), r), "", exitUnanswered))
		}
	}()
	unitchecker.Main(analyzer.Analyzer)
}

// tooOld says that this executable cannot type-check what a newer release
// of Go's standard library is written in, nil where it can.
func tooOld(goVersion string) error {
	own, theirs := language(runtime.Version()), language(goVersion)
	if own == "" || version.Compare(theirs, own) <= 0 {
		return nil
	}
	return fmt.Errorf("this goportdoctor was built with %s, which is older than the %s that it is to check for; build it anew: go install %s@latest",
		runtime.Version(), goVersion, "github.com/goportdoctor/goportdoctor/cmd/goportdoctor")
}

// language is the language version of a release, also of one that is in the
// making ("devel go1.28-…"), and "" where it has none.
func language(goVersion string) string {
	for _, word := range strings.FieldsFunc(goVersion, func(r rune) bool { return r == ' ' || r == '-' }) {
		if lang := version.Lang(word); lang != "" {
			return lang
		}
	}
	return ""
}

// readByVet returns the flags of vet that name a file that go vet reads whole, with
// no limit. load looks at these files before the go command does.
func readByVet(args []string) (flags []load.Flag) {
	for i, a := range args {
		name, value, given := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(a, "-"), "-"), "=")
		if !given && i+1 < len(args) {
			value = args[i+1]
		}
		if strings.HasPrefix(a, "-") && (name == "overlay" || name == "modfile") {
			flags = append(flags, load.Flag{Name: name, Value: value})
		}
	}
	return flags
}

// runVet runs go vet with this executable as its tool. Its arguments are vet's.
func runVet(ctx context.Context, c *call) int {
	self, err := os.Executable()
	if err != nil {
		return complain(c.stderr, err, "", exitUnanswered)
	}
	for _, a := range c.args {
		if name, _, _ := strings.Cut(strings.TrimLeft(a, "-"), "="); a != name && name == "vettool" {
			return complain(c.stderr, errors.New("goportdoctor vet is its own -vettool"), "go vet "+a, exitUsage)
		}
	}
	env, err := load.Environment(ctx, load.Request{Env: os.Environ(), Flags: readByVet(c.args)})
	if err != nil {
		return complain(c.stderr, err, hint(err.Error()), exitUnanswered)
	}
	if err := tooOld(env["GOVERSION"]); err != nil {
		return complain(c.stderr, err, "", exitUnanswered)
	}
	tool, err := load.Go(os.Environ())
	if err != nil {
		return complain(c.stderr, err, hint(err.Error()), exitUnanswered)
	}
	out, said := &quote.Lines{To: c.stdout}, &quote.Lines{To: c.stderr}
	err = process.Command{Path: tool, Args: append([]string{"vet", "-vettool=" + self}, c.args...),
		Stdin: os.Stdin, Stdout: out, Stderr: said, Asked: true, Terminal: true}.Run(ctx)
	if werr := cmp.Or(out.Close(), said.Close()); err == nil {
		err = werr
	}
	if ctx.Err() != nil {
		return complain(c.stderr, ctx.Err(), "", exitUnanswered)
	}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return cmp.Or(max(exit.ExitCode(), 0), exitUnanswered)
	}
	if err != nil {
		return complain(c.stderr, err, "", exitUnanswered)
	}
	return exitOK
}
