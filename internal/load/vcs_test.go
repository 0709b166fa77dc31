package load

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// TestStampError: git distrusts a repository of another user's, and go build then
// stamps nothing. Git is asked of such a repository only. Where files cannot be
// given away, git is told to take them for another's.
func TestStampError(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		testskip.Missing(t, "there is no git")
	}
	owner := ofAnother
	t.Cleanup(func() { ofAnother = owner })
	const refusal = "error obtaining VCS status: exit status 128\n\tUse -buildvcs=false to disable VCS stamping."
	for _, c := range []struct {
		name   string
		given  bool // away
		nested bool // the module lies in a repository of its own, in which the go command does not run
		flags  []Flag
		want   string
		asked  bool
	}{
		{"one's own", false, false, nil, "", false},
		{"another's", true, false, nil, refusal, true},
		{"another's, asked for", true, false, []Flag{{"buildvcs", "true"}}, refusal, true},
		{"another's, not wanted", true, false, []Flag{{"buildvcs", "false"}}, "", false},
		{"another's, with another in it", true, true, nil, "", false},
	} {
		w := newWorkspace(t, map[string]string{"cmd/main.go": "package main\n\nfunc main() {}\n"}, "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_COUNT=0")
		bin := t.TempDir()
		asked := filepath.Join(bin, "asked")
		if err := os.WriteFile(filepath.Join(bin, "git"), []byte("#!/bin/sh\necho >"+asked+"\nexec "+git+" \"$@\"\n"), 0o777); err != nil {
			t.Fatal(err)
		}
		for _, dir := range []string{".", "cmd"} {
			if dir == "." || c.nested {
				cmd := exec.Command(git, "init", "-q", filepath.Join(w.dir, dir))
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("%v: %s", err, out)
				}
			}
		}
		if c.given && os.Geteuid() != 0 {
			ofAnother = func(string) bool { return true }
			w.env = append(w.env, "GIT_TEST_ASSUME_DIFFERENT_OWNER=1")
		} else if c.given {
			for _, name := range []string{"", ".git"} {
				if err := os.Chown(filepath.Join(w.dir, name), 12345, 12345); err != nil {
					t.Fatal(err)
				}
			}
		}
		for i, kv := range w.env {
			if path, ok := strings.CutPrefix(kv, "PATH="); ok {
				w.env[i] = "PATH=" + bin + string(os.PathListSeparator) + path
			}
		}
		r := w.list(t, c.flags...)
		if len(r.Programs) != 1 || r.Programs[0].Error != c.want {
			t.Errorf("%s: got %+v, %v, want %q", c.name, r.Programs, r.Err, c.want)
		}
		if _, err := os.Stat(asked); (err == nil) != c.asked {
			t.Errorf("%s: got git asked: %t", c.name, err == nil)
		}
	}
}

// TestStampWithoutGit: git that is not there is missed where it was asked for.
func TestStampWithoutGit(t *testing.T) {
	for flag, want := range map[string]string{
		"auto": "",
		"true": "error obtaining VCS status: exec: \"git\": executable file not found in $PATH\n\tUse -buildvcs=false to disable VCS stamping.",
	} {
		w := newWorkspace(t, map[string]string{"main.go": "package main\n\nfunc main() {}\n", ".git/HEAD": ""})
		bin, _, _ := strings.Cut(Getenv(w.env, "PATH"), string(os.PathListSeparator))
		w.env = append(w.env, "PATH="+bin)
		r := w.list(t, Flag{"buildvcs", flag})
		if len(r.Programs) != 1 || r.Programs[0].Error != want {
			t.Errorf("%s: got %+v, %v, want %q", flag, r.Programs, r.Err, want)
		}
	}
}
