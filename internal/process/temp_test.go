package process

import (
	"os"
	"path/filepath"
	"testing"
)

// A folder is there while something is in it, for its owner alone.
func TestTemporary(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	t.Setenv("TMP", tmp)
	dir, err := MkdirTemp("dir")
	if err != nil {
		t.Fatal(err)
	}
	f, err := CreateTemp("file")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if filepath.Dir(dir) != filepath.Dir(f.Name()) || filepath.Dir(filepath.Dir(dir)) != tmp {
		t.Errorf("got %s and %s, want both in one folder of %s", dir, f.Name(), tmp)
	}
	Remove(dir)
	if _, err := os.Stat(f.Name()); err != nil {
		t.Errorf("got %v, want the file to stay", err)
	}
	Sweep() // removes nothing of a run that goes on
	if _, err := os.Stat(f.Name()); err != nil {
		t.Errorf("got %v after a sweep, want the file to stay", err)
	}
	Remove(f.Name())
	if left, _ := os.ReadDir(tmp); len(left) > 0 {
		t.Errorf("got %v left, want nothing", left)
	}
}
