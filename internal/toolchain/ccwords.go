// What compilers and linkers say when a link fails, as far as it matters here.

package toolchain

import (
	"regexp"
	"strings"
	"sync"

	"github.com/goportdoctor/goportdoctor/internal/mask"
)

var (
	// GNU ld and gold; lld and mold; Apple's ld.
	undefinedWords = []func() *regexp.Regexp{
		lazily("undefined reference to [`'\"]([^`'\"\\s]+)"),
		lazily(`undefined (?:hidden |protected |internal )?symbol: ([^\s]+)`),
		lazily(`(?m)^\s*"_?([^"]+)", referenced from:`),
	}
	libraryWords = []func() *regexp.Regexp{
		lazily(`cannot find -l([^\s:]+)`),
		lazily(`unable to find library -l([^\s:]+)`),
		lazily(`library not found(?: for|:) (?:-l)?([^\s:]+)`),
		lazily(`library '([^']+)' not found`),
	}
	failureWords = lazily(`(?i)error|fatal|cannot|unable|undefined|not found|unrecognized|unknown|no such|invalid|failed`)
	// These only say that something before them failed.
	emptyWords = lazily(`ld returned \d+ exit|linker command failed|In function|compilation terminated`)
)

// lazily compiles an expression when it is first asked for: most runs ask for none.
func lazily(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

// undefined lists the symbols that a linker did not find.
func undefined(text string) []string {
	var names []string
	for _, re := range undefinedWords {
		for _, m := range re().FindAllStringSubmatch(text, -1) {
			name, _, _ := strings.Cut(m[1], "@")
			names = append(names, name)
		}
	}
	return names
}

// missingLibrary is the first library that a linker did not find, and its line
// about it.
func missingLibrary(text string) (lib, line string) {
	for line := range strings.Lines(text) {
		for _, re := range libraryWords {
			if m := re().FindStringSubmatch(line); m != nil {
				return m[1], strings.TrimSpace(line)
			}
		}
	}
	return "", ""
}

// meaningful is the first line of text that says what went wrong, or at least
// something.
func meaningful(text string) string {
	first := ""
	for line := range strings.Lines(text) {
		line, _ = mask.Line(strings.TrimSpace(line), -1)
		line = excerpt(line, 0)
		if line == "" || emptyWords().MatchString(line) {
			continue
		}
		if failureWords().MatchString(line) {
			return line
		}
		if first == "" {
			first = line
		}
	}
	return first
}

// excerpt cuts a long line down to what surrounds the byte at, and takes out
// what a terminal would act on.
func excerpt(line string, at int) string {
	const before, after = 80, 160
	from, to := max(0, at-before), min(len(line), at+after)
	cut := line[from:to]
	if from > 0 {
		cut = "…" + cut
	}
	if to < len(line) {
		cut += "…"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(cut, "�"))
}
