package link

import (
	"slices"
	"strings"
)

// A Toolchain is what is known of a Go toolchain from its own source.
type Toolchain struct {
	Version string `json:"version"` // as go1.26.8
	GOROOT  string `json:"goroot"`
	Host    string `json:"host"` // GOOS/GOARCH that it runs on
	// Packager is who put the toolchain there, "" where nothing tells.
	Packager string `json:"packager"`

	// Rules tells, for each function of the go command or the linker that
	// predict mirrors, the newest known release whose source is the same. A
	// function that is not in it has a source that is not known.
	Rules map[string]string `json:"rules"`
	// Strange describes the functions whose source is not known, as
	// "internal/platform/supported.go: DefaultPIE".
	Strange []string `json:"strange,omitempty"`

	GOLDSO   string `json:"go_ldso"`    // GO_LDSO baked into the toolchain
	GOLDSOAt string `json:"go_ldso_at"` // file and line of it
	// GOLDSOEnv tells that the linker takes GO_LDSO of the environment before it,
	// as that of nixpkgs does.
	GOLDSOEnv      bool   `json:"go_ldso_env,omitempty"`
	ExtLinkDefault string `json:"ext_link_default"` // GO_EXTLINK_ENABLED baked into the toolchain
	// PIE lists the ports, as PIEPort names them, for which a PIE comes out where
	// no -buildmode is given, by a go command that was patched in this; nil where
	// it was not.
	PIE []string `json:"pie,omitempty"`
	// LinkerLoaders are the loaders that a packager wrote over cmd/link's own
	// ones for Linux, by GOARCH.
	LinkerLoaders map[string]Place `json:"linker_loaders,omitempty"`
	// Defaults are what else was baked in, where it is not what Go itself has:
	// DefaultCC, DefaultCXX, DefaultCGO_ENABLED, DefaultPIE.
	Defaults map[string]Place `json:"defaults,omitempty"`

	// Flags are the lists of C flags that this very toolchain takes from #cgo
	// lines; nil where its source could not be read.
	Flags *FlagLists `json:"flags,omitempty"`
	// Loaders tells which of the loaders that cmd/link looks for exist here.
	Loaders map[string]bool `json:"loaders"`
}

// PIEPort names a port in Toolchain.PIE.
func PIEPort(goos, goarch string, race bool) string {
	if race {
		return goos + "/" + goarch + " -race"
	}
	return goos + "/" + goarch
}

// A Place is a value with the line of the file that has it.
type Place struct {
	Value string `json:"value"`
	File  string `json:"file"`
	Line  int    `json:"line"`
}

// FlagLists are cmd/go's lists of allowed and refused C flags: regular
// expressions that must match the whole flag, and flags that take a word more.
type FlagLists struct {
	ValidCompiler   []string `json:"valid_compiler,omitempty"`
	InvalidCompiler []string `json:"invalid_compiler,omitempty"`
	ValidLinker     []string `json:"valid_linker,omitempty"`
	InvalidLinker   []string `json:"invalid_linker,omitempty"`
	CompilerNext    []string `json:"compiler_next,omitempty"`
	LinkerNext      []string `json:"linker_next,omitempty"`
	// PkgConfig lists the flags of pkg-config that are allowed, for FlagsListed.
	PkgConfig []string `json:"pkg_config,omitempty"`
	// PkgConfigFlags is the rule for flags of pkg-config: FlagsUnchecked,
	// FlagsCompiler, FlagsListed, or "" if it is not known.
	PkgConfigFlags string `json:"pkg_config_flags,omitempty"`
	// PkgConfigNames is the rule for names of pkg-config packages: NamesSafe,
	// NamesStrict, or "" if it is not known.
	PkgConfigNames string `json:"pkg_config_names,omitempty"`
}

// Rules for flags and package names on #cgo pkg-config lines.
const (
	FlagsUnchecked = "unchecked"
	FlagsCompiler  = "compiler" // by the list of compiler flags
	FlagsListed    = "listed"   // by work.validPkgConfigFlags
	NamesSafe      = "safe"     // by load.SafeArg
	NamesStrict    = "strict"   // by work.validPkgConfigName, which refuses paths
)

