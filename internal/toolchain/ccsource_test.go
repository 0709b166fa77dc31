package toolchain

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/testcc"
)

func TestSourceOfPackagersCompilers(t *testing.T) {
	dir := t.TempDir()
	store := dir + "/nix/nix/store/" + strings.Repeat("0", 32)
	tests := []struct {
		name            string
		cc              string
		interp          string
		source          link.Source
		because, ending string
		runPath         string
	}{
		{"brew", testcc.Brew(t, dir+"/brew"), dir + "/brew/lib/ld.so", link.SourceCCSpecs,
			dir + "/brew/Cellar/gcc/", "/specs:", dir + "/brew/lib/gcc/current:" + dir + "/brew/lib"},
		{"wrapper", testcc.Wrapper(t, dir+"/wrap"), dir + "/wrap/lib/ld.so", link.SourceCCWrapper,
			dir + "/wrap/bin/wrapped-cc:3: exec ", "-Wl,--dynamic-linker,", ""},
		{"nix", testcc.Nix(t, dir+"/nix"), store + "-glibc/lib/" + filepath.Base(testcc.Loader(t)), link.SourceLDWrapper,
			store + "-binutils-wrapper/nix-support/dynamic-linker:1: ", "", store + "-glibc/lib"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := answer(t, &Prober{}, link.Question{Driver: []string{tt.cc}, Symbols: cNames})
			if a.Interp != tt.interp || a.Source != tt.source {
				t.Errorf("got %s of %s, want %s of %s", a.Interp, a.Source, tt.interp, tt.source)
			}
			if !strings.HasPrefix(a.Because, tt.because) || !strings.Contains(a.Because, tt.ending) {
				t.Errorf("got because %q, want %s…%s", a.Because, tt.because, tt.ending)
			}
			if got := strings.Join(a.RunPath, ":"); got != tt.runPath {
				t.Errorf("got run path %q, want %q", got, tt.runPath)
			}
		})
	}
}

// What a wrapper runs may be another, and the one at the end has the flag.
func TestSourceBehindWrappers(t *testing.T) {
	dir := t.TempDir()
	inner := testcc.Wrapper(t, dir)
	middle := testcc.Script(t, dir+"/bin/middle", "exec "+inner+` "$@"`+"\n")
	outer := testcc.Script(t, dir+"/bin/outer-cc", `exec "${REAL:-`+middle+`}" "$@"`+"\n")
	a := answer(t, &Prober{}, link.Question{Driver: []string{outer}})
	if a.Source != link.SourceCCWrapper || !strings.HasPrefix(a.Because, inner+":3: ") {
		t.Errorf("got %s, %q, want line 3 of %s", a.Source, a.Because, inner)
	}
}

// A wrapper that puts the path together is found by what it sets.
func TestSourceOfPathInParts(t *testing.T) {
	dir := t.TempDir()
	testcc.Wrapper(t, dir) // for the loader
	cc := testcc.Script(t, dir+"/bin/parts-cc", "# no dynamic-linker here\nexec gcc \"$@\" -Wl,--dynamic-linker=$HOME/lib/ld.so\n")
	p := &Prober{Env: append(os.Environ(), "HOME="+dir)}
	a := answer(t, p, link.Question{Driver: []string{cc}})
	if a.Interp != dir+"/lib/ld.so" || a.Source != link.SourceCCWrapper || !strings.HasPrefix(a.Because, cc+":3: ") {
		t.Errorf("got %s of %s, %q, want line 3 of %s", a.Interp, a.Source, a.Because, cc)
	}
}

