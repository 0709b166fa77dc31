package link

import (
	"fmt"
	"strings"
)

// SplitWords splits s into words as the go command and the linker split CC,
// CGO_CFLAGS, GOFLAGS, -ldflags and -extldflags: at white space, with single or
// double quotes around whole words and no escapes.
func SplitWords(s string) ([]string, error) {
	const space = " \t\r\n"
	var words []string
	for s = strings.TrimLeft(s, space); s != ""; s = strings.TrimLeft(s, space) {
		if q := s[0]; q == '"' || q == '\'' {
			word, rest, ok := strings.Cut(s[1:], string(q))
			if !ok {
				return nil, fmt.Errorf("unterminated %c string", q)
			}
			words, s = append(words, word), rest
			continue
		}
		end := strings.IndexAny(s, space)
		if end < 0 {
			end = len(s)
		}
		words, s = append(words, s[:end]), s[end:]
	}
	return words, nil
}

// JoinWords writes words as the go command splits them, and reports whether that
// is possible: it knows no way to write a word with both kinds of quotes.
func JoinWords(words []string) (string, bool) {
	quoted := make([]string, len(words))
	for i, w := range words {
		switch {
		case strings.Contains(w, "'") && strings.Contains(w, `"`):
			return "", false
		case w != "" && !strings.ContainsAny(w, " \t\r\n'\""):
			quoted[i] = w
		case strings.Contains(w, "'"):
			quoted[i] = `"` + w + `"`
		default:
			quoted[i] = "'" + w + "'"
		}
	}
	return strings.Join(quoted, " "), true
}
