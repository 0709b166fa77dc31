package toolchain

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/testcc"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

func describe(t *testing.T, p *Prober, words ...string) Compiler {
	t.Helper()
	return p.Describe(context.Background(), "CC", link.Question{Driver: words})
}

func kinds(c Compiler) string {
	var ks []string
	for _, s := range c.Steps {
		ks = append(ks, s.Kind)
	}
	return strings.Join(ks, " ")
}

func TestDescribeGCC(t *testing.T) {
	loader := testcc.Loader(t)
	p := &Prober{CacheDir: t.TempDir()}
	for _, how := range []string{"asked", "remembered"} {
		c := describe(t, p, "gcc")
		if c.Answer.Interp != loader || c.Libc.Name != "glibc" || link.CompareVersions(c.Libc.Version, "2.28") < 0 || c.Target == "" || c.Version == "" {
			t.Errorf("%s: got %+v, want gcc's loader, glibc with its version, and a target", how, c)
		}
		if got := c.Steps[len(c.Steps)-1]; got.Kind != StepProgram {
			t.Errorf("%s: got last step %+v, want the program", how, got)
		}
	}
}

func TestDescribeMusl(t *testing.T) {
	testcc.Need(t, "musl-gcc")
	c := describe(t, &Prober{}, "musl-gcc")
	if c.Libc.Name != "musl" || !strings.HasPrefix(c.Libc.Version, "1.") {
		t.Errorf("got %+v, want musl with its version", c.Libc)
	}
	if !strings.Contains(kinds(c), "script ") || !strings.HasSuffix(kinds(c), " program") {
		t.Errorf("got steps %+v, want the script and the gcc that it runs", c.Steps)
	}
}

// What CC leads to: links, a script with the line that leads on, a compiler cache
// that is called by the compiler's name or has it as the next word.
func TestDescribeSteps(t *testing.T) {
	dir := t.TempDir()
	wrapped := testcc.Wrapper(t, dir)
	if err := os.Symlink(wrapped, filepath.Join(dir, "bin", "gcc-link")); err != nil {
		t.Fatal(err)
	}
	c := describe(t, &Prober{}, filepath.Join(dir, "bin", "gcc-link"))
	if !strings.HasPrefix(kinds(c), "link script ") || c.Steps[1].Line != 3 || !strings.HasPrefix(c.Steps[1].Text, "exec ") {
		t.Errorf("got %+v, want the link, line 3 of the script, and gcc", c.Steps)
	}

	cache := testcc.Script(t, filepath.Join(dir, "cache", "ccache"), `case $0 in *ccache) exec "$@" ;; *) exec /usr/bin/gcc "$@" ;; esac`+"\n")
	if err := os.Symlink("ccache", filepath.Join(dir, "cache", "gcc")); err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), "PATH="+filepath.Dir(cache)+string(filepath.ListSeparator)+os.Getenv("PATH"))
	for _, cc := range [][]string{{"gcc"}, {"ccache", "gcc"}} {
		c := describe(t, &Prober{Env: env}, cc...)
		if last := c.Steps[len(c.Steps)-1]; !slices.ContainsFunc(c.Steps, func(s Step) bool { return s.Kind == StepCache }) || last.Kind != StepProgram {
			t.Errorf("%q: got %+v, want a cache and behind it a program", cc, c.Steps)
		}
	}
}

func TestDescribeNone(t *testing.T) {
	dir := t.TempDir()
	loop := filepath.Join(dir, "loop-cc")
	if err := os.Symlink(loop, loop); err != nil {
		testskip.Missing(t, "%v", err)
	}
	for _, cc := range []string{dir, loop, filepath.Join(dir, "nosuch")} {
		if c := describe(t, &Prober{}, cc); c.Path != "" || c.Answer.Error == "" {
			t.Errorf("%s: got %+v, want that it is not found", cc, c)
		}
	}
	if c := describe(t, &Prober{}); c.Answer.Error == "" {
		t.Error("got no error without a compiler, want one")
	}
}

func TestPackagerOf(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	store := strings.Repeat("0", 32)
	for _, d := range []string{"conda/conda-meta", "conda/go/bin", "sp/go-1.22/.spack", "sp/go-1.22/go/bin", "brew/Cellar/go/1.22/libexec"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(dir, "brew/Cellar/go/1.22"), filepath.Join(dir, "current")); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string][2]string{
		"/home/x/.linuxbrew/Cellar/go/1.14.4/libexec":             {Homebrew, "/home/x/.linuxbrew"},
		"/opt/any/Cellar/go@1.21/1.21.1/libexec":                  {Homebrew, "/opt/any"},
		"/usr/local/opt/go/libexec":                               {Homebrew, "/usr/local"},
		"/home/x/.linuxbrew/bin/gcc-12":                           {Homebrew, "/home/x/.linuxbrew"},
		dir + "/current/libexec":                                  {Homebrew, dir + "/brew"},
		"/nix/store/" + store + "-go-1.22.1/share/go":             {Nix, "/nix/store"},
		"/x/gnu/store/" + store + "-go-1.22.1/lib/go":             {Guix, "/x/gnu/store"},
		"/snap/go/10660":                                          {Snap, "/snap/go"},
		"/home/x/go/pkg/mod/golang.org/toolchain@v0.0.1-go1.22/a": {ModuleCache, "/home/x/go/pkg/mod/golang.org/toolchain@v0.0.1-go1.22"},
		"/apps/lib/spack/env/gcc/gcc":                             {Spack, "/apps"},
		dir + "/conda/go/bin":                                     {Conda, dir + "/conda"},
		dir + "/sp/go-1.22/go/bin":                                {Spack, dir + "/sp/go-1.22"},
		"/usr/lib/go-1.19":                                        {System, ""},
		"/usr/bin/gcc":                                            {System, ""},
		"/usr/local/go":                                           {"", ""},
		"/home/x/sdk/go1.22":                                      {"", ""},
	} {
		if got := PackagerOf(file); got.Name != want[0] || got.Prefix != want[1] {
			t.Errorf("%s: got %s in %q, want %s in %q", file, got.Name, got.Prefix, want[0], want[1])
		}
	}
}

func TestFindGo(t *testing.T) {
	dir := t.TempDir()
	sep := string(filepath.ListSeparator)
	for _, tree := range []string{"a", "b"} {
		testcc.Script(t, filepath.Join(dir, tree, "bin", "go"), "exit 1\n")
		if err := os.WriteFile(filepath.Join(dir, tree, "VERSION"), []byte("go1.2"+tree+"\ntime x\n"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(dir, "a", "bin"), filepath.Join(dir, "same")); err != nil {
		t.Fatal(err)
	}
	path := strings.Repeat(filepath.Join(dir, "none")+sep, 5000) + strings.Join([]string{dir + "/a/bin", dir + "/same", dir + "/b/bin"}, sep)
	g := FindGo([]string{"PATH=" + path})
	if g.Version != "go1.2a" || !g.Script || len(g.Others) != 1 || g.Others[0].Version != "go1.2b" {
		t.Errorf("got %+v, want the first go, a script of go1.2a, and the second once", g)
	}
	if g := FindGo(nil); g.Path != "" {
		t.Errorf("got %+v, want none without a PATH", g)
	}
}
