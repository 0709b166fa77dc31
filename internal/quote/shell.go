package quote

import (
	"fmt"
	"strings"
)

// Shell returns word as a POSIX shell reads it. A hostile word is written as
// $'…', which POSIX has since 2024; bash, zsh, ksh and busybox had it before. A
// shell that does not know it reads another word, and runs nothing of it.
func Shell(word string) string {
	switch {
	case word != "" && !strings.ContainsFunc(word, special):
		return word
	case firstHidden(word) < 0 && Log(word) == word:
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	b := []byte("$'")
	for i, r := range word {
		c := word[i : i+size(word[i:])]
		if visible(r) && !invalid(word[i:]) && !strings.ContainsRune(`'\!#`, r) {
			b = append(b, c...)
			continue
		}
		for _, octet := range []byte(c) {
			b = fmt.Appendf(b, `\%03o`, octet)
		}
	}
	return string(append(b, '\''))
}

// Setting returns an assignment NAME=value as a shell reads it before a command.
func Setting(assignment string) string {
	name, value, ok := strings.Cut(assignment, "=")
	if !ok {
		return Shell(assignment)
	}
	if value == "" {
		return name + "="
	}
	return name + "=" + Shell(value)
}

// Folder returns the path of a folder as an argument of cd, which takes a first
// dash for a flag.
func Folder(path string) string {
	if strings.HasPrefix(path, "-") {
		path = "./" + path
	}
	return Shell(path)
}

// special reports whether a character may mean something to a shell.
func special(r rune) bool {
	return !(isLetter(r) || r >= '0' && r <= '9' || strings.ContainsRune("-_=+./:,@%…", r))
}
