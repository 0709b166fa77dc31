// Package remedy lists changes to a build that may have a program run in more
// places: what can be set, left out or taken in the place of something, and what
// that costs. It decides nothing about how a program is linked: each candidate is
// to be predicted again, and only what then runs is a remedy.
//
// The package is pure: it reads no file and runs no command.
package remedy

import (
	"go/version"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/quote"
)

// A Change is one thing to be done otherwise in a build. Each field but the
// first three is empty where it is not about that.
type Change struct {
	Kind    Kind
	Message string // what it does, in a few words
	Costs   []Cost

	Env       []string // variables of the build, as NAME=value
	Unset     []string // variables that must not be there
	Tags      []string // build tags more
	NoTags    []string // build tags that have to go
	BuildMode string
	Off       []string // boolean build flags that are to be off, without a dash
	Link      []string // words of -ldflags more
	NoLink    []string // flags of -ldflags that have to go, without a dash
	First     string   // a command before the build, for which everything is compiled anew
	Loses     bool     // what the program is for may go with it: it is offered where nothing else helps as much
	// Libs are -l and -L words of a static link whose libraries have to have static
	// forms that want nothing else: that the C compiler is to be asked.
	Libs []string
}

// A Kind tells changes apart. They are in the order of how little they change.
type Kind int

// weight is how much a change changes: a static link by the C compiler sets four
// things, and another compiler may compile otherwise.
func (k Kind) weight() int {
	switch k {
	case OtherCC, Loader, ModuleSwitch:
		return 3
	case Static, FIPS, Cgo:
		return 5
	}
	return 2
}

const (
	DropFlag     Kind = iota // a flag or setting goes
	PlainExe                 // -buildmode=exe
	PureStd                  // tags by which net and os/user do without cgo
	NoCgo                    // CGO_ENABLED=0
	Port                     // another GOOS or GOARCH
	CleanCache               // what the build cache has is made anew
	OtherCC                  // another C compiler
	Loader                   // -ldflags=-I
	ModuleSwitch             // a tag of a module's own
	Static                   // a static link by the C compiler
	FIPS                     // GOFIPS140 in the place of boringcrypto
	Cgo                      // CGO_ENABLED=1
)

// A Situation is a program that does not run where it has to, and what there is
// to choose from.
type Situation struct {
	Build    link.Build
	Given    []string          // build flags of the command line
	Preset   []string          // build flags of GOFLAGS
	LDFlags  []string          // words of -ldflags that count for the program
	Settings map[string]string // where variables are set, by name, as "in the environment"
	// Opens are the packages whose C opens libraries or tables at run time, which
	// a static glibc does not do.
	Opens    map[string]bool
	Packages []*link.Package // of the program
	Program  *link.Executable

	Compilers []Compiler            // of this machine, other than CC
	Cross     map[string][]Compiler // of this machine, for Arches
	Loaders   []string              // of the targets
	Arches    []string              // GOARCH of the targets, where the build's is none of them
	Systems   []string              // GOOS of the targets, likewise
	Stale     bool                  // the build cache has what another compiler compiled
	GoVersion string                // of the toolchain, as go1.26.8
}

// A Compiler is a C compiler that is there.
type Compiler struct {
	CC, CXX string // as CC and CXX would have it; CXX is "" where it has none
	Musl    bool   // it links with musl
	Title   string
}

// Candidates are single changes that may help, the smallest first.
func (s Situation) Candidates() []Change {
	var all []Change
	for _, of := range []func(Situation) []Change{
		dropFlags, dropSettings, plainExe, pureStd, noCgo, otherPort, cleanCache, otherCC, loader, moduleSwitches, static, fips, withCgo,
	} {
		all = append(all, of(s)...)
	}
	slices.SortStableFunc(all, func(a, b Change) int { return int(a.Kind) - int(b.Kind) })
	return all
}

// Pairs are the candidates two by two, but for those that undo each other or
// have nothing to do with each other.
func Pairs(all []Change) [][]Change {
	var pairs [][]Change
	for i, a := range all {
		for _, b := range all[i+1:] {
			if goTogether(a, b) {
				pairs = append(pairs, []Change{a, b})
			}
		}
	}
	return pairs
}

func goTogether(a, b Change) bool {
	switch {
	case a.Kind == b.Kind && a.Kind != DropFlag:
		return false
	case a.Kind == NoCgo || b.Kind == NoCgo:
		other := a.Kind + b.Kind - NoCgo
		return other == DropFlag || other == PlainExe || other == Loader || other == Port
	case a.Kind == PlainExe && (b.Kind == Loader || b.Kind == Static): // either is for what is position-independent
		return false
	case a.Kind == Loader && b.Kind == Static, a.Kind == CleanCache, b.Kind == FIPS, a.Kind == FIPS:
		return false
	case a.Kind == PureStd && (b.Kind == Static || b.Kind == OtherCC):
		return false // the static link has these tags, and another compiler makes no difference where they do
	}
	return true
}

// A Plan is what a build with some changes looks like.
type Plan struct {
	Changes []Change
	Env     []string // variables to be set, as NAME=value
	Unset   []string
	Flags   []string // of the command line, as they are typed
	First   string
	Unsaid  bool // there is no way to type the flags
}

