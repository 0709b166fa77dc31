package quote_test

import (
	"encoding/json"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/goportdoctor/goportdoctor/internal/quote"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

func TestName(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"", ""},
		{"/lib64/ld-linux-x86-64.so.2", "/lib64/ld-linux-x86-64.so.2"},
		{"a folder/файл 文件 é e\u0301 👍🏽 a\u00a0b", "a folder/файл 文件 é e\u0301 👍🏽 a\u00a0b"},
		{`C:\Program Files\x"y`, `C:\Program Files\x"y`},
		{"a\x1b[2Jb", `"a\x1b[2Jb"`},
		{"a\x1b\\x1b\"", `"a\x1b\\x1b\""`},
		{`"a\x1b"`, `"\"a\\x1b\""`},
		{"a\r\nb\tc\x7f", `"a\r\nb\tc\x7f"`},
		{"\u0085\u2028\u2029", `"\u0085\u2028\u2029"`},
		{"\u200e\u200f\u061c\u202a\u202e\u2066\u2069", `"\u200e\u200f\u061c\u202a\u202e\u2066\u2069"`},
		{"\u200b\u200d\ufeff\u00ad\U000e0041", `"\u200b\u200d\ufeff\u00ad\U000e0041"`},
		{"\u3164\u115f\u034f", `"\u3164\u115f\u034f"`},         // letters and marks without a shape
		{"\ue000\U0010ffff\u0378", `"\ue000\U0010ffff\u0378"`}, // private use, no character, unassigned
		{"a\xffb\xe2\x80", `"a\xffb\xe2\x80"`},                 // not UTF-8
		{"a\ufffdb", "a\ufffdb"},                               // which is valid
		{" a", `" a"`}, {"a\u00a0", "\"a\u00a0\""}, {"::error::x", `"::error::x"`}, {"std::vector", "std::vector"},
		{"x##[error]", `"x##[error]"`},
	} {
		if got := quote.Name(c.name); got != c.want {
			t.Errorf("Name(%q): got %s, want %s", c.name, got, c.want)
		}
	}
}

func TestPhrase(t *testing.T) {
	const hostile = "a\tb\r\nc\n\x1b[1m\u202e" + `\n`
	if got, want := quote.Phrase(hostile), "a\tb"+`\r\nc\n\x1b[1m\u202e\n`; got != want {
		t.Errorf("Phrase: got %q, want %q", got, want)
	}
	if got, want := quote.Block(hostile), "a\tb\nc\n"+`\x1b[1m\u202e\n`; got != want {
		t.Errorf("Block: got %q, want %q", got, want)
	}
	if got, want := quote.Indented("a\r\n\nb\rc\n\n", "  "), "a\n\n  b"+`\rc`; got != want {
		t.Errorf("Indented: got %q, want %q", got, want)
	}
}

func TestLog(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"a::b\n## title\n#[x] ## [y]\n", "a::b\n## title\n#[x] ## [y]\n"},
		{"::error::x\n \t\u00a0::set-env name=x::y\n", `\x3a:error::x` + "\n \t\u00a0" + `\x3a:set-env name=x::y` + "\n"},
		{":::error::", `\x3a::error::`},
		{"a ##[error]b ##vso[task.x]c", `a #\x23[error]b #\x23vso[task.x]c`},
		{"###[error]", `##\x23[error]`},
		{"::##[x]", `\x3a:#\x23[x]`},
		{"##teamcity[x]", `#\x23teamcity[x]`},
	} {
		if got := quote.Log(c.text); got != c.want {
			t.Errorf("Log(%q): got %q, want %q", c.text, got, c.want)
		}
	}
}

