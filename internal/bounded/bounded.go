// Package bounded reads files and streams that other people made, within limits.
//
// It opens regular files only. A named pipe would make an open wait, and a device
// file may never end. The check is made on the descriptor that was opened, so that
// a file that is replaced meanwhile is checked as well.
package bounded

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Limits by the kind of file, each many times the largest one that is known.
const (
	Source     = 64 << 20 // bytes of a source file
	GoMod      = 16 << 20 // bytes of a go.mod or go.work file; the go command has the same limit
	Settings   = 4 << 20  // bytes of a file of settings
	Entries    = 200_000  // entries of one folder
	Output     = 64 << 20 // bytes of what a command prints
	Unlimited  = math.MaxInt64
	maxVisited = 2_000_000
	maxDepth   = 256
)

// A NotRegularError is the error for a file that is not a regular one.
type NotRegularError struct {
	Path string
	Mode fs.FileMode
}

func (e *NotRegularError) Error() string {
	return fmt.Sprintf("%q is %s, not a regular file", e.Path, kind(e.Mode))
}

// kind names the type of a file.
func kind(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "an irregular file"
}

// A TooLargeError is the error for a file or stream that exceeds a limit.
type TooLargeError struct {
	Path  string // "" for a stream
	Limit int64
	Unit  string // what is counted: "" for bytes
}

func (e *TooLargeError) Error() string {
	what := fmt.Sprintf("larger than %s", size(e.Limit))
	if e.Unit != "" {
		what = fmt.Sprintf("more than %d %s", e.Limit, e.Unit)
	}
	if e.Path == "" {
		return what
	}
	return fmt.Sprintf("%q: %s", e.Path, what)
}

func size(n int64) string {
	if n >= 1<<20 && n%(1<<20) == 0 {
		return fmt.Sprintf("%d MB", n>>20)
	}
	return fmt.Sprintf("%d bytes", n)
}

// Refused reports whether err says that a file is there and must not be read: it
// is not a regular file, or it is too large.
func Refused(err error) bool {
	return errors.As(err, new(*NotRegularError)) || errors.As(err, new(*TooLargeError))
}

// Open opens a regular file of at most limit bytes. It does not wait for the other
// end of a named pipe.
func Open(path string, limit int64) (*os.File, error) {
	// To open a device may already do something, so that its name is looked at first.
	if err := Check(path, limit); Refused(err) {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDONLY|nonblock, 0)
	if err != nil {
		return nil, err
	}
	return checked(f, path, limit)
}

// checked returns f, or closes it and returns what is wrong with it.
func checked(f *os.File, path string, limit int64) (*os.File, error) {
	info, err := f.Stat()
	if err = check(path, info, err, limit); err != nil {
		f.Close()
		return nil, err
	}
	if info.Size() == 0 {
		_ = f.SetReadDeadline(time.Now().Add(longestWait)) // it fails where no read can wait
	}
	return f, nil
}

// longestWait bounds the reads of a file without a size that says it is regular.
// A read of procfs may wait for what the kernel says next (/proc/kmsg).
const longestWait = 5 * time.Second

// check reports what is wrong with a file, given what a call of Stat returned.
func check(path string, info fs.FileInfo, err error, limit int64) error {
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return &NotRegularError{path, info.Mode()}
	case info.Size() > limit:
		return &TooLargeError{Path: path, Limit: limit}
	}
	return nil
}

// OpenIn opens a regular file below root, which no symbolic link leads out of.
func OpenIn(root *os.Root, name string, limit int64) (*os.File, error) {
	info, err := root.Stat(name)
	if err := check(name, info, err, limit); Refused(err) {
		return nil, err
	}
	f, err := root.OpenFile(name, os.O_RDONLY|nonblock, 0)
	if err != nil {
		return nil, err
	}
	return checked(f, name, limit)
}

// Check reports why Open would not open the file. It looks at the name alone.
func Check(path string, limit int64) error {
	info, err := os.Stat(path)
	return check(path, info, err, limit)
}

