package doctor

import (
	"cmp"
	"fmt"
	"go/version"
	"maps"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/port"
	"github.com/goportdoctor/goportdoctor/internal/predict"
	"github.com/goportdoctor/goportdoctor/internal/toolchain"
)

var goChecks = []Check{{
	ID: "go-command", Title: "Which go command runs?", Since: "v0.1.0",
	Looks:   "The go commands on PATH, with their symbolic links followed, and the VERSION file of the tree that each is part of.",
	Means:   "Several go commands of different releases are on PATH. Another shell, an editor or cron may have another PATH, and then builds with another of them.",
	Remedy:  "Leave one on PATH: remove the other, or put its folder behind.",
	passed:  "there is one go command on PATH",
	machine: goCommand,
}, {
	ID: "goroot", Title: "Whose Go is it?", Since: "v0.1.0",
	Looks: "GOROOT, by its path and by what packagers leave beside what they install: Homebrew, Nix, Guix, conda, snap, Spack, the distribution, the module golang.org/toolchain.",
	Means: "A packager may have patched Go, or compiled its standard library with a compiler of its own. Up to Go 1.19 that decided about the dynamic linker of every program with net or os/user; " +
		"from Go 1.20 on the user's own C compiler does. Without GOROOT/src nobody can tell what the linker does.",
	Remedy:  "Where the source is missing, install the package that has it (golang-1.NN-src), or Go from go.dev/dl.",
	machine: whoseGo,
}, {
	ID: "go-toolchain", Title: "Does another toolchain build than the one on PATH?", Since: "v0.1.0",
	Looks:   "GOTOOLCHAIN and the go and toolchain lines of go.mod and go.work, where the go command says it is of another release than the tree that it is in.",
	Means:   "The go command hands over to a toolchain of the module cache. All that is said here is said of that one; what the packager of the first did to it plays no part.",
	Remedy:  "None is needed. `GOTOOLCHAIN=local` keeps to the one on PATH.",
	passed:  "the go command on PATH builds by itself",
	machine: otherToolchain,
}, {
	ID: "toolchain-source", Title: "Is it Go as it was released?", Since: "v0.1.0",
	Looks:   "The functions of the go command and the linker that decide about linking, in GOROOT/src, by a digest of each.",
	Means:   "This toolchain decides by other rules than any release that is known: it is patched, or newer than this goportdoctor. What depends on it is unknown.",
	Remedy:  "Update goportdoctor, or build with a released Go: `GOTOOLCHAIN=go1.N.P go build …`.",
	passed:  "its rules are those of released Go",
	machine: strangeSource,
}, {
	ID: "goroot-archive", Title: "Does Go's own runtime/cgo name a loader of the packager's?", Since: "v0.1.0",
	Looks: "GOROOT/pkg/GOOS_GOARCH/runtime/cgo.a, which Go up to 1.19 comes with, compiled.",
	Means: "Whoever built this Go did so with a C compiler that names a dynamic linker of its own, and that name went into the compiled runtime/cgo. " +
		"Every program that imports net or os/user inherits it, whatever C compiler is used now.",
	Remedy:  "`CGO_ENABLED=0 go build …`; or a Go from go.dev/dl; or have the archive compiled anew: `go build -a …`.",
	passed:  "no compiled runtime/cgo came with this Go, or it names the system's dynamic linker",
	program: loaderFrom(link.SourceGOROOTArchive, (*examination).again),
	machine: gorootArchive,
}, {
	ID: "go-ldso", Title: "Is a dynamic linker baked into this Go?", Since: "v0.1.0",
	Looks: "The constant GO_LDSO of GOROOT/src/internal/buildcfg/zbootstrap.go, under whatever spelling; and GO_LDSO in the environment, where the linker was patched to read it, as that of nixpkgs is.",
	Means: "Whoever built this Go baked in a dynamic linker. Go's linker names it in whatever it links by itself and without cgo: PIE, and programs that import from shared libraries in plain Go files. CGO_ENABLED=0 does not help.",
	Remedy: "Build a plain executable (`-buildmode=exe`), name the loader (`go build -ldflags=-I=/lib64/ld-linux-x86-64.so.2 …`), " +
		"or use a Go from go.dev/dl.",
	passed:  "no dynamic linker, or the system's, is baked in",
	program: loaderFrom(link.SourceGOLDSO, withoutPIE),
	machine: bakedLoader,
}, {
	ID: "go-linker", Title: "Was the linker's own loader path written over?", Since: "v0.1.0",
	Looks: "The loader for Linux in GOROOT/src/cmd/link/internal/*/obj.go, where the rest of that function is as released. Guix writes its own store's path there.",
	Means: "PIE, and programs that import from shared libraries in plain Go files, name a dynamic linker of the packager's, even with CGO_ENABLED=0.",
	Remedy: "Build a plain executable (`-buildmode=exe`), name the loader (`go build -ldflags=-I=/lib64/ld-linux-x86-64.so.2 …`), " +
		"or use a Go from go.dev/dl.",
	passed:  "the linker's loader is Go's own",
	program: loaderFrom(link.SourcePort, withoutPIE),
	machine: linkerLoader,
}, {
	ID: "go-default-pie", Title: "Does this Go make a PIE unless told otherwise?", Since: "v0.1.0",
	Looks:   "DefaultPIE in GOROOT/src/internal/platform/supported.go, where it is not a released one: what does it say for this port?",
	Means:   "A packager patched Go so that plain `go build` makes a position-independent executable. Such a one names a dynamic linker even with CGO_ENABLED=0.",
	Remedy:  "`go build -buildmode=exe …`, or `go env -w GOFLAGS=-buildmode=exe`.",
	passed:  "it does so only where released Go does",
	machine: defaultPIE,
}, {
	ID: "go-defaults", Title: "Which compiler and which cgo are baked into this Go?", Since: "v0.1.0",
	Looks:   "DefaultCC and DefaultCXX in GOROOT/src/cmd/go/internal/cfg/zdefaultcc.go, and DefaultCGO_ENABLED.",
	Means:   "Where nobody sets CC, this Go runs the compiler of whoever built it, which need not be there, or need not be the system's.",
	Remedy:  "`go env -w CC=gcc CXX=g++`, or set them in the environment.",
	passed:  "they are those of released Go",
	machine: bakedDefaults,
}}

