package doctor

import (
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/cause"
)

// A Rule tells what the findings of one ID mean, for whoever meets one outside
// of goportdoctor: in a SARIF viewer, in a list of code scanning alerts.
type Rule struct {
	ID    string // of Finding.ID
	Title string // a sentence without a full stop
	Means string // why it matters
	Cure  string // what helps, in general
}

// Rules are those of all findings, by ID.
func Rules() []Rule {
	all := slices.Clone(rules)
	for _, c := range checks {
		if !slices.ContainsFunc(all, func(r Rule) bool { return r.ID == c.ID }) {
			all = append(all, Rule{c.ID, strings.TrimRight(c.Title, "?"), c.Means, c.Remedy})
		}
	}
	slices.SortStableFunc(all, func(a, b Rule) int { return strings.Compare(a.ID, b.ID) })
	return all
}

var rules = []Rule{
	{"build-error", "The program does not build",
		"The go command will refuse this build, in the words of the message; nothing was built to find that out.",
		"Mend what the go command names, or build with the flags and environment that the program is meant for."},
	{"cc-loader", "The program needs a dynamic linker that only this machine has",
		"The executable will name this path as its interpreter (PT_INTERP). Where it does not exist, the kernel refuses to start the program, with the words for a missing file: no such file or directory.",
		"CGO_ENABLED=0 where pure Go will do; else CC=/usr/bin/cc, or another C compiler whose dynamic linker is the system's."},
	{cause.Fallback, "An import links with cgo; without cgo everything still builds",
		"The package reaches C by this import, so a program with it needs a dynamic linker and a C library where it runs. Each package that uses cgo has other files for a build without, as net and os/user do.",
		"CGO_ENABLED=0, or the build tags netgo and osusergo where the cause is net or os/user alone; else //goportdoctor:allow PACKAGE reason beside the import, or -allow=PACKAGE."},
	{cause.Only, "An import links with cgo; without cgo something does not build, or does nothing",
		"The package reaches C by this import, and what uses cgo there has nothing in its place: with cgo off it does not build, or is a stub that fails when it is called.",
		"A package in pure Go in its place; else //goportdoctor:allow PACKAGE reason beside the import, or -allow=PACKAGE."},
	{"difference", "The prediction and the finished executable differ",
		"goportdoctor called a fact exact, and the build contradicts it. That is a bug of goportdoctor.",
		"Please report it, with the output of goportdoctor verify -json."},
	{cause.Directive, "A directive of goportdoctor's says or does nothing",
		"It silences no import, or names no target, as it stands.",
		"Write it on the line of the import or right above, as //goportdoctor:allow PACKAGE reason, or take it away."},
	{cause.DynImport, "An import needs shared libraries, with cgo or without",
		"A package there has //go:cgo_import_dynamic lines in ordinary Go files. The executable names a dynamic linker and those libraries whatever CGO_ENABLED says.",
		"Another package; else //goportdoctor:allow PACKAGE reason beside the import, or -allow=PACKAGE."},
	{"load", "The packages cannot be examined",
		"The go command could not list the packages, so there is no answer.",
		"Make go list -deps succeed in this folder, with these flags."},
	{"no-compiler", "cgo is on, and there is no C compiler",
		"Packages that use cgo cannot be compiled, so go build fails. go vet fails before it comes to any analyzer, and golangci-lint reports nothing at all and calls that a success.",
		"Install a C compiler, set CC to one that is there, or CGO_ENABLED=0 where pure Go will do."},
	{"pattern", "A pattern stands for no package",
		"Whatever this pattern was meant to match was not examined.",
		"Name a folder with Go files, as ./cmd/api, or packages of the module, as ./..."},
	{"target", "The program does not run on a target that it was asked to run on",
		"It needs a dynamic linker, a library, a version of one or a machine that the target does not have; the message says which, and in what words the target will refuse it.",
		"Build for the target: CGO_ENABLED=0 where pure Go will do, its GOOS and GOARCH, or on a system no newer than it."},
	{"target-directive", "A program names a target that there is not, or where that does not count",
		"Whether it runs where it has to cannot be told: //goportdoctor:target in it has a name that no target has, or stands below the imports, where it counts for nothing.",
		"Write it above the package clause, as a build constraint; name one that goportdoctor targets lists, or rootfs:DIR, oci:FILE, file:TARGET.json."},
	{"target-inferred", "The program is for a target that nobody named, and does not run there",
		"What it imports tells where it is meant to run, as aws-lambda-go does, and it will not start there as it is built.",
		"Name the target with -target, or build for it: CGO_ENABLED=0 where pure Go will do."},
	{"toolchain-source", "The toolchain differs from every release that is known",
		"A function of the go command or of the linker that goportdoctor's rules mirror is not that of a release. What depends on it is unknown.",
		"Use a released Go, or a goportdoctor that knows this one."},
	{"unreadable", "A file cannot be read as an executable",
		"Its facts are not known.",
		"Name an ELF, Mach-O, PE, XCOFF, Plan 9 or WebAssembly file."},
}
