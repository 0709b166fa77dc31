package toolchain

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/testcc"
)

// countedCC names the file in which a test's own executable, called as a C
// compiler, counts how often: answers of scripts are never kept.
const countedCC = "GOPORTDOCTOR_TEST_COUNTED_CC"

func init() {
	file := os.Getenv(countedCC)
	if file == "" {
		return
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		os.Exit(9)
	}
	f.WriteString(".")
	f.Close()
	cmd := exec.Command("gcc", os.Args[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if cmd.Run() != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

// counted is a Prober with a cache, a question for it, and how many processes
// the compiler was since the last time that was asked.
func counted(t *testing.T) (p *Prober, q link.Question, runs func() int) {
	t.Helper()
	testcc.Loader(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	settle() // the executable is new too
	log, before := filepath.Join(dir, "log"), 0
	p = &Prober{Env: append(os.Environ(), countedCC+"="+log, "GORACE=atexit_sleep_ms=0"), CacheDir: filepath.Join(dir, "cache")}
	q = link.Question{Driver: []string{self}, Symbols: []string{"fputc"}}
	return p, q, func() int {
		data, _ := os.ReadFile(log)
		n := len(data) - before
		before = len(data)
		return n
	}
}

// settle waits until files made so far are old enough to be relied on.
func settle() { time.Sleep(30 * time.Millisecond) }

func TestCacheStartsNoProcess(t *testing.T) {
	p, q, runs := counted(t)
	cold := answer(t, p, q)
	if runs() == 0 {
		t.Fatal("got no process for the first answer, want some")
	}
	warm := answer(t, p, q)
	if n := runs(); n != 0 {
		t.Errorf("got %d processes for a kept answer, want 0", n)
	}
	if !slices.Equal(warm.Symbols, cold.Symbols) || warm.Interp != cold.Interp || warm.Because != cold.Because {
		t.Errorf("got %+v, want %+v", warm, cold)
	}
	kept := p.CacheDir
	for _, change := range []func(){
		func() { q.After = []string{"-Wl,-z,now"} },
		func() { q.Symbols = []string{"stderr"} },
		func() { p.Env = append(p.Env, "LD_RUN_PATH=/x") },
		func() { p.Env = append(p.Env, "NIX_LDFLAGS=-z now") },
		func() { p.CacheDir = "" },
	} {
		change()
		if answer(t, p, q); runs() == 0 {
			t.Errorf("%q, %q, %q: got a kept answer, want a new one", q.After, q.Symbols, p.Env[len(p.Env)-1])
		}
	}
	p.CacheDir, p.Env = kept, append(p.Env, "LANG=xx", "HOME=/y")
	if answer(t, p, q); runs() != 0 {
		t.Error("got a new answer for another language, want the kept one")
	}
}

func TestCacheBroken(t *testing.T) {
	p, q, runs := counted(t)
	want := answer(t, p, q)
	files, _ := filepath.Glob(filepath.Join(p.CacheDir, "cc", "*.json"))
	if len(files) != 1 {
		t.Fatalf("got %q, want one file", files)
	}
	good, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "{}", "null", "[", `{"Format":"` + ccFormat + `"}`, string(good[:len(good)/2]),
		strings.Replace(string(good), ccFormat, "another", 1), strings.Replace(string(good), `"Size":`, `"Size":1`, 1)} {
		if err := os.WriteFile(files[0], []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		runs()
		if a := answer(t, p, q); a.Interp != want.Interp || runs() == 0 {
			t.Errorf("%.60q: got a kept answer %+v, want a new one", text, a)
		}
	}
}

func TestCacheOutOfReach(t *testing.T) {
	p, q, runs := counted(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, "/dev/null/x", "/proc/no/such"} {
		p.CacheDir = dir
		if answer(t, p, q); runs() == 0 {
			t.Errorf("%s: got a kept answer, want a new one", dir)
		}
	}
}

// Each change of the machine is followed by the answer that a machine without
// a cache would give.
func TestCacheFollowsLibraries(t *testing.T) {
	for name, ask := range map[string]func(first, second string) (env, after []string){
		"flags": func(first, second string) (env, after []string) {
			return nil, []string{"-L" + first, "-L" + second, "-lfoo"}
		},
		"relative": func(first, second string) (env, after []string) {
			return nil, []string{"-L" + filepath.Base(first), "-L" + filepath.Base(second), "-lfoo"}
		},
		"environment": func(first, second string) (env, after []string) {
			return []string{"LIBRARY_PATH=" + first + ":" + second}, []string{"-lfoo"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			first, second := filepath.Join(dir, "first"), filepath.Join(dir, "second")
			env, after := ask(first, second)
			check := neededLater(t, dir, append(os.Environ(), env...), after)
			library(t, second, "libfoo.so.1")
			check("libfoo.so.1")
			library(t, second, "libfoo.so.2") // of the same size
			check("libfoo.so.2")
			library(t, first, "libfoo.so.3") // found before the other
			check("libfoo.so.3")
			if err := os.RemoveAll(first); err != nil {
				t.Fatal(err)
			}
			check("libfoo.so.2")
		})
	}
}

// A library that no word names is known by what the linker says it opened.
func TestCacheFollowsLinkerScripts(t *testing.T) {
	dir := t.TempDir()
	hidden, shown := filepath.Join(dir, "hidden"), filepath.Join(dir, "shown")
	library(t, hidden, "libfoo.so.1")
	if err := os.Mkdir(shown, 0o755); err != nil {
		t.Fatal(err)
	}
	script := "INPUT(" + filepath.Join(hidden, "libfoo.so") + ")\n"
	if err := os.WriteFile(filepath.Join(shown, "libshown.so"), []byte(script), 0o644); err != nil {
		t.Fatal(err)
	}
	check := neededLater(t, dir, os.Environ(), []string{"-L" + shown, "-lshown"})
	check("libfoo.so.1")
	library(t, hidden, "libfoo.so.2")
	check("libfoo.so.2")
}

// library puts a libfoo.so into dir.
func library(t *testing.T, dir, soname string) {
	t.Helper()
	testcc.Loader(t)
	src := filepath.Join(t.TempDir(), "foo.c")
	if err := os.WriteFile(src, []byte("int foo_call(void) { return 1; }\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("gcc", "-shared", "-fPIC", "-Wl,-soname,"+soname, "-o", filepath.Join(dir, "libfoo.so"), src).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// neededLater checks what library a program of foo_call needs, by a new answer
// and by one that is kept.
func neededLater(t *testing.T, dir string, env, after []string) func(soname string) {
	p := &Prober{Dir: dir, Env: env, CacheDir: filepath.Join(dir, "cache")}
	q := link.Question{Driver: []string{"gcc"}, After: after, Symbols: []string{"foo_call"}}
	return func(soname string) {
		t.Helper()
		settle()
		for range 2 {
			if a := answer(t, p, q); !slices.Contains(a.Needed, soname) {
				t.Errorf("got needed %q, want %s", a.Needed, soname)
			}
		}
		if files, _ := filepath.Glob(filepath.Join(p.CacheDir, "cc", "*.json")); len(files) != 1 {
			t.Errorf("got %q, want one kept answer", files)
		}
	}
}

// What may have changed while the answer was found is not kept.
func TestCacheLeavesNewFiles(t *testing.T) {
	testcc.Loader(t)
	dir := t.TempDir()
	p := &Prober{CacheDir: filepath.Join(t.TempDir(), "cache")}
	q := link.Question{Driver: []string{"gcc"}, After: []string{"-L" + dir}}
	for _, tt := range []struct {
		age  time.Duration
		want int
	}{{-time.Hour, 0}, {time.Hour, 1}} {
		when := time.Now().Add(-tt.age)
		if err := os.Chtimes(dir, when, when); err != nil {
			t.Fatal(err)
		}
		answer(t, p, q)
		if files, _ := filepath.Glob(filepath.Join(p.CacheDir, "cc", "*.json")); len(files) != tt.want {
			t.Errorf("folder %v old: got %q, want %d", tt.age, files, tt.want)
		}
	}
}

func TestCacheFollowsSpecs(t *testing.T) {
	dir := t.TempDir()
	cc := testcc.Brew(t, dir)
	settle()
	p := &Prober{CacheDir: filepath.Join(t.TempDir(), "cache")}
	q := link.Question{Driver: []string{cc}}
	answer(t, p, q)
	if a := answer(t, p, q); a.Source != link.SourceCCSpecs {
		t.Errorf("got %s, want %s", a.Source, link.SourceCCSpecs)
	}
	specs, _ := filepath.Glob(dir + "/Cellar/gcc/*/lib/gcc/*/*/specs")
	if len(specs) != 1 {
		t.Fatalf("got %q, want one specs file", specs)
	}
	away := filepath.Join(t.TempDir(), "specs")
	if err := os.Rename(specs[0], away); err != nil {
		t.Fatal(err)
	}
	settle()
	for range 2 {
		if a := answer(t, p, q); a.Interp != testcc.Loader(t) || a.Source != link.SourceCC {
			t.Errorf("without specs: got %s of %s, want the compiler's own", a.Interp, a.Source)
		}
	}
	if err := os.Rename(away, specs[0]); err != nil {
		t.Fatal(err)
	}
	if a := answer(t, p, q); a.Source != link.SourceCCSpecs {
		t.Errorf("with specs again: got %s, want %s", a.Source, link.SourceCCSpecs)
	}
}

func TestCacheKeepsNoScripts(t *testing.T) {
	dir := t.TempDir()
	wrapper := testcc.Wrapper(t, dir)
	testcc.Nix(t, dir)
	settle()
	ld, _ := filepath.Glob(dir + "/nix/store/*-binutils-wrapper/bin")
	if len(ld) != 1 {
		t.Fatalf("got %q, want one folder", ld)
	}
	p := &Prober{CacheDir: filepath.Join(dir, "cache")}
	answer(t, p, link.Question{Driver: []string{wrapper}})
	answer(t, p, link.Question{Driver: []string{"gcc", "-B" + ld[0]}})
	answer(t, p, link.Question{Driver: []string{testcc.Need(t, "env"), wrapper}})
	if files, _ := filepath.Glob(filepath.Join(p.CacheDir, "cc", "*")); len(files) > 0 {
		t.Errorf("got %q, want nothing kept", files)
	}
	ask(t, p, link.Question{Driver: []string{"gcc"}, After: []string{"-lno_such_library"}})
	if files, _ := filepath.Glob(filepath.Join(p.CacheDir, "cc", "*")); len(files) > 0 {
		t.Errorf("got %q, want no error kept", files)
	}
}

func benchmarkAsk(b *testing.B, cc string, warm bool) {
	testcc.Need(b, cc)
	p := &Prober{CacheDir: filepath.Join(b.TempDir(), "cache")}
	qs := []link.Question{{Driver: []string{cc}, Before: []string{"-m64"}, After: []string{"-O2", "-lpthread"}, Symbols: cNames}}
	if warm {
		p.Ask(context.Background(), qs)
	} else {
		p.CacheDir = ""
	}
	for b.Loop() {
		p.Ask(context.Background(), qs)
	}
}

func BenchmarkAskCold(b *testing.B)      { benchmarkAsk(b, "gcc", false) }
func BenchmarkAskColdClang(b *testing.B) { benchmarkAsk(b, "clang", false) }
func BenchmarkAskWarm(b *testing.B)      { benchmarkAsk(b, "gcc", true) }
func BenchmarkAskWarmClang(b *testing.B) { benchmarkAsk(b, "clang", true) }
