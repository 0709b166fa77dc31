package gate

import (
	"slices"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// TestRefusedByLinker: words that run a program, write a file or read words from a
// file are refused, and those of ordinary packages are not.
func TestRefusedByLinker(t *testing.T) {
	for _, words := range []string{
		"-B/x", "-B /x", "-B", "-Bevil", "-specs=x", "--specs=x", "-specs x", "-fplugin=x.so", "-fplugin x.so",
		"-wrapper x", "-wrapper x,y", "-fuse-ld=/x/ld", "-fuse-ld=../ld",
		"-fuse-ld=evil", "--ld-path=/x", "@file", "-L@x", "-l@x", "-Wl,@file", "-Wl,-plugin,x.so",
		"-Wl,--plugin=x.so", "-Wl,-plugin-opt=x", "-Wl,-plug,x.so",
		"-Wl,-T,x.ld", "-T x.ld", "-Tx.ld", "-Wl,--script=x", "-Wl,-Map=/home/u/.bashrc", "-Wl,-Map,x", "-o x", "-ox",
		"-Wl,-o,x", "-Wl,--output=x", "-Wl,--dependency-file=x",
		"-Wl,--out-implib=x", "-Xlinker -plugin", "-Xlinker x", "-Xassembler x", "-Xpreprocessor x", "-Xclang x",
		"-Wa,-x", "-Wa,@x", "-Wp,-MD,x", "--sysroot=/x", "--sysroot /x",
		"-isysroot -x", "-save-temps", "-dumpdir x", "-fdump-tree-all", "-no-integrated-cpp", "-iplugindir=x",
		"-aux-info x", "-ftime-trace=x", "-mllvm x", "-fpass-plugin=x",
		"--config x", "--config=x", "-target x", "--target=x", "--gcc-toolchain=x", "-ccc-install-dir x", "-###",
		"--", "-", "-lfoo -B/x", "-Lx -L", "-Wl,--push-state,-plugin,x",
		"-Wl,--push-state,--as-needed,@x", "-Wl,-z,relro,-plugin,x", "-Wl,-rpath,/x,-plugin,y",
		"-Wl,--dynamic-linker,/x,@y", "-Wl,-dynamic-linker=/x,-plugin", "-Wl,--wrap,x,-plugin,y",
		"-Wl,--exclude-libs,ALL,-plugin", "-l:../x.a", "-l:/x/y.a", "-l../x", "-evil.o", "@x.o", "-x.a", "--coverage",
		"-fprofile-generate=x", "-pg -Wl,-x", "-gen-cdb-fragment-path x", "-gnatO x",
	} {
		if RefusedByLinker(strings.Fields(words)) == "" {
			t.Errorf("%s: got it passed on, want it refused", words)
		}
	}
	for _, word := range []string{"", "-lfoo\n-B/x", "-L/x\x1b[0m", "a b\x00.o"} {
		if RefusedByLinker([]string{word}) == "" {
			t.Errorf("%q: got it passed on, want it refused", word)
		}
	}
	for _, words := range []string{
		"", "-lm", "-lfoo -lpthread -ldl", "-L/usr/lib -lfoo", "-L /opt/lib -l foo", "-l:libfoo.a", "-static",
		"-static-libgcc -static-libstdc++", "-pthread", "-rdynamic", "-g -O2",
		"-Wl,-rpath,/opt/lib", "-Wl,-rpath,$ORIGIN", "-Wl,-rpath=$ORIGIN/../lib", "-Wl,--as-needed",
		"-Wl,--start-group -lfoo -Wl,--end-group", "-Wl,-Bstatic -lfoo -Wl,-Bdynamic",
		"-Wl,--whole-archive -lfoo -Wl,--no-whole-archive", "-Wl,-z,now", "-Wl,-z,relro,-z,now",
		"-Wl,--dynamic-linker,/lib/ld.so", "-Wl,--dynamic-linker=/lib/ld.so", "-framework Cocoa",
		"-Wl,-framework -Wl,Cocoa", "-fopenmp", "-lstdc++", "/opt/x/libfoo.a", "./libfoo.so",
		"-Wl,--push-state,--as-needed -lx -Wl,--pop-state", "-Wl,-E", "-fuse-ld=lld", "-no-pie",
	} {
		if bad := RefusedByLinker(strings.Fields(words)); bad != "" {
			t.Errorf("%s: got %q refused, want it passed on", words, bad)
		}
	}
}

// TestForeign: words are the repository's unless they are marked.
func TestForeign(t *testing.T) {
	own := [][]string{{"-m64"}, {"-B/mine", "-g"}, {"-static"}, nil}
	for _, c := range []struct {
		before, after string
		want          string // runs by commas
		bad           string
	}{
		{"-m64", "-B/mine -g", "", ""},
		{"-m64", "-lfoo -B/mine -g -lbar", "-lfoo,-lbar", ""},
		{"-m64", "-B/mine -lfoo", "-B/mine -lfoo", "-B/mine"},
		{"-m64", "-B /mine/x.so", "-B /mine/x.so", "-B"},
		{"-m64 -B/x", "-static", "-B/x", "-B/x"},
		{"-m64", "-L -static", "-L", "-L without argument"},
		{"", "-specs=x -static", "-specs=x", "-specs=x"},
	} {
		q := link.Question{Before: strings.Fields(c.before), After: strings.Fields(c.after), Own: own}
		runs := []string{}
		for _, run := range q.Foreign() {
			runs = append(runs, strings.Join(run, " "))
		}
		if got := strings.Join(runs, ","); got != c.want || Refused(q) != c.bad {
			t.Errorf("%s | %s: got %q, refused %q, want %q, %q", c.before, c.after, got, Refused(q), c.want, c.bad)
		}
	}
}

// TestRefusedByPkgConfig: pkg-config gets no flag that writes, and no file.
func TestRefusedByPkgConfig(t *testing.T) {
	for words, want := range map[string]string{
		"--log-file=/x foo":            "invalid flag in pkg-config: --log-file=/x",
		"--static --log-file foo":      "invalid flag in pkg-config: --log-file",
		"--with-path=/x foo":           "invalid flag in pkg-config: --with-path=/x",
		"--define-variable=a=@x foo":   "invalid flag in pkg-config: --define-variable=a=@x",
		"--define-variable=a=$(x) foo": "invalid flag in pkg-config: --define-variable=a=$(x)",
		"--help foo":                   "invalid flag in pkg-config: --help",
		"--personality=../x foo":       "invalid flag in pkg-config: --personality=../x",
		"--print-errors-x":             "invalid flag in pkg-config: --print-errors-x",
		"-foo":                         "invalid pkg-config package name: -foo", "@foo": "invalid pkg-config package name: @foo",
		"/x/foo.pc": "invalid pkg-config package name: /x/foo.pc",
		"../foo":    "invalid pkg-config package name: ../foo", "foo.pc": "invalid pkg-config package name: foo.pc",
		"foo.PC":   "invalid pkg-config package name: foo.PC",
		"foo >= 1": "invalid pkg-config package name: >=", "foo.pc>=1": "invalid pkg-config package name: foo.pc>=1",
		`a\b`:                `invalid pkg-config package name: a\b`,
		"--log-file=/x -foo": "invalid pkg-config package name: -foo", "x..y": "invalid pkg-config package name: x..y",
		"foo": "", "foo-2.0 bar+": "", "--static foo": "", "-- foo": "", "--define-variable=prefix=/opt foo": "",
		"gtk+-3.0": "", "foo>=1.0": "", "x11": "",
	} {
		if got := RefusedByPkgConfig(strings.Fields(words)); got != want {
			t.Errorf("%s: got %q, want %q", words, got, want)
		}
	}
}

// FuzzRefused: what is passed on has no control character, no @file, and no word of
// a kind that runs a program.
func FuzzRefused(f *testing.F) {
	for _, seed := range []string{"-lfoo -L/x", "-B/x", "-Wl,-plugin,x", "-l foo -x", "-Wl,-R -Wl,x", "-l,x,@y"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		words := strings.Fields(text)
		if RefusedByLinker(words) != "" {
			return
		}
		for i, w := range words {
			argument := i > 0 && slices.Contains(strictest.LinkerNext, words[i-1])
			for _, bad := range []string{"@", "-B", "-specs", "--specs", "-fplugin", "-wrapper", "-X", "-T", "-o", "-Wl,-plugin", "-Wl,--plugin", "-Wl,@", "-Wl,-T", "-Wl,-M"} {
				if strings.HasPrefix(w, bad) && !argument {
					t.Errorf("%q: got %q passed on", text, w)
				}
			}
			// The driver splits the words of -Wl alone at commas.
			if strings.HasPrefix(w, "-Wl,") && strings.Contains(w, ",@") || unprintable(w) {
				t.Errorf("%q: got %q passed on", text, w)
			}
		}
	})
}

// TestEnviron: no program is looked for in the working folder.
func TestEnviron(t *testing.T) {
	got := Environ([]string{"A=.:x", "PATH=:/usr/bin:.:bin:/bin:", "COMPILER_PATH=evil:/x", "PATH=.", "B"})
	want := []string{"A=.:x", "PATH=/usr/bin:/bin", "COMPILER_PATH=/x", "B"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
