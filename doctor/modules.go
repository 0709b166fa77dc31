package doctor

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/parallel"
	"github.com/goportdoctor/goportdoctor/internal/target"
)

// Examine is the doctor: the machine, every program that the patterns match, and
// what the checks say of both. It is for whoever stands anywhere: outside of any
// module, it looks at each module below, one after the other. A module that does
// not load is a finding, and the others are examined all the same. Of a machine
// there is something to say without any program.
func Examine(ctx context.Context, o Options) (*Report, error) {
	if o.Env == nil {
		o.Env = os.Environ()
	}
	plain := o.Env
	o.Env = forTargets(plain, o.Wants)
	if !o.moved {
		o.port = besides(plain, o.Env[len(plain):])
	}
	ctx, cancel := context.WithCancel(ctx)
	r := newReport()
	s := newSession(o)
	defer s.background.Wait() // what was begun has files to remove
	defer cancel()
	err := s.open(ctx)
	if err != nil {
		r.failed(err)
		return r, err
	}
	s.allOfWorkspace(ctx)
	facts := parallel.Start(func() *Facts { return s.gather(ctx) })
	e := &examination{other: map[string]link.Executable{}, typed: s.place()}
	switch r.Environment = s.environment(); {
	case machineOnly(o.Checks):
	case s.local.InModule():
		err = r.look(ctx, s, e)
	default:
		err = r.lookBelow(ctx, s, e)
	}
	if env, other := r.otherSystem(o); other {
		facts()
		o.port = besides(o.Env, env[len(o.Env):])
		o.Env, o.moved = env, true
		return Examine(ctx, o)
	}
	r.judge(o.Wants, true)
	e.programs = r.Programs
	e.know(facts())
	if ctx.Err() != nil {
		return r, ctx.Err()
	}
	r.Findings = append(e.examine(o.Checks), r.Findings...)
	sortFindings(r.Findings)
	return r, err
}

// CheckFacts makes the checks on the facts of a machine and on predictions for
// it; it asks nothing of this one.
func CheckFacts(f *Facts, programs []Program) []Finding {
	e := &examination{programs: programs, other: map[string]link.Executable{}}
	e.know(f)
	return e.examine(nil)
}

func (e *examination) know(f *Facts) {
	e.facts, e.tool, e.unpinned = f, f.Toolchain, f.unpinned()
}

// look predicts the programs of a session's folder, as they are and, where that
// tells something, with cgo the other way.
func (r *Report) look(ctx context.Context, s *session, e *examination) error {
	result, err := r.programs(ctx, s)
	if err != nil {
		r.failed(err)
		return err
	}
	// Remedies come first: they list the packages without cgo and others side by side.
	s.cure(ctx, result, r.Programs, func(p Program) []*target.Target {
		if len(s.options.Wants)+len(p.wants) > 0 {
			return wanted(s.options.Wants, p)
		}
		return inferred(p)
	})
	e.leftOut = append(e.leftOut, s.otherwise(ctx, result, r.Programs, e.other)...)
	return nil
}

// lookBelow looks at the modules below the folder of a session, or at that where
// there are none.
func (r *Report) lookBelow(ctx context.Context, root *session, e *examination) error {
	dirs := modulesBelow(root.options.Dir)
	if len(dirs) == 0 {
		return r.look(ctx, root, e)
	}
	e.apart = len(dirs) > 1
	for _, dir := range dirs {
		o := root.options
		o.Dir, o.At = filepath.Join(o.Dir, dir), path.Join(filepath.ToSlash(o.At), filepath.ToSlash(dir))
		module := newReport()
		s := newSession(o)
		err := s.open(ctx)
		if err == nil {
			err = module.look(ctx, s, e)
		} else {
			module.failed(err)
		}
		s.background.Wait()
		e.typed = s.place()
		if errors.Is(err, context.Canceled) {
			return err
		}
		r.add(module, filepath.ToSlash(dir))
	}
	return nil
}

// allOfWorkspace has every program of a workspace looked at, where its top folder
// is no module.
func (s *session) allOfWorkspace(ctx context.Context) {
	if !slices.Equal(s.request.Patterns, []string{"./..."}) {
		return
	}
	if all := s.local.AllOfWorkspace(ctx, s.request); all != nil {
		// What was begun was for the pattern as it stands.
		s.request = s.request.For(all)
	}
}

// failed keeps an error as a finding.
func (r *Report) failed(err error) {
	r.Findings = append(r.Findings, unloaded(err))
}

func unloaded(err error) Finding {
	return finding("load", Unknown, "", "", Words(err), firstLine(Words(err)))
}

// Words are what an error says to a user, who knows of no context.
func Words(err error) string {
	if errors.Is(err, context.Canceled) {
		return "interrupted"
	}
	return err.Error()
}

// add takes another module's report in; dir is where it stands, relative to
// the folder that positions are given for.
func (r *Report) add(module *Report, dir string) {
	if module.Environment.GoVersion != "" {
		r.Environment = module.Environment
	}
	for _, p := range module.Programs {
		for i, c := range p.Causes {
			if c.Position != "" && !path.IsAbs(c.Position) {
				p.Causes[i].Position = path.Join(dir, c.Position)
			}
		}
		if p.at != "" && !path.IsAbs(p.at) {
			p.at = path.Join(dir, p.at)
		}
		r.Programs = append(r.Programs, p)
	}
	for _, f := range module.Findings {
		r.Findings = append(r.Findings, below(dir, f))
	}
}

// below is a finding of the module in dir, as somebody above it sees it.
func below(dir string, f Finding) Finding {
	if f.Severity == Unknown {
		f.Message = dir + ": " + f.Message
	}
	if f.Position != "" && !path.IsAbs(f.Position) && !filepath.IsAbs(filepath.FromSlash(f.Position)) {
		f.Position = path.Join(dir, f.Position)
	}
	return f
}

// modulesBelow lists the folders with a go.mod below dir, relative to it, but
// for those that the go command leaves out of "./..." as well.
func modulesBelow(dir string) []string {
	var found []string
	root := filepath.Clean(dir)
	if dir == "" {
		root = "."
	}
	_ = bounded.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // a folder that cannot be read has nothing to say
		}
		name := d.Name()
		if d.IsDir() && file != root && (strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") ||
			name == "testdata" || name == "vendor" || name == "node_modules") {
			return filepath.SkipDir
		}
		if name == "go.mod" && d.Type().IsRegular() {
			if rel, err := filepath.Rel(root, filepath.Dir(file)); err == nil {
				found = append(found, rel)
			}
		}
		return nil
	})
	return found
}
