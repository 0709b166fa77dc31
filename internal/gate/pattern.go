package gate

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// anyWhole compiles no more than the patterns that begin as w does: there are
// hundreds, and compiling them takes longer than all else.
func anyWhole(patterns []string, w string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		if !strings.HasPrefix(w, literalPrefix(p)) {
			return false
		}
		re := Compile(p)
		return re != nil && whole(re, w)
	})
}

// literalPrefix returns the text that every whole match of a pattern begins with,
// or a beginning of that text.
func literalPrefix(p string) string {
	if hasChoice(p) {
		return ""
	}
	end := strings.IndexAny(p, `\.+*?()|[]{}^$`)
	switch {
	case end < 0:
		return p
	case end > 0 && strings.IndexByte("*?{", p[end]) >= 0:
		end-- // which may not be there at all
	}
	return p[:end]
}

// hasChoice reports whether a pattern may have alternatives as a whole.
func hasChoice(p string) bool {
	depth := 0
	for i := 0; i < len(p); i++ {
		switch p[i] {
		case '\\':
			i++
		case '[':
			rest := strings.TrimPrefix(p[i+1:], "^")
			end := strings.IndexByte(rest[min(1, len(rest)):], ']')
			if end < 0 || strings.Contains(rest[:end+1], `\]`) || strings.Contains(rest[:end+1], "[:") {
				return true // for all that is known here
			}
			i = len(p) - len(rest) + 1 + end
		case '(':
			depth++
		case ')':
			depth--
		case '|':
			if depth == 0 {
				return true
			}
		}
	}
	return false
}

// whole reports whether the leftmost match of re is all of w, which is how
// cmd/go matches.
func whole(re *regexp.Regexp, w string) bool { return re.FindString(w) == w && w != "" }

var patterns sync.Map // of string to *regexp.Regexp

// Compile returns a pattern of a list or of the environment, nil if it is not valid.
func Compile(s string) *regexp.Regexp {
	if re, ok := patterns.Load(s); ok {
		return re.(*regexp.Regexp)
	}
	re, err := regexp.Compile(s)
	if err != nil {
		re = nil
	}
	patterns.Store(s, re)
	return re
}
