package toolchain

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/process"
	"github.com/goportdoctor/goportdoctor/internal/testcc"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

var cNames = []string{"pthread_create", "res_search", "getaddrinfo", "dlopen", "fputc", "__errno_location", "environ", "stderr"}

func ask(t *testing.T, p *Prober, q link.Question) link.Answer {
	t.Helper()
	q.Own = [][]string{q.Before, q.After}
	return p.Ask(context.Background(), []link.Question{q})[0]
}

// answer is ask for a question that has one.
func answer(t *testing.T, p *Prober, q link.Question) link.Answer {
	t.Helper()
	a := ask(t, p, q)
	if a.Error != "" {
		t.Fatalf("%q: got error %q (%s), want an answer", q.Driver, a.Error, a.Reason)
	}
	return a
}

func symbol(list []link.Symbol, name string) link.Symbol {
	for _, s := range list {
		if s.Name == name {
			return s
		}
	}
	return link.Symbol{}
}

func TestAskRealCompilers(t *testing.T) {
	loader := testcc.Loader(t)
	tests := []struct {
		cc     string
		needs  string // another program
		before []string
		interp string
	}{
		{"gcc", "", nil, loader},
		{"gcc", "", []string{"-no-pie"}, loader},
		{"gcc", "ld.lld", []string{"-fuse-ld=lld"}, loader},
		{"gcc", "ld.gold", []string{"-fuse-ld=gold"}, loader},
		{"clang", "", nil, loader},
		{"clang", "ld.lld", []string{"-fuse-ld=lld"}, loader},
		{"aarch64-linux-gnu-gcc", "", nil, "/lib/ld-linux-aarch64.so.1"},
	}
	for _, tt := range tests {
		t.Run(tt.cc+strings.Join(tt.before, ""), func(t *testing.T) {
			testcc.Need(t, tt.cc)
			if tt.needs != "" {
				testcc.Need(t, tt.needs)
			}
			a := answer(t, &Prober{}, link.Question{Driver: []string{tt.cc}, Before: tt.before, Symbols: cNames})
			if a.Interp != tt.interp || a.Linkage != link.LinkageDynamic || a.Source != link.SourceCC {
				t.Errorf("got %s %s %s, want %s %s %s", a.Interp, a.Linkage, a.Source, tt.interp, link.LinkageDynamic, link.SourceCC)
			}
			if !slices.Contains(a.Needed, "libc.so.6") {
				t.Errorf("got needed %q, want libc.so.6", a.Needed)
			}
			for _, n := range cNames {
				if s := symbol(a.Symbols, n); !strings.HasPrefix(s.Version, "GLIBC_") || !slices.Contains(a.Needed, s.Lib) {
					t.Errorf("got %+v for %s, want a version of glibc and a needed library", s, n)
				}
			}
			if s := symbol(a.Versions, "__libc_start_main"); s.Version == "" {
				t.Errorf("got versions %v, want one of __libc_start_main", a.Versions)
			}
			if !regexp.MustCompile(`\d+\.\d+.* links with it$`).MatchString(a.Because) {
				t.Errorf("got because %q, want a version that links with it", a.Because)
			}
		})
	}
}

func TestAskMusl(t *testing.T) {
	testcc.Need(t, "musl-gcc")
	a := answer(t, &Prober{}, link.Question{
		Driver: []string{"musl-gcc"}, Symbols: append([]string{"gnu_get_libc_version"}, cNames...)})
	if !strings.HasPrefix(a.Interp, "/lib/ld-musl-") || !slices.Equal(a.Needed, []string{"libc.so"}) {
		t.Errorf("got %s %q, want musl's loader and libc.so", a.Interp, a.Needed)
	}
	if a.Source != link.SourceCCSpecs || !regexp.MustCompile(`musl-gcc\.specs:\d+: .*-dynamic-linker `+a.Interp).MatchString(a.Because) {
		t.Errorf("got %s, %q, want the line of musl-gcc.specs", a.Source, a.Because)
	}
	if s := symbol(a.Symbols, "gnu_get_libc_version"); s.Name != "" {
		t.Errorf("got %+v, want none: musl has no such function", s)
	}
	if s := symbol(a.Symbols, "pthread_create"); s.Name == "" {
		t.Errorf("got symbols %v, want pthread_create: another missing name must not hide it", a.Symbols)
	}
}

