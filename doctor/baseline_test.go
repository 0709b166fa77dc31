package doctor

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/cause"
	"github.com/goportdoctor/goportdoctor/internal/link"
)

// FuzzBaseline reads anything; what it takes has the keys that it marks.
func FuzzBaseline(f *testing.F) {
	f.Add([]byte(`{"version": 1, "findings": [{"key": "a"}, {"key": "b"}]}`))
	f.Add([]byte("\xef\xbb\xbf" + `{"version": 1, "findings": []}`))
	f.Add([]byte(`{"version": 2, "findings": [{"key": ""}]}`))
	f.Add([]byte(`{"version": 1e99, "findings": {}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := parseBaseline(data)
		if (b == nil) == (err == nil) {
			t.Fatalf("got %v and %v, want one of them", b, err)
		}
		for key := range b {
			fs := []Finding{{Key: key, Severity: Problem}, {Key: key, Severity: Unknown}, {Key: key + "x", Severity: Problem}}
			b.Mark(fs)
			if !fs[0].Known || fs[1].Known || fs[2].Known != b[key+"x"] {
				t.Fatalf("got %v, want only the first to be known", fs)
			}
		}
	})
}

// TestKey holds keys against what a baseline needs: the same finding has the
// same key on another machine and in later versions of the code, and another
// finding or build has another.
func TestKey(t *testing.T) {
	b := link.Build{GOOS: "linux", GOARCH: "amd64", BuildMode: "default"}
	key := func(cause string) string {
		return finding("build-error", Problem, "example.com/m", "", "", buildKey(b)+cause).Key
	}
	one := key(`a/main.go:3:8: package x is not in std (/usr/local/go/src/x)`)
	same := []string{
		`a/main.go:30:9: package x is not in std (/home/me/go/src/x)`,
		`C:\src\a\main.go:3:8: package x is not in std (D:\go\src\x)`,
		`/home/me/src/a/main.go:3: package x is not in std (/x)`,
	}
	for _, cause := range same {
		if key(cause) != one {
			t.Errorf("%s: got another key, want the same", cause)
		}
	}
	if key("a/main.go:3:8: package example.com/y/z is not in std (/usr/local/go/src/x)") == key("a/main.go:3:8: package example.com/y/w is not in std (/usr/local/go/src/x)") {
		t.Error("got the same key for other words, want another")
	}
	if b.Tags = []string{"netgo"}; key(same[0]) == one {
		t.Error("got the same key for another build, want another")
	}
}

// TestRules wants a rule for every ID that a finding is made with.
func TestRules(t *testing.T) {
	ids := map[string]bool{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	all := &ast.BlockStmt{}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil && !strings.HasSuffix(file, "_test.go") {
				all.List = append(all.List, f.Body)
			}
		}
	}
	ast.Inspect(all, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		if f, ok := call.Fun.(*ast.Ident); !ok || f.Name != "finding" {
			return true
		}
		if id, ok := call.Args[0].(*ast.BasicLit); ok {
			ids[strings.Trim(id.Value, `"`)] = true
		}
		return true
	})
	if len(ids) < 5 {
		t.Fatalf("got findings with the IDs %v, want all", ids)
	}
	for _, c := range Checks() {
		ids[c.ID] = true
	}
	for _, id := range []string{cause.Fallback, cause.Only, cause.DynImport, cause.Directive} {
		ids[id] = true // of lint
	}
	rules := Rules()
	for id := range ids {
		if !slices.ContainsFunc(rules, func(r Rule) bool { return r.ID == id }) {
			t.Errorf("got no rule for %s, want one", id)
		}
	}
	if !slices.IsSortedFunc(rules, func(a, b Rule) int { return strings.Compare(a.ID, b.ID) }) {
		t.Error("got rules in no order, want them by ID")
	}
	for _, r := range rules {
		if data, _ := json.Marshal(r); strings.Contains(string(data), `""`) {
			t.Errorf("got %s, want no empty field", data)
		}
	}
}
