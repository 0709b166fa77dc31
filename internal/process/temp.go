package process

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// prefix begins the name of the folder that holds all temporary files of a run.
const prefix = "goportdoctor-run-"

// temporary is that folder of this run.
var temporary folder

// A folder is there while something is in it. It is locked, so that others can see
// that its owner lives: the lock ends with the process, however that ends.
type folder struct {
	mu     sync.Mutex
	path   string
	unlock func()
	held   map[string]bool // what is in it
	ended  bool            // the program ends, and nothing is made
}

// MkdirTemp makes a temporary folder, which Remove or End removes.
func MkdirTemp(pattern string) (string, error) {
	return temporary.add(func(dir string) (string, error) { return os.MkdirTemp(dir, pattern) })
}

// CreateTemp makes a temporary file, which Remove or End removes.
func CreateTemp(pattern string) (f *os.File, err error) {
	_, err = temporary.add(func(dir string) (string, error) {
		if f, err = os.CreateTemp(dir, pattern); err != nil {
			return "", err
		}
		return f.Name(), nil
	})
	return f, err
}

// Remove removes what MkdirTemp or CreateTemp made.
func Remove(path string) {
	os.RemoveAll(path)
	temporary.mu.Lock()
	defer temporary.mu.Unlock()
	if delete(temporary.held, path); len(temporary.held) == 0 {
		temporary.close()
	}
}

func (f *folder) add(create func(dir string) (string, error)) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.open(); err != nil {
		return "", err
	}
	path, err := create(f.path)
	if err == nil {
		f.held[path] = true
	} else if len(f.held) == 0 {
		f.close()
	}
	return path, err
}

// open makes and locks the folder. Another run may take it for abandoned before it
// is locked, and remove it; then it is made anew.
func (f *folder) open() error {
	switch {
	case f.ended:
		return errEnding
	case f.path != "":
		return nil
	}
	for range 10 {
		path, err := os.MkdirTemp("", prefix)
		if err != nil {
			return err
		}
		if path, err = filepath.Abs(path); err != nil { // the working folder may change
			return err
		}
		unlock, taken := lock(path)
		if !taken {
			f.path, f.unlock, f.held = path, unlock, map[string]bool{}
			return nil
		}
		os.Remove(path)
	}
	return errors.New("every temporary folder is removed by another process")
}

// close removes the folder with all that is in it.
func (f *folder) close() {
	if f.path == "" {
		return
	}
	os.RemoveAll(f.path)
	f.unlock()
	f.path, f.unlock, f.held = "", nil, nil
}

func (f *folder) remove() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended = true
	if f.path != "" {
		killOrphans(f.path)
	}
	f.close()
}

// has reports whether a path is in the folder.
func (f *folder) has(path string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.path != "" && strings.HasPrefix(path, f.path+string(filepath.Separator))
}

// most is how many names of the folder for temporary files Sweep reads.
const most = 100_000

// Sweep removes the temporary folders of runs that were killed, and ends what they
// started if the system shows their environment. It takes only folders of this
// user's that no other user may enter and that no process has locked, and follows no
// symbolic link.
func Sweep() {
	path, err := filepath.Abs(os.TempDir())
	if err != nil {
		return
	}
	tmp, err := os.OpenRoot(path)
	if err != nil {
		return
	}
	defer tmp.Close()
	dir, err := tmp.Open(".")
	if err != nil {
		return
	}
	names, _ := dir.Readdirnames(most)
	dir.Close()
	for _, name := range names {
		if strings.HasPrefix(name, prefix) {
			sweep(tmp, name)
		}
	}
}

func sweep(tmp *os.Root, name string) {
	info, err := tmp.Lstat(name)
	if err != nil || !info.IsDir() || !private(info) {
		return
	}
	opened, err := tmp.OpenRoot(name)
	if err != nil {
		return
	}
	defer opened.Close()
	if now, err := opened.Stat("."); err != nil || !os.SameFile(info, now) {
		return // another took its place
	}
	if unlock, ok := abandoned(opened); ok {
		defer unlock()
		killOrphans(filepath.Join(tmp.Name(), name))
		_ = tmp.RemoveAll(name)
	}
}
