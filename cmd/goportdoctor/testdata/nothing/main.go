// Nothing is a tool for go vet that does nothing but export a fact of each
// package: what goportdoctor's own time under go vet is held against.
package main

import (
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/unitchecker"
)

type fact struct{ Path string }

func (*fact) AFact() {}

func main() {
	nothing := &analysis.Analyzer{
		Name: "nothing", Doc: "nothing is reported", FactTypes: []analysis.Fact{new(fact)},
		Run: func(pass *analysis.Pass) (any, error) {
			pass.ExportPackageFact(&fact{pass.Pkg.Path()})
			return nil, nil
		},
	}
	nothing.Flags.String("run", "", "another `value` has go vet run it once more")
	unitchecker.Main(nothing)
}
