// What does a function of the go command's decide that somebody patched? Where
// it is made of comparisons and nothing else, it can be asked, whatever its
// wording. This is no interpreter of Go: what is not understood is refused.

package toolchain

import (
	"go/ast"
	"go/token"
)

// A scope holds what names stand for, strings and booleans by their spelling,
// as goos or buildcfg.GOOS, and the functions that are answered for.
type scope struct {
	names map[string]any
	calls map[string]func(args []any) (any, bool)
	at    ast.Node // the return statement that was come to
}

// run goes through statements to the first return and gives its one value, nil
// where there is none. It is not ok where something is not understood.
func (s *scope) run(list []ast.Stmt) (value any, ok bool) {
	for _, stmt := range list {
		if value, ok = s.step(stmt); !ok || value != nil {
			return value, ok
		}
	}
	return nil, true
}

func (s *scope) step(stmt ast.Stmt) (value any, ok bool) {
	switch n := stmt.(type) {
	case *ast.BlockStmt:
		return s.run(n.List)
	case *ast.ReturnStmt:
		if len(n.Results) != 1 {
			return nil, false
		}
		s.at = n
		return s.eval(n.Results[0])
	case *ast.AssignStmt:
		return nil, s.assign(n)
	case *ast.IfStmt:
		return s.choose(n)
	case *ast.SwitchStmt:
		return s.cases(n)
	}
	return nil, false
}

// assign understands one name and one value. A name that hides another is
// refused, so that there is one scope.
func (s *scope) assign(n *ast.AssignStmt) bool {
	if len(n.Lhs) != 1 || len(n.Rhs) != 1 || n.Tok != token.ASSIGN && n.Tok != token.DEFINE {
		return false
	}
	name, isName := n.Lhs[0].(*ast.Ident)
	if !isName {
		return false
	}
	if _, known := s.names[name.Name]; known == (n.Tok == token.DEFINE) {
		return false
	}
	value, ok := s.eval(n.Rhs[0])
	s.names[name.Name] = value
	return ok
}

func (s *scope) choose(n *ast.IfStmt) (any, bool) {
	if n.Init != nil {
		if _, ok := s.step(n.Init); !ok {
			return nil, false
		}
	}
	switch is, ok := s.truth(n.Cond); {
	case !ok:
		return nil, false
	case is:
		return s.run(n.Body.List)
	case n.Else != nil:
		return s.step(n.Else)
	}
	return nil, true
}

// cases understands a switch on a value, without fallthrough and break, which
// are no statements that step knows.
func (s *scope) cases(n *ast.SwitchStmt) (any, bool) {
	if n.Init != nil || n.Tag == nil {
		return nil, false
	}
	tag, ok := s.eval(n.Tag)
	if !ok {
		return nil, false
	}
	var rest []ast.Stmt
	for _, stmt := range n.Body.List {
		c := stmt.(*ast.CaseClause)
		if c.List == nil {
			rest = c.Body
		}
		for _, e := range c.List {
			switch v, ok := s.eval(e); {
			case !ok:
				return nil, false
			case v == tag:
				return s.run(c.Body)
			}
		}
	}
	return s.run(rest)
}

func (s *scope) truth(e ast.Expr) (is, ok bool) {
	v, ok := s.eval(e)
	is, isBool := v.(bool)
	return is, ok && isBool
}

func (s *scope) eval(e ast.Expr) (any, bool) {
	switch n := e.(type) {
	case *ast.ParenExpr:
		return s.eval(n.X)
	case *ast.BasicLit:
		v, ok := stringValue(n)
		return v, ok
	case *ast.Ident, *ast.SelectorExpr:
		return s.value(spelling(n))
	case *ast.UnaryExpr:
		is, ok := s.truth(n.X)
		return !is, ok && n.Op == token.NOT
	case *ast.BinaryExpr:
		return s.binary(n)
	case *ast.CallExpr:
		return s.call(n)
	}
	return nil, false
}

func (s *scope) value(name string) (any, bool) {
	if v, ok := s.names[name]; ok {
		return v, true
	}
	return name == "true", name == "true" || name == "false"
}

func (s *scope) binary(n *ast.BinaryExpr) (any, bool) {
	x, ok := s.eval(n.X)
	if !ok {
		return nil, false
	}
	switch is, isBool := x.(bool); {
	case n.Op == token.LAND && isBool && !is, n.Op == token.LOR && isBool && is:
		return is, true
	case (n.Op == token.LAND || n.Op == token.LOR) && isBool:
		y, ok := s.truth(n.Y)
		return y, ok
	}
	y, ok := s.eval(n.Y)
	_, xIs := x.(string)
	_, yIs := y.(string)
	switch {
	case !ok || xIs != yIs:
		return nil, false
	case n.Op == token.EQL:
		return x == y, true
	case n.Op == token.NEQ:
		return x != y, true
	case n.Op == token.ADD && xIs:
		return x.(string) + y.(string), true
	}
	return nil, false
}

func (s *scope) call(n *ast.CallExpr) (any, bool) {
	f, ok := s.calls[spelling(n.Fun)]
	if !ok {
		return nil, false
	}
	var args []any
	for _, a := range n.Args {
		v, ok := s.eval(a)
		if !ok {
			return nil, false
		}
		args = append(args, v)
	}
	return f(args)
}

// spelling is a name as it is written, with its package's, "" for anything else.
func spelling(e ast.Expr) string {
	switch n := e.(type) {
	case *ast.Ident:
		return n.Name
	case *ast.SelectorExpr:
		if x, ok := n.X.(*ast.Ident); ok {
			return x.Name + "." + n.Sel.Name
		}
	}
	return ""
}
