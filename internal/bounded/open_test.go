//go:build unix

package bounded

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// None of these opens waits, and none reads without an end.
func TestIrregular(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, err := range []error{
		syscall.Mkfifo(at("pipe"), 0o600),
		os.Symlink("pipe", at("to-pipe")),
		os.Symlink("/dev/zero", at("to-zero")),
		os.Symlink("/dev/null", at("to-null")),
		os.Symlink("to-itself", at("to-itself")),
		os.Symlink("nowhere", at("dangling")),
		os.Mkdir(at("folder"), 0o700),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	l, err := net.Listen("unix", at("socket"))
	if err != nil {
		t.Logf("no socket here: %v", err)
	} else {
		defer l.Close()
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for name, want := range map[string]string{
		"pipe": "is a named pipe, not a regular file", "to-pipe": "is a named pipe, not a regular file",
		"to-zero": "is a device, not a regular file", "to-null": "is a device, not a regular file",
		"socket": "is a socket, not a regular file", "folder": "is a folder, not a regular file",
		"to-itself": "too many levels of symbolic links", "dangling": "no such file or directory",
	} {
		if name == "socket" && l == nil {
			continue
		}
		for call, err := range map[string]error{"Check": Check(at(name), 1), "Open": second(Open(at(name), 1)),
			"ReadFile": second(ReadFile(at(name), 1)), "ReadHead": second(ReadHead(at(name), 1))} {
			if err == nil || !strings.HasSuffix(err.Error(), want) {
				t.Errorf("%s of %s: got %v, want %q", call, name, err, want)
			}
		}
		if f, err := OpenIn(root, name, 1); err == nil {
			f.Close()
			t.Errorf("OpenIn of %s: got no error", name)
		}
		if _, err := ReadDir(at(name), 1); err == nil && name != "folder" {
			t.Errorf("ReadDir of %s: got no error", name)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// A file that is replaced between the look at its name and the opening is refused by
// what was opened.
func TestCheckedAfterOpening(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(pipe, os.O_RDONLY|nonblock, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := checked(f, pipe, 1); !Refused(err) {
		t.Errorf("got %v, want a named pipe to be refused", err)
	}
	if _, err := f.Stat(); err == nil {
		t.Error("got an open file, want it to be closed")
	}
}

func TestIsRead(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if IsRead(pipe) {
		t.Error("got a reader of a pipe that is not open")
	}
	f, err := os.OpenFile(pipe, os.O_RDONLY|nonblock, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if !IsRead(pipe) {
		t.Error("got no reader of a pipe that is open for reading")
	}
}

// TestKernelLog: a file of procfs that is regular by its mode, and whose reads wait
// once they have had all, ends too.
func TestKernelLog(t *testing.T) {
	const log = "/proc/kmsg"
	f, err := os.Open(log)
	if err != nil {
		testskip.Missing(t, "there is no readable %s: %v", log, err)
	}
	f.Close()
	if _, err := ReadFile(log, Unlimited); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%s: got the error %v, want that of a deadline", log, err)
	}
}