func TestAskLinkage(t *testing.T) {
	loader := testcc.Loader(t)
	for flag, want := range map[string][2]string{
		"-static":     {link.LinkageStatic, ""},
		"-static-pie": {link.LinkageStaticPIE, ""},
		"-pie":        {link.LinkageDynamic, loader},
		"-no-pie":     {link.LinkageDynamic, loader},
		"-shared":     {link.LinkageDynamic, ""},
	} {
		a := answer(t, &Prober{}, link.Question{Driver: []string{"gcc"}, After: []string{flag}, Symbols: []string{"fputc"}})
		if got := [2]string{a.Linkage, a.Interp}; got != want {
			t.Errorf("%s: got %q, want %q", flag, got, want)
		}
		// Weak, and with a version: it counts.
		if s := symbol(a.Symbols, "__cxa_finalize"); flag == "-pie" && s.Version == "" {
			t.Errorf("%s: got symbols %v, want __cxa_finalize of the start files", flag, a.Symbols)
		}
		if a.Interp == "" && a.Source != link.SourceNone {
			t.Errorf("%s: got source %q, want none", flag, a.Source)
		}
	}
}

func TestAskRunPath(t *testing.T) {
	testcc.Loader(t)
	q := link.Question{Driver: []string{"gcc"}, After: []string{"-Wl,-rpath,/a:/b", "-Wl,-rpath,$ORIGIN", "-Wl,--enable-new-dtags"}}
	want := []string{"/a", "/b", "$ORIGIN"}
	if a := answer(t, &Prober{}, q); !slices.Equal(a.RunPath, want) || a.RPath != nil {
		t.Errorf("got %q %q, want %q and no RPATH", a.RunPath, a.RPath, want)
	}
	q.After[2] = "-Wl,--disable-new-dtags"
	if a := answer(t, &Prober{}, q); !slices.Equal(a.RPath, want) || a.RunPath != nil {
		t.Errorf("got %q %q, want %q and no RUNPATH", a.RPath, a.RunPath, want)
	}
	env := append(os.Environ(), "LD_RUN_PATH=/from/env")
	if a := answer(t, &Prober{Env: env}, link.Question{Driver: []string{"gcc"}}); !slices.Equal(a.RunPath, []string{"/from/env"}) {
		t.Errorf("got %q, want the run path of the environment", a.RunPath)
	}
}

// lld lists 20 missing symbols and no more, unless it is asked to.
func TestAskMissingSymbols(t *testing.T) {
	testcc.Loader(t)
	symbols := []string{"fputc", `x"; int y`, "int", "main"}
	for i := range 60 {
		symbols = append(symbols, fmt.Sprintf("no_such_function_%d", i))
	}
	for _, before := range [][]string{nil, {"-fuse-ld=lld"}} {
		if before != nil {
			testcc.Need(t, "ld.lld")
		}
		a := answer(t, &Prober{}, link.Question{Driver: []string{"gcc"}, Before: before, Symbols: symbols})
		if symbol(a.Symbols, "fputc").Version == "" || symbol(a.Symbols, "no_such_function_7").Name != "" {
			t.Errorf("%q: got %v, want fputc and no missing function", before, a.Symbols)
		}
	}
}

func TestAskMissingLibrary(t *testing.T) {
	testcc.Loader(t)
	for _, before := range [][]string{nil, {"-fuse-ld=lld"}} {
		if before != nil {
			testcc.Need(t, "ld.lld")
		}
		a := ask(t, &Prober{}, link.Question{Driver: []string{"gcc"}, Before: before, After: []string{"-lno_such_library"}})
		if a.Error != "cannot find -lno_such_library" || !strings.Contains(a.Reason, "ld") || !strings.Contains(a.Reason, "-lno_such_library") {
			t.Errorf("%q: got %q (%q), want the missing library in the linker's words", before, a.Error, a.Reason)
		}
	}
}

