// Package quote writes strings that come from outside so that no terminal, CI
// log, reader or shell takes a part of them for something else.
//
// A string is hostile if it has a character that is not visible, or what a CI
// runner obeys. Name, Phrase and Block write such strings by how much structure
// they may have; Log is for a finished text, JSON for a finished JSON document,
// and Shell for a word of a command.
package quote

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Name returns s, the name of a file, a package or a library, as a part of a
// line. A hostile name becomes a Go string in double quotes, so that an escape
// sequence is never taken for the name's own characters.
func Name(s string) string {
	if plain(s) {
		return s
	}
	b := []byte{'"'}
	for i, r := range s {
		if r == '"' || r == '\\' {
			b = append(b, '\\')
		}
		b = appendRune(b, s[i:], r)
	}
	return string(append(b, '"'))
}

// plain reports whether a name reads as itself in a line.
func plain(s string) bool {
	if s == "" {
		return true
	}
	first, _ := utf8.DecodeRuneInString(s)
	last, _ := utf8.DecodeLastRuneInString(s)
	return !unicode.IsSpace(first) && !unicode.IsSpace(last) && first != '"' && firstHidden(s) < 0 && Log(s) == s
}

// Phrase returns s, words that may have names in them, as a part of a line. It
// writes escape sequences for characters that are not visible, tabs excepted.
func Phrase(s string) string { return escape(s, "\t") }

// Block returns s, words of one or more lines, with the lines kept.
func Block(s string) string {
	return escape(strings.ReplaceAll(s, "\r\n", "\n"), "\t\n")
}

// Indented returns s as Block does, with indent before each line but the first,
// and no line breaks at the end.
func Indented(s, indent string) string {
	first, rest, more := strings.Cut(strings.TrimRight(Block(s), "\n"), "\n")
	if !more {
		return first
	}
	b := []byte(first)
	for line := range strings.SplitSeq(rest, "\n") {
		b = append(b, '\n')
		if line != "" {
			b = append(append(b, indent...), line...)
		}
	}
	return string(b)
}

// escape writes escape sequences for characters that are not visible and not
// among those to keep.
func escape(s, keep string) string {
	i := firstHidden(s)
	if i < 0 {
		return s
	}
	b := []byte(s[:i])
	for at, r := range s[i:] {
		if strings.ContainsRune(keep, r) {
			b = append(b, byte(r))
			continue
		}
		b = appendRune(b, s[i+at:], r)
	}
	return string(b)
}

// firstHidden returns the index of the first character that is not visible, or -1.
func firstHidden(s string) int {
	for i, r := range s {
		if !visible(r) || invalid(s[i:]) {
			return i
		}
	}
	return -1
}

// visible reports whether a character shows on the screen, as itself and where it
// stands. Controls, bidirectional and other format characters, line and paragraph
// separators, characters without a meaning of their own and letters without a
// shape do not.
func visible(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= ' ' && r < 0x7f
	}
	return unicode.IsGraphic(r) && !unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
}

// invalid reports whether s begins with a byte that is not UTF-8.
func invalid(s string) bool {
	r, size := utf8.DecodeRuneInString(s)
	return r == utf8.RuneError && size == 1
}

// size returns the length of the first character of s.
func size(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	return n
}

// appendRune appends r, the first character of s, or its escape sequence in Go.
func appendRune(b []byte, s string, r rune) []byte {
	switch {
	case invalid(s):
		const hex = "0123456789abcdef"
		return append(b, '\\', 'x', hex[s[0]>>4], hex[s[0]&15])
	case visible(r):
		return utf8.AppendRune(b, r)
	}
	quoted := strconv.QuoteRuneToASCII(r)
	return append(b, quoted[1:len(quoted)-1]...)
}
