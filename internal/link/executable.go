// Package link is the vocabulary of goportdoctor: what a build is asked for,
// what the packages of a program bring to the linker, and how the executable
// comes out. The words are cmd/link's and ELF's.
//
// The package imports nothing of this module, and it decides nothing.
package link

import (
	"path"
	"regexp"
)

// Certainty says how far a fact can be relied on.
type Certainty string

const (
	Exact   Certainty = "exact"    // the finished executable has just this
	AtLeast Certainty = "at-least" // the finished executable has this, or exceeds it
	Unknown Certainty = "unknown"  // it cannot be told; Because says why
)

// A Text is a fact whose value is one word or version.
type Text struct {
	Value     string    `json:"value"`
	Because   string    `json:"because"`
	Certainty Certainty `json:"certainty"`
}

// A List is a fact whose value is a list. Needed libraries are in the order of
// the executable where it is known; Diff ignores that order.
type List struct {
	Value     []string  `json:"value"`
	Because   string    `json:"because"`
	Certainty Certainty `json:"certainty"`
}

// An Interpreter is the dynamic linker that an executable names (PT_INTERP in
// ELF), and where that name comes from. Value is "" for an executable that
// names none.
type Interpreter struct {
	Value     string    `json:"value"`
	Source    Source    `json:"source"`
	Because   string    `json:"because"`
	Certainty Certainty `json:"certainty"`
}

// Source says what put the interpreter's path into the executable.
type Source string

const (
	SourceNone          Source = "none"           // no interpreter
	SourceFlagI         Source = "flag-I"         // -ldflags=-I
	SourceCCSpecs       Source = "cc-specs"       // a specs file of the C compiler
	SourceCCWrapper     Source = "cc-wrapper"     // a script in front of the C compiler
	SourceCCFlags       Source = "cc-flags"       // CGO_LDFLAGS, #cgo LDFLAGS, -extldflags
	SourceLDWrapper     Source = "ld-wrapper"     // a script in front of the system linker
	SourceCC            Source = "cc"             // the C compiler's own default
	SourceGOROOTArchive Source = "goroot-archive" // runtime/cgo.a that came with Go
	SourceBuildCache    Source = "build-cache"    // runtime/cgo compiled earlier, by another compiler
	SourceGOLDSO        Source = "go-ldso"        // GO_LDSO baked into the toolchain
	SourcePort          Source = "port"           // cmd/link's default for the port
	SourcePortMusl      Source = "port-musl"      // cmd/link's musl path for the port
)

// Link modes, linkages and formats that Executable holds.
const (
	ModeInternal = "internal"
	ModeExternal = "external"
	ModeNone     = "none" // not linked (-buildmode=archive), or not by cmd/link

	LinkageStatic    = "static"
	LinkageStaticPIE = "static-pie"
	LinkageDynamic   = "dynamic"
	LinkageNone      = "none" // not an executable or shared object: an archive, wasm

	FormatELF   = "elf"
	FormatMachO = "macho"
	FormatPE    = "pe"
	FormatWasm  = "wasm"
	FormatXCOFF = "xcoff"
	FormatPlan9 = "plan9"
)

// An Executable says how one program is, or will be, linked. It is what
// predict makes before the build and inspect after it.
type Executable struct {
	Package string `json:"package"`        // import path of the main package, "" where a file does not say
	Dir     string `json:"dir,omitempty"`  // folder of the main package, for a prediction
	File    string `json:"file,omitempty"` // the file, for an inspection
	Build   Build  `json:"build"`

	// BuildError holds the words with which the go command will refuse the
	// build, "" where it will not. The facts below are then of no meaning.
	BuildError          string    `json:"build_error"`
	BuildErrorCertainty Certainty `json:"build_error_certainty"`

	Format    string `json:"format"`
	BuildMode string `json:"buildmode"`

	LinkMode    Text        `json:"link_mode"`
	Linkage     Text        `json:"linkage"`
	Interpreter Interpreter `json:"interpreter"`
	Needed      List        `json:"needed"`
	RPath       List        `json:"rpath"`
	RunPath     List        `json:"runpath"`
	Glibc       Text        `json:"glibc"` // least glibc version, as "2.34"; "" where none is needed
	Causes      []Cause     `json:"causes"`

	// Object is what a loader goes by. For a prediction it has what the file
	// will certainly have, and Most what it will have at most; nil where that
	// is not known. For a finished file Most is nil: Object is all.
	Object *Object `json:"-"`
	Most   *Object `json:"-"`
	// Uses are packages of the standard library, and functions as PACKAGE.NAME,
	// that the program is known to have and that ask for files of the system;
	// nil where that is not known.
	Uses []string `json:"-"`
	// Static is the C library of a static external link, as far as it is known.
	Static string `json:"-"`

	// Of a finished executable with build information only.
	GoVersion string            `json:"goversion,omitempty"`
	Settings  map[string]string `json:"settings,omitempty"`
}

// A Cause is one reason for which a program is not static.
type Cause struct {
	Package    string   `json:"package"`
	Module     string   `json:"module"`      // "std", a module path, "" for a flag or the platform
	Kind       string   `json:"kind"`        // cgo, dynimport, flag, platform
	WithoutCgo string   `json:"without_cgo"` // pure-go, stub, fails, unknown
	Chain      []string `json:"chain"`       // shortest import chain, from the main package to Package
	Position   string   `json:"position"`    // of the first import of Chain that leaves the user's own code
}

// Origin is the place in a recipe that a build was read from.
type Origin struct {
	File string `json:"file"`
	Line int    `json:"line"`
}

// ExecName is the name that go build gives the executable of a main package: the
// last word of its import path that is no major version (go help build).
func ExecName(importPath string) string {
	if dir := path.Dir(importPath); dir != "." && majorVersion.MatchString(path.Base(importPath)) {
		return path.Base(dir)
	}
	return path.Base(importPath)
}

var majorVersion = regexp.MustCompile(`^v([2-9]|[1-9][0-9]+)$`)
