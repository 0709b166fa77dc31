// Package mask replaces values that may be secrets in flags, variables and
// lines of scripts. Names remain, and so do all words that decide how a program
// is linked.
//
// Each function gives the same result for what it has masked already. A question
// that is recorded masked is therefore found again by masking the one at hand.
// A value that cannot be split as the go command splits it is replaced whole.
package mask

import (
	"regexp"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// Hidden stands for a value that was left out.
const Hidden = "…"

// A hider masks words and collects the values that it leaves out.
type hider struct {
	values []string
	macro  bool // the next word is the definition that a -D before it wants
	quote  byte // the quote that an earlier word opened, 0 for none
}

// hide records a value and returns what stands for it. If the value opens a
// quote that it does not close, the words up to the closing one are hidden too:
// somebody quoted as in a shell, where the go command splits at each blank.
func (h *hider) hide(value string) string {
	if value == Hidden || value == "" {
		return value
	}
	h.values = append(h.values, value)
	for i := range len(value) {
		switch c := value[i]; {
		case c != '"' && c != '\'':
		case h.quote == 0:
			h.quote = c
		case h.quote == c:
			h.quote = 0
		}
	}
	return Hidden
}

// quoted hides a word inside an open quote, and reports whether there is one.
func (h *hider) quoted(word string) (string, bool) {
	if h.quote == 0 {
		return word, false
	}
	if strings.IndexByte(word, h.quote) >= 0 {
		h.quote = 0
	}
	if word != Hidden {
		h.values = append(h.values, word)
	}
	return Hidden, true
}

// definition masks the definition of a macro, NAME=value. The rest stays valid
// or invalid to the go command as the original is: its list of safe flags takes
// values without @ and -, and a word of its own only with a safe first character.
func (h *hider) definition(s string) string {
	end := strings.IndexFunc(s, func(r rune) bool { return !isNameRune(r) })
	if end < 0 {
		return s
	}
	name, rest := s[:end], s[end:]
	equal := ""
	if rest[0] == '=' || name == "" && rest[0] < 0x80 {
		equal, rest = "=", strings.TrimPrefix(rest, "=")
	}
	bad := ""
	if rest != Hidden && rest != Hidden+"-" {
		if strings.ContainsAny(rest, "@-") {
			bad = "-"
		}
		rest = h.hide(rest)
	}
	return name + equal + rest + bad
}

func isNameRune(r rune) bool {
	return r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
}

// assignment matches NAME= of a shell's assignment, and of env's.
var assignment = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*\+?=`)

// credentials matches the user and the password in a URL, which end at the last @
// before the path.
var credentials = regexp.MustCompile(`://[^/\s"']*@`)

// urls masks the credentials of URLs.
func (h *hider) urls(s string) string {
	if !strings.Contains(s, "://") {
		return s
	}
	return credentials.ReplaceAllStringFunc(s, func(m string) string {
		h.hide(m[len("://") : len(m)-len("@")])
		h.quote = 0
		return "://" + Hidden + "@"
	})
}

// joined masks the words of s with f. It returns s itself where no word changes,
// and hides all of s where the words cannot be split or put together.
func (h *hider) joined(s string, f func([]string) []string) string {
	words, err := link.SplitWords(s)
	if err != nil {
		return h.whole(s)
	}
	masked := f(words)
	h.macro, h.quote = false, 0
	if slices.Equal(masked, words) {
		return s
	}
	text, ok := link.JoinWords(masked)
	if !ok {
		return h.whole(s)
	}
	return text
}

// whole hides all of s.
func (h *hider) whole(s string) string {
	h.hide(s)
	h.quote = 0
	return Hidden
}

// Setting masks the value of a variable. An unknown variable keeps its value
// except credentials in URLs.
func Setting(name, value string) string { return new(hider).setting(name, value) }

// Values lists the values that Setting leaves out.
func Values(name, value string) []string {
	h := &hider{}
	h.setting(name, value)
	return h.values
}

// FlagValues lists the values that BuildFlags leaves out.
func FlagValues(flags []string) []string {
	h := &hider{}
	h.goFlags(flags)
	return h.values
}

func (h *hider) setting(name, value string) string {
	switch {
	case name == "GOFLAGS":
		return h.joined(value, h.goFlags)
	case slices.Contains([]string{"CC", "CXX", "FC", "PKG_CONFIG", "SPACK_CC"}, name):
		return h.joined(value, h.driver)
	case strings.HasSuffix(name, "FLAGS"), name == "NIX_CFLAGS_COMPILE":
		return h.joined(value, h.cFlags)
	}
	return h.urls(value)
}

// Variables masks an environment, a list of NAME=value.
func Variables(environ []string) []string {
	masked := slices.Clone(environ)
	for i, kv := range masked {
		if name, value, ok := strings.Cut(kv, "="); ok {
			masked[i] = name + "=" + Setting(name, value)
		}
	}
	return masked
}

// Question masks the words of a link.
func Question(q link.Question) link.Question {
	q.Driver, q.Before, q.After = Driver(q.Driver), CFlags(q.Before), CFlags(q.After)
	return q
}

// Driver masks the words of CC: a program, the words before it that run it in
// another way, and its flags.
func Driver(words []string) []string { return new(hider).driver(words) }

// CFlags masks flags of a C compiler or its linker.
func CFlags(words []string) []string { return new(hider).cFlags(words) }

// BuildFlags masks flags of go build, each with its value in the same word.
func BuildFlags(flags []string) []string { return new(hider).goFlags(flags) }

// Text replaces values in s, if they are too long to be ordinary words.
func Text(s string, values []string) string {
	for _, v := range values {
		if len(v) >= 4 {
			s = strings.ReplaceAll(s, v, Hidden)
		}
	}
	return s
}
