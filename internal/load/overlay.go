package load

import (
	"encoding/json"
	"os"
	"path/filepath"
)

// An overlay is what -overlay puts in the place of files on disk, by absolute
// path; "" stands for a file that is taken away.
type overlay map[string]string

// readOverlay reads the file of -overlay as cmd/go/internal/fsys does; dir is
// what relative paths are of. One that cannot be read is the go command's to
// report.
func readOverlay(file, dir string) overlay {
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
	data, err := os.ReadFile(abs(file))
	if err != nil || json.Unmarshal(data, &on) != nil {
		return nil
	}
	o := overlay{}
	for from, to := range on.Replace {
		o[abs(from)] = abs(to)
	}
	return o
}

// actual is the file to read for a path.
func (o overlay) actual(path string) string {
	if to, ok := o[path]; ok {
		return to
	}
	return path
}

// touches reports whether a file of the folder is replaced.
func (o overlay) touches(dir string) bool {
	for from := range o {
		if filepath.Dir(from) == dir {
			return true
		}
	}
	return false
}
