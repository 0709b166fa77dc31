//go:build unix

package load

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

func mkfifo(t *testing.T, file string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(file); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(file, 0o600); err != nil {
		t.Fatal(err)
	}
}

// The go command reads each of these before it answers, and would wait for ever.
func TestReadable(t *testing.T) {
	for _, c := range []struct {
		name, env string
		flags     []Flag
		readable  bool
	}{
		{name: "other.go", readable: true},
		{name: "go.mod"}, {name: "go.sum"}, {name: "vendor/modules.txt"},
		{name: "go.work"}, {name: "go.work.sum"},
		{name: "used/go.mod"}, {name: "used/go.sum"}, {name: "replaced/go.mod"}, {name: "deeper/go.mod"},
		{name: "elsewhere/go.mod", readable: true},
		{name: "other.mod", flags: []Flag{{Name: "modfile", Value: "other.mod"}}},
		{name: "other.sum", flags: []Flag{{Name: "modfile", Value: "other.mod"}}},
		{name: "other.mod", readable: true},
		{name: "over.json", flags: []Flag{{Name: "overlay", Value: "over.json"}}},
		{name: "instead.go", flags: []Flag{{Name: "overlay", Value: "over.json"}}},
		{name: "settings", env: "GOENV=DIR/settings"},
		{name: "my.work", env: "GOWORK=DIR/my.work"},
		{name: "go.work", env: "GOWORK=off", readable: true},
	} {
		dir := files(t, map[string]string{
			"go.mod": "module m\n\ngo 1.21\n\nrequire r v0.0.0\n\nreplace r => ./replaced\n", "go.work": "go 1.21\n\nuse (\n\t.\n\t./used\n)\n",
			"used/go.mod": "module u\n", "replaced/go.mod": "module r\n\nreplace d => ../deeper\n", "deeper/go.mod": "module d\n",
			"over.json": `{"Replace": {"main.go": "instead.go"}}`, "main.go": "package main\n",
		})
		mkfifo(t, filepath.Join(dir, c.name))
		r := Request{Dir: dir, Env: []string{"GOENV=off", strings.ReplaceAll(c.env, "DIR", dir)}, Flags: c.flags}
		err := r.readable()
		if (err == nil) != c.readable || err != nil && !strings.Contains(err.Error(), filepath.Base(c.name)+`" is a named pipe`) {
			t.Errorf("%s with %q and %v: got %v, want the go command to be asked: %v", c.name, c.env, c.flags, err, c.readable)
		}
	}
}

func TestUnread(t *testing.T) {
	dir := files(t, map[string]string{"f.go": "package p\n", "s.s": "", "c.c": "", "h.h": "", "large.go": "package p\n"})
	if err := os.Truncate(filepath.Join(dir, "large.go"), 10<<30); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/zero", filepath.Join(dir, "zero")); err != nil {
		t.Fatal(err)
	}
	mkfifo(t, filepath.Join(dir, "pipe"))
	for _, c := range []struct {
		p       link.Package
		overlay Overlay
		want    string
	}{
		{p: link.Package{GoFiles: []string{"f.go"}, Assembly: []string{"s.s"}, Sources: []string{"c.c", "h.h"}}},
		{p: link.Package{GoFiles: []string{"f.go", "large.go"}}, want: "larger than 64 MB"},
		{p: link.Package{GoFiles: []string{"f.go"}, Assembly: []string{"zero"}}, want: "is a device, not a regular file"},
		{p: link.Package{CgoFiles: []string{"f.go"}, Sources: []string{"c.c", "pipe"}}, want: "is a named pipe, not a regular file"},
		{p: link.Package{GoFiles: []string{"f.go"}, Sources: []string{"gone.c"}}}, // the go command's to report
		{p: link.Package{GoFiles: []string{"f.go"}}, overlay: Overlay{filepath.Join(dir, "f.go"): "/dev/zero"}, want: "is a device"},
		{p: link.Package{GoFiles: []string{"f.go"}, Assembly: []string{"zero"}, Standard: true}},
	} {
		c.p.Dir, c.p.Name = dir, "main"
		s := openScans("", "go1.26.8")
		s.overlay = c.overlay
		s.pkg(&c.p, link.Build{CgoEnabled: true})
		if got := c.p.Unread; (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%v %v %v: got %q, want %q", c.p.GoFiles, c.p.Assembly, c.p.Sources, got, c.want)
		}
		if c.want != "" && c.p.NoMain != "" {
			t.Errorf("%v: got a missing func main, want no statement on a file that is not read", c.p.GoFiles)
		}
	}
}

// The go command waits for a pipe in a package that it lists, and for no other one.
func TestWatchPipes(t *testing.T) {
	dir := files(t, map[string]string{"go.mod": "module m\n\ngo 1.21\n", "main.go": "package main\n\nfunc main() {}\n", "other/f.go": "package other\n"})
	mkfifo(t, filepath.Join(dir, "other", "x.go"))
	mkfifo(t, filepath.Join(dir, "x.txt"))
	for pattern, want := range map[string]string{".": "", "./...": `x.go" is a named pipe, for which go list waits`} {
		r := Request{Dir: dir, Env: append(os.Environ(), "GOFLAGS=", "GOWORK=off", "GOTOOLCHAIN=local"), Patterns: []string{pattern}}
		ls, err := runListJSON(context.Background(), r, "-json="+listFields, nil, nil)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %d packages and %v, want %q", pattern, len(ls), err, want)
		}
	}
}

// TestWatchKernelFile: a link to a file on which the go command waits for the kernel
// ends the wait. /dev/ptmx stands for it: no terminal is at its other end.
func TestWatchKernelFile(t *testing.T) {
	if _, err := os.Stat("/dev/ptmx"); err != nil {
		testskip.Missing(t, "%v", err)
	}
	dir := files(t, map[string]string{"go.mod": "module m\n\ngo 1.21\n", "main.go": "package main\n\nfunc main() {}\n"})
	if err := os.Symlink("/dev/ptmx", filepath.Join(dir, "x.go")); err != nil {
		t.Fatal(err)
	}
	r := Request{Dir: dir, Env: append(os.Environ(), "GOFLAGS=", "GOWORK=off", "GOTOOLCHAIN=local"), Patterns: []string{"."}}
	ls, err := runListJSON(context.Background(), r, "-json="+listFields, nil, nil)
	if want := `x.go" is a device or a file of the kernel's, for which go list waits`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %d packages and %v, want %q", len(ls), err, want)
	}
}

// A go command that prints without an end is ended; one that prints what is no JSON
// is read to its end, or it could not end.
func TestEndlessOutput(t *testing.T) {
	dir := t.TempDir()
	bin := filepath.Join(dir, "bin")
	for script, want := range map[string]string{
		"cat /dev/zero": "output is larger than 64 MB",
		"head -c 1000000 /dev/zero; echo no >&2; exit 1": "go env: no",
	} {
		writeFile(filepath.Join(bin, "go"), []byte("#!/bin/sh\n"+script+"\n"))
		if err := os.Chmod(filepath.Join(bin, "go"), 0o755); err != nil {
			t.Fatal(err)
		}
		r := Request{Dir: dir, Env: []string{"PATH=" + bin + ":" + os.Getenv("PATH"), "GOENV=off"}}
		if _, err := goCommand(context.Background(), r, nil, "env"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", script, err, want)
		}
	}
}
