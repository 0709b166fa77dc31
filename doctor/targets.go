package doctor

import (
	"fmt"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
	"github.com/goportdoctor/goportdoctor/internal/capture"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/target"
)

// A Target is a place to run, and what it offers.
type Target = target.Target

// A Verdict says whether a program starts on a target.
type Verdict = target.Verdict

// A Want is a target that programs have to run on.
type Want struct {
	Pattern string // the programs that it is asked of, "" for all
	target  *target.Target
	root    string // the folder that the target is, "" where it is none
}

// Wants reads the values of -target: [PATTERN=]NAME,…
func Wants(values []string) ([]Want, error) {
	var all []Want
	for _, v := range values {
		pattern, names := "", v
		if before, after, ok := strings.Cut(v, "="); ok && !strings.Contains(before, ":") {
			pattern, names = before, after
		}
		for _, name := range strings.Split(names, ",") {
			t, err := FindTarget(name)
			if err != nil {
				return nil, err
			}
			all = append(all, Want{pattern, t, rootOf(name)})
		}
	}
	return all, nil
}

// rootOf is the folder of a target that is one.
func rootOf(name string) string {
	if name == "host" {
		return "/"
	}
	dir, _ := strings.CutPrefix(name, "rootfs:")
	if dir == name {
		return ""
	}
	return dir
}

// place is where a file lies on the target that it is in, if it is in it.
func (w Want) place(p *Program) target.Place {
	if w.root == "" || p.File == "" {
		return target.Place{}
	}
	root, err := realPath(w.root)
	if err != nil {
		return target.Place{}
	}
	file, err := realPath(p.File)
	if err != nil { // it is inside of an archive
		return target.Place{}
	}
	rel, err := filepath.Rel(root, file)
	if err != nil || !filepath.IsLocal(rel) {
		return target.Place{}
	}
	place, err := capture.Place("/"+filepath.ToSlash(rel), file)
	if err != nil {
		return target.Place{}
	}
	return place
}

// realPath is an absolute path without links.
func realPath(name string) (string, error) {
	real, err := filepath.EvalSymlinks(name)
	if err != nil {
		return "", err
	}
	return filepath.Abs(real)
}

// FindTarget gives a known target, or reads one of the user's own: rootfs:DIR,
// oci:FILE, file:TARGET.json, host.
func FindTarget(name string) (*target.Target, error) {
	kind, at, _ := strings.Cut(name, ":")
	switch kind {
	case "rootfs":
		return capture.Dir(name, at)
	case "oci":
		return capture.Image(name, at)
	case "host":
		return capture.Host()
	case "file":
		f, err := bounded.Open(at, bounded.Source)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		t, err := target.Read(f)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", at, err)
		}
		return t, nil
	}
	if t := target.Find(name); t != nil {
		return t, nil
	}
	return nil, UnknownTarget(name)
}

// UnknownTarget is the error for a name that no target has.
type UnknownTarget string

func (e UnknownTarget) Error() string { return fmt.Sprintf("there is no target %q", string(e)) }

// Targets are the known targets, or the one of that name.
func Targets(name string) ([]*target.Target, error) {
	if name == "" {
		var all []*target.Target
		for _, t := range target.Known() {
			all = append(all, t.Whole())
		}
		return all, nil
	}
	t, err := FindTarget(name)
	if err != nil {
		return nil, err
	}
	return []*target.Target{t.Whole()}, nil
}

// Capture describes the root file system in a folder, or an image.
func Capture(file string) (*target.Target, error) { return capture.Describe(file) }

// covers reports whether a pattern names the program: its import path or its
// file, or the end of either after a slash. As in the go command's patterns "..."
// stands for anything, and "/..." at the end for nothing as well.
func (w Want) covers(p Program) bool {
	if w.Pattern == "" {
		return true
	}
	pattern := regexp.QuoteMeta(strings.TrimPrefix(filepath.ToSlash(w.Pattern), "./"))
	if start, ok := strings.CutSuffix(pattern, `/\.\.\.`); ok {
		pattern = start + `(/.*)?`
	}
	expr, err := regexp.Compile(`(^|/)` + strings.ReplaceAll(pattern, `\.\.\.`, `.*`) + `$`)
	if err != nil {
		return false // it is not UTF-8
	}
	return p.Package != "" && expr.MatchString(p.Package) || p.File != "" && expr.MatchString(filepath.ToSlash(p.File))
}

