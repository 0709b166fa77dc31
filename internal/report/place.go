package report

import (
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/goportdoctor/goportdoctor/doctor"
)

// A Log is what the formats for other tools are made of: the findings of one
// command, and where they are.
type Log struct {
	Command  string // as lint; "" is the doctor
	Tool     doctor.Tool
	Findings []doctor.Finding
	Compared bool // with a baseline
	Place    Place
}

// A Place is a folder of a repository. Positions of findings are relative to
// the folder, those that other tools want to the repository.
type Place struct {
	Dir, Root string // absolute
	GoMod     string // of the module that holds Dir, absolute; "" is none
}

// PlaceOf finds the repository around dir, which is an absolute path: the
// nearest folder above that git keeps, else that of the module, else dir itself.
func PlaceOf(dir string) Place {
	p := Place{Dir: dir}
	for at := dir; p.Root == ""; at = filepath.Dir(at) {
		if file := filepath.Join(at, "go.mod"); p.GoMod == "" && exists(file) {
			p.GoMod = file
		}
		switch {
		case exists(filepath.Join(at, ".git")):
			p.Root = at
		case at == filepath.Dir(at) && p.GoMod != "":
			p.Root = filepath.Dir(p.GoMod)
		case at == filepath.Dir(at):
			p.Root = dir
		}
	}
	return p
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// A spot is a position in the repository. Line and column are 0 where they are
// not known.
type spot struct {
	file         string // slashes, relative to the root
	line, column int
}

// spot finds a position as file:line:column, of which the last two may be left
// out; ok is false for one outside of the repository.
func (p Place) spot(position string) (s spot, ok bool) {
	file, numbers := position, [2]int{}
	for i := 0; i < 2; i++ {
		colon := strings.LastIndexByte(file, ':')
		if colon < 0 {
			break
		}
		n, err := strconv.Atoi(file[colon+1:])
		if err != nil || n < 1 {
			break
		}
		file, numbers = file[:colon], [2]int{n, numbers[0]}
	}
	if file == "" {
		return spot{}, false
	}
	file = filepath.FromSlash(file)
	if !filepath.IsAbs(file) {
		file = filepath.Join(p.Dir, file)
	}
	rel, err := filepath.Rel(p.Root, file)
	if err != nil || !filepath.IsLocal(rel) {
		return spot{}, false
	}
	return spot{filepath.ToSlash(rel), numbers[0], numbers[1]}, true
}

// uri is the spot's file as a relative URI.
func (s spot) uri() string { return (&url.URL{Path: s.file}).String() }
