package gate

import (
	"regexp"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// Flags is one list of C flags as a release of the go command has it.
type Flags struct {
	Valid, Invalid []string // patterns that must match a whole word
	Next           []string // flags that take the next word as their argument
	// Hardened reports whether arguments are checked by the rules that came with
	// go1.26.11 and go1.27.4.
	Hardened bool
}

// Compiler returns the list for compiler flags.
func Compiler(l *link.FlagLists, hardened bool) Flags {
	return Flags{l.ValidCompiler, l.InvalidCompiler, l.CompilerNext, hardened}
}

// Linker returns the list for linker flags.
func Linker(l *link.FlagLists, hardened bool) Flags {
	return Flags{l.ValidLinker, l.InvalidLinker, l.LinkerNext, hardened}
}

// SafeArg reports whether a word may follow a flag as its argument. It mirrors
// cmd/go/internal/load.SafeArg.
func SafeArg(s string) bool {
	if s == "" {
		return false
	}
	c := s[0]
	letter := 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
	return letter || '0' <= c && c <= '9' || c == '.' || c == '_' || c == '/' || c >= 0x80
}

// FirstBad returns the first word that the list does not allow, with its argument,
// as the go command's error has it, or "". It mirrors cmd/go/internal/work.checkFlags;
// allow and disallow are the patterns of CGO_CFLAGS_ALLOW and CGO_CFLAGS_DISALLOW.
func (f Flags) FirstBad(words []string, allow, disallow *regexp.Regexp) string {
	for i := 0; i < len(words); i++ {
		w := words[i]
		switch {
		case disallow != nil && whole(disallow, w):
			return w
		case allow != nil && whole(allow, w):
			continue
		case anyWhole(f.Invalid, w):
			return w
		case anyWhole(f.Valid, w) || f.pushState(w):
			continue
		case !slices.Contains(f.Next, w):
			return w
		case i+1 == len(words):
			return w + " without argument"
		case f.Hardened && w == "-l" && f.badJoined(w+words[i+1], allow, disallow):
			return w
		case !f.takes(w, words[i+1]):
			return w + " " + words[i+1]
		}
		i++
	}
	return ""
}

// badJoined reports whether a flag and its argument in one word are refused.
func (f Flags) badJoined(w string, allow, disallow *regexp.Regexp) bool {
	if disallow != nil && whole(disallow, w) {
		return true
	}
	return (allow == nil || !whole(allow, w)) && anyWhole(f.Invalid, w)
}

// takes reports whether flag may be followed by arg as its argument.
func (f Flags) takes(flag, arg string) bool {
	if rest, ok := strings.CutPrefix(arg, "-Wl,"); ok && strings.HasPrefix(flag, "-Wl,") {
		return SafeArg(rest) && !strings.Contains(rest, ",")
	}
	if flag == "-I" && (strings.HasPrefix(arg, "=") || strings.HasPrefix(arg, "$SYSROOT")) {
		return SafeArg(arg[1:])
	}
	switch {
	case !f.Hardened:
	case flag == "-x":
		return anyWhole(languages, arg)
	case flag == "-l" && strings.ContainsAny(arg, `:=/\`):
		return false
	case strings.HasPrefix(flag, "-Wl,") && flag != "-Wl,-R":
		return false
	}
	return SafeArg(arg)
}

// languages are the arguments of -x (cmd/go/internal/work.validCompilerXLang).
var languages = []string{
	`(c\+\+|c|objective-c\+\+|objective-c)(-header|-cpp-output)?`, `cpp-output`, `assembler(-with-cpp)?`,
}

// pushState reports whether each part of -Wl,--push-state,--as-needed is allowed.
func (f Flags) pushState(w string) bool {
	if !strings.HasPrefix(w, "-Wl,--push-state,") {
		return false
	}
	for _, part := range strings.Split(w, ",")[1:] {
		if part = "-Wl," + part; !anyWhole(f.Valid, part) || anyWhole(f.Invalid, part) {
			return false
		}
	}
	return true
}
