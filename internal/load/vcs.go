package load

import (
	"context"
	"errors"
	"go/version"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/process"
)

// A vcs is a version control system by which go build stamps programs.
type vcs struct {
	command string
	roots   []string // what the top folder of a repository has one of
	isFile  bool     // where it is to be a file; git's may be either
}

// vcsList is in the order of cmd/go/internal/vcs.
var vcsList = []vcs{
	{"hg", []string{".hg"}, false}, {"git", []string{".git"}, false}, {"svn", []string{".svn"}, false},
	{"bzr", []string{".bzr"}, false}, {"fossil", []string{".fslckout", "_FOSSIL_"}, true},
}

// repository is the top folder of the repository that a folder is in, "" where it
// is in none (cmd/go/internal/vcs.FromDir).
func repository(dir string) (top string, v vcs) {
	for ; ; dir = filepath.Dir(dir) {
		for _, v := range vcsList {
			for _, root := range v.roots {
				info, err := os.Stat(filepath.Join(dir, root))
				if err == nil && (v.command == "git" || info.IsDir() != v.isFile) {
					return dir, v
				}
			}
		}
		if dir == filepath.Dir(dir) {
			return "", vcs{}
		}
	}
}

// stampErrors tell what go build says where it cannot stamp a program with the
// state of its repository (cmd/go/internal/load.Package.setBuildInfo). That is
// looked for where the command is missing, or where git may distrust whoever owns
// the repository, once: elsewhere nothing is run.
func (r Request) stampErrors(ctx context.Context, env Env) func(link.Build, *link.Package) string {
	top, v := repository(r.dir())
	if top == "" || r.PkgConfig != nil || version.Compare(env["GOVERSION"], "go1.18") < 0 {
		return func(link.Build, *link.Package) string { return "" }
	}
	path, missing := lookPath(v.command, r.Env)
	status := sync.OnceValue(func() error { return r.status(ctx, path, top, v) })
	return func(b link.Build, p *link.Package) string {
		wanted := buildVCS(b)
		if wanted == "false" || missing != nil && wanted == "auto" || !p.Main || p.Module == "" || !sameRepository(top, p.Dir) {
			return ""
		}
		var err error
		if missing != nil {
			err = errors.New("exec: " + strconv.Quote(v.command) + ": executable file not found in $PATH")
		} else {
			err = status()
		}
		if err == nil {
			return ""
		}
		return "error obtaining VCS status: " + err.Error() + "\n\tUse -buildvcs=false to disable VCS stamping."
	}
}

// status asks git of a repository of another user's, as the go command asks, but
// that the repository's configuration has it run nothing.
func (r Request) status(ctx context.Context, git, top string, v vcs) error {
	if v.command != "git" || !ofAnother(top) && !ofAnother(filepath.Join(top, ".git")) {
		return nil
	}
	err := process.Command{Path: git, Args: []string{"-c", "core.fsmonitor=false", "status", "--porcelain"}, Dir: top,
		Env: slices.Concat(r.Env, listEnv, []string{"PWD=" + top}), Limit: limit}.Run(ctx)
	if errors.As(err, new(*process.Exceeded)) || ctx.Err() != nil {
		return nil
	}
	return err
}

// sameRepository reports whether a package and its module are in the repository.
func sameRepository(top, dir string) bool {
	module := dir
	for module != filepath.Dir(module) && !isFile(filepath.Join(module, "go.mod")) {
		module = filepath.Dir(module)
	}
	ofPackage, _ := repository(dir)
	ofModule, _ := repository(module)
	return ofPackage == top && ofModule == top
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// buildVCS is the build's -buildvcs: true, false or auto.
func buildVCS(b link.Build) string {
	value := "auto"
	for _, f := range b.Flags {
		if name, v, given := strings.Cut(f, "="); name == "-buildvcs" {
			value = v
			if on, err := strconv.ParseBool(v); err == nil || !given {
				value = strconv.FormatBool(on || !given)
			}
		}
	}
	return value
}
