package load

import (
	"context"
	"encoding/json"
	"path/filepath"
)

// AllOfWorkspace are patterns for every package of the modules of a workspace,
// for a folder that belongs to none of them, where "./..." matches nothing. It
// is nil where there is a module, or no workspace.
func (e Env) AllOfWorkspace(ctx context.Context, r Request) []string {
	if !e.InModule() || e.inMain() {
		return nil
	}
	out, err := goCommand(ctx, r, nil, "work", "edit", "-json")
	var work struct{ Use []struct{ DiskPath string } }
	if err != nil || json.Unmarshal(out, &work) != nil {
		return nil // the go command says what is wrong once it lists packages
	}
	dir, err := filepath.Abs(r.Dir)
	if err != nil {
		return nil
	}
	var patterns []string
	for _, use := range work.Use {
		module := filepath.FromSlash(use.DiskPath)
		if !filepath.IsAbs(module) {
			module = filepath.Join(filepath.Dir(e["GOWORK"]), module)
		}
		rel, err := filepath.Rel(dir, module)
		if err != nil {
			return nil
		}
		patterns = append(patterns, "."+string(filepath.Separator)+filepath.Join(rel, "..."))
	}
	return patterns
}
