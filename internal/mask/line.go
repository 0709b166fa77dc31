package mask

import "strings"

// A span is a part of a line, from start to before end.
type span struct{ start, end int }

// Line masks a line of a specs file, a script or a compiler's message: values of
// assignments and of macros, and credentials in URLs. The word that holds the
// byte at is what the line is shown for and stays; at is -1 if there is none.
// Line returns the new place of that byte.
func Line(line string, at int) (string, int) {
	h := &hider{}
	var b strings.Builder
	from, moved := 0, at
	for _, s := range append(shellWords(line), span{len(line), len(line)}) {
		if from <= at && at < s.start {
			moved = b.Len() + at - from
		}
		b.WriteString(line[from:s.start])
		word := line[s.start:s.end]
		if s.start <= at && at < s.end {
			before := b.Len()
			text, inside := h.holder(word, at-s.start)
			moved = before + inside
			word = text
			h.macro = false
		} else {
			word = h.lineWord(word)
		}
		h.quote = 0
		b.WriteString(word)
		from = s.end
	}
	return b.String(), moved
}

// Command is Line of the one command of a script's line that holds the byte at:
// what the line does besides is no evidence.
func Command(line string, at int) (string, int) {
	c := commandAt(line, at)
	return Line(line[c.start:c.end], at-c.start)
}

// commandAt finds the command around the byte at: the part of a shell's line
// between operators that separate commands, without a comment.
func commandAt(line string, at int) span {
	c := span{0, len(line)}
	quote := byte(0)
	for i := 0; i < len(line); i++ {
		switch b := line[i]; {
		case b == '\\':
			i++
		case quote != 0:
			if b == quote {
				quote = 0
			}
		case b == '"' || b == '\'':
			quote = b
		case b == '#' && i > at && (line[i-1] == ' ' || line[i-1] == '\t'): // a comment
			c.end = i
			return c.trimmed(line)
		case b != ';' && b != '|' && b != '&':
		case i >= at:
			c.end = i
			return c.trimmed(line)
		default:
			c.start = i + 1
		}
	}
	return c.trimmed(line)
}

func (s span) trimmed(line string) span {
	text := line[s.start:s.end]
	s.start += len(text) - len(strings.TrimLeft(text, " \t"))
	s.end = s.start + len(strings.TrimSpace(text))
	return s
}

// shellWords splits a line at blanks outside of quotes. A quote that does not end
// lasts to the end of the line.
func shellWords(line string) (words []span) {
	start, quote := -1, byte(0)
	for i := 0; i < len(line); i++ {
		b := line[i]
		blank := b == ' ' || b == '\t' || b == '\r' || b == '\n'
		switch {
		case quote == 0 && blank:
			if start >= 0 {
				words = append(words, span{start, i})
			}
			start = -1
			continue
		case quote != 0 && b == quote:
			quote = 0
		case quote == 0 && (b == '"' || b == '\''):
			quote = b
		}
		if start < 0 {
			start = i
		}
		if b == '\\' && quote != '\'' && i+1 < len(line) {
			i++
		}
	}
	if start >= 0 {
		words = append(words, span{start, len(line)})
	}
	return words
}

// lineWord masks a word of a line. Unlike a word of CC it stays if it is neither
// a flag nor a path, for most such words are a script's own.
func (h *hider) lineWord(word string) string {
	quotes := word[:len(word)-len(strings.TrimLeft(word, `"'`))]
	bare := word[len(quotes):]
	if array := assignment.FindString(bare); array != "" && strings.HasPrefix(bare[len(array):], "(-") {
		return quotes + array + "(" + h.lineWord(bare[len(array)+1:])
	}
	switch {
	case h.macro, strings.HasPrefix(bare, "-"), strings.HasPrefix(bare, "/D"), assignment.MatchString(bare):
		if masked := h.cWord(bare, ""); masked != bare {
			return quotes + masked
		}
	case quotes != "" && strings.ContainsAny(bare, " \t") && strings.Contains(bare, "="):
		return quotes + h.hide(bare) // a command in quotes
	}
	return h.urls(word)
}

// holder masks the word that holds the byte at: its parts at blanks are words of
// their own if it is quoted, and only the one with the byte stays as it is.
func (h *hider) holder(word string, at int) (string, int) {
	var b strings.Builder
	from, moved := 0, at
	for start := 0; start < len(word); {
		end := start + strings.IndexAny(word[start:]+" ", " \t")
		part := word[start:end]
		if start <= at && at < end {
			text, inside := h.part(part, at-start)
			moved = b.Len() + inside
			b.WriteString(text)
		} else {
			b.WriteString(h.lineWord(part))
			h.quote = 0
		}
		from = end
		for from < len(word) && (word[from] == ' ' || word[from] == '\t') {
			from++
		}
		if start <= at && at >= end && at < from {
			moved = b.Len() + at - end
		}
		b.WriteString(word[end:from])
		start = from
	}
	return b.String(), moved
}

// part masks what a word without blanks has besides the byte at: a macro's value
// in front of it, in a list with commas.
func (h *hider) part(word string, at int) (string, int) {
	before, after := word[:at], word[at:]
	if !strings.Contains(before, "-D") {
		return h.urls(word), at
	}
	i := strings.LastIndex(before, "-D")
	cut := strings.IndexAny(before[i:], ",:=")
	if cut < 0 {
		return word, at
	}
	before = before[:i+cut+1] + Hidden
	return before + after, len(before)
}