// Plan puts changes together with the flags that were given.
func (s Situation) Plan(changes ...Change) Plan {
	p := Plan{Changes: changes, Flags: slices.Clone(s.Given)}
	tags, flags, relink := slices.Clone(s.Build.Tags), slices.Clone(s.LDFlags), false
	for _, c := range changes {
		p.Env = append(p.Env, c.Env...)
		p.Unset = append(p.Unset, c.Unset...)
		if c.First != "" {
			p.First = c.First
		}
		for _, t := range c.Tags {
			if !slices.Contains(tags, t) {
				tags = append(tags, t)
			}
		}
		tags = slices.DeleteFunc(tags, func(t string) bool { return slices.Contains(c.NoTags, t) })
		if c.BuildMode != "" {
			p.set(s, "buildmode", c.BuildMode)
		}
		for _, name := range c.Off {
			p.drop(name)
			if slices.ContainsFunc(s.Preset, func(f string) bool { return flagName(f) == name }) {
				p.Flags = append(p.Flags, "-"+name+"=false")
			}
		}
		flags = append(without(flags, c.NoLink...), c.Link...)
		relink = relink || len(c.NoLink)+len(c.Link) > 0
	}
	if !slices.Equal(tags, s.Build.Tags) {
		p.set(s, "tags", strings.Join(tags, ","))
	}
	if relink {
		words, ok := link.JoinWords(flags)
		p.set(s, "ldflags", words)
		p.Unsaid = !ok
	}
	return p
}

// set gives a flag a value in the place of what was given; one without a value
// is left out where nothing else has set it.
func (p *Plan) set(s Situation, name, value string) {
	p.drop(name)
	if value == "" && !slices.ContainsFunc(s.Preset, func(f string) bool { return flagName(f) == name }) {
		return
	}
	p.Flags = append(p.Flags, "-"+name+"="+value)
}

func (p *Plan) drop(name string) {
	p.Flags = slices.DeleteFunc(p.Flags, func(f string) bool { return flagName(f) == name })
}

// Weight is how much a plan changes: of two that do the same the lighter one is
// offered first.
func (p Plan) Weight() int {
	weight := 0
	for _, c := range p.Changes {
		weight += c.Kind.weight()
	}
	return weight
}

// Light is what no plan of two changes outweighs by much: one small change.
const Light = 2

// Costs are those of all changes, each once.
func (p Plan) Costs() []Cost {
	var all []Cost
	for _, c := range p.Changes {
		for _, cost := range c.Costs {
			if !slices.Contains(all, cost) {
				all = append(all, cost)
			}
		}
	}
	return all
}

// Message is what the changes do.
func (p Plan) Message() string {
	var all []string
	for _, c := range p.Changes {
		all = append(all, c.Message)
	}
	return strings.Join(all, ", and ")
}

// Key is the same for plans of the same build.
func (p Plan) Key() string {
	return strings.Join(slices.Concat(p.Env, []string{"\x00"}, p.Unset, []string{"\x00", p.First}, p.Flags), "\x01")
}

// A Place is where a build is made, for whoever pastes a command.
type Place struct {
	With    []string // settings that the build needs besides
	Dir     string   // its folder, "" where commands are typed there
	Release string   // of the go command, as go1.26.8
}

// Settings returns the settings as a shell reads them.
func (p Place) Settings() []string {
	var words []string
	for _, s := range p.With {
		words = append(words, quote.Setting(s))
	}
	return words
}

// Build returns a go build command with words before it that a shell can read.
func (p Place) Build(before []string, args ...string) string {
	words := slices.Clone(before)
	switch {
	case p.Dir == "":
		words = append(words, "go", "build")
	case version.Compare(p.Release, "go1.21") >= 0: // up to go1.20, -C comes after the command's name
		words = append(words, "go", "-C", quote.Shell(p.Dir), "build")
	default:
		words = append(append([]string{"cd", quote.Folder(p.Dir), "&&"}, words...), "go", "build")
	}
	for _, a := range args {
		words = append(words, quote.Shell(a))
	}
	return strings.Join(words, " ")
}

// Command is what a user pastes to build packages or files so.
func (p Plan) Command(place Place, args ...string) []string {
	var words []string
	for _, name := range p.Unset {
		if len(words) == 0 {
			words = append(words, "env")
		}
		words = append(words, "-u", name)
	}
	for _, kv := range slices.Concat(place.With, p.Env) {
		name, _, _ := strings.Cut(kv, "=")
		if i := slices.IndexFunc(words, func(w string) bool { return strings.HasPrefix(w, name+"=") }); i >= 0 {
			words = slices.Delete(words, i, i+1)
		}
		words = append(words, quote.Setting(kv))
	}
	commands := []string{place.Build(words, slices.Concat(p.Flags, args)...)}
	if p.First != "" {
		commands = []string{p.First, commands[0]}
	}
	return commands
}

func flagName(f string) string {
	name, _, _ := strings.Cut(strings.TrimLeft(f, "-"), "=")
	return name
}

// without are the words of -ldflags but for flags of these names.
func without(words []string, names ...string) []string {
	kept := []string{}
	for i := 0; i < len(words); i++ {
		name := flagName(words[i])
		takes := slices.Contains([]string{"I", "linkmode", "extldflags", "extld", "r"}, name) && !strings.Contains(words[i], "=")
		if !slices.Contains(names, name) {
			kept = append(kept, words[i])
			continue
		}
		if takes {
			i++ // its value
		}
	}
	return kept
}
