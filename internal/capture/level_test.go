package capture

import (
	"path/filepath"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/target"
)

// TestEmulates: a program that is registered for other processors' files leaves
// open what becomes of them.
func TestEmulates(t *testing.T) {
	dir := t.TempDir()
	if emulates(filepath.Join(dir, "none")) {
		t.Error("got one in a folder that is not there, want none")
	}
	for name, text := range map[string]string{"register": "", "status": "enabled\n", "python": "enabled\ninterpreter /usr/bin/python3\nextension .pyc\n", "qemu-arm": "disabled\nmagic 7f454c46\n"} {
		put(t, filepath.Join(dir, name), []byte(text))
	}
	if emulates(dir) {
		t.Error("got one, want none that is enabled for first bytes")
	}
	put(t, filepath.Join(dir, "qemu-aarch64"), []byte("enabled\ninterpreter /usr/bin/qemu-aarch64\nflags: F\noffset 0\nmagic 7f454c460201010000000000000000000200b700\n"))
	if !emulates(dir) {
		t.Error("got none, want qemu-aarch64")
	}
	host := *target.Find("debian12")
	e := dynamic("sparc64", "/lib64/ld-linux.so.2", "GLIBC_2.17")
	for _, want := range []string{target.Fails, target.Unknown} {
		if v := target.Judge(e, &host); v.Verdict != want {
			t.Errorf("got %s (%s), want %s", v.Verdict, v.Because, want)
		}
		host.Emulates = true
	}
}
