package load

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

func TestTooHeavy(t *testing.T) {
	doubling := func(form string) string {
		var b strings.Builder
		for i := range 60 {
			fmt.Fprintf(&b, "type t%d "+form+"\n", i+1, i)
		}
		return b.String()
	}
	for _, test := range []struct {
		src  string
		want bool
	}{
		{"type t0 int", false},
		{doubling("struct{ a, b t%d }"), true},
		{doubling("[2]struct{ a t%[2]d; b t%[2]d }"), true},
		{doubling("struct{ a, b *t%d }"), false},
		{doubling("struct{ a t%d }"), false},
		{doubling("interface{ t%[2]d; t%[2]d | int }"), true},
		{"func f() {\n" + doubling("struct{ a, b t%d }") + "}", true},
		{"type g[T any] struct{ a, b T }\ntype x g[g[g[g[g[g[g[g[g[g[g[g[g[g[g[g[g[g[g[g[int]]]]]]]]]]]]]]]]]]]]", true},
		{"type a struct{ b *b }\ntype b struct{ a a; c, d, e []a }", false},
		{"type q struct{ a, b dep.T }", false},
		{"type q struct{ a, b heavy.T }", true},
		{"func f() " + strings.Repeat("{", 20000) + strings.Repeat("}", 20000), true},
		{"var s = \"\"" + strings.Repeat(" + \"x\"", 5000), false},
	} {
		w := &weights{map[string]*parsedPackage{
			"example.com/dep":   parsedFrom(t, "type T struct{ a, b int }"),
			"example.com/heavy": parsedFrom(t, doubling("struct{ a, b t%d }")+"type T struct{ t t60 }"),
		}, map[string]map[string]int{}}
		if got := w.tooHeavy("example.com/m", parsedFrom(t, test.src).files); got != test.want {
			t.Errorf("%.80s: got too heavy %v, want %v", test.src, got, test.want)
		}
	}
}

func parsedFrom(t *testing.T, src string) *parsedPackage {
	t.Helper()
	imports := "import (\n\"example.com/dep\"\n\"example.com/heavy\"\n)\n"
	f, _ := parser.ParseFile(token.NewFileSet(), "a.go", "package p\n"+imports+src, parser.SkipObjectResolution)
	return &parsedPackage{files: []*ast.File{f}}
}

// Packages that people write are not too heavy.
func TestNotTooHeavy(t *testing.T) {
	goRoot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		testskip.Missing(t, "there is no go command: %v", err)
	}
	for _, dir := range []string{"net/http", "go/types", "runtime", "encoding/asn1", "crypto/tls", "syscall", "reflect"} {
		var files []*ast.File
		names, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(goRoot)), "src", dir, "*.go"))
		if err != nil || len(names) == 0 {
			t.Fatalf("got no files of %s (%v), want some", dir, err)
		}
		for _, name := range names {
			src, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if f, err := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution); err == nil {
				files = append(files, f)
			}
		}
		if w := (&weights{of: map[string]map[string]int{}}); w.tooHeavy(dir, files) {
			t.Errorf("%s: got too heavy, want not", dir)
		}
	}
}