// A Question is one link that the go command will have the C compiler make.
// Answering it means to make that link of a program that only names Symbols.
type Question struct {
	Driver  []string `json:"driver,omitempty"`  // the C compiler and its own words
	Before  []string `json:"before,omitempty"`  // words before the objects
	After   []string `json:"after,omitempty"`   // words after them
	Symbols []string `json:"symbols,omitempty"` // C names that the objects refer to

	// Own holds runs of words of Before and After that are the user's or ours. All
	// other words there are the repository's, and are judged before a program gets
	// them. It is no part of what makes two questions the same.
	Own [][]string `json:"-"`
	// Dirs are the folders of the packages whose words these are.
	Dirs []string `json:"-"`
}

// Foreign returns the words of Before and After that are not Own, in runs.
func (q Question) Foreign() (runs [][]string) {
	own := slices.Clone(q.Own)
	slices.SortStableFunc(own, func(a, b []string) int { return len(b) - len(a) })
	for _, words := range [][]string{q.Before, q.After} {
		var run []string
		for len(words) > 0 {
			i := slices.IndexFunc(own, func(o []string) bool {
				return len(o) > 0 && len(o) <= len(words) && slices.Equal(o, words[:len(o)])
			})
			if i < 0 {
				run, words = append(run, words[0]), words[1:]
				continue
			}
			if len(run) > 0 {
				runs = append(runs, run)
			}
			run, words = nil, words[len(own[i]):]
		}
		if len(run) > 0 {
			runs = append(runs, run)
		}
	}
	return runs
}

// KeepSections is the word by which cmd/go undoes the --gc-sections that zig cc
// passes to its linker; one that does not know it is asked without.
const KeepSections = "-Wl,--no-gc-sections"

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

// Reduced is the question without the words that change nothing about a link of
// objects: -g and -O2, which are there once for every cgo package of a program.
func (q Question) Reduced() Question {
	plain := func(words []string) []string {
		return slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "-g" || w == "-O2" })
	}
	q.After = plain(q.After)
	own := [][]string{}
	for _, run := range q.Own {
		own = append(own, plain(run))
	}
	q.Own = own
	return q
}

// An Answer is what came of a Question.
type Answer struct {
	Error  string `json:"error"`  // why there is no executable to look at; "" where there is one
	Reason string `json:"reason"` // Error in the linker's or compiler's own words
	// Withheld is why the C compiler was not asked: a word of the repository that
	// is not passed to a program.
	Withheld string `json:"withheld,omitempty"`

	// GOARCH is what the executable is for, "" where that is not known.
	GOARCH   string   `json:"goarch,omitempty"`
	Linkage  string   `json:"linkage"`
	Interp   string   `json:"interp"`
	Needed   []string `json:"needed,omitempty"`
	RPath    []string `json:"rpath,omitempty"`
	RunPath  []string `json:"runpath,omitempty"`
	Symbols  []Symbol `json:"symbols,omitempty"`  // imported ones, with the version that the linker chose
	Versions []Symbol `json:"versions,omitempty"` // version needs of the start files and of libraries linked in
	// Offered are the shared libraries that the link read, needed or not; nil
	// where the linker does not tell.
	Offered []Library `json:"offered,omitempty"`

	// Source says where the interpreter comes from, and Because names the file
	// and line of it where there is one.
	Source  Source `json:"source"`
	Because string `json:"because"`
	// PathBecause is Because of the first RPATH or RUNPATH.
	PathBecause string `json:"path_because"`
}

// A Symbol is a dynamic symbol of C: Name at Version of Lib.
type Symbol struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Lib     string `json:"lib"`
}

// A Library is a shared library and the symbol versions that it defines.
type Library struct {
	Soname  string   `json:"soname"`
	Defines []string `json:"defines,omitempty"`
}

// A CgoArchive is what a compiled cgo package of the standard library tells
// the linker.
type CgoArchive struct {
	File    string   `json:"file"`
	Source  Source   `json:"source"` // build-cache or goroot-archive
	Loader  string   `json:"loader"` // of //go:cgo_dynamic_linker
	Libs    []string `json:"libs,omitempty"`
	Symbols []Symbol `json:"symbols,omitempty"`
	// External says that it was compiled with C flags for which the linker leaves
	// the program to the external linker (preferlinkext).
	External bool `json:"external,omitempty"`
}
