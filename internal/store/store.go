// Package store keeps what goportdoctor remembers from one run to the next: entries,
// each a small file in a subfolder of the cache folder.
//
// Entries decide answers, so that no other user may write them: a
// folder that others own or may write is not used, and of the entries only regular
// files of the user's own are read. A cache that cannot be used costs time and
// changes no answer.
package store

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
	"github.com/goportdoctor/goportdoctor/internal/quote"
)

// Variable is the environment variable that names the folder, or is "off".
const Variable = "GOPORTDOCTOR_CACHE"

const (
	maxEntry    = 32 << 20 // bytes; the largest known has 4 MB
	maxLeftover = 20_000   // entries of a subfolder that are looked at for leftovers
	temporary   = "new-"   // begins the name of an entry that is being written
)

// Dir returns the cache folder: Variable or the user's cache folder, "" for none.
func Dir(getenv func(string) string) (string, error) {
	switch dir := getenv(Variable); {
	case dir == "off":
		return "", nil
	case dir != "" && !filepath.IsAbs(dir):
		return "", fmt.Errorf("%s is not an absolute path: %q", Variable, dir)
	case dir != "":
		return filepath.Clean(dir), nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", nil // nothing is remembered where there is no home
	}
	return filepath.Join(dir, "goportdoctor"), nil
}

// An UnsafeError says why a cache folder is not used.
type UnsafeError struct {
	Dir, Why, Hint string
}

func (e *UnsafeError) Error() string {
	return fmt.Sprintf("cache folder %q is not used: %s", e.Dir, e.Why)
}

// Check reports why the folder may not be used, nil if it may or does not exist
// yet.
func Check(dir string) error {
	root, err := openRoot(dir)
	if err == nil {
		return root.Close()
	}
	if errors.As(err, new(*UnsafeError)) {
		return err
	}
	return nil
}

// openRoot opens the folder and checks what was opened.
func openRoot(dir string) (*os.Root, error) {
	if link, err := os.Lstat(dir); err == nil && link.Mode()&fs.ModeSymlink != 0 && !own(link) {
		return nil, &UnsafeError{dir, "it is a symbolic link of another user", hintOwn}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	info, err := root.Stat(".")
	if err == nil {
		err = safe(dir, info)
	}
	if err != nil {
		root.Close()
		return nil, err
	}
	return root, nil
}

const hintOwn = "set " + Variable + " to a folder of your own, or to off"

// safe reports why a folder may hold what others wrote.
func safe(dir string, info fs.FileInfo) error {
	switch {
	case !own(info):
		return &UnsafeError{dir, "it belongs to another user", hintOwn}
	case writable(info):
		why := fmt.Sprintf("others may write it (mode %#o)", info.Mode().Perm())
		return &UnsafeError{dir, why, "chmod go-w " + quote.Folder(dir)}
	}
	return nil
}

// Read returns an entry of the folder dir. name is SUBFOLDER/NAME or a name alone.
func Read(dir, name string) ([]byte, error) {
	f, err := openEntry(dir, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return bounded.ReadAll(f, maxEntry)
}

// Has reports whether the folder has an entry that Read would read.
func Has(dir, name string) bool {
	f, err := openEntry(dir, name)
	if err != nil {
		return false
	}
	f.Close()
	return true
}

// openEntry opens an entry, if it is a regular file of the user's own.
func openEntry(dir, name string) (*os.File, error) {
	if dir == "" {
		return nil, fs.ErrNotExist
	}
	root, err := openRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	if err := checkSubfolder(root, path.Dir(name)); err != nil {
		return nil, err
	}
	if info, err := root.Lstat(name); err != nil || !info.Mode().IsRegular() {
		return nil, cmp.Or(err, fmt.Errorf("%q is not a regular file", name))
	}
	f, err := bounded.OpenIn(root, name, maxEntry)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && (!own(info) || writable(info)) {
		err = fmt.Errorf("others may write the entry %q", name)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// checkSubfolder checks a subfolder as the folder itself is checked.
func checkSubfolder(root *os.Root, sub string) error {
	if sub == "." {
		return nil
	}
	info, err := root.Lstat(sub)
	switch {
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%q is not a folder", sub)
	}
	return safe(sub, info)
}

// Write puts an entry into the folder dir, as a whole or not at all: others may be
// reading it. It makes the folder. An entry that cannot be written is left out.
func Write(dir, name string, data []byte) {
	if dir == "" || len(data) > maxEntry || os.MkdirAll(dir, 0o700) != nil {
		return
	}
	root, err := openRoot(dir)
	if err != nil {
		return
	}
	defer root.Close()
	sub := path.Dir(name)
	if root.MkdirAll(sub, 0o700) != nil || checkSubfolder(root, sub) != nil {
		return
	}
	sweep(root, sub)
	unfinished := path.Join(sub, temporary+rand.Text())
	if fill(root, unfinished, data) != nil || root.Rename(unfinished, name) != nil {
		_ = root.Remove(unfinished) // it is removed as a leftover later
	}
}

// fill makes a file that only the user may read.
func fill(root *os.Root, name string, data []byte) error {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// swept holds the subfolders that this process has swept.
var swept sync.Map

// sweep removes, once, the unfinished entries that killed runs left behind.
func sweep(root *os.Root, sub string) {
	if _, done := swept.LoadOrStore(root.Name()+"\x00"+sub, true); done {
		return
	}
	at, err := root.Open(sub)
	if err != nil {
		return
	}
	defer at.Close()
	entries, _ := at.ReadDir(maxLeftover)
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), temporary) {
			continue
		}
		// Another run may be writing a recent one.
		name := path.Join(sub, e.Name())
		info, err := root.Lstat(name)
		if err == nil && info.Mode().IsRegular() && time.Since(info.ModTime()) > time.Hour {
			_ = root.Remove(name)
		}
	}
}
