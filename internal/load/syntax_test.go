package load

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

func TestSyntax(t *testing.T) {
	const good, bad = "package p\n\nfunc f() {}\n", "package p\n\nfunc f() }\n"
	tests := []struct {
		name, text, version string
		pkg                 link.Package
		want                string
	}{
		{"good", good, runtime.Version(), link.Package{Main: true, GoFiles: []string{"f.go"}}, ""},
		{"bad", bad, runtime.Version(), link.Package{Main: true, GoFiles: []string{"f.go"}}, "./f.go:3:10: syntax error: expected declaration, found '}'"},
		{"bad, with cgo", bad, runtime.Version(), link.Package{Main: true, CgoFiles: []string{"f.go"}}, "./f.go:3:10: syntax error: expected declaration, found '}'"},
		{"not the user's", bad, runtime.Version(), link.Package{GoFiles: []string{"f.go"}}, ""},
		{"known to be wrong", bad, runtime.Version(), link.Package{Main: true, GoFiles: []string{"f.go"}, Error: "other"}, "other"},
		{"a newer Go", bad, "go1.999.1", link.Package{Main: true, GoFiles: []string{"f.go"}}, ""},
		{"no such file", good, runtime.Version(), link.Package{Main: true, GoFiles: []string{"g.go"}}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := test.pkg
			p.Dir = t.TempDir()
			write(t, filepath.Join(p.Dir, "f.go"), test.text, time.Now())
			s := Syntax{Dir: p.Dir}
			s.Find(link.Graph{"p": &p}, test.version)
			if p.Error != test.want {
				t.Errorf("got %q, want %q", p.Error, test.want)
			}
		})
	}
}

// TestSyntaxRemembers changes a file with and without its time: what is
// remembered is seen in the first case only.
func TestSyntaxRemembers(t *testing.T) {
	dir, cache := t.TempDir(), t.TempDir()
	file, old := filepath.Join(dir, "f.go"), time.Now().Add(-time.Hour)
	find := func() string {
		s := Syntax{Dir: dir, CacheDir: cache}
		p := link.Package{Dir: dir, Main: true, GoFiles: []string{"f.go"}}
		s.Find(link.Graph{"p": &p}, runtime.Version())
		return p.Error
	}
	steps := []struct {
		text string
		time time.Time
		bad  bool
	}{
		{"package p // fine", old, false},
		{"package p }} fine", old, false}, // as before, as far as anyone can tell
		{"package p }} fine", old.Add(time.Minute), true},
		{"package p // fine", time.Now(), false}, // too new to be remembered
		{"package p }} fine", time.Now(), true},
	}
	for i, step := range steps {
		write(t, file, step.text, step.time)
		if got := find(); (got != "") != step.bad {
			t.Errorf("step %d: got %q, want an error: %v", i, got, step.bad)
		}
	}
}

func write(t *testing.T, file, text string, at time.Time) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(file, at, at); err != nil {
		t.Fatal(err)
	}
}
