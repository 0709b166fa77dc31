package mask

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// lazily compiles an expression when it is first asked for: most runs ask for none.
func lazily(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

// takesWord matches the C flags whose next word is shown.
var takesWord = lazily(`^-(I|L|l|F|B|T|u|z|e|R|x|o|G|Z|arch|target|framework|weak_framework|rpath|soname|` +
	`isystem|iquote|idirafter|include|imacros|isysroot|-?sysroot|-?specs|-param|mllvm|Xlinker|MF|MT|MQ)$`)

// shownValue matches NAME= of the C flags whose value is shown.
var shownValue = lazily(`^-([fmWOgBLIlRFTuzexi].*|std|target|Target|print.*|sysroot|specs|` +
	`-(sysroot|target|specs|param|gcc-toolchain|std|config|ld-path|rtlib|unwindlib|stdlib|driver-mode|print.*|` +
	`dynamic-linker|rpath|soname|hash-style|build-id|version-script|gc-sections|as-needed))=`)

// objectFile matches the name of a file that a link takes.
var objectFile = lazily(`^[\w.+-]+\.(a|o|lo|so|so\.[\d.]+|obj|dll|dylib|tbd|def|lib|syso|ld|lds|map)$`)

// tool matches the names of compilers and of programs in front of them.
var tool = lazily(`^[\w.+-]*(cc|\+\+|clang|cpp|cache|env|zig|fortran|pkg-config|pkgconf)[\w.+-]*$`)

// cFlags masks flags of a C compiler or its linker: the values of macros, of
// flags that are not known to matter to linking, and words that are neither
// flags nor names of files.
func (h *hider) cFlags(words []string) []string {
	return h.each(words, func(w, before string, _ bool) string { return h.cWord(w, before) })
}

// each masks words by a function of a word, the word before it, and whether it is
// the first.
func (h *hider) each(words []string, mask func(w, before string, first bool) string) []string {
	if words == nil {
		return nil
	}
	masked := make([]string, len(words))
	for i, w := range words {
		before := ""
		if i > 0 {
			before = words[i-1]
		}
		masked[i] = mask(w, before, i == 0)
	}
	h.macro, h.quote = false, 0
	return masked
}

func (h *hider) cWord(w, before string) string {
	if hidden, ok := h.quoted(w); ok {
		return hidden
	}
	switch {
	case slices.Contains([]string{"-Xpreprocessor", "-Xclang", "-Xassembler", "-Wp", "-Wa"}, w):
		return w // the next word is a flag like others
	case strings.HasPrefix(w, "-Wp,"), strings.HasPrefix(w, "-Wa,"):
		parts := strings.Split(w[len("-Wp,"):], ",")
		for i, part := range parts {
			if hidden, ok := h.quoted(part); ok {
				parts[i] = hidden
				continue
			}
			parts[i] = h.cAtom(part, "-Wp")
		}
		return w[:len("-Wp,")] + strings.Join(parts, ",")
	}
	return h.cAtom(w, before)
}

// cAtom masks one flag, or one part of a -Wp,….
func (h *hider) cAtom(w, before string) string {
	if h.macro {
		h.macro = false
		return h.definition(w)
	}
	switch w {
	case "-D", "-A", "--define-macro", "--assert", "/D", "--define-variable":
		h.macro = true
		return w
	}
	for _, flag := range []string{"--define-macro=", "--assert=", "--define-variable=", "-D", "-A", "/D"} {
		rest, ok := strings.CutPrefix(w, flag)
		if ok && (flag[0] == '-' || strings.Contains(rest, "=") && !strings.Contains(rest, "/")) {
			return flag + h.definition(rest)
		}
	}
	if strings.HasPrefix(w, "-fplugin-arg-") {
		return h.value(w)
	}
	switch {
	case strings.HasPrefix(w, "-Wl,"):
		return h.urls(w)
	case strings.HasPrefix(w, "-"):
		if strings.Contains(w, "=") && !shownValue().MatchString(w) {
			return h.value(w)
		}
		return h.urls(w)
	case assignment.MatchString(w):
		return h.value(w)
	case takesWord().MatchString(before), isPath(w), objectFile().MatchString(w):
		return h.urls(w)
	}
	return h.hide(w)
}

// value hides what follows the first = of a word.
func (h *hider) value(w string) string {
	name, value, ok := strings.Cut(w, "=")
	if !ok {
		return w
	}
	return name + "=" + h.hide(value)
}

// isPath reports whether a word is written as a path, or names a file of words.
func isPath(w string) bool {
	for _, start := range []string{"/", "./", "../", "@", "~", `\\`} {
		if strings.HasPrefix(w, start) {
			return true
		}
	}
	return len(w) > 2 && w[1] == ':' && (w[2] == '\\' || w[2] == '/')
}

// driver masks the words of CC. Of the words that are no flags, it shows the
// first, paths and names of tools.
func (h *hider) driver(words []string) []string {
	return h.each(words, h.driverWord)
}

func (h *hider) driverWord(w, before string, first bool) string {
	if hidden, ok := h.quoted(w); ok {
		return hidden
	}
	script := strings.HasPrefix(w, "-S") || strings.HasPrefix(w, "-vS") || strings.HasPrefix(w, "--split-string=")
	switch {
	case h.macro:
		return h.cWord(w, before)
	case assignment.MatchString(w):
		return h.value(w)
	case script && strings.ContainsAny(w, "= \t"): // of env
		return "-S" + h.hide(strings.TrimPrefix(w, "-S"))
	case strings.HasPrefix(w, "-"):
		return h.cWord(w, before)
	case isPath(w):
		return h.urls(w)
	case strings.ContainsAny(w, " \t\r\n"):
		return h.hide(w) // a command for a shell
	case first, tool().MatchString(w):
		return h.urls(w)
	}
	return h.cWord(w, before)
}
