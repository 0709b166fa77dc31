package gate

import (
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
	return RefusedPkgConfig(words, &strictest)
}

// RefusedPkgConfig returns what the go command with these lists says in refusing
// the words of #cgo pkg-config lines, or "". It checks names before flags.
func RefusedPkgConfig(words []string, l *link.FlagLists) string {
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
	if l.PkgConfig == nil {
		return ""
	}
	for _, w := range flags {
		if bad := PkgConfigFlags(l).FirstBad([]string{w}, nil, nil); bad != "" {
			return "invalid flag in pkg-config: " + bad
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
