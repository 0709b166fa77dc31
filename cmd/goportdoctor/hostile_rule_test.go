//go:build linux

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// ruleNine holds what may be started when goportdoctor reads a repository: the go
// command with what that starts to ask tools their version, the C compiler on
// goportdoctor's own program, and pkg-config.
type ruleNine struct {
	self, goTool, goTools string
	compilers             []string // gcc, g++, and the assembler and linker of the system
	folder                string   // of gcc's own programs, "" without gcc
	pkgConfig             string
}

func newRuleNine(t *testing.T, self, goRoot string) ruleNine {
	t.Helper()
	goRoot = resolved(goRoot)
	r := ruleNine{self: self, goTool: resolved(filepath.Join(goRoot, "bin", "go"))}
	r.goTools = filepath.Join(goRoot, "pkg", "tool")
	for _, name := range []string{"gcc", "g++", "musl-gcc", "as", "ld", "ld.bfd", "ld.gold"} {
		if path, err := exec.LookPath(name); err == nil {
			r.compilers = append(r.compilers, resolved(path))
		}
	}
	if path, err := exec.LookPath("pkg-config"); err == nil {
		r.pkgConfig = resolved(path)
	}
	if out, err := exec.Command("gcc", "-print-prog-name=cc1").Output(); err == nil {
		r.folder = filepath.Dir(resolved(strings.TrimSpace(string(out))))
	}
	return r
}

