package capture

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"runtime"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
	"github.com/goportdoctor/goportdoctor/internal/inspect"
	"github.com/goportdoctor/goportdoctor/internal/target"
)

const (
	maxSmall   = 4 << 20   // bytes of a file that is read whole
	maxEntries = 1_000_000 // files of one root
	maxDepth   = 100       // folders in each other; to open one takes time by its depth
)

// A dirTree is a folder on disk. It is opened as a root, so that no link leads
// out of it whatever happens meanwhile; links are followed by Follow.
type dirTree struct{ at *os.Root }

func rel(name string) string { return "./" + strings.TrimPrefix(name, "/") }

func (d dirTree) stat(name string) node {
	info, err := d.at.Lstat(rel(name))
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, errNotDir):
		return node{}
	case err != nil:
		return node{kind: hidden}
	}
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return node{kind: regular}
	case mode.IsDir():
		return node{kind: folder}
	case mode&fs.ModeSymlink != 0:
		to, err := d.at.Readlink(rel(name))
		if err != nil {
			return node{kind: hidden}
		}
		return node{symlink, to}
	}
	return node{kind: special}
}

// open opens a regular file, and does not wait for a pipe that took its place.
func (d dirTree) open(name string) (*os.File, int64, error) {
	f, err := bounded.OpenIn(d.at, rel(name), bounded.Unlimited)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, info.Size(), nil
}

func (d dirTree) elf(name string) (*target.File, target.Presence) {
	f, size, err := d.open(name)
	if err != nil {
		return nil, target.Unstated
	}
	defer f.Close()
	file := newFile(name, f, size)
	if file == nil {
		return nil, target.Unstated
	}
	if info, err := f.Stat(); err == nil {
		file.NotExecutable = info.Mode()&0o111 == 0 && runtime.GOOS != "windows"
	}
	if file.Fault != target.NoFault {
		return file, target.Present
	}
	file.Lazily(func() map[string]bool {
		f, size, err := d.open(name)
		if err != nil {
			return nil
		}
		defer f.Close()
		x, _ := inspect.ExportsOf(f, size)
		return x
	})
	return file, target.Present
}

// Place is where a file lies in a root, by its path there, and what its mode and
// its attributes say of it.
func Place(inside, file string) (target.Place, error) {
	info, err := os.Stat(file)
	if err != nil {
		return target.Place{}, err
	}
	mode := info.Mode()
	return target.Place{Path: inside, Refused: mode&0o111 == 0 && runtime.GOOS != "windows",
		Privileged: mode&(fs.ModeSetuid|fs.ModeSetgid) != 0 || hasCapabilities(file)}, nil
}

func (d dirTree) small(name string) ([]byte, bool) {
	f, size, err := d.open(name)
	if err != nil {
		return nil, false
	}
	defer f.Close()
	if size > maxSmall {
		return nil, false
	}
	data, err := io.ReadAll(io.LimitReader(f, maxSmall))
	return data, err == nil
}

// libraries walks the whole root, but for what is no place for libraries.
func (d dirTree) libraries() (files []string, links map[string]string, unseen []string, err error) {
	links = map[string]string{}
	entries := 0
	err = fs.WalkDir(d.at.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if entries++; entries > maxEntries {
			return fmt.Errorf("more than %d files", maxEntries)
		}
		full := "/" + strings.TrimPrefix(name, ".")
		full = path.Clean(full)
		switch {
		case err != nil && name == ".":
			return err
		case err != nil:
			unseen = append(unseen, full)
			return nil
		case e.IsDir() && (elsewhere(full) || strings.Count(full, "/") >= maxDepth):
			unseen = append(unseen, full)
			return fs.SkipDir
		case e.Type()&fs.ModeSymlink != 0:
			if to := d.stat(full); to.kind == symlink {
				links[full] = to.to
			}
		case target.IsLibraryName(full):
			files = append(files, full)
		}
		return nil
	})
	return files, links, unseen, err
}

// elsewhere are folders that the kernel fills.
func elsewhere(name string) bool {
	return name == "/proc" || name == "/sys" || name == "/dev" || name == "/run"
}
