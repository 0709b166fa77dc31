package mask

import (
	"regexp"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/predict"
)

// shownFlags are the flags of go build and go test whose values are shown, except
// credentials in URLs. Of others only perPackage and -toolexec are shown in part.
var shownFlags = map[string]bool{
	"C": true, "a": true, "n": true, "p": true, "race": true, "msan": true, "asan": true, "cover": true, "covermode": true,
	"coverpkg": true, "v": true, "work": true, "x": true, "buildmode": true, "buildvcs": true, "compiler": true,
	"installsuffix": true, "json": true, "linkshared": true, "mod": true, "modcacherw": true, "modfile": true, "overlay": true,
	"pgo": true, "pkgdir": true, "tags": true, "trimpath": true, "o": true, "count": true, "vet": true, "short": true,
	"timeout": true, "failfast": true, "parallel": true, "benchmem": true, "e": true, "s": true, "u": true, "w": true,
}

// goFlags masks flags of go build, each with its value in the same word, as
// GOFLAGS holds them.
func (h *hider) goFlags(flags []string) []string {
	if flags == nil {
		return nil
	}
	masked := make([]string, len(flags))
	for i, f := range flags {
		masked[i] = h.goFlag(f)
		h.macro, h.quote = false, 0
	}
	return masked
}

func (h *hider) goFlag(f string) string {
	name, value, given := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(f, "-"), "-"), "=")
	dashes := f[:len(f)-len(strings.TrimPrefix(strings.TrimPrefix(f, "-"), "-"))]
	if dashes == "" {
		return h.hide(f)
	}
	start := dashes + name + "="
	switch {
	case shownFlags[name] && !given:
		return f
	case shownFlags[name]:
		return start + h.urls(value)
	case name == "ldflags":
		return start + h.perPackage(value, h.ldFlags)
	case name == "gcflags" || name == "asmflags":
		return start + h.perPackage(value, h.toolFlags)
	case name == "gccgoflags":
		return start + h.perPackage(value, h.cFlags)
	case name == "toolexec" || name == "exec":
		return start + h.joined(value, h.driver)
	case !given:
		return dashes + h.hide(name)
	case flagName.MatchString(name):
		return start + h.hide(value)
	}
	return dashes + h.hide(name+"="+value)
}

var flagName = regexp.MustCompile(`^[a-z][a-z.-]*$`)

// pattern matches a package pattern in front of the words of -ldflags.
var pattern = regexp.MustCompile(`^[^\s"'=-][^\s"'=]*$`)

// perPackage masks a value of -ldflags or its like: words, perhaps with a package
// pattern before them (cmd/go/internal/load.PerPackageFlag).
func (h *hider) perPackage(value string, f func([]string) []string) string {
	rest := strings.TrimSpace(value)
	if rest == "" || rest[0] == '-' {
		masked := h.joined(value, f)
		if rest != "" && strings.TrimSpace(masked)[0] != '-' {
			return Hidden // it would be read as one with a pattern
		}
		return masked
	}
	before, rest, found := strings.Cut(rest, "=")
	if trimmed := strings.TrimSpace(before); !found || !pattern.MatchString(trimmed) {
		return h.whole(value)
	}
	if masked := h.joined(rest, f); masked != rest {
		return before + "=" + masked
	}
	return value
}

// ldFlags masks flags of Go's linker: the values of -X, the words of -extldflags
// and -extld, flags that the linker does not know, and words that are no flags.
// A word is masked as a value of -X if the word before it is -X, whether the
// linker takes that as a flag or not.
func (h *hider) ldFlags(words []string) []string {
	masked := make([]string, len(words))
	for i, w := range words {
		masked[i] = h.ldFlag(w, masked[:i])
		h.macro, h.quote = false, 0
	}
	return masked
}

func (h *hider) ldFlag(w string, earlier []string) string {
	last, taken := "", false
	if len(earlier) > 0 {
		last, taken = linkerFlag(earlier[len(earlier)-1])
	}
	if taken && last == "X" {
		return h.variable(w)
	}
	name, _ := linkerFlag(w)
	switch {
	case name != "":
		flag, value, given := strings.Cut(w, "=")
		if !given {
			return w
		}
		return flag + "=" + h.linkerValue(name, value)
	case taken:
		return h.linkerValue(last, w)
	case strings.HasPrefix(w, "-") && w != "-" && w != "--":
		return "-" + h.hide(strings.TrimPrefix(w, "-"))
	}
	return h.hide(w)
}

// linkerFlag returns the name of the linker's flag that w is, "" if it is none,
// and reports whether the next word is its value.
func linkerFlag(w string) (name string, next bool) {
	trimmed := strings.TrimPrefix(strings.TrimPrefix(w, "-"), "-")
	if trimmed == w {
		return "", false
	}
	name, _, given := strings.Cut(trimmed, "=")
	known, takes := predict.LinkerFlag(name)
	if !known {
		return "", false
	}
	return name, takes && !given
}

func (h *hider) linkerValue(name, value string) string {
	switch name {
	case "X":
		return h.variable(value)
	case "extld", "extar":
		return h.joined(value, h.driver)
	case "extldflags":
		return h.joined(value, h.cFlags)
	}
	if assignment.MatchString(value) {
		return h.value(value)
	}
	return h.urls(value)
}

var variableName = regexp.MustCompile(`^[^\s"'=]+$`)

// variable masks a value of -X, importpath.name=value.
func (h *hider) variable(s string) string {
	if s == "-X" || s == "--X" {
		return s // the next word is taken for a value too
	}
	name, value, ok := strings.Cut(s, "=")
	if !ok || !variableName.MatchString(name) {
		return h.hide(s)
	}
	return name + "=" + h.hide(value)
}

// toolFlags masks flags of the compiler and the assembler, of which only the
// assembler's -D takes what may be a secret, and words that are no flags.
func (h *hider) toolFlags(words []string) []string {
	masked := make([]string, len(words))
	for i, w := range words {
		switch {
		case h.macro, strings.HasPrefix(w, "-D"):
			masked[i] = h.cWord(w, "")
		case strings.HasPrefix(w, "--D"): // package flag takes two dashes too
			masked[i] = "-" + h.cWord(w[1:], "")
		case strings.HasPrefix(w, "-"), i > 0 && strings.HasPrefix(words[i-1], "-") && !strings.Contains(words[i-1], "="):
			masked[i] = h.urls(w)
		default:
			masked[i] = h.hide(w)
		}
	}
	return masked
}
