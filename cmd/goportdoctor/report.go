package main

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/report"
)

// reports makes a command of what gives a report and what writes it as text.
func reports(ask func(context.Context, *call) (*doctor.Report, error), text func(io.Writer, *doctor.Report) error) func(context.Context, *call) int {
	return func(ctx context.Context, c *call) int {
		known, err := c.known()
		if err != nil {
			return complain(c.stderr, err, hint(err.Error()), exitUnanswered)
		}
		r, err := ask(ctx, c)
		if r == nil {
			return c.status(r, err)
		}
		r.Verbose = c.verbose
		known.Mark(r.Findings)
		a := c.answer(r.Tool, r.Findings)
		a["json"] = func(w io.Writer) error { return report.JSON(w, r) }
		a["text"] = func(w io.Writer) error {
			if err != nil && !r.Says() {
				return nil // the error says it all
			}
			return text(w, r)
		}
		if err := c.write(a); err != nil {
			return complain(c.stderr, err, "", exitUnanswered)
		}
		return c.status(r, err)
	}
}

// known is what the baseline has.
func (c *call) known() (doctor.Baseline, error) {
	if c.baseline == "" {
		return nil, nil
	}
	return doctor.ReadBaseline(c.baseline)
}

// examines is the doctor, whose text depends on -v and on where it goes.
func examines(ctx context.Context, c *call) int {
	text := func(w io.Writer, r *doctor.Report) error {
		return report.Style{All: c.verbose, Colour: terminal(w) && os.Getenv("NO_COLOR") == ""}.Doctor(w, r)
	}
	return reports(runDoctor, text)(ctx, c)
}

// terminal reports whether w is one that shows colours.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func runDoctor(ctx context.Context, c *call) (*doctor.Report, error) {
	o := c.options()
	var err error
	if o.Facts, err = c.factsOf(); err != nil {
		return nil, err
	}
	if len(o.Patterns) == 0 {
		o.Patterns = []string{"./..."}
	}
	return doctor.Examine(ctx, o)
}

func runPredict(ctx context.Context, c *call) (*doctor.Report, error) {
	o := c.options()
	var err error
	if o.Facts, err = c.factsOf(); err != nil {
		return nil, err
	}
	return doctor.Predict(ctx, o)
}

func runVerify(ctx context.Context, c *call) (*doctor.Report, error) {
	return doctor.Verify(ctx, c.options())
}

func runInspect(_ context.Context, c *call) (*doctor.Report, error) {
	if len(c.args) == 0 {
		return nil, usageError("inspect needs a file")
	}
	return doctor.Inspect(c.args, c.wants), nil
}

// A usageError is what is wrong with a command's arguments.
type usageError string

func (e usageError) Error() string { return string(e) }

// status is the exit status of a command about programs.
func (c *call) status(r *doctor.Report, err error) int {
	if err != nil {
		return c.exit(nil, err)
	}
	status := c.exit(r.Findings, nil)
	suggest(c.stderr, r.Programs)
	if c.builds && len(c.checks) == 0 && len(r.Programs) == 0 && !r.Unanswered() {
		complain(c.stderr, errors.New("no main package among the packages that match"), "", 0)
	}
	return status
}

// exit says what could not be answered, and gives the exit status: 1 wins over
// 3, and with JSON the output itself says what is wrong.
func (c *call) exit(findings []doctor.Finding, err error) int {
	var usage usageError
	if errors.As(err, &usage) {
		return complain(c.stderr, err, "goportdoctor help", exitUsage)
	}
	if err != nil {
		return complain(c.stderr, err, hint(err.Error()), exitUnanswered)
	}
	status := exitOK
	for _, f := range findings {
		switch {
		case f.Unanswered():
			complain(c.stderr, errors.New(f.Message), hint(f.Message), 0)
			status = exitUnanswered
		case f.ID == "pattern":
			complain(c.stderr, errors.New(f.Message), "", 0) // of a target, which may be for other programs
		case f.Severity == doctor.Problem && !f.Known && status == exitOK && c.tells():
			status = exitProblems
		}
	}
	return status
}

// suggest gives the cures for builds that fail, each once.
func suggest(stderr io.Writer, programs []doctor.Program) {
	given := map[string]bool{"": true}
	for _, p := range programs {
		if cure := hint(p.BuildError); !given[cure] {
			given[cure] = true
			say(stderr, "hint: "+cure)
		}
	}
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
		{"not found, and cgo is on:", "install a C compiler, set CC to one that is there, or CGO_ENABLED=0 where pure Go will do"},
		{"errors parsing go.mod", "mend that line; go mod edit -fmt says whether go.mod can be read"},
		{"errors parsing go.work", "mend that line; go work edit -fmt says whether go.work can be read"},
		{"$GOFLAGS", "go env GOFLAGS shows it; a flag there is -name=value, and quotes go around all of it: '-ldflags=-s -w'"},
		{"spells out the value of a macro", "write .* instead of the value, or unset the variable"},
		{"and this goportdoctor reads version", "use the newer goportdoctor, or make the baseline anew"},
		{"not the JSON of an earlier run", "a baseline is what -json printed, or -out json=FILE wrote"},
		{"baseline: open", "a baseline is what -json printed, or -out json=FILE wrote"},
		{"there is no package", "name one by its import path, as net or golang.org/x/net/http2; go list ./... has those of the module"},
		{"no Go files in", "goportdoctor ./... looks at every program of the module"},
	} {
		if strings.Contains(said, h.sign) {
			return h.cure
		}
	}
	return ""
}