func TestAskBrokenCompilers(t *testing.T) {
	dir := t.TempDir()
	script := func(name, body string) string { return testcc.Script(t, filepath.Join(dir, name), body) }
	rubbish := `for w do [ "$last" = -o ] && echo rubbish >"$w"; last=$w; done` + "\n"
	tests := []struct{ cc, err, reason string }{
		{"no-such-cc", `C compiler "no-such-cc" not found`, ""},
		{dir + "/no-such-cc", `C compiler "` + dir + `/no-such-cc" not found`, ""},
		{script("silent", "exit 0\n"), `writes no executable`, "there is no file"},
		{script("writes", rubbish), `writes no executable`, "not ELF, Mach-O or PE"},
		{script("talks", "echo rubbish; echo rubbish >&2\nexit 1\n"), `cannot compile`, "rubbish"},
		{script("mute", "exit 1\n"), `cannot compile`, "exit status 1"},
	}
	for _, tt := range tests {
		a := ask(t, &Prober{}, link.Question{Driver: []string{tt.cc}, Symbols: cNames})
		if !strings.Contains(a.Error, tt.err) || !strings.Contains(a.Reason, tt.reason) {
			t.Errorf("%s: got %q (%q), want %q (%q)", tt.cc, a.Error, a.Reason, tt.err, tt.reason)
		}
	}
	if a := ask(t, &Prober{}, link.Question{}); a.Error == "" {
		t.Error("no driver: got no error, want one")
	}
}

func TestAskBadFlag(t *testing.T) {
	testcc.Loader(t)
	a := ask(t, &Prober{}, link.Question{Driver: []string{"gcc"}, After: []string{"-Wl,--no-such-flag"}})
	if !strings.Contains(a.Error, `"gcc" cannot link`) || !strings.Contains(a.Reason, "--no-such-flag") {
		t.Errorf("got %q (%q), want the flag in the linker's words", a.Error, a.Reason)
	}
}

// A hanging compiler is ended with all that it started, and what hangs once is not
// waited for again.
func TestAskHangingCompiler(t *testing.T) {
	t.Parallel()
	testcc.Need(t, "sleep")
	dir := t.TempDir()
	child, runs := filepath.Join(dir, "child"), filepath.Join(dir, "runs")
	cc := testcc.Script(t, filepath.Join(dir, "cc"), "sleep 600 &\necho $! >"+child+"\necho >>"+runs+"\nwait\n")
	p := &Prober{Limit: process.Limit{Idle: 5 * time.Second, Work: time.Minute}}
	for _, flag := range []string{"-static", "-pie"} {
		a := p.Ask(context.Background(), []link.Question{{Driver: []string{cc}, After: []string{flag}}})[0]
		if want := "CC did not answer: it did nothing for 5s"; a.Error != want {
			t.Errorf("%s: got %q, want %q", flag, a.Error, want)
		}
	}
	if text, err := os.ReadFile(runs); err != nil || len(text) != 1 {
		t.Errorf("got %d runs, %v, want one", len(text), err)
	}
	testcc.Ended(t, child)
}

// A compiler that sleeps for a while is waited for.
func TestAskSlowCompiler(t *testing.T) {
	t.Parallel()
	testcc.Need(t, "gcc")
	testcc.Need(t, "sleep")
	cc := testcc.Script(t, filepath.Join(t.TempDir(), "cc"), `case "$*" in *-Wl,-t*) sleep 12;; esac`+"\nexec gcc \"$@\"\n")
	if a := ask(t, &Prober{}, link.Question{Driver: []string{cc}}); a.Error != "" || a.Interp == "" {
		t.Errorf("got %q and interpreter %q, want an answer", a.Error, a.Interp)
	}
}

func TestAskInterrupted(t *testing.T) {
	testcc.Need(t, "gcc")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if a := (&Prober{}).Ask(ctx, []link.Question{{Driver: []string{"gcc"}}})[0]; a.Error != "CC was interrupted" {
		t.Errorf("got %q, want that CC was interrupted", a.Error)
	}
}

