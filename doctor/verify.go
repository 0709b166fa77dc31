package doctor

import (
	"context"
	"fmt"
	"go/version"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
	"github.com/goportdoctor/goportdoctor/internal/capture"
	"github.com/goportdoctor/goportdoctor/internal/inspect"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/load"
	"github.com/goportdoctor/goportdoctor/internal/parallel"
	"github.com/goportdoctor/goportdoctor/internal/process"
	"github.com/goportdoctor/goportdoctor/internal/target"
)

// Inspect reads finished executables. A file that cannot be read is a finding,
// and the others are read all the same. Each is judged for the targets wanted,
// or for all known ones.
func Inspect(files []string, wants []Want) *Report {
	r := newReport()
	if len(wants) == 0 {
		parallel.Ahead(func() { target.Make(runtime.GOARCH) }) // of most files, while they are read
	}
	for _, file := range files {
		err := r.inspect(file)
		if err != nil {
			r.Findings = append(r.Findings, finding("unreadable", Unknown, "", file, err.Error(), file))
		}
	}
	r.judge(wants, true)
	return r
}

// inspect adds the programs of a file, a folder, an archive or an image.
func (r *Report) inspect(file string) error {
	if image, ok := strings.CutPrefix(file, "oci:"); ok {
		return capture.Programs(file, image, func(p capture.Program) {
			r.Programs = append(r.Programs, Program{Executable: p.Executable, in: p.In, place: p.Place, Targets: []Verdict{}, Remedies: []Remedy{}})
		})
	}
	before := len(r.Programs)
	err := executables(file, func(e link.Executable) {
		r.Programs = append(r.Programs, Program{Executable: e, Targets: []Verdict{}, Remedies: []Remedy{}})
	})
	if err == nil && len(r.Programs) == before {
		return fmt.Errorf("%q: no executable in it", file)
	}
	return err
}

// stamped reports whether flags of a build or of GOFLAGS ask for or against stamps
// of version control.
func stamped(b link.Build) bool {
	return slices.ContainsFunc(b.Flags, func(f string) bool {
		return f == "-buildvcs" || strings.HasPrefix(f, "-buildvcs=")
	})
}

// unstamped adds -buildvcs=false to a build whose flags do not mention it: stamps
// do not change how a program is linked, and making them runs git, which obeys the
// configuration of the repository. Up to go1.17 there are none.
func unstamped(o Options, b link.Build, release string) Options {
	release, _, _ = strings.Cut(release, " ")
	if old := version.IsValid(release) && version.Compare(release, "go1.18") < 0; !old && !stamped(b) {
		o.Flags = append(slices.Clip(o.Flags), load.Flag{Name: "buildvcs", Value: "false"})
	}
	return o
}

// Verify predicts, builds into a temporary folder, and says where the two
// differ. Nothing that is built is run.
func Verify(ctx context.Context, o Options) (*Report, error) {
	r, err := Predict(ctx, o)
	if err != nil {
		return r, err
	}
	for _, p := range r.Programs {
		if p.heldBack != "" {
			return r, fmt.Errorf("%s is not built: %s", p.Package, p.heldBack)
		}
	}
	dir, err := process.MkdirTemp("verify")
	if err != nil {
		return r, err
	}
	defer process.Remove(dir)
	for i := range r.Programs {
		p := &r.Programs[i]
		actual, failure := Build(ctx, unstamped(o, p.Build, r.Environment.GoVersion), p.names(p.arguments), filepath.Join(dir, fmt.Sprint(i)))
		if failure != "" {
			actual = unbuilt(p.Build, failure)
		}
		actual.Package, actual.Dir = p.Package, p.Dir
		if ctx.Err() != nil {
			return r, ctx.Err()
		}
		diffs := Compare(p.Executable, actual, failure)
		p.Actual, p.Differences = &actual, &diffs
	}
	r.Findings = slices.DeleteFunc(r.Findings, func(f Finding) bool { return f.Severity == Problem })
	for _, p := range r.Programs {
		for _, d := range *p.Differences {
			r.Findings = append(r.Findings, finding("difference", Problem, p.Package, firstPosition(p.Causes),
				p.Package+": "+d.String(), buildKey(p.Build)+d.Fact))
		}
	}
	return r, nil
}

// unbuilt is what there is to say of an executable that was not made.
func unbuilt(b link.Build, failure string) link.Executable {
	const because = "the build fails"
	text := link.Text{Because: because, Certainty: link.Unknown}
	list := link.List{Value: []string{}, Because: because, Certainty: link.Unknown}
	return link.Executable{Build: b, BuildError: failure, BuildErrorCertainty: link.Exact,
		LinkMode: text, Linkage: text, Glibc: text, Needed: list, RPath: list, RunPath: list, Causes: []link.Cause{},
		Interpreter: link.Interpreter{Source: link.SourceNone, Because: because, Certainty: link.Unknown}}
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

// Build runs go build with the options' flags and environment for packages,
// into the file out, and inspects and removes that. It gives what the go
// command said where it refused.
func Build(ctx context.Context, o Options, packages []string, out string) (link.Executable, string) {
	args := []string{"build"}
	for _, f := range o.Flags {
		switch f.Name {
		case "o", "n", "json", "C":
		default:
			args = append(args, f.String())
		}
	}
	args = append(append(args, "-o", out, "--"), packages...)
	env := o.Env
	if env == nil {
		env = os.Environ()
	}
	path, err := load.Go(env)
	if err != nil {
		return link.Executable{}, err.Error()
	}
	if o.Dir != "" {
		env = append(slices.Clip(env), "PWD="+o.Dir)
	}
	var said bounded.Buffer
	build := process.Command{Path: path, Args: args, Dir: o.Dir, Env: env, Stdout: &said, Stderr: &said, Asked: true}
	if err := build.Run(ctx); err != nil {
		return link.Executable{}, strings.TrimSpace(said.String() + "\n" + err.Error())
	}
	defer os.Remove(out)
	e, err := inspect.File(out)
	if err != nil {
		return e, "cannot be inspected: " + err.Error()
	}
	return e, ""
}
