// Package target says what the places where programs have to run offer, and
// whether an executable starts there.
//
// What it says of a place has a source, and what could not be had is unknown.
// A verdict "runs" of an executable that does not start is the worst defect of
// this package: whatever is not known makes the verdict unknown.
package target

import (
	"slices"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// Presence says whether something is there.
type Presence string

const (
	Present  Presence = "yes"
	Absent   Presence = "no"
	Unstated Presence = "unknown"
)

// A Target is one place to run: a base image, a distribution's release, a
// service, or a root file system of the user's own.
type Target struct {
	Name     string   `json:"name"`
	Title    string   `json:"title"`
	GOOS     string   `json:"goos"`
	Launcher Launcher `json:"launcher"` // in whose words a start that fails is told
	File     string   `json:"file"`     // the name that the executable has to have; "" for any
	Sources  []string `json:"sources"`  // of what is said here

	CACerts  Presence `json:"ca_certificates"` // where Go looks for root certificates
	Passwd   Presence `json:"passwd"`          // /etc/passwd
	Zoneinfo Presence `json:"zoneinfo"`        // the time zone database

	Systems listOf[System] `json:"systems"` // of a known target, Whole has them
	// Emulates says that the kernel has programs registered that start others'
	// files (binfmt_misc).
	Emulates bool `json:"emulates"`

	makers []maker // of Systems, where those are not made
}

// A maker makes the system of an architecture.
type maker struct {
	goarch string
	make   func() System
}

// A System is a target on one architecture.
type System struct {
	GOARCH  string `json:"goarch"`  // "" for any: there is nothing that could tell
	Level   string `json:"level"`   // GOAMD64 or GOARM that every processor of it has, "" for the least
	Exactly bool   `json:"exactly"` // the processor has no more than Level
	Libc    string `json:"libc"`    // glibc, musl, or "" for none
	// Version is the C library's, as 2.36; "" where it is not known.
	Version string `json:"version"`

	// Links are symbolic links, by their path; Files the loaders and libraries.
	Links map[string]string `json:"links"`
	Files listOf[File]      `json:"files"`
	// Open are folders whose contents are not known, with all below them. No
	// other loader or library than Files is anywhere else.
	Open []string `json:"open"`
	// ByName says that no file was looked at whose name is not a library's: whether
	// there is one at another path is not known, nor which folders there are.
	ByName bool `json:"by_name"`
	// LibraryPath is the LD_LIBRARY_PATH that programs are started with.
	LibraryPath []string `json:"library_path"`
	// Preload are the libraries that are loaded first, LD_PRELOAD and glibc's
	// /etc/ld.so.preload; BindNow says that LD_BIND_NOW is set.
	Preload []string `json:"preload"`
	BindNow bool     `json:"bind_now"`

	root Root // where the files are looked up, nil for the lists above
}

// A File is a loader or a shared library of a system.
type File struct {
	Path    string   `json:"path"`
	Soname  string   `json:"soname"`
	Needed  []string `json:"needed"`
	RPath   []string `json:"rpath"`
	RunPath []string `json:"runpath"`
	Needs   []string `json:"needs"`   // versions of other libraries, as LIB@VERSION
	Defines []string `json:"defines"` // versions of its own
	// Symbols are the names that it defines, null where they were not looked at.
	Symbols []string `json:"symbols"`
	// Imports are the symbols that others have to define, as those of an import;
	// null where they were not looked at.
	Imports []string `json:"imports"`
	GOARCH  string   `json:"goarch"` // its machine, "" for that of the system
	BindNow bool     `json:"bind_now"`
	ABI     uint32   `json:"abi"`    // the bits of e_flags that tell ABIs of a machine apart
	Loader  *Loader  `json:"loader"` // null for a library
	// What it asks for, as in link.Object.
	NoDefault bool   `json:"no_default"`
	PackedRel bool   `json:"packed_rel"`
	Level     string `json:"level"`
	Odd       string `json:"odd"`
	// Version is that of glibc, of its libc.so.6; "" where it is not known.
	Version string `json:"version"`
	// Fault is why no loader can use it, "" for none: then nothing else is known of it.
	Fault Fault `json:"fault"`
	// NotExecutable says that nobody may execute it, which a loader has to be.
	NotExecutable bool `json:"not_executable"`

	// Numbered stands for all versions NAME_1.2 up to a number, by NAME, where
	// the list of versions comes from what releases define rather than a file.
	Numbered map[string]string `json:"numbered"`
	// Least says that the numbers are the least that are known: there may be
	// higher ones.
	Least bool `json:"least"`

	object  *link.Object
	exports func() map[string]bool // nil where the symbols are not known
	// undecided are symbols of which it is not known whether exports lack them.
	undecided []string
}

// A Loader is what a dynamic loader has built in, and finds in its cache.
type Loader struct {
	Libc    string            `json:"libc"` // glibc, musl, stub-ld (NixOS's) or gcompat
	Version string            `json:"version"`
	Search  []string          `json:"search"` // the folders that it looks into, in order
	Cache   map[string]string `json:"cache"`  // of glibc: the path by soname, "" for one that is there for some processors only
	// Starts is the loader that a gcompat hands every program to, Preload the library
	// that it has that load first.
	Starts  string `json:"starts"`
	Preload string `json:"preload"`

	CacheFile string `json:"-"` // where glibc's is
}

// A Root answers for a file system of which not everything was read.
type Root interface {
	// File is the loader or library at path, links followed inside the root;
	// Unstated where that cannot be told.
	File(path string) (*File, Presence)
}

// Over is the system whose files are those of a root.
func (s System) Over(r Root) System {
	s.root = r
	return s
}

// For is the system of a target for an architecture, nil where it has none.
func (t *Target) For(goarch string) *System {
	for i, s := range t.Systems {
		if s.GOARCH == goarch || s.GOARCH == "" {
			return &t.Systems[i]
		}
	}
	for _, m := range t.makers {
		if m.goarch == goarch {
			s := m.make()
			return &s
		}
	}
	return nil
}

// Make makes the systems of all known targets for an architecture, for who will
// ask for them.
func Make(goarch string) {
	for _, t := range Known() {
		t.For(goarch)
	}
}

// Whole is the target with all of its systems.
func (t *Target) Whole() *Target {
	whole := *t
	whole.Systems, whole.makers = slices.Clone(t.Systems), nil
	for _, m := range t.makers {
		whole.Systems = append(whole.Systems, m.make())
	}
	return &whole
}

// Arches are the architectures of a target, none for any.
func (t *Target) Arches() []string {
	var all []string
	for _, s := range t.Systems {
		if s.GOARCH != "" && !slices.Contains(all, s.GOARCH) {
			all = append(all, s.GOARCH)
		}
	}
	for _, m := range t.makers {
		all = append(all, m.goarch)
	}
	return all
}

// Rooted reports whether the system's files are looked up in a root.
func (s System) Rooted() bool { return s.root != nil }
