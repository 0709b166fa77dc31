// What an answer depends on: programs, libraries, start files and specs, and
// the folders in which another of that name would be found before them.

package toolchain

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
)

// dependencies lists files and folders, or nothing where the answer depends on
// what a script does.
func (s *ccSession) dependencies(d ccDriver, q judged, f ccFacts, opened []string) []string {
	if f.linker == "" || !isProgram(f.linker) {
		return nil
	}
	var files []string
	add := func(more ...string) { files = append(files, more...) }
	add(d.path, f.linker)
	add(f.libDirs...)
	add(f.progDirs...)
	add(opened...)
	add(siblings(opened)...)
	add(s.specs(q, f, nil)...)
	add(s.named(q)...)
	add(s.libraries(q, f)...)
	// A compiler cache is called gcc and looks for another gcc on PATH.
	for _, dir := range s.path() {
		add(filepath.Join(dir, filepath.Base(d.name)))
		if f.onPath != "" {
			add(filepath.Join(dir, f.onPath))
		}
	}
	for _, name := range []string{filepath.Base(d.name) + ".cfg", "clang.cfg"} {
		add(filepath.Join(filepath.Dir(d.real), name))
	}
	slices.Sort(files)
	files = slices.Compact(files)
	if slices.ContainsFunc(files, isScript) {
		return nil
	}
	return files
}

// isScript reports whether a file is one that a shell would run; a driver's own
// words, as in CC="ccache gcc", may be.
func isScript(file string) bool {
	magic, err := bounded.ReadHead(file, 2)
	return err == nil && string(magic) == "#!"
}

// siblings are the folders in which compilers look for the newest version of
// gcc that is installed: …/lib/gcc/TRIPLE, for a file of that version's.
func siblings(opened []string) []string {
	var dirs []string
	for _, file := range opened {
		dir := filepath.Dir(filepath.Dir(file))
		if filepath.Base(filepath.Dir(dir)) == "gcc" {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// named are the files and folders that the words of a link name, and programs
// among the driver's words.
func (s *ccSession) named(q judged) []string {
	var files []string
	for _, w := range q.Driver[1:] {
		if !strings.HasPrefix(w, "-") {
			files = append(files, s.lookPath(w))
		}
	}
	for _, w := range words(q) {
		for _, p := range pathFlags {
			w = strings.TrimPrefix(w, p)
		}
		for part := range strings.FieldsFuncSeq(w, func(r rune) bool { return r == ',' || r == '=' }) {
			file := s.abs(part)
			if _, err := os.Stat(file); err == nil || strings.Contains(part, "/") && !strings.HasPrefix(part, "-") {
				files = append(files, file)
			}
		}
	}
	return slices.DeleteFunc(files, func(f string) bool { return f == "" })
}

// libraries are the files that -l words and the compiler itself may mean, there
// or not: a linker script such as libc.so is not always in what a linker says
// it opened.
func (s *ccSession) libraries(q judged, f ccFacts) []string {
	names := []string{"libc.so", "libc.so.6", "libc.a", "crt1.o", "Scrt1.o"}
	var dirs []string
	for _, w := range words(q) {
		if lib, ok := strings.CutPrefix(w, "-l:"); ok {
			names = append(names, lib)
		} else if lib, ok := strings.CutPrefix(w, "-l"); ok && lib != "" {
			names = append(names, "lib"+lib+".so", "lib"+lib+".a")
		}
		if dir, ok := strings.CutPrefix(w, "-L"); ok && dir != "" {
			dirs = append(dirs, s.abs(dir))
		}
	}
	var files []string
	for _, name := range names {
		for _, dir := range slices.Concat(dirs, f.libDirs) {
			file := joinAsIs(dir, name)
			if s.stamp(file).Size >= 0 {
				files = append(files, file)
				break // whether one comes before it is up to the folders' stamps
			}
		}
	}
	return append(files, dirs...)
}

// traced reads what a linker printed for -t: a file each line, an archive with
// or around its member, or a file after the -l that led to it.
func (s *ccSession) traced(text, work string) []string {
	var files []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		for _, part := range append(strings.FieldsFunc(line, func(r rune) bool { return r == '(' || r == ')' }), line) {
			file := s.abs(strings.TrimSpace(part))
			if strings.HasPrefix(file, work) || part == "" || slices.Contains(files, file) {
				continue
			}
			if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
				files = append(files, file)
			}
		}
	}
	return files
}
