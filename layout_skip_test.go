// Which tests may be left out, and how: by internal/testskip alone, so that CI
// can forbid it, and runs what the plain go test leaves out.
package goportdoctor_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// skipOwner is the one package that skips tests.
const skipOwner = "internal/testskip"

// skipVars are the variables that the owner alone reads.
var skipVars = []string{"GOPORTDOCTOR_LONG", "GOPORTDOCTOR_NOSKIP"}

func TestSkips(t *testing.T) {
	long := 0
	for file := range importsOf(t, ".") {
		if path.Dir(file) == skipOwner || file == "layout_skip_test.go" {
			continue
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range skipsIn(f) {
			t.Errorf("%s: got %s, want it from %s, so that GOPORTDOCTOR_NOSKIP=1 and .ci/run reach it", file, name, skipOwner)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			named := fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Test") && strings.HasSuffix(fn.Name.Name, "Long")
			calls := callsLong(fn)
			if named && !(calls == 1 && isLong(fn.Body.List[0])) {
				t.Errorf("%s: %s: want testskip.Long(t) first and once, as its name says", file, fn.Name.Name)
			} else if !named && calls > 0 {
				t.Errorf("%s: %s: got a call of testskip.Long, want it in Test…Long alone, which .ci/run finds by name",
					file, fn.Name.Name)
			}
			long += calls
		}
	}
	if long < 5 {
		t.Errorf("got %d long tests, want some: is this test looking?", long)
	}
}

// skipsIn names the methods and variables of a file that only the owner uses.
func skipsIn(f *ast.File) []string {
	var found []string
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			s, ok := n.Fun.(*ast.SelectorExpr)
			if ok && slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, s.Sel.Name) {
				found = append(found, s.Sel.Name)
			}
		case *ast.BasicLit:
			if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
				for _, v := range skipVars {
					if text == v {
						found = append(found, v)
					}
				}
			}
		}
		return true
	})
	return found
}

// callsLong counts a function's calls of testskip.Long.
func callsLong(fn *ast.FuncDecl) int {
	n := 0
	ast.Inspect(fn.Body, func(node ast.Node) bool {
		if s, ok := node.(ast.Stmt); ok && isLong(s) {
			n++
		}
		return true
	})
	return n
}

func isLong(s ast.Stmt) bool {
	e, ok := s.(*ast.ExprStmt)
	if !ok {
		return false
	}
	call, ok := e.X.(*ast.CallExpr)
	if !ok {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	pkg, ok := sel.X.(*ast.Ident)
	return ok && pkg.Name == path.Base(skipOwner) && sel.Sel.Name == "Long"
}
