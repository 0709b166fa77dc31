package quote

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Log returns text with nothing in it that a CI runner obeys. Its line breaks are
// structure.
//
// GitHub's runner obeys a line that begins with :: after blanks, and ##[ anywhere
// in a line (ActionCommand.TryParseV2 and TryParse of actions/runner); Azure
// Pipelines obeys ##vso[, TeamCity ##teamcity[.
func Log(text string) string {
	if !strings.Contains(text, "::") && !strings.Contains(text, "##") {
		return text
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		if rest := strings.TrimLeftFunc(line, unicode.IsSpace); strings.HasPrefix(rest, "::") {
			b.WriteString(line[:len(line)-len(rest)] + `\x3a`)
			line = rest[1:]
		}
		for i := range len(line) {
			if i > 0 && marks(line[i-1:]) {
				b.WriteString(`\x23`)
				continue
			}
			b.WriteByte(line[i])
		}
	}
	return b.String()
}

// Line returns s, words that may have names in them, as a whole line of a log.
func Line(s string) string { return Log(Phrase(s)) }

// marks reports whether s begins with ##, the name of a runner or none, and [.
func marks(s string) bool {
	rest, ok := strings.CutPrefix(s, "##")
	return ok && strings.HasPrefix(strings.TrimLeftFunc(rest, isLetter), "[")
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

// JSON returns a JSON document with the same data, whose strings have no
// character that is not visible, and nothing that a CI runner obeys.
func JSON(doc []byte) []byte {
	b := make([]byte, 0, len(doc))
	for i := 0; i < len(doc); {
		r, size := utf8.DecodeRune(doc[i:])
		switch {
		case r == '#' && i > 0 && doc[i-1] == '#', r >= 0x7f && !visible(r):
			for _, unit := range utf16.Encode([]rune{r}) {
				b = fmt.Appendf(b, `\u%04x`, unit)
			}
		default:
			b = append(b, doc[i:i+size]...)
		}
		i += size
	}
	return b
}