func TestSourceSpecsFlag(t *testing.T) {
	testcc.Loader(t)
	dir := t.TempDir()
	specs := filepath.Join(dir, "own.specs")
	text := "%rename link old_link\n\n*link:\n%(old_link) -dynamic-linker /own/ld.so\n"
	if err := os.WriteFile(specs, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"-specs=" + specs, "-specs=./own.specs"} {
		a := answer(t, &Prober{Dir: dir}, link.Question{Driver: []string{"gcc", word}})
		if a.Source != link.SourceCCSpecs || !strings.HasPrefix(a.Because, specs+":4: ") {
			t.Errorf("%s: got %s of %s, %q, want line 4 of %s", word, a.Interp, a.Source, a.Because, specs)
		}
	}
}

func TestSourceFlags(t *testing.T) {
	brew := testcc.Brew(t, t.TempDir())
	for _, tt := range []struct {
		words []string
		want  string
	}{
		{[]string{"-Wl,--dynamic-linker,/own/ld.so"}, "-Wl,--dynamic-linker,/own/ld.so"},
		{[]string{"-Wl,-z,now,-dynamic-linker=/own/ld.so"}, "-Wl,-z,now,-dynamic-linker=/own/ld.so"},
		{[]string{"-Wl,-I,/own/ld.so"}, "-Wl,-I,/own/ld.so"},
		{[]string{"-Wl,-I/own/ld.so"}, "-Wl,-I/own/ld.so"},
		{[]string{"-Xlinker", "--dynamic-linker", "-Xlinker", "/own/ld.so"}, "--dynamic-linker /own/ld.so"},
		{[]string{"-Wl,--dynamic-linker", "-Wl,/own/ld.so"}, "-Wl,--dynamic-linker -Wl,/own/ld.so"},
		{[]string{"-Wl,--dynamic-linker,/other", "-Wl,-I,/own/ld.so"}, "-Wl,-I,/own/ld.so"},
		{[]string{"-Wl,-I,/own/ld.so", "-Wl,--dynamic-linker,/own/ld.so"}, "-Wl,--dynamic-linker,/own/ld.so"},
	} {
		a := answer(t, &Prober{}, link.Question{Driver: []string{brew}, After: tt.words})
		if a.Interp != "/own/ld.so" || a.Source != link.SourceCCFlags || a.Because != tt.want {
			t.Errorf("%q: got %s of %s, %q, want /own/ld.so of %s, %q", tt.words, a.Interp, a.Source, a.Because, link.SourceCCFlags, tt.want)
		}
	}
}

func TestIndexPath(t *testing.T) {
	for _, tt := range []struct {
		line string
		want int
	}{
		{"/lib/ld.so", 0},
		{"-Wl,--dynamic-linker,/lib/ld.so -x", 21},
		{"%{m64:/lib/ld.so}", 6},
		{"/lib/ld.so.1 /lib/ld.so", 13},
		{"/home/lib/ld.so", -1},
		{"/lib/ld.so2", -1},
		{"", -1},
	} {
		if got := indexPath(tt.line, "/lib/ld.so"); got != tt.want {
			t.Errorf("%q: got %d, want %d", tt.line, got, tt.want)
		}
	}
}

// A specs file of any size, of one line or of none, is read in part and quoted
// in part.
func TestReadTextIsBounded(t *testing.T) {
	file := filepath.Join(t.TempDir(), "specs")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	f.WriteString(strings.Repeat("\x01x ", 1000) + "/own/ld.so" + strings.Repeat(" y", 1000))
	if err := f.Truncate(100 << 20); err != nil { // the rest is zeros, and takes no room
		t.Fatal(err)
	}
	f.Close()
	text, ok := readText(file)
	if !ok || len(text.data) != ccMaxText {
		t.Fatalf("got %d bytes, %v, want %d", len(text.data), ok, ccMaxText)
	}
	line := text.line(func(l string) int { return indexPath(l, "/own/ld.so") })
	if len(line) > 500 || !strings.Contains(line, "/own/ld.so") || bytes.ContainsRune([]byte(line), 1) {
		t.Errorf("got %q, want a short line with the path", line)
	}
	if _, ok := readText(os.DevNull); ok {
		t.Error("got text of a device, want none")
	}
}