// ReadFile reads a regular file of at most limit bytes.
func ReadFile(path string, limit int64) ([]byte, error) {
	f, err := Open(path, limit)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readFile(f, path, limit)
}

// readFile reads an open file.
func readFile(f *os.File, path string, limit int64) ([]byte, error) {
	data, err := ReadAll(f, limit)
	if e := (*TooLargeError)(nil); errors.As(err, &e) {
		e.Path = path
	}
	return data, err
}

// ReadHead reads at most n bytes from the beginning of a regular file.
func ReadHead(path string, n int) ([]byte, error) {
	f, err := Open(path, Unlimited)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, int64(n)))
}

// maxHint is how many bytes are allocated at most before a file is read: a sparse
// file can have any size.
const maxHint = 4 << 20

// ReadAll reads r to its end, at most limit bytes.
func ReadAll(r io.Reader, limit int64) ([]byte, error) {
	var data bytes.Buffer
	if f, ok := r.(*os.File); ok {
		// A file can grow while it is read, and files of procfs have the size 0, so
		// that the size is no more than a hint. It saves most calls of read.
		if info, err := f.Stat(); err == nil {
			data.Grow(int(min(max(info.Size(), 0), maxHint)) + bytes.MinRead)
		}
	}
	n, err := data.ReadFrom(io.LimitReader(r, min(limit, math.MaxInt64-1)+1))
	if err == nil && n > limit {
		return nil, &TooLargeError{Limit: limit}
	}
	return data.Bytes(), err
}

// Limit returns a reader of r that fails with a *TooLargeError after limit bytes.
func Limit(r io.Reader, limit int64) io.Reader { return &limited{r, limit, limit} }

type limited struct {
	io.Reader
	left, limit int64
}

func (l *limited) Read(b []byte) (int, error) {
	n, err := l.Reader.Read(b)
	if l.left -= int64(n); l.left < 0 {
		return 0, &TooLargeError{Limit: l.limit}
	}
	return n, err
}

// ReadDir lists a folder of at most limit entries, sorted by name.
func ReadDir(dir string, limit int) ([]fs.DirEntry, error) {
	f, err := os.OpenFile(dir, os.O_RDONLY|nonblock, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	entries, err := f.ReadDir(limit + 1)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return nil, err
	case len(entries) > limit:
		return nil, &TooLargeError{dir, int64(limit), "entries"}
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	return entries, nil
}

// WalkDir calls visit for root and for everything below it, as filepath.WalkDir
// does. It follows no symbolic link but root, and ends with a *TooLargeError after
// too many entries or in too deep a tree.
func WalkDir(root string, visit fs.WalkDirFunc) error {
	info, err := os.Stat(root)
	if err != nil {
		err = visit(root, nil, err)
	} else {
		w := walk{root: root, visit: visit, left: maxVisited}
		err = w.entry(root, fs.FileInfoToDirEntry(info), 0)
	}
	if errors.Is(err, fs.SkipDir) || errors.Is(err, fs.SkipAll) {
		return nil
	}
	return err
}

type walk struct {
	root  string
	visit fs.WalkDirFunc
	left  int // entries that may still be visited
}

func (w *walk) entry(path string, e fs.DirEntry, depth int) error {
	if w.left--; w.left < 0 {
		return &TooLargeError{w.root, maxVisited, "files"}
	}
	if err := w.visit(path, e, nil); err != nil || !e.IsDir() {
		if errors.Is(err, fs.SkipDir) && e.IsDir() {
			return nil
		}
		return err
	}
	if depth == maxDepth {
		return &TooLargeError{w.root, maxDepth, "levels of folders"}
	}
	entries, err := ReadDir(path, Entries)
	if err != nil {
		if err = w.visit(path, e, err); err != nil {
			if errors.Is(err, fs.SkipDir) {
				return nil
			}
			return err
		}
	}
	for _, below := range entries {
		if err := w.entry(filepath.Join(path, below.Name()), below, depth+1); err != nil {
			if errors.Is(err, fs.SkipDir) {
				break
			}
			return err
		}
	}
	return nil
}