func goCommand(e *examination) []note {
	g := e.facts.Go
	notes := []note{}
	for _, o := range g.Others {
		if o.Version == g.Version || o.Version == "" || g.Version == "" {
			continue // a script in front of a go command runs it, as far as is known
		}
		notes = append(notes, note{severity: Warning, cause: "several", evidence: []Evidence{{File: o.Path, Text: o.Version}, {File: g.Path, Text: g.Version}},
			message: fmt.Sprintf("%s (%s) comes before %s (%s) on PATH: another PATH builds with another Go", g.Path, g.Version, o.Path, o.Version)})
	}
	if len(notes) > 0 {
		return notes
	}
	text := fmt.Sprintf("%s runs, of %s", g.Path, cmp.Or(g.Version, "a tree without a VERSION file"))
	if g.Script {
		text = g.Path + " is a script in front of the go command"
	}
	n := note{severity: OK, message: text, evidence: []Evidence{{File: g.Path, Text: strings.Join(g.Links, " → ")}}}
	for _, dir := range g.Unread {
		n.evidence = append(n.evidence, Evidence{File: dir, Text: "a folder of PATH that cannot be read"})
	}
	return []note{n}
}

func whoseGo(e *examination) []note {
	f := e.facts
	if f.ToolchainError != "" {
		return []note{{severity: Unknown, cause: "source", message: f.ToolchainError,
			remedies: []Remedy{newRemedy("a Go with its source", "apt-get install golang-src")}}}
	}
	p := toolchain.PackagerOf(f.Toolchain.GOROOT)
	who := "of no packager that is known, as one from go.dev is"
	if f.Toolchain.Packager != "" {
		who = "of " + f.Toolchain.Packager
	}
	n := note{severity: OK, message: fmt.Sprintf("%s in %s is %s", f.Toolchain.Version, f.Toolchain.GOROOT, who)}
	if p.Name == f.Toolchain.Packager && p.Sign != "" {
		n.evidence = []Evidence{{File: p.Sign}}
	}
	if own := f.Toolchain.Packager; own != "" && own != toolchain.System && own != toolchain.ModuleCache && !precompiles(f.Toolchain.Version) {
		n.message += "; since Go 1.20 its loader comes from the C compiler, not from who built Go"
	}
	return []note{n}
}

