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

	"github.com/goportdoctor/goportdoctor/internal/load"
)

// Examine is Predict for whoever stands anywhere: outside of any module, it
// looks at each module below, one after the other. A module that does not load
// is a finding, and the others are examined all the same.
func Examine(ctx context.Context, o Options) (*Report, error) {
	if o.Env == nil {
		o.Env = os.Environ()
	}
	o.Env, o.Ladder = forTargets(o.Env, o.Wants), true
	request := load.Request{Dir: o.Dir, Env: o.Env}
	env, err := load.Environment(ctx, request)
	if err != nil {
		return Predict(ctx, o)
	}
	if all := env.AllOfWorkspace(ctx, request); all != nil && slices.Equal(o.Patterns, []string{"./..."}) {
		o.Patterns = all
	}
	if env.InModule() {
		return Predict(ctx, o)
	}
	dirs := modulesBelow(o.Dir)
	if len(dirs) == 0 {
		return Predict(ctx, o)
	}
	all := newReport()
	for _, dir := range dirs {
		module := o
		module.Dir = filepath.Join(o.Dir, dir)
		r, err := Predict(ctx, module)
		if errors.Is(err, context.Canceled) {
			return all, err
		}
		all.add(r, filepath.ToSlash(dir))
	}
	return all, nil
}

// add takes another module's report in; dir is where it stands, relative to
// the folder that positions are given for.
func (r *Report) add(module *Report, dir string) {
	if module.Environment.GoVersion != "" {
		r.Environment = module.Environment
	}
	r.Asked = module.Asked
	for _, p := range module.Programs {
		for i, c := range p.Causes {
			if c.Position != "" && !path.IsAbs(c.Position) {
				p.Causes[i].Position = path.Join(dir, c.Position)
			}
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
	_ = filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
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
