package capture

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/goportdoctor/goportdoctor/internal/target"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// TestHostileRoots judges by root file systems made to mislead: no link leads out
// of them, nothing but regular files is opened, and none makes the judge wait.
func TestHostileRoots(t *testing.T) {
	self, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(t.TempDir(), "secret")
	for _, c := range []struct {
		name string
		make func(t *testing.T, dir string)
		want string
	}{
		{"nothing", func(*testing.T, string) {}, target.Fails},
		{"a link to itself", links("ld-linux-x86-64.so.2"), target.Fails},
		{"links in circles", func(t *testing.T, dir string) {
			links("other")(t, dir)
			linkTo(t, "ld-linux-x86-64.so.2", dir+"/lib64/other")
		}, target.Fails},
		{"an absolute link", links("/etc/passwd"), target.Fails},
		{"a link out of it", links("../../../../../../../.." + secret), target.Fails},
		{"a folder for a loader", func(t *testing.T, dir string) { mkdir(t, dir+"/lib64/ld-linux-x86-64.so.2") }, target.Fails},
		{"a folder that links to itself", func(t *testing.T, dir string) { linkTo(t, "lib64", dir+"/lib64") }, target.Fails},
		{"a device", func(t *testing.T, dir string) {
			mkdir(t, dir+"/lib64")
			makeNode(t, dir+"/lib64/ld-linux-x86-64.so.2", true)
		}, target.Fails},
		{"a pipe", func(t *testing.T, dir string) {
			mkdir(t, dir+"/lib64")
			makeNode(t, dir+"/lib64/ld-linux-x86-64.so.2", false)
		}, target.Fails},
		{"a text", func(t *testing.T, dir string) { put(t, dir+"/lib64/ld-linux-x86-64.so.2", []byte("#!/bin/sh\n")) }, target.Fails},
		{"another program", func(t *testing.T, dir string) { put(t, dir+"/lib64/ld-linux-x86-64.so.2", self) }, target.Unknown},
		{"half an ELF file", func(t *testing.T, dir string) { put(t, dir+"/lib64/ld-linux-x86-64.so.2", self[:100]) }, target.Unknown},
		{"a file for a folder", func(t *testing.T, dir string) { put(t, dir+"/lib64", nil) }, target.Fails},
	} {
		t.Run(c.name, func(t *testing.T) {
			put(t, secret, self)
			dir := t.TempDir()
			c.make(t, dir)
			start := time.Now()
			root, err := Dir("root", dir)
			if err != nil {
				t.Fatal(err)
			}
			if v := target.Judge(dynamic("amd64", "/lib64/ld-linux-x86-64.so.2", "GLIBC_2.34"), root); v.Verdict != c.want {
				t.Errorf("got %s (%s), want %s", v.Verdict, v.Because, c.want)
			}
			d, err := Describe(dir)
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if err := target.Write(&b, d); err != nil || strings.Contains(b.String(), "root:x:0") {
				t.Errorf("got %v and %s, want nothing of this machine's", err, b.String())
			}
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("got an answer after %v, want no wait", took)
			}
		})
	}
}

// links makes the loader's name in a root a link.
func links(to string) func(t *testing.T, dir string) {
	return func(t *testing.T, dir string) {
		mkdir(t, dir+"/lib64")
		linkTo(t, to, dir+"/lib64/ld-linux-x86-64.so.2")
	}
}

func mkdir(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, file string, data []byte) {
	t.Helper()
	mkdir(t, filepath.Dir(file))
	if err := os.WriteFile(file, data, 0o777); err != nil {
		t.Fatal(err)
	}
}

func linkTo(t *testing.T, to, file string) {
	t.Helper()
	if err := os.Symlink(to, file); err != nil {
		if runtime.GOOS == "windows" {
			testskip.Missing(t, "no symbolic links here: %v", err)
		}
		t.Fatal(err)
	}
}
