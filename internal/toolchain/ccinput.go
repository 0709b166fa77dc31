// What files do the words of a repository lead the linker to? A file that is no
// plain object may name programs or more files: specs of GCC, scripts of GNU ld,
// code for link-time optimization. The newest releases of the go command look at
// the files as well (cmd/go/internal/work.checkLinkerFlags of go1.27.4).

package toolchain

import (
	"bytes"
	"debug/elf"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
	"github.com/goportdoctor/goportdoctor/internal/link"
)

// linkerInputs are the files that may belong to a repository.
type linkerInputs struct {
	dir   string   // that relative names are of
	roots []string // folders whose files are looked at, links followed
	seen  map[string]string
	left  int // how many more files are looked at
}

// mostLinkerInputs bounds the files of one question.
const mostLinkerInputs = 100_000

// inputs are the files of a question's packages, of their modules, of the working
// folder, and of folders that others may write.
func (s *ccSession) inputs(q link.Question) *linkerInputs {
	in := &linkerInputs{dir: s.dir, seen: map[string]string{}, left: mostLinkerInputs}
	roots := []string{os.TempDir(), s.getenv("TMPDIR"), "/tmp", "/var/tmp", "/dev/shm", s.getenv("GOMODCACHE")}
	roots = append(roots, top(s.dir))
	for _, dir := range q.Dirs {
		const modules = "/pkg/mod/"
		if cache, _, in := strings.Cut(filepath.ToSlash(dir), modules); in {
			roots = append(roots, cache+modules)
		}
		roots = append(roots, top(dir))
	}
	for _, root := range roots {
		real, err := filepath.EvalSymlinks(root)
		if root != "" && err == nil && real != "/" && !slices.Contains(in.roots, real) {
			in.roots = append(in.roots, real)
		}
	}
	return in
}

// top is the highest folder above dir with a go.mod, go.work or repository, or dir.
func top(dir string) string {
	found := dir
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		for _, name := range []string{"go.mod", "go.work", ".git"} {
			if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
				found = dir
			}
		}
	}
	return found
}

// local reports whether a file may be the repository's, by its real path.
func (in *linkerInputs) local(path string) (real string, is bool) {
	if !filepath.IsAbs(path) {
		path = filepath.Join(in.dir, path)
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", false // nothing is there, or a loop
	}
	for _, p := range []string{filepath.Clean(path), real} {
		for _, root := range in.roots {
			if rel, err := filepath.Rel(root, p); err == nil && filepath.IsLocal(rel) {
				return real, true
			}
		}
	}
	return real, false
}

// refused returns the file for which a run of words must not be passed on, with
// what is wrong with it, or "".
func (in *linkerInputs) refused(run []string) string {
	for i, w := range run {
		next := ""
		if i+1 < len(run) {
			next = run[i+1]
		}
		why := ""
		switch {
		case w == "-L" || w == "-F" || w == "-isysroot":
			why = in.folder(next)
		case strings.HasPrefix(w, "-L") || strings.HasPrefix(w, "-F"):
			why = in.folder(w[2:])
		case strings.HasPrefix(w, "-Wl,"):
			for _, part := range strings.FieldsFunc(w[4:], func(r rune) bool { return r == ',' || r == '=' }) {
				if why == "" {
					why = in.file(strings.TrimPrefix(part, "-R"))
				}
				if why == "" && strings.Contains(w, "syslibroot") {
					why = in.folder(part)
				}
			}
		default: // an input, or an argument that some linker takes for one
			why = in.file(w)
		}
		if why != "" {
			return why
		}
	}
	return ""
}

// specs looks for GCC's specs in the working folder, where GCC may look for those
// of some flags.
func (in *linkerInputs) specs(words []string) string {
	has := func(prefix string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, prefix) })
	}
	if !has("-fopenmp") && !has("-fopenacc") && !(has("-fsanitize=") && (has("-static") || has("--static"))) {
		return ""
	}
	entries, err := bounded.ReadDir(in.dir, mostLinkerInputs)
	if err != nil { // a file in it can be opened even if the folder cannot be listed
		return in.dir + " (" + err.Error() + ")"
	}
	for _, e := range entries {
		if isSpec(e.Name()) {
			return filepath.Join(in.dir, e.Name()) + " (GCC specs)"
		}
	}
	return ""
}

