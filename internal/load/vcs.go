package load

import (
	"go/version"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// A vcs is a version control system by which go build stamps programs.
type vcs struct {
	command string
	roots   []string // what the top folder of a repository has one of
	isFile  bool     // where it is to be a file
}

// vcsList is in the order of cmd/go/internal/vcs.
var vcsList = []vcs{
	{"hg", []string{".hg"}, false}, {"git", []string{".git"}, false}, {"svn", []string{".svn"}, false},
	{"bzr", []string{".bzr"}, false}, {"fossil", []string{".fslckout", "_FOSSIL_"}, true},
}

// A checkout finds repositories as a release of the go command does.
type checkout struct {
	// files reports whether a .git file counts, as those of worktrees and
	// submodules do up to go1.20.
	files bool
}

// of returns the top folder of the repository that a folder is in, "" for none
// (cmd/go/internal/vcs.FromDir).
func (c checkout) of(dir string) (top string, v vcs) {
	for ; ; dir = filepath.Dir(dir) {
		for _, v := range vcsList {
			for _, root := range v.roots {
				info, err := os.Stat(filepath.Join(dir, root))
				if err == nil && (info.IsDir() != v.isFile || c.files && v.command == "git") {
					return dir, v
				}
			}
		}
		if dir == filepath.Dir(dir) {
			return "", vcs{}
		}
	}
}

// A stampError holds what go build says if it cannot stamp a program.
type stampError struct {
	words     string
	certainty link.Certainty
}

// stampErrors returns a function that says what go build of a program fails with
// if it cannot stamp it with the state of its repository
// (cmd/go/internal/load.Package.setBuildInfo). It runs no version control system,
// for that obeys the configuration of the repository.
func (r Request) stampErrors(env Env) func(link.Build, *link.Package) stampError {
	in := checkout{files: version.Compare(env["GOVERSION"], "go1.21") < 0}
	top, v := in.of(r.dir())
	if top == "" || r.PkgConfig != nil || version.Compare(env["GOVERSION"], "go1.18") < 0 {
		return func(link.Build, *link.Package) stampError { return stampError{} }
	}
	_, missing := lookPath(v.command, r.Env)
	refusal := sync.OnceValue(func() link.Certainty { return r.gitRefuses(top, v) })
	return func(b link.Build, p *link.Package) stampError {
		wanted := buildVCS(b)
		if wanted == "false" || missing != nil && wanted == "auto" || !p.Main || p.Module == "" || !in.holds(top, p.Dir) {
			return stampError{}
		}
		why, certainty := "exit status 128", link.Exact
		if missing != nil {
			why = "exec: " + strconv.Quote(v.command) + ": executable file not found in $PATH"
		} else if certainty = refusal(); certainty == "" {
			return stampError{}
		}
		if certainty == link.Unknown {
			return stampError{"it is not known whether git trusts " + top + ", which is another user's", certainty}
		}
		return stampError{"error obtaining VCS status: " + why + "\n\tUse -buildvcs=false to disable VCS stamping.", certainty}
	}
}

// refuseStamps gives each program that has no refusal yet that of its stamps. The
// go command stamps none of which a package does not load.
func (r *Result) refuseStamps(errorOf func(*link.Package) stampError) {
	for i, p := range r.Programs {
		if p.Error != "" {
			continue
		}
		if e := errorOf(p.Main); e.words != "" && loads(p) {
			r.Programs[i].Error, r.Programs[i].ErrorCertainty = e.words, e.certainty
		}
	}
}

// loads reports whether go list finds nothing wrong with the packages of a program.
func loads(p link.Program) bool {
	for path := range p.Graph.Reached(p.Main.ImportPath) {
		if q := p.Graph[path]; q != nil && q.Error != "" {
			return false
		}
	}
	return true
}

// gitRefuses reports how sure it is that git does not look at a repository; "" for
// one that it looks at, and for other version control systems.
func (r Request) gitRefuses(top string, v vcs) link.Certainty {
	if v.command != "git" || Getenv(r.Env, "GIT_DIR") != "" {
		return ""
	}
	return (&gitRepository{top: top, env: r.Env}).refused()
}

// holds reports whether a package and its module are in the repository of top.
func (c checkout) holds(top, dir string) bool {
	module := dir
	for module != filepath.Dir(module) && !isFile(filepath.Join(module, "go.mod")) {
		module = filepath.Dir(module)
	}
	ofPackage, _ := c.of(dir)
	ofModule, _ := c.of(module)
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
