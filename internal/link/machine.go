package link

import "strings"

// A Toolchain is what is known of a Go toolchain from its own source.
type Toolchain struct {
	Version string // as go1.26.8
	GOROOT  string
	Host    string // GOOS/GOARCH that it runs on

	// Rules tells, for each function of the go command or the linker that
	// predict mirrors, the newest known release whose source is the same. A
	// function that is not in it has a source that is not known.
	Rules map[string]string
	// Strange describes the functions whose source is not known, as
	// "internal/platform/supported.go: DefaultPIE".
	Strange []string

	GOLDSO         string // GO_LDSO baked into the toolchain
	GOLDSOAt       string // file and line of it
	ExtLinkDefault string // GO_EXTLINK_ENABLED baked into the toolchain

	// Flags are the lists of C flags that this very toolchain takes from #cgo
	// lines; nil where its source could not be read.
	Flags *FlagLists
	// Loaders tells which of the loaders that cmd/link looks for exist here.
	Loaders map[string]bool
}

// FlagLists are cmd/go's lists of allowed and refused C flags: regular
// expressions that must match the whole flag, and flags that take a word more.
type FlagLists struct {
	ValidCompiler, InvalidCompiler, ValidLinker, InvalidLinker []string
	CompilerNext, LinkerNext                                   []string
}

// A Question is one link that the go command will have the C compiler make.
// Answering it means to make that link of a program that only names Symbols.
type Question struct {
	Driver  []string // the C compiler and its own words
	Before  []string // words before the objects
	After   []string // words after them
	Symbols []string // C names that the objects refer to
}

// Key tells questions apart.
func (q Question) Key() string {
	var b strings.Builder
	for _, l := range [][]string{q.Driver, q.Before, q.After, q.Symbols} {
		for _, s := range l {
			b.WriteString(s)
			b.WriteByte(0)
		}
		b.WriteByte(1)
	}
	return b.String()
}

// An Answer is what came of a Question.
type Answer struct {
	Error  string // why there is no executable to look at; "" where there is one
	Reason string // Error in the linker's or compiler's own words

	Linkage  string
	Interp   string
	Needed   []string
	RPath    []string
	RunPath  []string
	Symbols  []Symbol // imported ones, with the version that the linker chose
	Versions []Symbol // version needs of the start files and of libraries linked in

	// Source says where the interpreter comes from, and Because names the file
	// and line of it where there is one.
	Source  Source
	Because string
}

// A Symbol is a dynamic symbol of C: Name at Version of Lib.
type Symbol struct{ Name, Version, Lib string }

// A CgoArchive is what a compiled cgo package of the standard library tells
// the linker.
type CgoArchive struct {
	File    string
	Source  Source // build-cache or goroot-archive
	Loader  string // of //go:cgo_dynamic_linker
	Libs    []string
	Symbols []Symbol
}