func TestAskInOrder(t *testing.T) {
	testcc.Loader(t)
	static := link.Question{Driver: []string{"gcc"}, After: []string{"-static"}}
	dynamic := link.Question{Driver: []string{"gcc"}}
	none := link.Question{Driver: []string{"no-such-cc"}}
	as := (&Prober{}).Ask(context.Background(), []link.Question{static, dynamic, none, dynamic, static})
	var got []string
	for _, a := range as {
		got = append(got, a.Linkage)
	}
	if want := []string{"static", "dynamic", "", "dynamic", "static"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Relative paths are of the folder given, and CC of the PATH given.
func TestAskElsewhere(t *testing.T) {
	testcc.Loader(t)
	dir := t.TempDir()
	testcc.Script(t, filepath.Join(dir, "bin", "my-cc"), `exec gcc "$@"`+"\n")
	env := append(os.Environ(), "PATH="+filepath.Join(dir, "bin")+string(filepath.ListSeparator)+os.Getenv("PATH"))
	answer(t, &Prober{Env: env}, link.Question{Driver: []string{"my-cc"}})
	answer(t, &Prober{Dir: dir}, link.Question{Driver: []string{"bin/my-cc"}})
	if a := ask(t, &Prober{}, link.Question{Driver: []string{"my-cc"}}); a.Error == "" {
		t.Error("got an answer, want my-cc not found on this process's own PATH")
	}
}

// What is linked for another system is dynamic, and that is all.
func TestAskOtherFormats(t *testing.T) {
	testcc.Need(t, "cp")
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		testskip.Missing(t, "there is no go command on PATH")
	}
	exe := filepath.Join(strings.TrimSpace(string(goroot)), "src", "debug", "pe", "testdata", "gcc-386-mingw-exec")
	if _, err := os.Stat(exe); err != nil {
		testskip.Missing(t, "this Go has no executable for Windows among its test data")
	}
	cc := testcc.Script(t, filepath.Join(t.TempDir(), "cc"), `for w do [ "$last" = -o ] && cp `+exe+` "$w"; last=$w; done`+"\n")
	a := answer(t, &Prober{}, link.Question{Driver: []string{cc}})
	if a.Linkage != link.LinkageDynamic || a.Interp != "" || a.Source != link.SourceNone || a.Needed != nil {
		t.Errorf("got %+v, want dynamic and no more", a)
	}
}

func TestOutputIsBounded(t *testing.T) {
	testcc.Need(t, "yes")
	testcc.Need(t, "head")
	cc := testcc.Script(t, filepath.Join(t.TempDir(), "cc"), "yes 2>/dev/null | head -c 3000000\n")
	s := (&Prober{}).session(context.Background())
	defer s.close()
	if out := s.run(ccDriver{name: cc, path: cc}, nil); len(out.stdout) != ccMaxOutput || out.err != nil {
		t.Errorf("got %d bytes, %v, want %d", len(out.stdout), out.err, ccMaxOutput)
	}
}

func TestAboutMachine(t *testing.T) {
	words := strings.Fields("-m32 -O2 -target arm-linux -Wl,-z,now -Bdir -B dir --sysroot=/x -pie -lm -specs")
	want := strings.Fields("-m32 -target arm-linux -Bdir -B dir --sysroot=/x")
	if got := aboutMachine(words); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzLinkerWords(f *testing.F) {
	f.Add("/usr/bin/ld: p.o: undefined reference to `x@V'\ncollect2: error: ld returned 1 exit status\n")
	f.Add("ld.lld: error: undefined symbol: x\nld.lld: error: unable to find library -lfoo\n")
	f.Fuzz(func(t *testing.T, text string) {
		undefined(text)
		missingLibrary(text)
		if line := meaningful(text); strings.ContainsAny(line, "\n\x1b") {
			t.Errorf("got %q, want one line that a terminal may show", line)
		}
		versionLine(text)
		searchDirs(text)
	})
}
