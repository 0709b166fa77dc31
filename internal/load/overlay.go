package load

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
)

// An Overlay is what -overlay puts in the place of files on disk, by absolute
// path; "" stands for a file that is taken away.
type Overlay map[string]string

// readOverlay reads the file of -overlay as cmd/go/internal/fsys does; dir is
// what relative paths are of. One that cannot be read is the go command's to
// report.
func readOverlay(file, dir string) Overlay {
	if file == "" {
		return nil
	}
	abs := func(path string) string {
		if path == "" || filepath.IsAbs(path) {
			return path
		}
		path, err := filepath.Abs(filepath.Join(dir, path))
		if err != nil {
			return ""
		}
		return path
	}
	var on struct{ Replace map[string]string }
	data, err := bounded.ReadFile(abs(file), bounded.Source)
	if err != nil || json.Unmarshal(data, &on) != nil {
		return nil
	}
	o := Overlay{}
	for from, to := range on.Replace {
		o[abs(from)] = abs(to)
	}
	return o
}

// actual is the file to read for a path.
func (o Overlay) actual(path string) string {
	if to, ok := o[path]; ok {
		return to
	}
	return path
}

// touches reports whether a file of the folder is replaced.
func (o Overlay) touches(dir string) bool {
	for from := range o {
		if filepath.Dir(from) == dir {
			return true
		}
	}
	return false
}

// parse parses files of a folder, each under its own name whatever stands in
// its place.
func (o Overlay) parse(dir string, files []string, mode parser.Mode) (*token.FileSet, []*ast.File) {
	fset := token.NewFileSet()
	var parsed []*ast.File
	for _, name := range files {
		path := filepath.Join(dir, name)
		src, err := o.Read(path)
		if err != nil {
			continue
		}
		if f, _ := parser.ParseFile(fset, path, src, mode); f != nil {
			parsed = append(parsed, f)
		}
	}
	return fset, parsed
}

// Read is what a file holds, or what stands in its place.
func (o Overlay) Read(path string) ([]byte, error) {
	return bounded.ReadFile(o.actual(path), bounded.Source)
}