func resolved(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// within reports whether a path is a folder or below it.
func within(path, dir string) bool {
	return path == dir || strings.HasPrefix(path, dir+"/")
}

// objection says why a command may not start s, "" if it may.
func (r ruleNine) objection(s started, v victim, a *attack, builds bool) string {
	path := resolved(s.path)
	onPath := slices.Contains(v.folders(a.path), filepath.Dir(s.path))
	switch {
	case s.fails && onPath:
		return "" // a name that was looked for
	case !filepath.IsAbs(s.path):
		return "a relative path, which the repository can supply"
	case within(path, v.base) || within(s.path, v.base):
		return "a program of the repository"
	case s.fails:
		return "" // a name that was looked for
	case path == r.self:
		return ""
	case path == r.goTool:
		return r.ofGo(s.args)
	case within(path, r.goTools):
		return r.ofTool(filepath.Base(path), s.args, builds)
	case path == r.pkgConfig:
		return ofPkgConfig(s.args)
	case slices.Contains(r.compilers, path), r.folder != "" && within(path, r.folder):
		return ofCompiler(s.args, v, a, builds)
	}
	return "rule 9 does not name it"
}

// ofGo judges the words of a go command.
func (r ruleNine) ofGo(args []string) string {
	if len(args) == 2 && args[1] == "** telemetry **" {
		return "" // its counter of its own runs
	}
	if len(args) < 2 || !slices.Contains([]string{"list", "env", "version", "vet", "build", "work"}, args[1]) {
		return "another command of go's"
	}
	for _, w := range args {
		w = "-" + strings.TrimLeft(w, "-")
		name, value, _ := strings.Cut(w, "=")
		if name == "-toolexec" && w != "-toolexec=" || name == "-exec" || name == "-vettool" && value != r.self {
			return "a word that has the go command start a program: " + w
		}
	}
	return ""
}

// ofTool judges a tool of GOROOT: its version alone is asked, except in a build,
// and the compiler for its words about a syntax error.
func (r ruleNine) ofTool(name string, args []string, builds bool) string {
	syntax := name == "compile" && strings.HasPrefix(strings.Join(args[1:], " "), "-p p -o ")
	if builds || args[len(args)-1] == "-V=full" || syntax {
		return ""
	}
	return "a tool of GOROOT that is asked for more than its version"
}

// pkgConfigWords are the flags that cmd/go passes on to pkg-config, without values
// (cmd/go/internal/work.validPkgConfigFlags).
var pkgConfigWords = strings.Fields(`-- --atleast-pkgconfig-version --atleast-version --cflags --cflags-only-I
--define-prefix
--define-variable --digraph --dont-define-prefix --dont-relocate-paths --dump-personality --env-only --errors-to-stdout
--exact-version --exists --fragment-filter --ignore-conflicts --internal-cflags --keep-system-cflags --keep-system-libs
--libs --libs-only-L --libs-only-l --list-all --list-package-names --max-version --maximum-traverse-depth --modversion
--msvc-syntax --no-cache --no-provides --no-uninstalled --path --personality --prefix-variable --print-errors
--print-provides --print-requires --print-requires-private --print-variables --pure --shared --short-errors
--silence-errors --simulate --static --uninstalled --validate --variable --with-path`)

func ofPkgConfig(args []string) string {
	for _, w := range args[1:] {
		flag, _, _ := strings.Cut(w, "=")
		if strings.HasPrefix(w, "-") && !slices.Contains(pkgConfigWords, flag) {
			return "a flag that cmd/go does not pass to pkg-config: " + w
		}
		if strings.HasPrefix(w, "@") {
			return "a name that cmd/go does not pass to pkg-config: " + w
		}
	}
	return ""
}

// forbidden begin the words that have a C compiler or linker start other programs,
// load code, or read more words from a file.
var forbidden = []string{"-B", "-specs", "--specs", "-fplugin", "-wrapper", "--log-file", "-lto_library",
	"-fuse-ld=/", "--ld-path",
	"-T", "--script", "-load", "-Xclang", "--plugin", "-plugin", "@", "-include", "-imacros",
	"-Map", "--out-implib", "-MF", "-MD", "-save-temps", "-fdump", "-o"}

// readable begin the words by which a compiler may be told of the repository's
// folders: it looks for headers and libraries there.
var readable = []string{"-I", "-L", "-isystem", "-iquote", "-idirafter", "-isysroot", "--sysroot=", "-rpath", "-R"}

// ofCompiler judges the words of a C compiler, assembler or linker.
func ofCompiler(args []string, v victim, a *attack, builds bool) string {
	words := linkerWords(args[1:])
	for i, w := range words {
		next := ""
		if i+1 < len(words) {
			next = words[i+1]
		}
		bad := slices.ContainsFunc(forbidden, func(p string) bool { return strings.HasPrefix(w, p) })
		switch {
		case slices.ContainsFunc(a.allow, func(p string) bool { return strings.HasPrefix(w, v.expand(p)) }):
		case bad && !ownWord(w, next, v):
			return "a word that a repository may not give a C compiler: " + w + " " + next
		case !builds && !bad && strings.Contains(w, v.repo) && !readsOnly(w, words, i):
			return "a word that names the repository: " + w
		}
	}
	return ""
}

// ownWord reports whether a word that could do harm is gcc's or goportdoctor's own.
func ownWord(w, next string, v victim) bool {
	ours := func(path string) bool {
		return within(path, v.tmp) || strings.HasPrefix(path, "/usr/lib/") || path == os.DevNull
	}
	value, attached := strings.CutPrefix(w, "-plugin-opt=")
	switch {
	case attached:
		value = strings.TrimPrefix(strings.TrimPrefix(value, "-pass-through="), "-fresolution=")
		return ours(value) || strings.HasPrefix(value, "-l")
	case strings.HasPrefix(w, "-Bs"), strings.HasPrefix(w, "-Bdynamic"): // -Bstatic, -Bsymbolic
		return true
	case w == "-plugin", w == "-specs": // musl-gcc's
		return strings.HasPrefix(next, "/usr/lib/")
	case w == "-o":
		return ours(next) || !filepath.IsAbs(next)
	case strings.HasPrefix(w, "-o/"): // of cgo
		return ours(w[2:])
	case strings.HasPrefix(w, "@"):
		return within(w[1:], v.tmp)
	}
	return false
}

// readsOnly reports whether a compiler only looks for headers and libraries in
// what the word at i names, or reads a library.
func readsOnly(w string, words []string, i int) bool {
	for _, p := range readable {
		if strings.HasPrefix(w, p) || i > 0 && words[i-1] == p {
			return true
		}
	}
	return slices.Contains([]string{".a", ".o", ".so", ".syso"}, filepath.Ext(w))
}

// linkerWords splits words for the preprocessor, assembler and linker.
func linkerWords(args []string) []string {
	var all []string
	for _, w := range args {
		_, list, ok := strings.Cut(w, ",")
		switch {
		case ok && (strings.HasPrefix(w, "-Wl,") || strings.HasPrefix(w, "-Wp,") || strings.HasPrefix(w, "-Wa,")):
			all = append(all, strings.Split(list, ",")...)
		case w != "-Xlinker" && w != "-Xassembler" && w != "-Xpreprocessor":
			all = append(all, w)
		}
	}
	return all
}
