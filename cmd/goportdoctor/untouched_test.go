//go:build linux

package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// These tests run the command where it may not write, may not read, and may not
// leave a trace. The home folder, the module and the caches of each are its own.

// A household is a module with a program, and folders to be used besides.
type household struct{ dir, tool, goTool string }

func newHousehold(t *testing.T) household {
	t.Helper()
	goTool, err := exec.LookPath("go")
	if err != nil {
		testskip.Missing(t, "there is no go on PATH")
	}
	dir, err := os.MkdirTemp("", "household") // whose folders above others may enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	h := household{dir, filepath.Join(dir, "goportdoctor"), goTool}
	for name, text := range map[string]string{
		"m/go.mod": "module example.com/m\n\ngo 1.21\n", "m/main.go": "package main\n\nimport _ \"net\"\n\nfunc main() {}\n",
		"home/.config/go/env": "GOFLAGS=-trimpath\n", "tmp/x": "", "cache/x": "", "gocache/x": "", "private/bin/gcc": "#!/bin/sh\n",
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		// The go command indexes folders whose files are two seconds old: at its first run, or at none.
		if err := os.Chtimes(file, time.Time{}, time.Now().Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", h.tool, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h household) env(more ...string) []string {
	env := []string{"PATH=" + filepath.Dir(h.goTool) + ":/usr/bin:/bin", "HOME=" + filepath.Join(h.dir, "home"), "TMPDIR=" + filepath.Join(h.dir, "tmp"),
		"GOPORTDOCTOR_CACHE=" + filepath.Join(h.dir, "cache"), "GOCACHE=" + filepath.Join(h.dir, "gocache"), "GOTOOLCHAIN=local",
		"GOPROXY=http://127.0.0.1:1", "GOSUMDB=off", "CGO_ENABLED=1"}
	return append(env, more...)
}

// run runs a command of the household's in its module.
func (h household) run(env []string, as *syscall.Credential, args ...string) (stdout, stderr string) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.Env = filepath.Join(h.dir, "m"), env
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run() // the status says that there is something unknown, or a problem
	return out.String(), errs.String()
}

// settings is what go env says, but for the folder that it would compile in.
func (h household) settings() string {
	var kept strings.Builder
	out, _ := h.run(h.env(), nil, h.goTool, "env")
	for line := range strings.Lines(out) {
		if !strings.HasPrefix(line, "GOGCCFLAGS=") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// tree is all that is in a folder, by path, with what it holds and its time.
func tree(t *testing.T, dir string, but ...string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		for _, b := range but {
			if rel == b {
				return filepath.SkipDir
			}
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		text := ""
		if info.Mode().IsRegular() {
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			text = fmt.Sprintf(" %x %v", sha256.Sum256(data), info.ModTime())
		}
		found[rel] = info.Mode().String() + text
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// Nothing is written but below goportdoctor's cache folder, and by the go command
// below its own; temporary folders are gone when a command ends; go env says what
// it did; nothing is asked of a proxy.
func TestWritesNothingElsewhere(t *testing.T) {
	newHousehold(t).untouchedBy(t, [][]string{{}, {"-json"}, {"-v"}, {"predict"}, {"lint"}, {"facts"}, {"checks"}, {"-target=scratch"},
		{"why", "net"}, {"targets"}, {"targets", "scratch"}, {"version"}, {"help"}, {"inspect", "-json", "../goportdoctor"}, {"predict", "-buildmode=nosuch"}, {"-nosuchflag"}})
}

// TestWritesNothingElsewhereLong is TestWritesNothingElsewhere of the commands that
// compile.
func TestWritesNothingElsewhereLong(t *testing.T) {
	testskip.Long(t)
	newHousehold(t).untouchedBy(t, [][]string{{"verify"}, {"vet"}})
}

func (h household) untouchedBy(t *testing.T, commands [][]string) {
	t.Helper()
	// The go command counts its runs in its telemetry folder.
	but := []string{"cache", "gocache", "home/.config/go/telemetry"}
	before, settings := tree(t, h.dir, but...), h.settings()
	for _, args := range commands {
		if _, errs := h.run(h.env(), nil, append([]string{h.tool}, args...)...); strings.Contains(errs, "127.0.0.1") {
			t.Errorf("%q: got %s, want no proxy to be asked", args, errs)
		}
		after := tree(t, h.dir, but...)
		for path, is := range after {
			if before[path] != is {
				t.Errorf("%q: got %s: %s, want %q as before", args, path, is, before[path])
			}
		}
		for path := range before {
			if after[path] == "" {
				t.Errorf("%q: got no %s, want it as before", args, path)
			}
		}
	}
	if now := h.settings(); now != settings || !strings.Contains(now, "-trimpath") {
		t.Errorf("got of go env\n%s\nwant\n%s", now, settings)
	}
}

// TestOutWritesOneFile: -out replaces the file that it names, and makes no other.
func TestOutWritesOneFile(t *testing.T) {
	h := newHousehold(t)
	but := []string{"cache", "gocache", "home/.config/go/telemetry", "m/out.json"}
	before := tree(t, h.dir, but...)
	h.run(h.env(), nil, h.tool, "predict", "-out", "json=out.json")
	if data, err := os.ReadFile(filepath.Join(h.dir, "m", "out.json")); err != nil || !bytes.Contains(data, []byte("example.com/m")) {
		t.Errorf("got %s, %v, want the report", data, err)
	}
	if after := tree(t, h.dir, but...); !maps.Equal(before, after) {
		t.Errorf("got %v, want %v", after, before)
	}
}

// Where nothing can be written, what has to be linked cannot be told, and why;
// the rest can.
func TestReadOnly(t *testing.T) {
	h := newHousehold(t)
	h.run(h.env(), nil, h.goTool, "list", ".") // which makes the folders of its cache
	all := fmt.Sprintf("mount --bind %[1]s %[1]s && mount -o remount,bind,ro %[1]s && ! touch %[1]s/x 2>/dev/null && ", h.dir)
	unshare := []string{"unshare", "--map-root-user", "--mount", "sh", "-c"}
	if _, err := h.run(h.env(), nil, append(unshare, all+"true")...); err != "" {
		testskip.Missing(t, "namespaces cannot be made here: %s", err)
	}
	got, errs := h.run(h.env(), nil, append(unshare, all+"exec "+h.tool+" -v")...)
	for _, want := range []string{"? it cannot be told how CC links: no folder to link in", "read-only file system", "✓ CC is ", "✓ no dynamic linker", "example.com/m"} {
		if !strings.Contains(got, want) {
			t.Errorf("got\n%s%s\nwant %s", got, errs, want)
		}
	}
	if strings.Contains(got+errs, "panic") || strings.Contains(errs, "goroutine") {
		t.Errorf("got\n%s%s", got, errs)
	}
}

// Folders and files that may not be read: the checks say so, or do without.
func TestUnreadable(t *testing.T) {
	h := newHousehold(t)
	private := filepath.Join(h.dir, "private")
	for _, f := range []struct {
		name string
		mode os.FileMode
	}{{"private/bin", 0}, {"home/.config/go/env", 0}, {"cache", 0}, {"gocache", 0o777}, {"tmp", 0o777}} {
		if err := os.Chmod(filepath.Join(h.dir, f.name), f.mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { os.Chmod(filepath.Join(private, "bin"), 0o755); os.Chmod(filepath.Join(h.dir, "cache"), 0o755) })
	var as *syscall.Credential
	if os.Getuid() == 0 {
		as = &syscall.Credential{Uid: 65534, Gid: 65534} // root may read all
	}
	env := h.env("PATH=" + private + "/bin:" + private + "/none:" + filepath.Dir(h.goTool) + ":/usr/bin:/bin")
	got, errs := h.run(env, as, h.tool, "-v")
	for _, want := range []string{private + "/bin: a folder of PATH that cannot be read", "runs, of go1", "example.com/m"} {
		if !strings.Contains(got, want) {
			t.Errorf("got\n%s%s\nwant %s", got, errs, want)
		}
	}
	if strings.Contains(got+errs, "goroutine") {
		t.Errorf("got\n%s%s", got, errs)
	}
}