func TestJSON(t *testing.T) {
	const doc = `{"a": "` + "\u202e\x7f\u0085\U000e0041é👍" + ` ##[x] ### #"}`
	const want = `{"a": "\u202e\u007f\u0085\udb40\udc41é👍 #\u0023[x] #\u0023\u0023 #"}`
	if got := string(quote.JSON([]byte(doc))); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// words are what shells make something else of.
var words = []string{"", "plain", "-ldflags=-s -w", "it's", `a"b$c\d`, "*", "~", "=ls", "$(touch x)", "`touch x`",
	"a\nb", "a;b&c|d", "!!", "it's!",
	"\x1b[31m", "a\u202eb", "\xff\xfe", "\r\t\x01\x7f", "'\n'", `\033\n`, "!\x1b'!", "##[error]x",
	"#x", "{a,b}", "[a]", "<(x)", "a=b c", "%s%d\x1b", "é\x1bé", "-\x1b"}

// TestShell has shells read the words. A hostile one is for shells that know $'…'.
func TestShell(t *testing.T) {
	for _, shell := range []string{"sh", "bash", "zsh", "busybox"} {
		path, err := exec.LookPath(shell)
		if err != nil {
			t.Logf("there is no %s", shell)
			continue
		}
		knows := false
		for i, word := range append([]string{"\a"}, words...) {
			quoted := quote.Shell(word)
			if strings.HasPrefix(quoted, "$'") && i > 0 && !knows {
				continue
			}
			args := []string{"-c", "printf '%s.' " + quoted}
			if shell == "busybox" {
				args = slices.Insert(args, 0, "sh")
			}
			out, err := exec.Command(path, args...).CombinedOutput()
			if i == 0 {
				knows = string(out) == "\a."
			} else if err != nil || string(out) != word+"." {
				t.Errorf("%s: %s: got %q, %v, want %q", shell, quoted, out, err, word)
			}
		}
	}
}

// An interactive shell replaces words with ! by older commands.
func TestShellHistory(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		testskip.Missing(t, "there is no bash")
	}
	for _, word := range words {
		cmd := exec.Command(bash, "-o", "history", "-o", "histexpand", "-s")
		cmd.Stdin = strings.NewReader("true older\nprintf '%s.' " + quote.Shell(word) + "\n")
		if out, err := cmd.CombinedOutput(); err != nil || string(out) != word+"." {
			t.Errorf("%s: got %q, %v, want %q", quote.Shell(word), out, err, word)
		}
	}
}

func TestSetting(t *testing.T) {
	for _, c := range [][2]string{{"CC=", "CC="}, {"CC=gcc", "CC=gcc"}, {"CC=gcc -m32", "CC='gcc -m32'"}, {"CC=\x1b", `CC=$'\033'`}} {
		if got := quote.Setting(c[0]); got != c[1] {
			t.Errorf("got %s, want %s", got, c[1])
		}
	}
	if got := quote.Folder("-x"); got != "./-x" {
		t.Errorf("got %s, want ./-x", got)
	}
}

var runner = regexp.MustCompile(`##[A-Za-z]*\[`)

// inert reports whether no terminal and no CI runner does anything with text.
func inert(text, allowed string) bool {
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "::") || runner.MatchString(line) {
			return false
		}
	}
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return !strings.ContainsRune(allowed, r) && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029')
	})
}

// FuzzQuote: whatever the string, what is written of it is inert, and a reader
// gets it back from a name, a word and JSON.
func FuzzQuote(f *testing.F) {
	for _, w := range words {
		f.Add(w)
	}
	f.Add("::error::x\n##[y]\u202e")
	f.Fuzz(func(t *testing.T, s string) {
		for what, got := range map[string]string{
			"name": quote.Log(quote.Name(s)), "line": quote.Line(s), "block": quote.Log(quote.Block(s)),
			"word": quote.Log(quote.Shell(s)), "indented": quote.Log("x" + quote.Indented(s, "  ")),
		} {
			if !inert(got, map[string]string{"line": "\t", "block": "\t\n", "indented": "\t\n"}[what]) {
				t.Errorf("%s of %q: got %q, which a terminal or a runner obeys", what, s, got)
			}
		}
		if got, name := quote.Shell(s), quote.Name(s); quote.Log(got) != got && !strings.HasPrefix(got, "::") ||
			name != s && unquoted(name) != s {
			t.Errorf("%q: got the word %s and the name %s, want it back", s, got, name)
		}
		doc, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var back string
		out := quote.JSON(doc)
		if err := json.Unmarshal(out, &back); err != nil || utf8.ValidString(s) && back != s ||
			!inert(string(out), "") {
			t.Errorf("JSON of %q: got %s, %v", s, out, err)
		}
	})
}

func unquoted(name string) string {
	var b strings.Builder
	for rest := strings.TrimSuffix(strings.TrimPrefix(name, `"`), `"`); rest != ""; {
		r, multibyte, tail, err := strconv.UnquoteChar(rest, '"')
		if err != nil {
			return err.Error()
		}
		if multibyte || r < utf8.RuneSelf {
			b.WriteRune(r)
		} else {
			b.WriteByte(byte(r))
		}
		rest = tail
	}
	return b.String()
}
