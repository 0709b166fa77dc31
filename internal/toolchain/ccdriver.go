// Who is the C compiler? Where its driver, its linker and its folders are,
// without a link.

package toolchain

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"unicode"
)

// A ccDriver is the compiler of a question: how it is called and what file
// that is.
type ccDriver struct {
	name string // as it is typed, which is how it has to be called
	path string // what PATH makes of it
	real string // path with its symbolic links followed
}

// find looks for the driver that the words of a question begin with.
func (s *ccSession) find(driver []string) (ccDriver, error) {
	if len(driver) == 0 || driver[0] == "" {
		return ccDriver{}, refuse("", "no C compiler is named")
	}
	d := ccDriver{name: driver[0]}
	if d.path = s.lookPath(d.name); d.path == "" {
		return d, refuse("", "C compiler %q not found", d.name)
	}
	var err error
	if d.real, err = filepath.EvalSymlinks(d.path); err != nil {
		d.real = d.path
	}
	return d, nil
}

// lookPath is exec.LookPath in the environment and folder of the questions.
// Like that, it does not take a program from a relative folder on PATH.
func (s *ccSession) lookPath(name string) string {
	if strings.ContainsRune(filepath.ToSlash(name), '/') {
		return executable(s.abs(name))
	}
	for _, dir := range s.path() {
		if file := executable(filepath.Join(dir, name)); file != "" {
			return file
		}
	}
	return ""
}

// path lists the absolute folders on PATH.
func (s *ccSession) path() []string {
	return slices.DeleteFunc(filepath.SplitList(s.getenv("PATH")), func(dir string) bool { return !filepath.IsAbs(dir) })
}

func executable(file string) string {
	if runtime.GOOS == "windows" && filepath.Ext(file) == "" {
		file += ".exe"
	}
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() || runtime.GOOS != "windows" && info.Mode()&0o111 == 0 {
		return ""
	}
	return file
}

func (s *ccSession) abs(file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(s.dir, file)
}

func (s *ccSession) getenv(name string) string {
	for _, kv := range slices.Backward(s.env) {
		if v, ok := strings.CutPrefix(kv, name+"="); ok {
			return v
		}
	}
	return ""
}

// ccFacts is what a driver says of itself.
type ccFacts struct {
	version  string   // first line of --version, "" where that is rubbish
	libDirs  []string // where it looks for libraries, start files and specs
	progDirs []string // where it looks for the linker before PATH
	linker   string   // "" where it is not found
	onPath   string   // the linker's name, where PATH decides
}

// facts asks the driver, once for all questions that would get the same reply.
func (s *ccSession) facts(d ccDriver, q judged) ccFacts {
	flags := slices.Concat(q.Driver[1:], aboutMachine(q.Before), aboutMachine(q.After))
	name := linkerName(words(q))
	key := strings.Join(slices.Concat([]string{d.path, d.name, name}, flags), "\x00")
	return s.drivers.get(key, func() ccFacts {
		say := func(flag string) string { return s.say(d, flags, flag) }
		var f ccFacts
		f.version = versionLine(say("--version"))
		f.progDirs, f.libDirs = searchDirs(say("-print-search-dirs"))
		if filepath.IsAbs(name) {
			f.linker = executable(name)
			return f
		}
		if f.linker = strings.TrimSpace(say("-print-prog-name=" + name)); !filepath.IsAbs(f.linker) {
			f.linker, f.onPath = s.lookPath(name), name
		}
		return f
	})
}

// say is what the driver prints for a flag, "" where it fails.
func (s *ccSession) say(d ccDriver, flags []string, flag string) string {
	out := s.run(d, append(slices.Clone(flags), flag))
	if out.err != nil {
		return ""
	}
	return out.stdout
}

// words are all the words of a question's link.
func words(q judged) []string { return slices.Concat(q.Driver[1:], q.Before, q.After) }

// linkerName is the linker that the words ask for: the last word wins.
func linkerName(words []string) string {
	name := "ld"
	for _, w := range words {
		if v, ok := strings.CutPrefix(w, "-fuse-ld="); ok {
			name = v
			if !filepath.IsAbs(v) {
				name = "ld." + v
			}
		}
		if v, ok := strings.CutPrefix(w, "--ld-path="); ok {
			name = v
		}
	}
	return name
}

// versionLine is the first line of what --version printed, if it may be that.
func versionLine(out string) string {
	line, _, _ := strings.Cut(out, "\n")
	line = strings.TrimSpace(line)
	strange := strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) })
	if strange || len(line) > 120 || !strings.ContainsAny(line, "0123456789") {
		return ""
	}
	return line
}

// versionWord is a word that was printed alone, "" where it was more than that.
func versionWord(out string) string {
	word := strings.TrimSpace(out)
	if len(word) > 80 || strings.ContainsFunc(word, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return ""
	}
	return word
}

// searchDirs reads what -print-search-dirs printed.
func searchDirs(out string) (programs, libraries []string) {
	for line := range strings.Lines(out) {
		kind, list, _ := strings.Cut(strings.TrimSpace(line), ": =")
		dirs := slices.DeleteFunc(filepath.SplitList(list), func(dir string) bool { return !filepath.IsAbs(dir) })
		switch kind {
		case "programs":
			programs = dirs
		case "libraries":
			libraries = dirs
		}
	}
	return programs, libraries
}

// aboutMachine picks from a link's words those that say what machine an object
// is for and where the compiler keeps its parts.
func aboutMachine(words []string) []string {
	var out []string
	for i := 0; i < len(words); i++ {
		w := words[i]
		switch w {
		case "-target", "-arch", "-isysroot", "--sysroot", "-B", "-specs", "--specs":
			if i+1 < len(words) {
				out = append(out, w, words[i+1])
				i++
			}
			continue
		}
		for _, p := range []string{"-m", "-B", "--target=", "--sysroot=", "-specs=", "--specs=", "--gcc-toolchain="} {
			if strings.HasPrefix(w, p) {
				out = append(out, w)
				break
			}
		}
	}
	return out
}