func isSpec(name string) bool {
	name = strings.ToLower(name)
	return name == "specs" || strings.HasSuffix(name, ".spec") || strings.HasSuffix(name, ".specs")
}

// libraryEnds are the ends of names of files that a linker takes from a folder.
var libraryEnds = []string{".a", ".o", ".obj", ".so", ".dll", ".dylib", ".lib"}

func isLibrary(name string) bool {
	name = strings.ToLower(name)
	ends := func(end string) bool { return strings.HasSuffix(name, end) }
	return strings.Contains(name, ".so.") || slices.ContainsFunc(libraryEnds, ends)
}

// folder looks at a folder of libraries and at those beside it that GCC searches too.
func (in *linkerInputs) folder(dir string) string {
	for _, sysroot := range []string{"=", "$SYSROOT"} {
		dir = strings.TrimPrefix(dir, sysroot)
	}
	if dir == "" {
		return ""
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(in.dir, dir)
	}
	for _, d := range []string{dir, dir + "/../lib", dir + "/../lib32", dir + "/../lib64", dir + "/../libx32"} {
		if why := in.tree(d); why != "" {
			return why
		}
	}
	return ""
}

// tree looks at a folder and all that is below it.
func (in *linkerInputs) tree(dir string) string {
	real, local := in.local(dir)
	if _, done := in.seen[real]; !local || done {
		return ""
	}
	in.seen[real] = ""
	why := ""
	err := bounded.WalkDir(real, func(path string, d fs.DirEntry, err error) error {
		switch in.left--; {
		case in.left < 0:
			why = dir + " (more files than are looked at)"
		case bounded.Refused(err):
			return err
		case err != nil && path == real:
			why = dir + " (cannot be listed)" // files in it may be opened all the same
		case err != nil:
			return nil
		default:
			why = in.entry(path, d)
		}
		if why != "" {
			return fs.SkipAll
		}
		return nil
	})
	if why == "" && bounded.Refused(err) {
		why = dir + " (" + err.Error() + ")"
	}
	return why
}

func (in *linkerInputs) entry(path string, d fs.DirEntry) string {
	switch {
	case d.IsDir():
		return "" // WalkDir goes on below it
	case d.Type()&fs.ModeSymlink != 0:
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			return in.tree(path)
		}
	}
	switch {
	case isSpec(d.Name()):
		return path + " (GCC specs)"
	case isLibrary(d.Name()):
		return in.file(path)
	}
	return ""
}

// file looks at a file that a word may name, if the repository may have it.
func (in *linkerInputs) file(path string) string {
	if path == "" || strings.HasPrefix(path, "-") {
		return ""
	}
	real, local := in.local(path)
	if !local {
		return ""
	}
	if why, done := in.seen[real]; done {
		return why
	}
	info, err := os.Stat(real)
	if err != nil || info.IsDir() {
		return ""
	}
	why := ""
	switch {
	case !info.Mode().IsRegular():
		why = path + " (not a regular file)"
	default:
		if err := checkObjectFile(real); err != nil {
			why = path + " (" + err.Error() + ")"
		}
	}
	in.seen[real] = why
	return why
}

var (
	errNoObject = errors.New("not an object or an archive of objects")
	errLTO      = errors.New("an object with code for link-time optimization or words for the linker")
)

// checkObjectFile reports why a file is not a plain object or an archive of plain
// ones.
func checkObjectFile(path string) error {
	f, err := bounded.Open(path, bounded.Unlimited) // only its parts are read
	if err != nil {
		return errors.New("cannot be read")
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return errNoObject
	}
	r := io.NewSectionReader(f, 0, info.Size())
	if magicOf(r) == "!<arch>\n" {
		return checkArchive(r)
	}
	return checkObject(r)
}

func magicOf(r *io.SectionReader) string {
	var magic [8]byte
	n, _ := r.ReadAt(magic[:], 0)
	return string(magic[:n])
}

// mostMembers bounds the members of an archive that are looked at.
const mostMembers = 100_000

