package bounded

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		text, err string
		limit     int64
	}{
		{"", "", 0},
		{"four", "", 4},
		{"fives", "larger than 4 bytes", 4},
		{"any", "", Unlimited},
	} {
		file := write(t, dir, "f", c.text)
		got, err := ReadFile(file, c.limit)
		if c.err == "" && (err != nil || string(got) != c.text) {
			t.Errorf("%q within %d bytes: got %q, %v", c.text, c.limit, got, err)
		}
		if c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err) || !Refused(err)) {
			t.Errorf("%q within %d bytes: got %v, want %q", c.text, c.limit, err, c.err)
		}
	}
	if _, err := ReadFile(filepath.Join(dir, "none"), 1); !errors.Is(err, fs.ErrNotExist) || Refused(err) {
		t.Errorf("no file: got %v, want that it does not exist", err)
	}
	if _, err := ReadFile(dir, 1); !Refused(err) || !strings.Contains(err.Error(), "is a folder, not a regular file") {
		t.Errorf("a folder: got %v", err)
	}
}

// A file of procfs has the size 0 and content all the same, and a file can grow
// after it was opened.
func TestReadAll(t *testing.T) {
	if _, err := ReadAll(strings.NewReader("fives"), 4); !Refused(err) || err.Error() != "larger than 4 bytes" {
		t.Errorf("got %v, want that it is too large", err)
	}
	if got, err := ReadAll(strings.NewReader("four"), 4); err != nil || string(got) != "four" {
		t.Errorf("got %q, %v, want all of it", got, err)
	}
	if _, err := ReadAll(endless{}, 1<<20); !Refused(err) {
		t.Errorf("got %v of an endless reader, want that it is too large", err)
	}
	if n, err := io.Copy(io.Discard, Limit(endless{}, 1<<20)); !Refused(err) || n > 1<<20 {
		t.Errorf("got %d bytes and %v of an endless reader, want an end after 1 MB", n, err)
	}
	if got, err := io.ReadAll(Limit(strings.NewReader("four"), 4)); err != nil || string(got) != "four" {
		t.Errorf("got %q, %v, want all of it", got, err)
	}
	if got, err := ReadHead(write(t, t.TempDir(), "f", "fives"), 4); err != nil || string(got) != "five" {
		t.Errorf("got the head %q, %v", got, err)
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) { return len(b), nil }

func TestReadDir(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"c", "a", "b"} {
		write(t, dir, name, "")
	}
	entries, err := ReadDir(dir, 3)
	if err != nil || len(entries) != 3 || entries[0].Name() != "a" || entries[2].Name() != "c" {
		t.Errorf("got %v, %v, want a, b and c", entries, err)
	}
	if _, err := ReadDir(dir, 2); !Refused(err) || !strings.HasSuffix(err.Error(), "more than 2 entries") {
		t.Errorf("got %v, want an error for too many", err)
	}
	if _, err := ReadDir(filepath.Join(dir, "a"), 2); err == nil {
		t.Error("a file: got no error")
	}
}

func TestWalkDir(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a/b/f", "a/skip/f", "c", "z/f"} {
		write(t, dir, name, "")
	}
	if err := os.Symlink("..", filepath.Join(dir, "a", "up")); err != nil {
		t.Logf("no symbolic links here: %v", err)
	}
	walked := func(walk func(string, fs.WalkDirFunc) error) string {
		var all []string
		err := walk(dir, func(path string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			all = append(all, filepath.Base(path))
			switch e.Name() {
			case "skip":
				return fs.SkipDir
			case "c":
				return fs.SkipDir // of the rest of the folder
			}
			return nil
		})
		return fmt.Sprint(all, err)
	}
	if got, want := walked(WalkDir), walked(filepath.WalkDir); got != want {
		t.Errorf("got %s, want %s as of filepath.WalkDir", got, want)
	}
	deep := filepath.Join(dir, "deep")
	for range maxDepth + 1 {
		deep = filepath.Join(deep, "d")
	}
	if err := os.MkdirAll(deep, 0o777); err != nil {
		testskip.Missing(t, "no deep tree here: %v", err)
	}
	err := WalkDir(filepath.Join(dir, "deep"), func(string, fs.DirEntry, error) error { return nil })
	if !Refused(err) || !strings.HasSuffix(err.Error(), "more than 256 levels of folders") {
		t.Errorf("got %v of a deep tree", err)
	}
}

func TestBuffer(t *testing.T) {
	b := Buffer{Limit: 5}
	for _, text := range []string{"abc", "def", "ghi"} {
		if n, err := io.WriteString(&b, text); n != 3 || err != nil {
			t.Errorf("got %d, %v of a write, want that it is taken", n, err)
		}
	}
	if b.String() != "abcde" || b.Len() != 5 || !b.Dropped() || !bytes.Equal(b.Bytes(), []byte("abcde")) {
		t.Errorf("got %q, dropped: %v, want the first 5 bytes", b.String(), b.Dropped())
	}
	// A copy must not get around Write.
	var big Buffer
	if _, err := io.Copy(&big, io.LimitReader(endless{}, 5<<20)); err != nil || big.Len() != 1<<20 {
		t.Errorf("got %d bytes, %v, want 1 MB", big.Len(), err)
	}
}

func TestInflation(t *testing.T) {
	for _, c := range []struct {
		packed, unpacked, limit int64
		ok                      bool
	}{
		{1, FreeRatio, 0, true}, {1, FreeRatio + 1, 0, false},
		{1 << 20, 200 << 20, 0, true}, {1 << 20, 202 << 20, 0, false},
		{1 << 40, 1 << 20, 1 << 20, true}, {1 << 40, 1<<20 + 1, 1 << 20, false},
		{1 << 40, MaxUnpacked + 1, 0, false},
	} {
		i := Inflation{Packed: c.packed, Limit: c.limit}
		if err := i.Add(int(c.unpacked)); (err == nil) != c.ok {
			t.Errorf("%d bytes of %d: got %v, want it to be taken: %v", c.unpacked, c.packed, err, c.ok)
		}
	}
	i := Inflation{Packed: 1000}
	n, err := io.Copy(io.Discard, i.Reader(endless{}))
	if err == nil || n > FreeRatio {
		t.Errorf("got %d bytes, %v, want an end after %d", n, err, FreeRatio)
	}
}