// judge fills in the verdicts: of the targets asked for, which are findings, by
// flag or else by the program itself; or of all known ones where none is asked
// for and ladder is set.
func (r *Report) judge(flags []Want, ladder bool) {
	for i := range r.Programs {
		p := &r.Programs[i]
		wants := flags
		if len(flags) == 0 {
			wants = p.wants
		}
		p.Asked = len(wants) > 0
		if p.BuildError != "" || p.BuildMode == "c-archive" && !p.Asked {
			continue
		}
		if p.in != nil {
			p.Asked = true
			v := target.JudgeAt(&p.Executable, p.in, p.place)
			p.Targets = append(p.Targets, v)
			r.addVerdict(p, v)
		}
		for _, w := range wants {
			if w.covers(*p) {
				v := target.JudgeAt(&p.Executable, w.target, w.place(p))
				p.Targets = append(p.Targets, v)
				r.addVerdict(p, v)
			}
		}
		if len(wants) == 0 && ladder && p.in == nil {
			for _, t := range target.Known() {
				p.Targets = append(p.Targets, target.Judge(&p.Executable, t))
			}
			r.infer(p)
		}
	}
	for _, w := range flags {
		if w.Pattern != "" && !slices.ContainsFunc(r.Programs, w.covers) {
			r.Findings = append(r.Findings, finding("pattern", Warning, "", "", fmt.Sprintf("-target=%s=%s: %q matches no program", w.Pattern, w.target.Name, w.Pattern), w.Pattern))
		}
	}
}

func (r *Report) addVerdict(p *Program, v Verdict) {
	f := Finding{}
	switch v.Verdict {
	case target.Fails:
		f = finding("target", Problem, p.Package, p.File, name(p)+" does not run on "+v.Name+": "+because(v), v.Name)
	case target.Unknown:
		f = finding("target", Unknown, p.Package, p.File, "whether "+name(p)+" runs on "+v.Name+" cannot be told: "+v.Because, v.Name)
	default:
		return
	}
	f.Remedies = append(f.Remedies, p.remediesFor(v.Name)...)
	r.Findings = append(r.Findings, f)
}

// remediesFor are those that have the program run on a target, and those that
// name no command.
func (p *Program) remediesFor(name string) []Remedy {
	return slices.DeleteFunc(slices.Clone(p.Remedies), func(r Remedy) bool { return len(r.Commands) > 0 && !slices.Contains(r.RunsOn, name) })
}

// wanted are the targets that a program has to run on: those of flags, or else
// those that it names by itself.
func wanted(flags []Want, p Program) (targets []*target.Target) {
	wants := flags
	if len(flags) == 0 {
		wants = p.wants
	}
	for _, w := range wants {
		if w.covers(p) {
			targets = append(targets, w.target)
		}
	}
	return targets
}

// inferred are the targets that nobody named and that a program is for.
func inferred(p Program) (targets []*target.Target) {
	if !slices.Contains(p.Uses, link.UsesLambda) {
		return nil
	}
	for _, t := range target.Known() {
		if strings.HasPrefix(t.Name, "lambda-") {
			targets = append(targets, t)
		}
	}
	return targets
}

func because(v Verdict) string {
	if v.Message == "" {
		return v.Because
	}
	return v.Because + ": " + v.Message
}

func name(p *Program) string {
	if p.File != "" {
		return p.File
	}
	return p.Package
}

// infer warns where a program is for a target that nobody named: one that
// imports aws-lambda-go is for Lambda.
func (r *Report) infer(p *Program) {
	if !slices.Contains(p.Uses, link.UsesLambda) {
		return
	}
	for _, v := range p.Targets {
		if strings.HasPrefix(v.Name, "lambda-") && v.Verdict == target.Fails {
			f := finding("target-inferred", Warning, p.Package, "",
				p.Package+" imports aws-lambda-go and does not run on "+v.Name+": "+because(v), v.Name)
			f.Remedies = append(f.Remedies, p.remediesFor(v.Name)...)
			r.Findings = append(r.Findings, f)
		}
	}
}

// otherSystem is the environment of a build for the system of the first target
// that a program names by itself, where that is another one than was examined.
func (r *Report) otherSystem(o Options) (env []string, other bool) {
	if len(o.Wants) > 0 || o.moved {
		return nil, false
	}
	for _, p := range r.Programs {
		if len(p.wants) > 0 && p.wants[0].target.GOOS != p.Build.GOOS {
			return forTargets(o.Env, p.wants), true
		}
	}
	return nil, false
}

// forTargets has the environment ask for the targets' system, whatever this
// machine is. An architecture that the first one has stays.
func forTargets(env []string, wants []Want) []string {
	if len(wants) == 0 || wants[0].target.GOOS == "" {
		return env
	}
	t, arch := wants[0].target, runtime.GOARCH
	env = slices.Clip(env)
	for _, kv := range env {
		if v, ok := strings.CutPrefix(kv, "GOARCH="); ok && v != "" {
			arch = v
		}
	}
	env = append(env, "GOOS="+t.GOOS)
	if all := t.Arches(); len(all) > 0 && !slices.Contains(all, arch) {
		env = append(env, "GOARCH="+all[0])
	}
	return env
}

// besides are the settings that were added to an environment and are not those
// of this machine anyway.
func besides(env, added []string) []string {
	own := map[string]string{"GOOS": runtime.GOOS, "GOARCH": runtime.GOARCH}
	for _, kv := range env {
		if name, value, _ := strings.Cut(kv, "="); own[name] != "" && value != "" {
			own[name] = value
		}
	}
	return slices.DeleteFunc(slices.Clone(added), func(kv string) bool {
		name, value, _ := strings.Cut(kv, "=")
		return own[name] == value
	})
}
