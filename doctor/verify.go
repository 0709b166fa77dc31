package doctor

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/inspect"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/load"
)

// Inspect reads finished executables. A file that cannot be read is a finding,
// and the others are read all the same.
func Inspect(files []string) *Report {
	r := newReport()
	for _, file := range files {
		e, err := inspect.File(file)
		if err != nil {
			r.Findings = append(r.Findings, finding("unreadable", Unknown, "", file, err.Error(), file))
			continue
		}
		e.File = file
		r.Programs = append(r.Programs, Program{Executable: e, Targets: []Verdict{}, Remedies: []Remedy{}})
	}
	return r
}

// Verify predicts, builds into a temporary folder, and says where the two
// differ. Nothing that is built is run.
func Verify(ctx context.Context, o Options) (*Report, error) {
	r, err := Predict(ctx, o)
	if err != nil {
		return r, err
	}
	dir, err := os.MkdirTemp("", "goportdoctor")
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(dir)
	for i := range r.Programs {
		p := &r.Programs[i]
		actual, failure := buildOne(ctx, o, p.Package, p.Dir, filepath.Join(dir, fmt.Sprint(i)))
		if ctx.Err() != nil {
			return r, ctx.Err()
		}
		diffs := Compare(p.Executable, actual, failure)
		p.Actual, p.Differences = &actual, &diffs
	}
	r.Findings = r.Findings[:0]
	for _, p := range r.Programs {
		for _, d := range *p.Differences {
			r.Findings = append(r.Findings, finding("difference", Problem, p.Package, "",
				fmt.Sprintf("%s of %s: predicted %v, and it is %v", d.Fact, p.Package, d.Predicted, d.Actual), d.Fact))
		}
	}
	return r, nil
}

// Compare lists the facts in which a prediction and a build differ; failure is
// what the go command said where there is no executable.
func Compare(predicted, actual link.Executable, failure string) []link.Difference {
	diffs := []link.Difference{}
	switch {
	case failure != "" && predicted.BuildError == "":
		return append(diffs, link.Difference{Fact: "build_error", Predicted: "", Actual: failure})
	case failure != "":
		return diffs
	case predicted.BuildError != "" && predicted.BuildErrorCertainty == link.Exact:
		return append(diffs, link.Difference{Fact: "build_error", Predicted: predicted.BuildError, Actual: ""})
	case predicted.BuildError != "":
		return diffs
	}
	return append(diffs, link.Diff(predicted, actual)...)
}

// buildOne builds a main package as go build with the same flags would, but for
// the place of the output.
func buildOne(ctx context.Context, o Options, pkg, dir, out string) (link.Executable, string) {
	args := []string{"build"}
	for _, f := range o.Flags {
		switch f.Name {
		case "o", "n", "json", "C":
		default:
			args = append(args, f.String())
		}
	}
	if pkg == "command-line-arguments" {
		args = append(append(args, "-o", out, "--"), o.Patterns...)
	} else {
		args = append(args, "-o", out, "--", pkg)
	}
	env := o.Env
	if env == nil {
		env = os.Environ()
	}
	path, err := load.Go(env)
	if err != nil {
		return link.Executable{}, err.Error()
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir, cmd.Env = o.Dir, env
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); err != nil {
		return link.Executable{}, strings.TrimSpace(said.String() + "\n" + err.Error())
	}
	defer os.Remove(out)
	e, err := inspect.File(out)
	if err != nil {
		return e, ""
	}
	e.Package, e.Dir = pkg, dir
	return e, ""
}
