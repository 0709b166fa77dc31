// Which files does the go command read before it answers? It sets no limit to most of
// them, and waits at a named pipe, so that they are looked at first.

package load

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/modfile"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
)

// maxSums is more than any go.sum has.
const maxSums = 256 << 20

// readable returns an error if the go command would read a file that is not a
// regular one, or is too large, before it answers.
func (r Request) readable() error {
	for _, in := range r.inputs() {
		if err := bounded.Check(in.path, in.limit); bounded.Refused(err) && !isFolder(in.path) {
			return err
		}
	}
	return nil
}

// isFolder reports whether a path is of a folder, which the go command reports or
// passes over.
func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// An input is a file that the go command may read, there or not.
type input struct {
	path  string
	limit int64
}

// inputs lists the files of settings, modules and workspaces that bear on the
// request, and the files that its flags name.
func (r Request) inputs() []input {
	files := []input{}
	if file := UserSettings(r.Env); file != "off" {
		files = append(files, input{file, bounded.Settings})
	}
	for _, dir := range r.moduleDirs() {
		files = append(files,
			input{filepath.Join(dir, "go.mod"), bounded.GoMod},
			input{filepath.Join(dir, "go.sum"), maxSums},
			input{filepath.Join(dir, "vendor", "modules.txt"), maxSums})
	}
	if work := r.workFile(); work != "" {
		dir := filepath.Dir(work)
		files = append(files, input{work, bounded.GoMod}, input{filepath.Join(dir, "go.work.sum"), maxSums},
			input{filepath.Join(dir, "vendor", "modules.txt"), maxSums})
	}
	for _, f := range append(parseGOFLAGS(r.setting("GOFLAGS")), r.Flags...) {
		switch path := r.abs(f.Value); {
		case f.Value == "":
		case f.Name == "modfile":
			files = append(files, input{path, bounded.GoMod}, input{strings.TrimSuffix(path, ".mod") + ".sum", maxSums})
		case f.Name == "overlay":
			files = append(files, input{path, bounded.Source})
			for _, to := range readOverlay(path, r.dir()) {
				files = append(files, input{to, bounded.Unlimited})
			}
		}
	}
	return files
}

// abs returns a path as the go command of the request sees it.
func (r Request) abs(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(r.dir(), path)
}

// above returns the first file of a name in the request's folder or above it, ""
// for none.
func (r Request) above(name string) string {
	for dir := r.dir(); ; dir = filepath.Dir(dir) {
		file := filepath.Join(dir, name)
		if info, err := os.Stat(file); err == nil && !info.IsDir() {
			return file
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
	}
}

// workFile returns the go.work file of the request, "" for none.
func (r Request) workFile() string {
	switch file := r.setting("GOWORK"); file {
	case "off":
		return ""
	case "":
		return r.above("go.work")
	default:
		return file
	}
}

// mostModules bounds how many modules are looked at.
const mostModules = 1000

// moduleDirs lists the folders of the request's module and of its workspace, and the
// folders that replace modules, in turn.
func (r Request) moduleDirs() []string {
	var dirs []string
	if file := r.above("go.mod"); file != "" {
		dirs = append(dirs, filepath.Dir(file))
	}
	if work := r.workFile(); work != "" {
		dirs = append(dirs, usedBy(work)...)
	}
	for i := 0; i < len(dirs) && i < mostModules; i++ {
		for _, dir := range replacedBy(filepath.Join(dirs[i], "go.mod")) {
			if !slices.Contains(dirs, dir) {
				dirs = append(dirs, dir)
			}
		}
	}
	return dirs[:min(len(dirs), mostModules)]
}

// usedBy lists the folders that a go.work uses or replaces modules with.
func usedBy(work string) (dirs []string) {
	data, err := bounded.ReadFile(work, bounded.GoMod)
	if err != nil {
		return nil
	}
	f, err := modfile.ParseWork(work, data, nil)
	if err != nil {
		return nil // the go command says what is wrong
	}
	for _, u := range f.Use {
		dirs = append(dirs, below(filepath.Dir(work), u.Path))
	}
	return append(dirs, folders(filepath.Dir(work), f.Replace)...)
}

// replacedBy lists the folders that a go.mod replaces modules with.
func replacedBy(gomod string) []string {
	data, err := bounded.ReadFile(gomod, bounded.GoMod)
	if err != nil {
		return nil
	}
	f, err := modfile.Parse(gomod, data, nil)
	if err != nil {
		return nil // the go command says what is wrong
	}
	return folders(filepath.Dir(gomod), f.Replace)
}

func folders(dir string, replaced []*modfile.Replace) (dirs []string) {
	for _, r := range replaced {
		if r.New.Version == "" {
			dirs = append(dirs, below(dir, r.New.Path))
		}
	}
	return dirs
}

func below(dir, path string) string {
	if path = filepath.FromSlash(path); filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}

// firstLook is when the first look at the pipes is taken: most answers are there by
// then. It changes no answer.
var firstLook = 3 * time.Second

// watchPipes calls stop with a reason once the go command waits for a source file of
// the request's modules, which it would do for ever: for a named pipe that it has
// open, or, at the second look, for a file of the kernel's. It returns when ctx ends.
func (r Request) watchPipes(ctx context.Context, stop func(reason string)) {
	for wait := firstLook; ; wait *= 2 {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		for _, dir := range r.moduleDirs() {
			for _, file := range endlessBelow(ctx, dir) {
				switch {
				case ctx.Err() != nil:
				case file.mode&fs.ModeNamedPipe != 0 && bounded.IsRead(file.path):
					stop(fmt.Sprintf("%q is a named pipe", file.path))
					return
				case file.mode&fs.ModeNamedPipe == 0 && wait > firstLook:
					stop(fmt.Sprintf("%q is a device or a file of the kernel's", file.path))
					return
				}
			}
		}
	}
}

// sourceEnds are the ends of names of the files of which the go command reads the
// first lines in listing a package (go/build.Context.matchFile).
var sourceEnds = strings.Fields(".go .c .cc .cpp .cxx .m .h .hh .hpp .hxx .f .F .for .f90 .s .S .sx .swig .swigcxx")

// An endlessFile is a file whose reads may wait for others.
type endlessFile struct {
	path string
	mode fs.FileMode
}

// endlessBelow lists the named pipes, devices and files of the kernel's among the
// source files of a folder.
func endlessBelow(ctx context.Context, dir string) (found []endlessFile) {
	_ = bounded.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return fs.SkipAll
		case err != nil:
			return nil // what cannot be read is the go command's to report
		case e.IsDir() && e.Name() == ".git":
			return fs.SkipDir
		case !slices.Contains(sourceEnds, filepath.Ext(path)):
			return nil
		}
		mode := e.Type()
		if info, err := os.Stat(path); mode&fs.ModeSymlink != 0 && err == nil {
			mode = info.Mode()
		}
		if mode&(fs.ModeNamedPipe|fs.ModeDevice) != 0 || e.Type()&fs.ModeSymlink != 0 && ofKernel(path) {
			found = append(found, endlessFile{path, mode})
		}
		return nil
	})
	return found
}

// ofKernel reports whether a link leads to a file that the kernel makes, whose mode
// may be that of a regular file.
func ofKernel(link string) bool {
	real, err := filepath.EvalSymlinks(link)
	return err == nil && (strings.HasPrefix(real, "/proc/") || strings.HasPrefix(real, "/sys/"))
}
