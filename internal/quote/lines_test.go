package quote_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/quote"
)

// TestLines holds what is written in pieces against what is expected of the whole.
func TestLines(t *testing.T) {
	for text, want := range map[string]string{
		"# p\nweb/web.go:3:8: import \"net\"\n": "# p\nweb/web.go:3:8: import \"net\"\n",
		"a\x1b[31mb\n::error::x\n  ::x":         "a\\x1b[31mb\n\\x3a:error::x\n  \\x3a:x",
		"x ##[error]y\n":                        "x #\\x23[error]y\n",
		"\u202e\r\nno end":                      "\\u202e\nno end",
	} {
		for _, size := range []int{1, 3, len(text)} {
			if got := inPieces(t, text, size); got != want {
				t.Errorf("%q in pieces of %d: got %q, want %q", text, size, got, want)
			}
		}
	}
}

// TestLinesJSON: a document is one after it was quoted, with the same data.
func TestLinesJSON(t *testing.T) {
	data := map[string]string{"m\u202e": "a ##[b]\n::c \x7f"}
	doc, err := json.MarshalIndent(data, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	written := inPieces(t, string(doc)+"\n", 5)
	var got map[string]string
	if err := json.Unmarshal([]byte(written), &got); err != nil || got["m\u202e"] != data["m\u202e"] {
		t.Errorf("got %q, %v, want %q", got, err, data)
	}
	if strings.ContainsAny(written, "\u202e\x7f") || strings.Contains(written, "##[") {
		t.Errorf("got %q, want nothing that is not visible and no ##[", written)
	}
}

// TestLinesWithoutEnd: a line without an end is not kept whole.
func TestLinesWithoutEnd(t *testing.T) {
	var b bytes.Buffer
	w := &quote.Lines{To: &b}
	for range 40 {
		if _, err := w.Write(bytes.Repeat([]byte("x"), 1<<16)); err != nil {
			t.Fatal(err)
		}
	}
	if b.Len() < 1<<20 {
		t.Errorf("got %d bytes written, want 1 MB at least", b.Len())
	}
}

func inPieces(t *testing.T, text string, size int) string {
	t.Helper()
	var b bytes.Buffer
	w := &quote.Lines{To: &b}
	for len(text) > 0 {
		n := min(size, len(text))
		if _, err := w.Write([]byte(text[:n])); err != nil {
			t.Fatal(err)
		}
		text = text[n:]
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
