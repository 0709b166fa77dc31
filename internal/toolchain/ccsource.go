// Where does an interpreter's path come from? From the words of the link, a
// specs file, a script in front of the compiler or of its linker, or from the
// compiler itself. The answer names the file and line, and is only ever as good
// as the text that was found: the path itself was read from a linked program.

package toolchain

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/mask"
)

const (
	ccMaxText    = 1 << 20 // read of a specs file or script
	ccMaxScripts = 16      // looked at behind one driver
)

func (s *ccSession) source(d ccDriver, q judged, f ccFacts, interp string) (link.Source, string) {
	if interp == "" {
		return link.SourceNone, ""
	}
	if flag := loaderFlag(words(q), interp); flag != "" {
		return link.SourceCCFlags, flag
	}
	specs, cc, ld := s.texts(d, q, f)
	return evidence(interp, specs, cc, ld, f.defaultWords(d))
}

// texts are the specs files, the scripts in front of the compiler, and those in
// front of its linker with what Nix keeps beside them.
func (s *ccSession) texts(d ccDriver, q judged, f ccFacts) (specs, cc, ld []ccText) {
	cc, ld = s.scripts(d.path), s.scripts(f.linker)
	for _, file := range s.specs(q, f, cc) {
		if t, ok := readText(file); ok {
			specs = append(specs, t)
		}
	}
	for _, name := range []string{"dynamic-linker", "libc-ldflags", "ldflags"} {
		if t, ok := readText(filepath.Join(filepath.Dir(f.linker), "..", "nix-support", name)); ok && f.linker != "" {
			ld = append(ld, t)
		}
	}
	return specs, cc, ld
}

// pathSource says where a run path comes from: the words of the link, a text
// that names the folder, LD_RUN_PATH, or else the compiler itself.
func (s *ccSession) pathSource(d ccDriver, q judged, f ccFacts, dir string) string {
	for _, w := range words(q) {
		if indexPath(w, dir) >= 0 {
			return w
		}
	}
	specs, cc, ld := s.texts(d, q, f)
	for _, t := range slices.Concat(specs, cc, ld) {
		if line := t.line(func(line string) int { return indexPath(line, dir) }); line != "" {
			return line
		}
	}
	if env := s.getenv("LD_RUN_PATH"); indexPath(env, dir) >= 0 {
		return "LD_RUN_PATH=" + env + " in the environment"
	}
	return f.defaultWords(d)
}

// evidence looks for the path itself everywhere before it looks for scripts
// that deal with the dynamic linker in some other way.
func evidence(interp string, specs, cc, ld []ccText, otherwise string) (link.Source, string) {
	holds := func(line string) int { return indexPath(line, interp) }
	deals := func(line string) int {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			return -1
		}
		return strings.Index(line, "dynamic-linker")
	}
	for _, try := range []struct {
		texts  []ccText
		find   func(string) int
		source link.Source
	}{
		{specs, holds, link.SourceCCSpecs},
		{cc, holds, link.SourceCCWrapper},
		{ld, holds, link.SourceLDWrapper},
		{cc, deals, link.SourceCCWrapper},
		{ld, deals, link.SourceLDWrapper},
	} {
		for _, t := range try.texts {
			if line := t.line(try.find); line != "" {
				return try.source, line
			}
		}
	}
	return link.SourceCC, otherwise
}

func (f ccFacts) defaultWords(d ccDriver) string {
	if f.version == "" {
		return d.name + " links with it"
	}
	return f.version + " links with it"
}

// loaderFlag is the flag among words that sets the interpreter to interp, as it
// was typed. Of several, the last counts.
func loaderFlag(words []string, interp string) string {
	args, typed := linkerArgs(words)
	for i, a := range slices.Backward(args) {
		name, value, joined := strings.Cut(a, "=")
		if short, ok := strings.CutPrefix(a, "-I"); ok && short != "" {
			name, value, joined = "-I", short, true
		}
		switch name {
		case "-I", "-dynamic-linker", "--dynamic-linker":
		default:
			continue
		}
		if joined && value == interp {
			return typed[i]
		}
		if !joined && i+1 < len(args) && args[i+1] == interp {
			return joinTyped(typed[i], typed[i+1])
		}
	}
	return ""
}

// linkerArgs are the words as the linker gets them, and for each the word that
// it comes from.
func linkerArgs(words []string) (args, typed []string) {
	for _, w := range words {
		if w == "-Xlinker" {
			continue // the next one goes to the linker as it is
		}
		list, _ := strings.CutPrefix(w, "-Wl,")
		if list == w {
			args, typed = append(args, w), append(typed, w)
			continue
		}
		for a := range strings.SplitSeq(list, ",") {
			args, typed = append(args, a), append(typed, w)
		}
	}
	return args, typed
}

func joinTyped(flag, value string) string {
	if flag == value {
		return flag
	}
	return flag + " " + value
}