// precompiles reports whether a release comes with a compiled standard library.
func precompiles(release string) bool {
	release, _, _ = strings.Cut(release, " ")
	return version.IsValid(release) && version.Compare(version.Lang(release), "go1.20") < 0
}

func otherToolchain(e *examination) []note {
	f := e.facts
	if f.Go.Version == "" || f.Go.Version == f.Environment["GOVERSION"] || strings.HasPrefix(f.Environment["GOVERSION"], f.Go.Version+" ") {
		return nil
	}
	by := cmp.Or(f.Selected.By, "the go command")
	whose := ""
	if f.Go.Packager.Name != "" {
		whose = " of " + f.Go.Packager.Name
	}
	return []note{{severity: OK, evidence: []Evidence{{File: f.Selected.File, Line: f.Selected.Line, Text: f.Selected.Text}},
		message: fmt.Sprintf("%s has %s build, in %s, and not %s%s at %s, which has no part in how programs are linked",
			by, f.Environment["GOVERSION"], f.Environment["GOROOT"], f.Go.Version, whose, f.Go.Path)}}
}

func strangeSource(e *examination) []note {
	if e.facts.ToolchainError != "" {
		return []note{{severity: OK, message: "there is no source to look at"}}
	}
	return strangeNotes(e.tool)
}

func strangeNotes(t link.Toolchain) (notes []note) {
	if oldest := port.Releases()[0]; predict.Old(t.Version) {
		return []note{{severity: Warning, cause: "old", evidence: []Evidence{{File: t.GOROOT, Text: t.Version}},
			message: fmt.Sprintf("this %s is older than %s, the oldest release whose rules are known; all but plain builds for linux/amd64 is unknown", t.Version, oldest)}}
	}
	for _, s := range t.Strange {
		notes = append(notes, note{severity: Warning, cause: s, evidence: []Evidence{{Text: s}},
			message: "this " + t.Version + " differs from every release that is known in " + s + "; what depends on it is unknown"})
	}
	return notes
}

func gorootArchive(e *examination) (notes []note) {
	for _, a := range e.facts.Archives {
		cgo, ok := a.Found["runtime/cgo"]
		if !ok || cgo.Source != link.SourceGOROOTArchive {
			continue
		}
		text := fmt.Sprintf("runtime/cgo.a of this %s, precompiled%s, names %s", e.tool.Version, by(e.tool.Packager), cgo.Loader)
		n := note{severity: OK, message: text, evidence: []Evidence{{File: cgo.File, Text: "//go:cgo_dynamic_linker \"" + cgo.Loader + "\""}}}
		if cgo.Loader != "" && !common(cgo.Loader) {
			n.severity, n.cause = Warning, "archive"
			n.message += ", which no other machine has; every program with net or os/user will"
			n.evidence = append(n.evidence, e.facts.aboutLoader(cgo.Loader)...)
		}
		if !slices.ContainsFunc(notes, func(o note) bool { return o.message == n.message }) {
			notes = append(notes, n)
		}
	}
	return notes
}

func by(packager string) string {
	if packager == "" {
		return ""
	}
	return " by " + packager
}

// again offers to compile everything anew where the C compiler of today names a
// loader that others have.
func (e *examination) again(p Program) []Remedy {
	if e.facts == nil {
		return nil
	}
	if i := e.facts.compiler("CC").Answer.Interp; i == "" || !common(i) {
		return nil
	}
	r := newRemedy("compile the standard library with today's C compiler", p.command("", "-a"))
	r.Flags, r.Linkage, r.Interpreter = []string{"-a"}, link.LinkageDynamic, e.facts.compiler("CC").Answer.Interp
	return []Remedy{r}
}

