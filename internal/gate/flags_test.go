package gate

import (
	"regexp"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// lists are a few of the patterns that cmd/go has.
var lists = &link.FlagLists{
	ValidCompiler:   []string{`-D([A-Za-z_].*)`, `-I([^@\-].*)`, `-O([^@\-].*)`, `-f(no-)?lto(=.*)?`, `-g([^@\-].*)?`, `-(pthread|static)`},
	ValidLinker:     []string{`-g`, `-O([^@\-].*)`, `-l([^@\-].*)`, `-L([^@\-].*)`, `-(static|pthread)`, `-Wl,--(no-)?as-needed`, `-Wl,--push-state`, `-Wl,-Bstatic`},
	InvalidLinker:   []string{`-lbad`},
	CompilerNext:    []string{"-D", "-I", "-arch"},
	LinkerNext:      []string{"-L", "-Wl,-framework", "-framework"},
	InvalidCompiler: []string{`-Ibad`},
}

func TestFirstBad(t *testing.T) {
	f := lists
	for _, c := range []struct{ words, allow, disallow, want string }{
		{"-g -O2 -lm", "", "", ""},
		{"-g -fplugin=x -lm", "", "", "-fplugin=x"},
		{"-lmore -lbad", "", "", "-lbad"},
		{"-l@file", "", "", "-l@file"},
		{"-lbad", "-lb.*", "", ""},
		{"-lbadly", "", "", ""},
		{"-fplugin=x", "-fplugin", "", "-fplugin=x"}, // the whole flag has to match
		{"-lm", "", "-l.", "-lm"},
		{"-lm", "-lm", "-lm", "-lm"}, // what is refused is not allowed
		{"-L /opt/lib", "", "", ""},
		{"-L", "", "", "-L without argument"},
		{"-L -lm", "", "", "-L -lm"},
		{"-framework Cocoa -lbad", "", "", "-lbad"},
		{"-Wl,-framework -Wl,Cocoa", "", "", ""},
		{"-Wl,-framework -Wl,Cocoa,-z", "", "", "-Wl,-framework -Wl,Cocoa,-z"},
		{"-framework -Wl,Cocoa", "", "", "-framework -Wl,Cocoa"},
		{"-Wl,--push-state,--as-needed", "", "", ""},
		{"-Wl,--push-state,--whole-archive", "", "", "-Wl,--push-state,--whole-archive"},
	} {
		got := Linker(f, false).FirstBad(strings.Fields(c.words), pattern(c.allow), pattern(c.disallow))
		if got != c.want {
			t.Errorf("%s (allow %q, disallow %q): got %q, want %q", c.words, c.allow, c.disallow, got, c.want)
		}
	}
	for words, want := range map[string]string{
		"-I =/inc": "", "-I $SYSROOT/inc": "", "-D =x": "-D =x", "-I -x": "-I -x", "-Ibad": "-Ibad", "-D X": "",
		"-arch é": "",
	} {
		if got := Compiler(f, false).FirstBad(strings.Fields(words), nil, nil); got != want {
			t.Errorf("%s: got %q, want %q", words, got, want)
		}
	}
}

func pattern(s string) *regexp.Regexp {
	if s == "" {
		return nil
	}
	return regexp.MustCompile(s)
}

// TestLiteralPrefix is about what no whole match of a pattern can do without.
func TestLiteralPrefix(t *testing.T) {
	for p, want := range map[string]string{`-O([^@\-].*)`: "-O", `-g`: "-g", `-f(no-)?pic`: "-f", `-lx?`: "-l", `-m32|-m64`: "", `(-a|-b)`: "", `-Wl,-z,(no)?execstack`: "-Wl,-z,",
		`-D[A-Z]*`: "-D", `ab*`: "a", `a+`: "a", `.*\.(a|o)`: "", `a{0,2}`: "", `^-x`: "", `-\(`: "-", `-m(a|b)=([^@\-].*)`: "-m",
		`-a[(]|x`: "", `-\(|x`: "", `a[)|]b`: "a", `a[]|]b`: "a", `a[^]|]b|c`: "", `a[\]|b]c`: "", `a[[:alpha:]|]`: ""} {
		if got := literalPrefix(p); got != want {
			t.Errorf("%q: got %q, want %q", p, got, want)
		}
	}
}

// TestHardened is about arguments by the rules of go1.26.11 and go1.27.4.
func TestHardened(t *testing.T) {
	for words, want := range map[string]string{
		"-l foo": "", "-l :libx.a": "-l :libx.a", "-l ../x": "-l ../x", "-l ibrary": "-l",
		"-Wl,-rpath foo": "-Wl,-rpath foo", "-Wl,-rpath -Wl,foo": "", "-Wl,-R foo": "", "-Wl,-R -x": "-Wl,-R -x",
		"-L dir": "", "-lm": "", "-l:libx.a": "-l:libx.a", "-Wl,--push-state,--as-needed": "",
	} {
		if got := Linker(&strictest, true).FirstBad(strings.Fields(words), nil, nil); got != want {
			t.Errorf("%s: got %q, want %q", words, got, want)
		}
	}
	for words, want := range map[string]string{"-x c": "", "-x c++-header": "", "-x evil": "-x evil", "-x": "-x without argument", "-gen-cdb-fragment-path": "-gen-cdb-fragment-path"} {
		if got := Compiler(&strictest, true).FirstBad(strings.Fields(words), nil, nil); got != want {
			t.Errorf("%s: got %q, want %q", words, got, want)
		}
	}
}
