package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

func TestDir(t *testing.T) {
	t.Setenv("HOME", "/home/u")
	t.Setenv("XDG_CACHE_HOME", "")
	for _, c := range []struct{ value, want, err string }{
		{"off", "", ""},
		{"/var/x/../y", "/var/y", ""},
		{"cache", "", `GOPORTDOCTOR_CACHE is not an absolute path: "cache"`},
		{"./cache", "", `GOPORTDOCTOR_CACHE is not an absolute path: "./cache"`},
		{"", filepath.Join(userCache(t), "goportdoctor"), ""},
	} {
		got, err := Dir(func(string) string { return c.value })
		if text := message(err); got != c.want || text != c.err {
			t.Errorf("GOPORTDOCTOR_CACHE=%q: got %q, %q, want %q, %q", c.value, got, text, c.want, c.err)
		}
	}
}

func userCache(t *testing.T) string {
	t.Helper()
	dir, err := os.UserCacheDir()
	if err != nil {
		testskip.Missing(t, "there is no user cache folder: %v", err)
	}
	return dir
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestWriteRead(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "cache")
	if _, err := Read(dir, "cc/x.json"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder: got %v, want that it does not exist", err)
	}
	if err := Check(dir); err != nil {
		t.Errorf("no folder: got %v, want nothing wrong", err)
	}
	for _, text := range []string{"one", "two, which is longer", ""} {
		Write(dir, "cc/x.json", []byte(text))
		if got, err := Read(dir, "cc/x.json"); err != nil || string(got) != text {
			t.Errorf("got %q, %v, want %q", got, err, text)
		}
		if !Has(dir, "cc/x.json") || Has(dir, "cc/y.json") {
			t.Error("got another answer of Has than Read would give")
		}
	}
	if got := names(t, filepath.Join(dir, "cc")); got != "x.json" {
		t.Errorf("got the files %s, want x.json alone", got)
	}
	Write("", "cc/x.json", []byte("no folder"))
	Write(dir, "../outside", []byte("outside"))
	if _, err := os.Stat(filepath.Join(dir, "..", "outside")); err == nil {
		t.Error("got an entry outside of the folder")
	}
	if _, err := Read(dir, "../../outside"); err == nil {
		t.Error("got an entry outside of the folder, want an error")
	}
}

func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return strings.Join(all, " ")
}

// The next write removes the unfinished files of a killed run in that
// subfolder; what is recent may be another run's.
func TestLeftovers(t *testing.T) {
	dir := t.TempDir()
	Write(dir, "env/a", []byte("a"))
	for name, age := range map[string]time.Duration{"new-old": 2 * time.Hour, "new-recent": 0, "other": 2 * time.Hour} {
		file := filepath.Join(dir, "env", name)
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(-age)
		if err := os.Chtimes(file, at, at); err != nil {
			t.Fatal(err)
		}
	}
	swept.Clear()
	Write(dir, "env/a", []byte("b"))
	if got, want := names(t, filepath.Join(dir, "env")), "a new-recent other"; got != want {
		t.Errorf("got the files %s, want %s", got, want)
	}
}

func TestLargeEntry(t *testing.T) {
	dir := t.TempDir()
	Write(dir, "large", make([]byte, maxEntry+1))
	if Has(dir, "large") {
		t.Error("got an entry above the limit")
	}
	Write(dir, "sparse", nil)
	if err := os.Truncate(filepath.Join(dir, "sparse"), 10<<30); err != nil {
		testskip.Missing(t, "no sparse file: %v", err)
	}
	if _, err := Read(dir, "sparse"); err == nil {
		t.Error("got an entry of 10 GB, want an error")
	}
}