// asExe offers a plain executable in the place of a PIE, which is static where
// nothing is imported.
func asExe(p Program) []Remedy {
	if p.BuildMode != "pie" || len(p.Needed.Value) > 0 {
		return nil
	}
	r := newRemedy("a plain executable names no dynamic linker", p.command("", "-buildmode=exe"))
	r.Flags, r.Linkage = []string{"-buildmode=exe"}, link.LinkageStatic
	return []Remedy{r}
}

func bakedLoader(e *examination) []note {
	t := e.tool
	if t.GOLDSO == "" {
		return nil
	}
	at := evidenceOf(t.GOLDSOAt + ": " + "GO_LDSO = " + t.GOLDSO)
	if common(t.GOLDSO) {
		return []note{{severity: OK, message: "GO_LDSO is " + t.GOLDSO + ", the system's own", evidence: []Evidence{at}}}
	}
	return []note{{severity: Warning, cause: "GO_LDSO", evidence: append([]Evidence{at}, e.facts.aboutLoader(t.GOLDSO)...),
		message: fmt.Sprintf("%s is baked into this %s%s: a PIE will name it, and so will a program that imports from shared libraries without cgo", t.GOLDSO, t.Version, by(t.Packager))}}
}

func linkerLoader(e *examination) (notes []note) {
	for _, key := range slices.Sorted(maps.Keys(e.tool.LinkerLoaders)) {
		p := e.tool.LinkerLoaders[key]
		if common(p.Value) || len(notes) > 0 && p.Value == notes[0].evidence[0].Text {
			continue
		}
		notes = append(notes, note{severity: Warning, cause: "linker", evidence: []Evidence{{File: p.File, Line: p.Line, Text: p.Value}},
			message: fmt.Sprintf("%s is written into the linker of this %s%s: a PIE will name it, and so will a program that imports from shared libraries without cgo", p.Value, e.tool.Version, by(e.tool.Packager))})
	}
	return notes
}

func defaultPIE(e *examination) []note {
	p, ok := e.tool.Defaults["DefaultPIE"]
	if !ok {
		return nil
	}
	return []note{{severity: Warning, cause: "DefaultPIE", evidence: []Evidence{{File: p.File, Line: p.Line, Text: "DefaultPIE on " + p.Value}},
		remedies: []Remedy{newRemedy("a plain executable", "go env -w GOFLAGS=-buildmode=exe")},
		message:  fmt.Sprintf("this %s%s is patched to make a PIE on %s where no -buildmode is given; a PIE names a dynamic linker even with CGO_ENABLED=0", e.tool.Version, by(e.tool.Packager), p.Value)}}
}

func bakedDefaults(e *examination) (notes []note) {
	for _, name := range []string{"DefaultCC", "DefaultCXX", "DefaultCGO_ENABLED"} {
		p, ok := e.tool.Defaults[name]
		if !ok {
			continue
		}
		n := note{severity: OK, cause: name, evidence: []Evidence{{File: p.File, Line: p.Line, Text: name + " is " + p.Value}},
			message: fmt.Sprintf("%s of this %s%s is %s", name, e.tool.Version, by(e.tool.Packager), p.Value)}
		variable := strings.TrimPrefix(name, "Default")
		if c := e.facts.compiler(variable); variable == "CC" && c.Path == "" && strings.Join(c.Words, " ") == p.Value {
			n.severity = Warning
			n.message += ", which is not on PATH"
			n.remedies = []Remedy{newRemedy("a compiler that is there", "go env -w CC=gcc CXX=g++")}
		}
		notes = append(notes, n)
	}
	return notes
}

// loaderFrom finds programs whose foreign loader has this source, and adds what
// else helps there.
func loaderFrom(source link.Source, helps func(*examination, Program) []Remedy) func(*examination, Program) []note {
	return func(e *examination, p Program) []note {
		notes := foreignLoader(e, p, source)
		for i := range notes {
			notes[i].remedies = append(notes[i].remedies, helps(e, p)...)
		}
		return notes
	}
}

func withoutPIE(_ *examination, p Program) []Remedy { return asExe(p) }
