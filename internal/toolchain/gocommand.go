package toolchain

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
)

// A GoCommand is the go command on PATH, which need not be the one that builds:
// it may hand over to the toolchain of another release.
type GoCommand struct {
	Path     string   `json:"path"`            // as PATH has it
	Links    []string `json:"links,omitempty"` // targets of the symbolic links that Path is, in turn
	Script   bool     `json:"script"`          // a script in front of another go command
	Version  string   `json:"version"`         // of the tree that it is part of, "" where nothing says
	GOROOT   string   `json:"goroot"`          // that tree
	Packager Packager `json:"packager"`
	Others   []Other  `json:"others,omitempty"` // further ones, in the order of PATH
	Unread   []string `json:"unread,omitempty"` // folders of PATH that cannot be read
}

// An Other is a go command that is on PATH too, behind the first.
type Other struct {
	Path    string `json:"path"`
	Version string `json:"version"`
}

const maxPath = 10000 // entries of PATH that are looked at

// FindGo looks for go commands on the PATH of env. One file under several names
// counts once.
func FindGo(env []string) GoCommand {
	s := &ccSession{env: env}
	var g GoCommand
	seen := map[string]bool{}
	dirs := s.path()
	for _, dir := range dirs[:min(len(dirs), maxPath)] {
		file := executable(filepath.Join(dir, "go"))
		if file == "" {
			if _, err := bounded.ReadDir(dir, bounded.Entries); os.IsPermission(err) && len(g.Unread) < 5 {
				g.Unread = append(g.Unread, dir)
			}
			continue
		}
		real, err := filepath.EvalSymlinks(file)
		if err != nil || seen[real] {
			continue
		}
		seen[real] = true
		version, goroot := besideGo(real)
		if g.Path == "" {
			g.Path, g.Links, g.Script = file, stampOf(file).Links, isScript(real)
			g.Version, g.GOROOT, g.Packager = version, goroot, PackagerOf(file)
			continue
		}
		g.Others = append(g.Others, Other{file, version})
	}
	return g
}

// besideGo reads the VERSION file of the tree that a go command is in.
func besideGo(file string) (version, goroot string) {
	goroot = filepath.Dir(filepath.Dir(file))
	t, ok := readText(filepath.Join(goroot, "VERSION"))
	if !ok {
		return "", ""
	}
	line, _, _ := strings.Cut(string(t.data), "\n")
	return strings.TrimSpace(line), goroot
}