// checkArchive checks every member of an archive of ar. The tables of symbols and
// names come first, and hold no object.
func checkArchive(r *io.SectionReader) error {
	var header [60]byte
	for at, n := int64(8), 0; at+60 <= r.Size(); n++ {
		if _, err := r.ReadAt(header[:], at); err != nil || n > mostMembers || !bytes.Equal(header[58:], []byte("`\n")) {
			return errNoObject
		}
		size, err := strconv.ParseInt(strings.TrimSpace(string(header[48:58])), 10, 64)
		if err != nil || size < 0 || at+60+size > r.Size() {
			return errNoObject
		}
		if err := checkMember(strings.TrimSpace(string(header[:16])), n, io.NewSectionReader(r, at+60, size)); err != nil {
			return err
		}
		at += 60 + size
		at += at & 1
	}
	return nil
}

// checkMember checks the nth member of an archive. In the BSD format its long name
// comes before its contents.
func checkMember(name string, n int, r *io.SectionReader) error {
	if digits, long := strings.CutPrefix(name, "#1/"); long {
		length, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || length < 0 || length > min(r.Size(), 4096) {
			return errNoObject
		}
		text := make([]byte, length)
		if _, err := r.ReadAt(text, 0); err != nil && err != io.EOF {
			return errNoObject
		}
		name, r = strings.TrimRight(string(text), "\x00"), io.NewSectionReader(r, length, r.Size()-length)
	}
	switch name {
	case "/", "//", "/SYM64/", "__.SYMDEF", "__.SYMDEF SORTED", "__.SYMDEF_64":
		if n > 2 || isObject(magicOf(r)) {
			return errNoObject
		}
		return nil
	}
	return checkObject(r)
}

// objectMagics are the beginnings of objects of other formats, which a linker of
// ELF files does not take for a script.
var objectMagics = []string{elf.ELFMAG, "MZ", "\x4c\x01", "\x64\x86", "\xc4\x01", "\x64\xaa", "\x00\x00\xff\xff",
	"\xfe\xed\xfa", "\xce\xfa\xed\xfe", "\xcf\xfa\xed\xfe", "\xca\xfe\xba\xbe", "\x01\xd7", "\x01\xf7"}

func isObject(magic string) bool {
	return slices.ContainsFunc(objectMagics, func(m string) bool { return strings.HasPrefix(magic, m) })
}

func checkObject(r *io.SectionReader) error {
	switch magic := magicOf(r); {
	case strings.HasPrefix(magic, elf.ELFMAG):
		return checkELF(r)
	case isObject(magic):
		return checkOther(r)
	}
	return errNoObject
}

// Types of sections in which LLVM keeps words for the linker and code.
const (
	llvmLinkerOptions elf.SectionType = 0x6fff4c01
	llvmDependentLibs elf.SectionType = 0x6fff4c04
	llvmLTO           elf.SectionType = 0x6fff4c0c
)

// optimizerMarks are in the names of sections with code for link-time optimization.
var optimizerMarks = []string{".gnu.lto_", ".gnu.debuglto_", ".llvm.lto", ".llvmbc", ".llvmcmd", "__GNU_LTO", "__LLVM"}

func checkELF(r *io.SectionReader) error {
	f, err := elf.NewFile(r)
	if err != nil || f.Type == elf.ET_REL && len(f.Sections) == 0 {
		return errNoObject
	}
	for _, s := range f.Sections {
		switch s.Type {
		case llvmLinkerOptions, llvmDependentLibs, llvmLTO:
			return errLTO
		}
		if slices.ContainsFunc(optimizerMarks, func(m string) bool { return strings.HasPrefix(s.Name, m) }) {
			return errLTO
		}
	}
	return nil
}

// checkOther looks for the marks anywhere in an object of another format.
func checkOther(r *io.SectionReader) error {
	const overlap = 16 // longer than any mark
	buf := make([]byte, 1<<16)
	for at := int64(0); at < r.Size(); at += int64(len(buf) - overlap) {
		n, err := r.ReadAt(buf, at)
		if err != nil && err != io.EOF {
			return errNoObject
		}
		if slices.ContainsFunc(optimizerMarks, func(m string) bool { return bytes.Contains(buf[:n], []byte(m)) }) {
			return errLTO
		}
	}
	return nil
}