// specs lists the specs files that a link reads: the driver's own, those of
// -specs= and those that a script in front of it names.
func (s *ccSession) specs(q judged, f ccFacts, scripts []ccText) []string {
	var files []string
	add := func(name string) {
		if file := s.specsFile(name, f); file != "" {
			files = append(files, file)
		}
	}
	if !strings.Contains(f.version, "clang") { // which finds gcc's folders, and reads no specs
		add("specs")
	}
	all := words(q)
	for i, w := range all {
		name, value, joined := strings.Cut(w, "=")
		switch {
		case name != "-specs" && name != "--specs":
		case joined:
			add(value)
		case i+1 < len(all):
			add(all[i+1])
		}
	}
	for _, t := range scripts {
		for _, m := range specsWord().FindAllSubmatch(t.data, -1) {
			add(string(m[1]))
		}
	}
	return files
}

var specsWord = lazily(`-specs[= ]["']?([^\s"']+)`)

// specsFile finds a specs file as gcc does: by its path, or in gcc's folders.
func (s *ccSession) specsFile(name string, f ccFacts) string {
	dirs := slices.Concat(f.libDirs, f.progDirs)
	if strings.Contains(name, "/") {
		dirs = []string{""}
	}
	for _, dir := range dirs {
		file := tidy(s.abs(joinAsIs(dir, name)))
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
			return file
		}
	}
	return ""
}

// A ccText is the beginning of a text file.
type ccText struct {
	file string
	data []byte
}

// line is "FILE:LINE: TEXT" of the first line in which find finds something.
func (t ccText) line(find func(line string) int) string {
	n := 0
	for line := range bytes.Lines(t.data) {
		n++
		text := strings.TrimSpace(string(line))
		if at := find(text); at >= 0 {
			return fmt.Sprintf("%s:%d: %s", t.file, n, excerpt(t.masked(text, at)))
		}
	}
	return ""
}

// masked leaves out what a line has besides its evidence at byte at and may be a
// secret.
func (t ccText) masked(line string, at int) (string, int) {
	if bytes.HasPrefix(t.data, []byte("#!")) {
		return mask.Command(line, at)
	}
	return mask.Line(line, at)
}

func readText(file string) (ccText, bool) {
	data, err := bounded.ReadHead(file, ccMaxText)
	return ccText{tidy(file), data}, err == nil
}

// isProgram reports whether the file is for the kernel to run, not for an
// interpreter such as a shell.
func isProgram(file string) bool {
	magic, err := bounded.ReadHead(file, 4)
	if err != nil || len(magic) < 4 {
		return false
	}
	switch string(magic) {
	case "\x7fELF", "\xcf\xfa\xed\xfe", "\xce\xfa\xed\xfe", "\xca\xfe\xba\xbe", "\xfe\xed\xfa\xcf", "\xfe\xed\xfa\xce":
		return true
	}
	return string(magic[:2]) == "MZ"
}

// scripts are the script that file is, and those it seems to lead to.
func (s *ccSession) scripts(file string) []ccText {
	var found []ccText
	seen := map[string]bool{}
	next := []string{file}
	for len(next) > 0 && len(seen) < ccMaxScripts {
		file, next = next[0], next[1:]
		if file == "" || seen[file] {
			continue
		}
		seen[file] = true
		if isProgram(file) {
			continue
		}
		if t, ok := readText(file); ok && (len(found) == 0 || bytes.HasPrefix(t.data, []byte("#!"))) {
			found = append(found, t)
			next = append(next, s.leads(t)...)
		}
	}
	return found
}

// toolName is how compilers and linkers are called.
var toolName = lazily(`^([\w.+-]*[-.])?(cc|gcc|g\+\+|c\+\+|clang|clang\+\+|cpp|ld|lld|gold|bfd|mold)([-.][\w.+-]*)?$`)

// leads are the programs that a script may run: whatever it gives the path of,
// and what looks like a compiler or linker and is on PATH.
func (s *ccSession) leads(t ccText) []string {
	words := strings.FieldsFunc(string(t.data), func(r rune) bool { return strings.ContainsRune(" \t\r\n\"'`=;|&(){}<>$:", r) })
	var files []string
	for _, w := range words {
		w = strings.TrimLeft(w, "-")
		file := ""
		if filepath.IsAbs(w) {
			file = executable(w)
		} else if toolName().MatchString(w) {
			file = s.lookPath(w)
		}
		if file != "" && !slices.Contains(files, file) {
			files = append(files, file)
		}
	}
	return files
}

// indexPath finds path in line where it is not a part of a longer one.
func indexPath(line, path string) int {
	for from := 0; ; {
		i := strings.Index(line[from:], path)
		if i < 0 {
			return -1
		}
		start := from + i
		end := start + len(path)
		if (start == 0 || !inPath(line[start-1])) && (end == len(line) || !inPath(line[end])) {
			return start
		}
		from = end
	}
}

func inPath(c byte) bool {
	return c == '/' || c == '.' || c == '_' || c == '-' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

// tidy takes out what gcc leaves in its paths (bin/../lib), unless a symbolic
// link on the way gives it a meaning.
func tidy(file string) string {
	clean := filepath.Clean(file)
	a, errA := os.Stat(file)
	b, errB := os.Stat(clean)
	if errA == nil && errB == nil && os.SameFile(a, b) {
		return clean
	}
	return file
}

// joinAsIs joins without cleaning: gcc's DIR/../x is the kernel's to
// resolve where DIR is a symbolic link.
func joinAsIs(dir, name string) string {
	if dir == "" {
		return name
	}
	return strings.TrimSuffix(dir, "/") + "/" + name
}
