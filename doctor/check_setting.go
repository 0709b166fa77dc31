package doctor

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/load"
	"github.com/goportdoctor/goportdoctor/internal/mask"
	"github.com/goportdoctor/goportdoctor/internal/quote"
	"github.com/goportdoctor/goportdoctor/internal/toolchain"
)

var cacheChecks = []Check{{
	ID: "cache-archive", Title: "Was the build cache filled by another C compiler?", Since: "v0.1.0",
	Looks:  "runtime/cgo, net and os/user in GOCACHE, where the next build would take them as they are: the dynamic linker and the C names in them, against what CC gives today. Nothing is built for it.",
	Means:  "The go command knows a C compiler by its name, its flags and its version line. Two compilers that share these share archives, so that a program comes out as the other one links.",
	Remedy: "`go clean -cache`; a GOCACHE for each compiler keeps it from happening again.",
	passed: "what it has of the standard library's cgo packages is as today's C compiler would make it",
	program: func(e *examination, p Program) []note {
		notes := foreignLoader(e, p, link.SourceBuildCache)
		for i := range notes {
			notes[i].remedies = append(notes[i].remedies, cleanCache())
		}
		return notes
	},
	machine: staleArchive,
}}

var settingChecks = []Check{{
	ID: "go-settings", Title: "Which settings change how programs are linked?", Since: "v0.1.0",
	Looks: "GOFLAGS, CGO_ENABLED, GO_EXTLINK_ENABLED, GO_LDSO and GOEXPERIMENT: in the environment, with the conda activation script that sets them, in the file of go env -w, in GOROOT/go.env.",
	Means: "-buildmode=pie makes even a program without cgo name a dynamic linker. -linkmode=external and GO_EXTLINK_ENABLED=1 have the C compiler link what Go would link by itself. " +
		"-extldflags counts for external links only. GO_EXTLINK_ENABLED in the file of go env -w does nothing.",
	Remedy:  "`go env -u GOFLAGS` or `unset GOFLAGS`; or say it for one build: `GOFLAGS= go build …`.",
	passed:  "no setting changes how programs are linked",
	machine: goSettings,
}, {
	ID: "pkg-config", Title: "Does pkg-config look into a private prefix?", Since: "v0.1.0",
	Looks:   "PKG_CONFIG, PKG_CONFIG_PATH and PKG_CONFIG_LIBDIR.",
	Means:   "Packages with #cgo pkg-config lines are linked with the libraries of that prefix, which other machines do not have.",
	Remedy:  "`unset PKG_CONFIG_PATH` for the build.",
	passed:  "it looks where the system has its libraries",
	machine: pkgConfigPrefix,
}}

func cleanCache() Remedy {
	return newRemedy("have them compiled by today's C compiler", "go clean -cache")
}

// staleArchive compares what the cache has with what CC would give.
func staleArchive(e *examination) (notes []note) {
	f := e.facts
	today := f.compiler("CC").Answer
	for _, a := range f.Archives {
		if a.Unknown != "" {
			notes = append(notes, note{severity: Unknown, cause: "unknown", message: "it cannot be told what the build cache has: " + a.Unknown})
			continue
		}
		cgo, ok := a.Found["runtime/cgo"]
		if !ok || cgo.Source != link.SourceBuildCache || today.Interp == "" {
			continue
		}
		if cgo.Loader != today.Interp && cgo.Loader != "" {
			notes = append(notes, note{severity: Warning, cause: "loader", remedies: []Remedy{cleanCache()},
				evidence: []Evidence{{File: cgo.File, Text: "//go:cgo_dynamic_linker \"" + cgo.Loader + "\""}, evidenceOf(today.Because)},
				message:  fmt.Sprintf("the build cache has a runtime/cgo that names %s, and CC names %s: another C compiler of the same name and version compiled it", cgo.Loader, today.Interp)})
		}
	}
	return slices.CompactFunc(notes, func(a, b note) bool { return a.message == b.message })
}

func goSettings(e *examination) (notes []note) {
	for _, s := range e.facts.Settings {
		switch s.Name {
		case "GOFLAGS":
			notes = append(notes, e.goflags(s)...)
		case "GO_EXTLINK_ENABLED":
			n := e.setting(Warning, s, "has the C compiler link every program, with cgo on or off")
			if s.From == load.FromGoEnv || s.From == load.FromGOROOT {
				n = e.setting(Warning, s, "does nothing there: the linker reads it in the environment only")
			} else if s.Value == "0" {
				n = e.setting(Warning, s, "has Go's linker refuse what only the C compiler can link")
			}
			notes = append(notes, n)
		case "GO_LDSO":
			notes = append(notes, e.ldso(s))
		case "CGO_ENABLED", "GOEXPERIMENT":
			notes = append(notes, e.setting(OK, s, "is set"))
		}
	}
	return notes
}

