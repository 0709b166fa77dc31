package gate

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// SplitPkgConfig splits the words of #cgo pkg-config lines into flags and package
// names, as cmd/go/internal/work.Builder.getPkgConfigFlags does.
func SplitPkgConfig(words []string) (flags, names []string) {
	for _, w := range words {
		switch {
		case w == "--": // the go command adds its own
		case strings.HasPrefix(w, "--"):
			flags = append(flags, w)
		default:
			names = append(names, w)
		}
	}
	return flags, names
}

// RefusedByPkgConfig returns the strictest release's refusal of the words of #cgo
// pkg-config lines, in the go command's words, or "". Words that it refuses must
// not be passed to pkg-config.
func RefusedByPkgConfig(words []string) string {
	if slices.ContainsFunc(words, unprintable) {
		return "a word for pkg-config with a control character, or an empty one"
	}
	return RefusedPkgConfig(words, &strictest, nil, nil)
}

// RefusedPkgConfig returns what the go command with these lists says in refusing
// the words of #cgo pkg-config lines, or "". It checks names before flags, and by
// one rule the patterns of CGO_CFLAGS_ALLOW and CGO_CFLAGS_DISALLOW count. Both
// rules of l must be known.
func RefusedPkgConfig(words []string, l *link.FlagLists, allow, disallow *regexp.Regexp) string {
	flags, names := SplitPkgConfig(words)
	valid := SafeArg
	if l.PkgConfigNames == link.NamesStrict {
		valid = validPkgConfigName
	}
	for _, name := range names {
		if !valid(name) {
			return "invalid pkg-config package name: " + name
		}
	}
	switch l.PkgConfigFlags {
	case link.FlagsListed:
		if bad := (Flags{Valid: l.PkgConfig}).FirstBad(flags, nil, nil); bad != "" {
			return "invalid flag in pkg-config: " + bad
		}
	case link.FlagsCompiler:
		if bad := Compiler(l, false).FirstBad(flags, allow, disallow); bad != "" {
			return "invalid flag in pkg-config --cflags: " + bad
		}
	}
	return ""
}

// validPkgConfigName mirrors the function of that name in cmd/go/internal/work,
// which refuses paths and files.
func validPkgConfigName(name string) bool {
	if !SafeArg(name) || !utf8.ValidString(name) || strings.ContainsAny(name, `/\:`) || strings.Contains(name, "..") {
		return false
	}
	fields := strings.FieldsFunc(name, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
	for _, field := range fields {
		if namesFile(strings.ToLower(field)) {
			return false
		}
	}
	return len(fields) > 0
}

// namesFile reports whether a name, or what is before a comparison in it, ends in .pc.
func namesFile(name string) bool {
	if strings.HasSuffix(name, ".pc") {
		return true
	}
	for i := range len(name) {
		if strings.IndexByte("<>=!", name[i]) >= 0 && strings.HasSuffix(name[:i], ".pc") {
			return true
		}
	}
	return false
}
