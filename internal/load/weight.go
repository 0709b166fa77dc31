package load

import (
	"go/ast"
	"path"
	"strconv"
)

// go/types walks a type through all that it holds by value as often as that is
// held, and a block as often as blocks stand in it. A few lines of Go can ask for
// 2^60 steps. A package that is too heavy is not checked, and counts as unknown.
const (
	maxWeight  = 1 << 20 // of a type, in the types that it holds by value
	maxNesting = 10000   // of expressions and statements in each other
)

// weights holds the weight of each type of the packages that were weighed.
type weights struct {
	parsed map[string]*parsedPackage
	of     map[string]map[string]int // by import path and name
}

// tooHeavy reports whether checking the files of a package may take without end.
func (w *weights) tooHeavy(importPath string, files []*ast.File) bool {
	for _, f := range files {
		if nesting(f) > maxNesting {
			return true
		}
	}
	delete(w.of, importPath) // of the package as its importers see it, or as it was before
	for _, weight := range w.weigh(importPath, files) {
		if weight >= maxWeight {
			return true
		}
	}
	return false
}

// nesting returns how many nodes of a file stand in each other.
func nesting(f *ast.File) int {
	deepest, depth := 0, 0
	ast.Inspect(f, func(n ast.Node) bool {
		if n == nil {
			depth--
		} else {
			depth++
		}
		deepest = max(deepest, depth)
		return true
	})
	return deepest
}

// weigh returns the weights of a package's types by name, those in functions too.
func (w *weights) weigh(importPath string, files []*ast.File) map[string]int {
	if known, ok := w.of[importPath]; ok {
		return known // an import cycle ends here
	}
	s := scale{w, map[string]int{}, map[string][]typeIn{}}
	w.of[importPath] = s.known
	for _, f := range files {
		imports := importsByName(f)
		ast.Inspect(f, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok {
				s.types[spec.Name.Name] = append(s.types[spec.Name.Name], typeIn{spec.Type, imports})
			}
			return true
		})
	}
	for name := range s.types {
		s.named(name)
	}
	return s.known
}

// importsByName maps the names by which a file uses packages to their paths.
func importsByName(f *ast.File) map[string]string {
	byName := map[string]string{}
	for _, spec := range f.Imports {
		importPath, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		name := path.Base(importPath)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		byName[name] = importPath
	}
	return byName
}

// A scale weighs the types of one package.
type scale struct {
	*weights
	known map[string]int
	types map[string][]typeIn // more than one where functions declare the same name
}

type typeIn struct {
	expr    ast.Expr
	imports map[string]string
}

// named returns the weight of a type of the package, 1 while it is being weighed.
func (s scale) named(name string) int {
	if weight, ok := s.known[name]; ok {
		return weight
	}
	s.known[name] = 1
	weight := 1
	for _, t := range s.types[name] {
		weight = min(weight+s.expr(t.expr, t.imports), maxWeight)
	}
	s.known[name] = weight
	return weight
}

// expr returns the weight of what a type expression holds by value.
func (s scale) expr(e ast.Expr, imports map[string]string) int {
	switch e := e.(type) {
	case *ast.Ident:
		return s.named(e.Name)
	case *ast.SelectorExpr:
		return s.imported(e, imports)
	case *ast.ParenExpr:
		return s.expr(e.X, imports)
	case *ast.UnaryExpr: // ~T
		return s.expr(e.X, imports)
	case *ast.BinaryExpr: // A | B
		return min(s.expr(e.X, imports)+s.expr(e.Y, imports), maxWeight)
	case *ast.ArrayType:
		if e.Len != nil {
			return s.expr(e.Elt, imports)
		}
	case *ast.StructType:
		return s.fields(e.Fields, imports)
	case *ast.InterfaceType:
		return s.fields(e.Methods, imports)
	case *ast.IndexExpr:
		return s.instance(e.X, []ast.Expr{e.Index}, imports)
	case *ast.IndexListExpr:
		return s.instance(e.X, e.Indices, imports)
	}
	return 1 // what is behind a pointer is not held
}

func (s scale) fields(list *ast.FieldList, imports map[string]string) int {
	weight := 1
	for _, field := range list.List {
		weight = min(weight+max(1, len(field.Names))*s.expr(field.Type, imports), maxWeight)
	}
	return weight
}

// instance returns the weight of a generic type that holds each argument as often
// as it holds anything.
func (s scale) instance(generic ast.Expr, args []ast.Expr, imports map[string]string) int {
	weight := 1
	for _, arg := range args {
		weight = min(weight+s.expr(arg, imports), maxWeight)
	}
	return min(weight*s.expr(generic, imports), maxWeight)
}

func (s scale) imported(e *ast.SelectorExpr, imports map[string]string) int {
	name, ok := e.X.(*ast.Ident)
	if !ok {
		return 1
	}
	importPath := imports[name.Name]
	if parsed := s.parsed[importPath]; parsed != nil {
		return max(1, s.weigh(importPath, parsed.files)[e.Sel.Name])
	}
	return 1
}
