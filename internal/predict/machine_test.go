package predict

import (
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

const (
	gnuLoader  = "/lib64/ld-linux-x86-64.so.2"
	muslLoader = "/lib/ld-musl-x86_64.so.1"
	brewLoader = "/home/linuxbrew/.linuxbrew/lib/ld.so"
	brewLibs   = "/home/linuxbrew/.linuxbrew/lib/gcc/current"
)

// mirroredFunctions are all that predict relies on.
var mirroredFunctions = strings.Fields(`distInfo MustLinkExternal InternalLinkPIESupported DefaultPIE Set buildModeInit
	instrumentInit mustLinkExternal determineLinkMode LinkerDeps externalLinkingReason loadlib ldhostobj internalpkg hostlink
	hostlinkArchArgs setCgoAttr linksetup dynimport dynimport/cgo elfImportedSymbols asmbElf GO_LDSO checkFlags
	checkCompilerFlags checkLinkerFlags CFlags flagsNotCompatibleWithInternalLinking checkCompilerFlagsForInternalLink
	checkLinkerFlagsForInternalLink cgo ld setextld Init/amd64 Init/arm Init/arm64 Init/loong64 Init/mips Init/mips64
	Init/ppc64 Init/riscv64 Init/s390x Init/x86`)

// known is a toolchain of linux/amd64 all of whose functions are those of a
// release, but for the ones that are named.
func known(release string, strange ...string) link.Toolchain {
	t := link.Toolchain{Version: release, Host: "linux/amd64", Rules: map[string]string{}, Flags: flagLists(),
		Loaders: map[string]bool{gnuLoader: true}}
	for _, f := range mirroredFunctions {
		if !slices.Contains(strange, f) {
			t.Rules[f] = release
		}
	}
	return t
}

// flagLists are a few of the patterns that cmd/go has.
func flagLists() *link.FlagLists {
	return &link.FlagLists{
		ValidCompiler:   []string{`-D([A-Za-z_].*)`, `-I([^@\-].*)`, `-O([^@\-].*)`, `-f(no-)?lto(=.*)?`, `-g([^@\-].*)?`, `-(pthread|static)`},
		ValidLinker:     []string{`-g`, `-O([^@\-].*)`, `-l([^@\-].*)`, `-L([^@\-].*)`, `-(static|pthread)`, `-Wl,--(no-)?as-needed`, `-Wl,--push-state`, `-Wl,-Bstatic`},
		InvalidLinker:   []string{`-lbad`},
		CompilerNext:    []string{"-D", "-I", "-arch"},
		LinkerNext:      []string{"-L", "-Wl,-framework", "-framework"},
		InvalidCompiler: []string{`-Ibad`},
		PkgConfig:       []string{`--static`}, PkgConfigFlags: link.FlagsListed, PkgConfigNames: link.NamesSafe,
	}
}

// build is a plain build for linux/amd64 with cgo, changed by each of changes.
func build(changes ...func(*link.Build)) link.Build {
	b := link.Build{GOOS: "linux", GOARCH: "amd64", CgoEnabled: true, BuildMode: "default", Compiler: "gc",
		CC: []string{"gcc"}, CXX: []string{"g++"},
		Cgo: link.CgoFlags{CFLAGS: []string{"-g", "-O2"}, CXXFLAGS: []string{"-g", "-O2"}, FFLAGS: []string{"-g", "-O2"}, LDFLAGS: []string{"-g", "-O2"}}}
	for _, change := range changes {
		change(&b)
	}
	return b
}

func cgoOff(b *link.Build)  { b.CgoEnabled = false }
func race(b *link.Build)    { b.Race = true }
func msan(b *link.Build)    { b.MSan = true }
func asan(b *link.Build)    { b.ASan = true }
func extLink(b *link.Build) { b.ExtLink = "1" }

func mode(mode string) func(*link.Build) { return func(b *link.Build) { b.BuildMode = mode } }

func on(goos, goarch string) func(*link.Build) {
	return func(b *link.Build) { b.GOOS, b.GOARCH = goos, goarch }
}

func cgoLDFLAGS(words ...string) func(*link.Build) {
	return func(b *link.Build) { b.Cgo.LDFLAGS = append(b.Cgo.LDFLAGS, words...) }
}

// main is the program example.com/m, which imports packages.
func mainOf(imports ...string) *link.Package {
	return &link.Package{ImportPath: "example.com/m", Name: "main", Module: "example.com", Main: true, GoFiles: []string{"main.go"}, Imports: imports}
}

// own is a main package that imports "C" itself, changed by each of changes.
func own(changes ...func(*link.Package)) *link.Package {
	p := mainOf()
	p.Cgo, p.CgoFiles, p.GoFiles = true, []string{"main.go"}, nil
	for _, change := range changes {
		change(p)
	}
	return p
}

// program puts a main package and others on top of those of the standard
// library as go list has them with cgo on or off: with it, their cgo files go
// without the import of runtime/cgo that cgo adds.
func program(cgo bool, main *link.Package, others ...*link.Package) link.Program {
	g := link.Graph{main.ImportPath: main}
	for path, imports := range map[string]string{
		"runtime": "", "fmt": "runtime os", "os": "runtime", "net/http": "net", "sort": "runtime",
		"net": "runtime", "os/user": "runtime", "runtime/cgo": "", "plugin": "",
		"runtime/race": "", "runtime/msan": "", "runtime/asan": "",
	} {
		g[path] = &link.Package{ImportPath: path, Module: "std", Standard: true, Imports: strings.Fields(imports), GoFiles: []string{"x.go"},
			Cgo: cgo && !slices.Contains([]string{"runtime", "fmt", "os", "net/http", "sort"}, path)}
	}
	for _, p := range others {
		g[p.ImportPath] = p
	}
	return link.Program{Main: main, Graph: g}
}

// A compiler answers as one C compiler and its libc would.
type compiler struct {
	loader  string
	source  link.Source
	runpath string
	appends bool // names its loader last, as a wrapper does
	fails   string
}

var (
	gcc  = compiler{loader: gnuLoader, source: link.SourceCC}
	brew = compiler{loader: brewLoader, source: link.SourceCCSpecs, runpath: brewLibs}
)

func (c compiler) answer(q link.Question) link.Answer {
	words := slices.Concat(q.Before, q.After)
	switch {
	case c.fails != "":
		return link.Answer{Error: c.fails}
	case slices.Contains(words, "-static"):
		return link.Answer{Linkage: link.LinkageStatic}
	}
	a := link.Answer{Linkage: link.LinkageDynamic, Interp: c.loader, Source: c.source, Because: "as it is set up", Needed: []string{"libc.so.6"},
		Symbols: []link.Symbol{{Name: "pthread_create", Version: "GLIBC_2.34", Lib: "libc.so.6"}}}
	if c.runpath != "" {
		a.RunPath = []string{c.runpath}
	}
	for _, w := range words {
		if path, ok := strings.CutPrefix(w, "-Wl,--dynamic-linker,"); ok && !c.appends {
			a.Interp, a.Source = path, link.SourceCCFlags
		}
		if path, ok := strings.CutPrefix(w, "-Wl,-rpath,"); ok {
			a.RunPath = append(a.RunPath, path)
		}
	}
	if slices.Contains(words, "-shared") {
		a.Interp = ""
	}
	for _, name := range q.Symbols {
		if name != "pthread_create" {
			a.Symbols = append(a.Symbols, link.Symbol{Name: name, Version: "GLIBC_2.2.5", Lib: "libc.so.6"})
		}
	}
	return a
}

// predicted is what comes of a program once a compiler has answered all that is
// asked of it.
func predicted(b link.Build, p link.Program, t link.Toolchain, cc compiler, m Machine) link.Executable {
	plan := New(b, p, t)
	m.Answers = map[string]link.Answer{}
	for _, q := range plan.Questions() {
		m.Answers[q.Key()] = cc.answer(q)
	}
	return plan.Executable(m)
}

// facts puts link mode, linkage, interpreter, libraries, run path and glibc in
// one line: ? for what is unknown, ≥ for what is so at least, - for none.
func facts(e link.Executable) string {
	if e.BuildError != "" {
		return e.BuildError
	}
	interpreter := mark(e.Interpreter.Certainty, e.Interpreter.Value)
	if e.Interpreter.Certainty == link.Exact && e.Interpreter.Value != "" {
		interpreter += " " + string(e.Interpreter.Source)
	}
	return strings.Join([]string{
		mark(e.LinkMode.Certainty, e.LinkMode.Value), mark(e.Linkage.Certainty, e.Linkage.Value), interpreter,
		mark(e.Needed.Certainty, e.Needed.Value...), mark(e.RunPath.Certainty, e.RunPath.Value...), mark(e.Glibc.Certainty, e.Glibc.Value),
	}, " | ")
}

func mark(c link.Certainty, values ...string) string {
	text := strings.Join(values, ",")
	switch {
	case c == link.Unknown:
		return "?"
	case text == "":
		text = "-"
	}
	if c == link.AtLeast {
		text = "≥" + text
	}
	return text
}
