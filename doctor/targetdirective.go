package doctor

import (
	"errors"
	"fmt"
	"go/ast"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/cause"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/load"
	"github.com/goportdoctor/goportdoctor/internal/target"
)

// named are the targets that a main package names by itself, in directives
// //goportdoctor:target NAME….
func (r *Report) named(ps *load.Positions, main *link.Package) []Want {
	var all []Want
	for _, d := range ps.Directives(main) {
		directive, ok := cause.ParseTarget(&ast.Comment{Text: d.Text})
		if ok && d.Below {
			r.misnamed(main, d, "//goportdoctor:target "+cause.MisplacedTarget, strings.Join(directive.Names, " "))
			continue
		}
		for _, name := range directive.Names {
			t, err := ownTarget(name)
			if err != nil {
				r.misnamed(main, d, err.Error(), name)
				continue
			}
			all = append(all, Want{target: t})
		}
	}
	return all
}

// ownTarget finds the target that a directive names. A repository names known
// targets, and files of its own: what lies elsewhere is not its to have read.
func ownTarget(name string) (*target.Target, error) {
	if kind, at, _ := strings.Cut(name, ":"); slices.Contains([]string{"rootfs", "oci", "file"}, kind) {
		file, _, _ := strings.Cut(at, "#") // of an image in an archive
		if !inWorkingFolder(file) {
			return nil, fmt.Errorf("a directive names no file outside of the working folder: %q; use -target", name)
		}
	}
	return FindTarget(name)
}

// inWorkingFolder reports whether a file, symbolic links followed, is below the working folder.
func inWorkingFolder(file string) bool {
	folder, err := realPath(".")
	if err != nil || !filepath.IsLocal(file) {
		return false
	}
	real, err := realPath(file)
	if err != nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	rel, err := filepath.Rel(folder, real)
	return err == nil && filepath.IsLocal(rel)
}

func (r *Report) misnamed(main *link.Package, d load.Directive, amiss, key string) {
	r.Findings = append(r.Findings, finding("target-directive", Unknown, main.ImportPath, d.At, d.At+": "+amiss, key))
}
