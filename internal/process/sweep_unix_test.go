//go:build unix

package process

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A sweep takes what a dead run left, and nothing else: no folder that others may
// write, none that is locked, no file, and nothing by way of a link.
func TestSweep(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	outside := t.TempDir()
	in := func(name string) string { return filepath.Join(tmp, name) }
	mkdir := func(dir string, mode os.FileMode) {
		if os.Mkdir(dir, mode) != nil || os.Chmod(dir, mode) != nil || os.WriteFile(filepath.Join(dir, "file"), nil, 0o600) != nil {
			t.Fatalf("%s cannot be made", dir)
		}
	}
	mkdir(in(prefix+"dead"), 0o700)
	mkdir(in(prefix+"locked"), 0o700)
	mkdir(in(prefix+"shared"), 0o770)
	mkdir(in("goportdoctor-cc-1"), 0o700) // of an older version, which locks nothing
	mkdir(filepath.Join(outside, "victim"), 0o700)
	kept := []string{prefix + "locked", prefix + "shared", "goportdoctor-cc-1", prefix + "file", prefix + "link", prefix + "pipe"}
	if os.WriteFile(in(prefix+"file"), nil, 0o600) != nil || os.Symlink(filepath.Join(outside, "victim"), in(prefix+"link")) != nil ||
		os.Symlink(outside, filepath.Join(in(prefix+"dead"), "link")) != nil || syscall.Mkfifo(in(prefix+"pipe"), 0o600) != nil {
		t.Fatal("the files cannot be made")
	}
	if os.Geteuid() == 0 {
		mkdir(in(prefix+"foreign"), 0o700)
		if err := os.Chown(in(prefix+"foreign"), 1, 1); err != nil {
			t.Fatal(err)
		}
		kept = append(kept, prefix+"foreign")
	}
	unlock, taken := lock(in(prefix + "locked"))
	if taken {
		t.Fatal("got a folder that is locked already")
	}
	Sweep()
	if _, err := os.Lstat(in(prefix + "dead")); err == nil {
		t.Error("got the dead run's folder left, want it removed")
	}
	for _, file := range append(kept, filepath.Join(prefix+"locked", "file")) {
		if _, err := os.Lstat(in(file)); err != nil {
			t.Errorf("%s: got %v, want it to stay", file, err)
		}
	}
	if _, err := os.Stat(filepath.Join(outside, "victim", "file")); err != nil {
		t.Errorf("got %v, want what links name to stay", err)
	}
	unlock()
	Sweep()
	if _, err := os.Lstat(in(prefix + "locked")); err == nil {
		t.Error("got the folder left once its lock is gone, want it removed")
	}
}

// A folder that was removed before its owner locked it is not used.
func TestLockOfRemoved(t *testing.T) {
	if _, taken := lock(filepath.Join(t.TempDir(), "gone")); !taken {
		t.Error("got a lock of a folder that is not there")
	}
}
