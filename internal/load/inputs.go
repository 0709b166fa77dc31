package load

import (
	"bytes"
	"go/version"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
	"github.com/goportdoctor/goportdoctor/internal/link"
)

// locals are the folders whose linker inputs go1.26.11 and go1.27.4 look at
// (work.isLocalLinkerPath).
func locals(r Request, env Env) []string {
	dirs := []string{env["GOMODCACHE"], Getenv(r.Env, "TMPDIR")}
	if dirs[1] == "" {
		dirs[1] = os.TempDir()
	}
	if dir, err := filepath.Abs(r.Dir); err == nil {
		dirs = append(dirs, dir)
	}
	return slices.DeleteFunc(dirs, func(d string) bool { return d == "" })
}

func (s *scans) isLocal(path string) bool {
	return slices.ContainsFunc(s.locals, func(dir string) bool {
		rel, err := filepath.Rel(dir, path)
		return err == nil && filepath.IsLocal(rel)
	})
}

// looksAtInputs is the first release whose go command looks at them; go1.27 came
// before it, and is told apart where the refusal is decided.
const looksAtInputs = "go1.26.11"

// The ends of names by which the go command takes a word of LDFLAGS, and a file
// of a -L folder, for an input of the linker.
var (
	directInputs = []string{".a", ".o", ".obj", ".so"}
	libraryFiles = append([]string{".dll", ".dylib", ".lib"}, directInputs...)
)

func endsIn(name string, ends []string) bool {
	return slices.ContainsFunc(ends, func(end string) bool { return strings.HasSuffix(name, end) })
}

// linkerInputs finds the first file that #cgo LDFLAGS lead to and that begins as
// no object or archive does, as work.checkLinkerFlags of go1.26.11 and go1.27.4
// would. What is wrong within objects and archives, and links to folders, are
// left to it.
func (s *scans) linkerInputs(p *link.Package) {
	known := s.release != "" // any other may be newer
	if p.Standard || !p.Cgo || known && version.Compare(s.release, looksAtInputs) < 0 {
		return
	}
	words := p.Flags.LDFLAGS
	for i, w := range words {
		dir, isDir := strings.CutPrefix(w, "-L")
		if isDir && dir == "" && i+1 < len(words) {
			dir = words[i+1]
		}
		switch {
		case p.BadInput != "":
			return
		case isDir && filepath.IsAbs(dir):
			for _, d := range searched(filepath.Clean(dir)) {
				s.searchDir(p, d)
			}
		case strings.HasPrefix(w, "/") && endsIn(w, directInputs) && s.isLocal(w) && !isLinkerInput(w):
			p.BadInput = unrecognizedInput(w)
		}
	}
}

func unrecognizedInput(path string) string {
	return "invalid linker input file in #cgo LDFLAGS: " + path + " (unrecognized binary format)"
}

// searched are a -L folder and those beside it in which gcc looks too.
func searched(dir string) []string {
	dirs := []string{dir}
	if parent := filepath.Dir(dir); filepath.Dir(parent) != parent {
		for _, sub := range []string{"lib", "lib32", "lib64", "libx32"} {
			dirs = append(dirs, filepath.Join(parent, sub))
		}
	}
	return dirs
}

// mostInputs bounds what is looked at of one folder.
const mostInputs = 10000

func (s *scans) searchDir(p *link.Package, dir string) {
	if p.BadInput != "" || !s.isLocal(dir) {
		return
	}
	n := 0
	err := bounded.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if n++; n > mostInputs {
			return &bounded.TooLargeError{Path: dir, Limit: mostInputs, Unit: "files"}
		}
		switch {
		case bounded.Refused(err):
			return err
		case err != nil || d.IsDir():
			return nil
		}
		switch name := strings.ToLower(d.Name()); {
		case name == "specs" || strings.HasSuffix(name, ".spec"):
			p.BadInput = "disallowed GCC spec file in #cgo LDFLAGS: " + path
		case (endsIn(name, libraryFiles) || strings.Contains(name, ".so.")) && !isLinkerInput(path):
			p.BadInput = unrecognizedInput(path)
		default:
			return nil
		}
		return filepath.SkipAll
	})
	if err != nil {
		p.Unread = err.Error() // the go command looks at more
	}
}

// inputMagics are the beginnings that the go command takes besides those of magics.
var inputMagics = []string{"<bigaf>\n", "MZ", "\xca\xfe\xba\xbe", "\x00asm", "\x00\x00\xff\xff"}

// isLinkerInput reports whether a file may be an object or an archive; one that
// cannot be read may.
func isLinkerInput(path string) bool {
	header, err := firstBytes(path)
	if err != nil {
		return true
	}
	o := link.HostObject{}
	switch identify(&o, header); o.Format {
	case "":
		return slices.ContainsFunc(inputMagics, func(m string) bool { return bytes.HasPrefix(header, []byte(m)) })
	case link.ObjectGo, link.ObjectBitcode, link.ObjectLFS:
		return false
	}
	return true
}
