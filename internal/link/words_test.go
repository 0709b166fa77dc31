package link

import (
	"slices"
	"testing"
)

// FuzzJoinWords holds JoinWords against SplitWords: what was joined splits into
// the same words.
func FuzzJoinWords(f *testing.F) {
	f.Add("-s", "-X=main.v=a b", "-X=main.w=it's")
	f.Add("", "a\"b", "c\td")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		words := []string{a, b, c}
		joined, ok := JoinWords(words)
		if !ok {
			return
		}
		if got, err := SplitWords(joined); err != nil || !slices.Equal(got, words) {
			t.Errorf("%q: got %q, %v, want %q", joined, got, err, words)
		}
	})
}

func TestJoinWords(t *testing.T) {
	got, ok := JoinWords([]string{"-s", "-X=main.v=a b", "-X=main.w=it's", ""})
	if want := `-s '-X=main.v=a b' "-X=main.w=it's" ''`; got != want || !ok {
		t.Errorf("got %s, %v, want %s", got, ok, want)
	}
	if got, ok := JoinWords([]string{"-s", `-X=main.v=a'b"c`}); ok {
		t.Errorf("got %s for a word with both kinds of quotes, want none", got)
	}
}