// ldso is about GO_LDSO, which Go's own linker takes from the build of the
// toolchain alone.
func (e *examination) ldso(s load.Setting) note {
	switch {
	case !e.tool.GOLDSOEnv:
		return e.setting(OK, s, "does nothing: it counts when Go itself is built")
	case common(s.Value):
		return e.setting(OK, s, "is read by the linker of this Go, and names the system's dynamic linker")
	}
	return e.setting(Warning, s, "is read by the linker of this Go"+by(e.tool.Packager)+": a PIE will name it, and so will a program that imports from shared libraries without cgo")
}

// setting is a note of where a setting was made.
func (e *examination) setting(severity string, s load.Setting, text string) note {
	return note{severity: severity, cause: s.Name, evidence: e.facts.whereSet(s.Name), message: fmt.Sprintf("%s=%s (%s) %s", s.Name, s.Value, where(s), text), remedies: e.unset(severity, s)}
}

// where a setting is made, in words.
func where(s load.Setting) string {
	switch {
	case s.File != "":
		return fmt.Sprintf("%s:%d", s.File, s.Line)
	case s.From != load.FromEnvironment:
		return s.From
	}
	return "in the environment"
}

func (e *examination) unset(severity string, s load.Setting) []Remedy {
	if severity == OK {
		return nil
	}
	if s.From == load.FromGoEnv {
		return []Remedy{newRemedy("take the setting back", "go env -u "+s.Name)}
	}
	return []Remedy{newRemedy("without it", e.buildAll(s.Name+"="))}
}

// goflags tells which words of GOFLAGS change how programs are linked.
func (e *examination) goflags(s load.Setting) (notes []note) {
	words, err := link.SplitWords(s.Value)
	if err != nil {
		return []note{e.setting(Unknown, s, "cannot be read: "+err.Error())}
	}
	for i, w := range words {
		name, value, _ := strings.Cut(strings.TrimLeft(w, "-"), "=")
		one := s
		one.Value = w
		before, rest := len(notes), slices.Delete(slices.Clone(words), i, i+1)
		switch {
		case name == "buildmode" && value == "pie":
			notes = append(notes, e.setting(Warning, one, "makes even a program without cgo name a dynamic linker"))
		case name == "ldflags" && strings.Contains(value, "-linkmode"):
			notes = append(notes, e.setting(Warning, one, "says who links every program that has no -ldflags of its own"))
		case name == "ldflags" && strings.Contains(value, "-extldflags"):
			notes = append(notes, e.setting(Warning, one, "counts for external links only: a program whose C code is the standard library's is linked internally, and it does nothing there"))
		case name == "tags" || name == "race" || name == "msan" || name == "asan" || name == "linkshared" || name == "buildmode":
			notes = append(notes, e.setting(OK, one, "is set"))
		}
		if len(notes) > before && len(notes[before].remedies) > 0 && len(rest) > 0 {
			notes[before].remedies = e.withRest(s, rest)
		}
	}
	return notes
}

// withRest takes one word out of a variable and leaves the others, where there
// is a way to write those.
func (e *examination) withRest(s load.Setting, rest []string) []Remedy {
	words, ok := link.JoinWords(rest)
	if !ok || strings.Contains(words, mask.Hidden) {
		return nil // setting it again would put … in the place of the user's value
	}
	value := quote.Setting(s.Name + "=" + words)
	if s.From == load.FromGoEnv {
		return []Remedy{newRemedy("take the word back", "go env -w "+value)}
	}
	return []Remedy{newRemedy("without it", e.buildAll(value))}
}

func pkgConfigPrefix(e *examination) (notes []note) {
	for _, s := range e.facts.Settings {
		if s.Name != "PKG_CONFIG_PATH" && s.Name != "PKG_CONFIG_LIBDIR" && s.Name != "PKG_CONFIG" {
			continue
		}
		for _, dir := range filepath.SplitList(s.Value) {
			if filepath.IsAbs(dir) && personal(dir) {
				p := toolchain.PackagerOf(filepath.Join(dir, "x"))
				notes = append(notes, note{severity: Warning, cause: s.Name, evidence: e.facts.whereSet(s.Name),
					message:  fmt.Sprintf("%s has %s%s: packages with #cgo pkg-config lines take the libraries there", s.Name, dir, strings.Replace(by(p.Name), " by ", " of ", 1)),
					remedies: []Remedy{newRemedy("without it", e.buildAll("env -u "+s.Name))}})
				break
			}
		}
	}
	return notes
}
