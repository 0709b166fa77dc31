//go:build unix

package store

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

func TestModes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	Write(dir, "cc/x", []byte("x"))
	for name, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "cc"): 0o700, filepath.Join(dir, "cc", "x"): 0o600} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: got the mode %v, %v, want %v", name, info.Mode().Perm(), err, want)
		}
	}
}

// Whoever may write the folder, a subfolder or an entry may decide what
// goportdoctor answers.
func TestWritableByOthers(t *testing.T) {
	for _, c := range []struct {
		at   string // "" for the folder itself
		mode os.FileMode
		used bool
	}{
		{"", 0o755, true}, {"", 0o750, true}, {"", 0o775, false}, {"", 0o777, false}, {"", 0o702, false}, {"", 0o777 | os.ModeSticky, false},
		{"cc", 0o755, true}, {"cc", 0o775, false}, {"cc", 0o777, false},
		{"cc/x", 0o644, true}, {"cc/x", 0o666, false}, {"cc/x", 0o660, false},
	} {
		dir := filepath.Join(t.TempDir(), "cache")
		Write(dir, "cc/x", []byte("x"))
		if err := os.Chmod(filepath.Join(dir, c.at), c.mode); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(dir, "cc/x"); (err == nil) != c.used {
			t.Errorf("%q with mode %v: got %v of a read, want it to be used: %v", c.at, c.mode, err, c.used)
		}
		err := Check(dir)
		if (err == nil) != (c.used || c.at != "") {
			t.Errorf("%q with mode %v: got %v of a check", c.at, c.mode, err)
		}
		if err != nil && (!strings.Contains(err.Error(), "others may write it") || err.(*UnsafeError).Hint != "chmod go-w "+dir) {
			t.Errorf("got %q with the hint %q", err, err.(*UnsafeError).Hint)
		}
		if Write(dir, "cc/new", []byte("new")); Has(dir, "cc/new") && !c.used && c.at != "cc/x" {
			t.Errorf("%q with mode %v: got a new entry, want none", c.at, c.mode)
		}
	}
}

func TestIrregularEntries(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	Write(dir, "cc/x", []byte("x"))
	at := func(name string) string { return filepath.Join(dir, "cc", name) }
	for name, err := range map[string]error{
		"link":   os.Symlink("x", at("link")),
		"zero":   os.Symlink("/dev/zero", at("zero")),
		"pipe":   syscall.Mkfifo(at("pipe"), 0o600),
		"folder": os.Mkdir(at("folder"), 0o700),
		"loop":   os.Symlink("loop", at("loop")),
	} {
		if err != nil {
			t.Fatal(err)
		}
		if data, err := Read(dir, "cc/"+name); err == nil {
			t.Errorf("%s: got %q, want an error", name, data)
		}
	}
	// A subfolder that is a link, even within the folder, is none of ours.
	if err := os.Symlink("cc", filepath.Join(dir, "other")); err != nil {
		t.Fatal(err)
	}
	if Has(dir, "other/x") {
		t.Error("got an entry through a link, want none")
	}
}

func TestAnothersFolder(t *testing.T) {
	if os.Geteuid() != 0 {
		testskip.Missing(t, "only root can give files away")
	}
	base := t.TempDir()
	dir, link, entry := filepath.Join(base, "cache"), filepath.Join(base, "link"), filepath.Join(base, "own")
	for _, d := range []string{dir, entry} {
		Write(d, "cc/x", []byte("x"))
	}
	if err := os.Symlink(entry, link); err != nil {
		t.Fatal(err)
	}
	if err := Check(link); err != nil {
		t.Errorf("a link of our own: got %v", err)
	}
	for _, file := range []string{dir, link, filepath.Join(entry, "cc", "x")} {
		if err := os.Lchown(file, 12345, 12345); err != nil {
			t.Fatal(err)
		}
	}
	for d, want := range map[string]string{dir: "it belongs to another user", link: "it is a symbolic link of another user"} {
		if err := Check(d); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
		if Has(d, "cc/x") {
			t.Errorf("%s: got an entry, want none", d)
		}
	}
	if Has(entry, "cc/x") {
		t.Error("got an entry of another user's, want none")
	}
}
