package load

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/testcc"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

const stampRefusal = "error obtaining VCS status: exit status 128\n\tUse -buildvcs=false to disable VCS stamping."

// TestStampError holds what is said of a repository that git refuses against go
// build, without running git: one of another user's, and broken ones. Where files
// cannot be given away, git is told to take them for another's.
func TestStampError(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		testskip.Missing(t, "there is no git")
	}
	const another = "another's"
	for _, c := range []struct {
		name   string
		files  map[string]string // in the folder of the module; of "HOME/" in the home folder
		env    []string
		flag   string // value of -buildvcs
		want   link.Certainty
		nested bool // the module lies in a repository of its own, in which the go command does not run
	}{
		{name: "one's own"},
		{name: another, want: link.AtLeast},
		{name: another + ", asked for", flag: "true", want: link.AtLeast},
		{name: another + ", not wanted", flag: "false"},
		{name: another + ", with another in it", nested: true},
		{name: another + ", all safe", env: []string{"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*"}},
		{name: another + ", safe", files: map[string]string{"HOME/.gitconfig": "[user]\n\tname = x\n[safe]\n\tdirectory = DIR\n"}},
		{name: another + ", quoted", files: map[string]string{"HOME/.gitconfig": "[safe] directory = \"DIR\"\n"}},
		{name: another + ", safe by XDG", files: map[string]string{"HOME/.config/git/config": "[Safe]\nDirectory=DIR\n"}},
		{name: another + ", safe in the home folder", files: map[string]string{"HOME/.gitconfig": "[safe]\n\tdirectory = ~/../m\n"}, want: link.AtLeast},
		{name: another + ", another one safe", files: map[string]string{"HOME/.gitconfig": "# [safe]\n[safe]\n\tdirectory = /other\n\tdirectory = DIRx\n"}, want: link.AtLeast},
		{name: another + ", undone", files: map[string]string{"HOME/.gitconfig": "[safe]\n\tdirectory = *\n\tdirectory =\n"}, want: link.AtLeast},
		{name: another + ", undone and done", files: map[string]string{"HOME/.gitconfig": "[safe]\n\tdirectory =\n\tdirectory = *\n"}},
		{name: another + ", safe in its own configuration", files: map[string]string{".git/config": "[core]\n\trepositoryformatversion = 0\n[safe]\n\tdirectory = *\n"}, want: link.AtLeast},
		{name: another + ", included", files: map[string]string{"HOME/.gitconfig": "[include]\n\tpath = x\n", "HOME/x": "[safe]\n\tdirectory = *\n"}, want: link.Unknown},
		{name: "empty", files: map[string]string{".git/": ""}, want: link.Exact},
		{name: "without HEAD", files: map[string]string{".git/objects/x": "", ".git/refs/x": ""}, want: link.Exact},
		{name: "a file", files: map[string]string{".git": "rubbish\n"}}, // which the go command does not look at
		{name: another + ", no configuration", env: []string{"GIT_CONFIG_GLOBAL="}, files: map[string]string{"HOME/.gitconfig": "[safe]\n\tdirectory = *\n"}, want: link.AtLeast},
	} {
		t.Run(c.name, func(t *testing.T) {
			home := t.TempDir()
			w := newWorkspace(t, map[string]string{"main.go": "package main\n\nfunc main() {}\n"}, "HOME="+home, "XDG_CONFIG_HOME=", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_COUNT=0")
			w.env = slices.DeleteFunc(w.env, func(kv string) bool { return strings.HasPrefix(kv, "GIT_CONFIG_GLOBAL=") })
			w.env = append(w.env, c.env...)
			broken := c.want == link.Exact || c.name == "a file"
			if !broken {
				runIn(t, w, git, "init", "-q", ".")
				runIn(t, w, git, "-c", "user.name=x", "-c", "user.email=x", "commit", "-q", "--allow-empty", "-m", "x")
			}
			for name, text := range c.files {
				file := filepath.Join(w.dir, name)
				if rest, is := strings.CutPrefix(name, "HOME/"); is {
					file = filepath.Join(home, rest)
				}
				if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
					t.Fatal(err)
				}
				if strings.HasSuffix(name, "/") {
					if err := os.Mkdir(file, 0o777); err != nil {
						t.Fatal(err)
					}
				} else if err := os.WriteFile(file, []byte(strings.ReplaceAll(text, "DIR", w.dir)), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			if c.nested {
				runIn(t, w, git, "init", "-q", "in")
				if err := os.Rename(filepath.Join(w.dir, "main.go"), filepath.Join(w.dir, "in", "main.go")); err != nil {
					t.Fatal(err)
				}
			}
			if strings.HasPrefix(c.name, another) {
				giveAway(t, &w)
			}
			var flags []Flag
			if c.flag != "" {
				flags = []Flag{{"buildvcs", c.flag}}
			}
			bin, ran := recorders(t, "git")
			pattern := "."
			if c.nested {
				pattern = "./in"
			}
			request := w.request(flags...)
			request.Patterns = []string{pattern}
			request.Env = append(slices.Clip(w.env), "PATH="+bin+string(os.PathListSeparator)+Getenv(w.env, "PATH"))
			env, b := w.build(t, request)
			r := Programs(t.Context(), request, env, b)[0]
			if out, err := os.ReadFile(ran); err == nil {
				t.Errorf("got run: %s", out)
			}
			if len(r.Programs) != 1 {
				t.Fatalf("got %+v, %v, want a program", r.Programs, r.Err)
			}
			got, wanted := r.Programs[0], ""
			if c.want == link.Exact || c.want == link.AtLeast {
				wanted = stampRefusal
			}
			if got.ErrorCertainty != c.want || c.want != link.Unknown && got.Error != wanted {
				t.Errorf("got %q, %q, want %q, %q", got.Error, got.ErrorCertainty, wanted, c.want)
			}
			args := []string{"build", "-n", "-o", os.DevNull} // which stamps, and links nothing
			if c.flag != "" {
				args = append(args, "-buildvcs="+c.flag)
			}
			cmd := exec.Command("go", append(args, pattern)...)
			cmd.Dir, cmd.Env = w.dir, w.env
			out, err := cmd.CombinedOutput()
			switch said := strings.TrimSpace(string(out)); {
			case c.want == link.Unknown:
			case (err != nil) != (wanted != "") || err != nil && said != wanted:
				t.Errorf("got %q, go build says %q, %v", wanted, said, err)
			}
		})
	}
}

func runIn(t *testing.T, w workspace, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = w.dir, w.env
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %q: %v: %s", name, args, err, out)
	}
}

// giveAway makes a repository another user's.
func giveAway(t *testing.T, w *workspace) {
	t.Helper()
	if os.Geteuid() != 0 {
		w.env = append(w.env, "GIT_TEST_ASSUME_DIFFERENT_OWNER=1")
		return
	}
	for _, name := range []string{"", ".git"} {
		if err := os.Lchown(filepath.Join(w.dir, name), 12345, 12345); err != nil {
			t.Fatal(err)
		}
	}
}

// recorders makes a folder of programs that say in a file that they were run.
func recorders(t *testing.T, names ...string) (bin, ran string) {
	t.Helper()
	bin = t.TempDir()
	ran = filepath.Join(bin, "ran")
	for _, name := range names {
		testcc.Script(t, filepath.Join(bin, name), "echo \"$0 $*\" >>"+ran+"\nexit 1\n")
	}
	return bin, ran
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
