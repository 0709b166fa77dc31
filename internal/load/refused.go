package load

import (
	"bytes"
	"os"
	"path/filepath"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// goAssembly is the go command's refusal of assembly in Go's syntax where the C
// compiler is to assemble it (cmd/go/internal/work.Builder.gas).
func (s *scans) goAssembly(p *link.Package) string {
	if !p.Cgo || p.Standard { // runtime/cgo has some of each
		return ""
	}
	for _, name := range p.Assembly {
		data, err := os.ReadFile(filepath.Join(p.Dir, name)) // whatever -overlay says
		if err == nil && isGoAssembly(data) {
			return p.ImportPath + ": package using cgo has Go assembly file " + name
		}
	}
	return ""
}

func isGoAssembly(data []byte) bool {
	for _, word := range []string{"TEXT", "DATA", "GLOBL"} {
		if bytes.HasPrefix(data, []byte(word)) || bytes.Contains(data, []byte("\n"+word)) {
			return true
		}
	}
	return false
}
