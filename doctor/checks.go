package doctor

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/remedy"
)

// A Check is one thing that the doctor looks at. It is a pure function of facts
// and predictions: what it needs to know of a machine is a field of Facts.
type Check struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Looks  string `json:"looks"`  // what it looks at
	Means  string `json:"means"`  // what a finding means
	Remedy string `json:"remedy"` // what to do about one
	Since  string `json:"since"`  // version of goportdoctor

	// program says what is wrong with one program, machine what is to be said
	// of the machine itself; either may be nil. passed is said where neither
	// has anything to say.
	program func(e *examination, p Program) []note
	machine func(e *examination) []note
	passed  string
}

// OfPrograms reports whether the check looks at programs, besides the machine.
func (c Check) OfPrograms() bool { return c.program != nil }

// machineOnly reports whether none of the checks that are wanted looks at
// programs, so that these need not be predicted.
func machineOnly(wanted []string) bool {
	return len(wanted) > 0 && !slices.ContainsFunc(checks, func(c Check) bool { return isWanted(wanted, c.ID) && c.OfPrograms() })
}

// CheckList is the JSON of goportdoctor checks.
type CheckList struct {
	Version int     `json:"version"` // of the format: 1
	Checks  []Check `json:"checks"`
}

// checks are all of them, in the order in which they are listed: what fails,
// the Go toolchain, C compilers, what is in caches, settings, the C library.
var checks = slices.Concat(programChecks, goChecks, compilerChecks, cacheChecks, settingChecks, libcChecks)

// Checks lists the checks, in the order in which they are made.
func Checks() []Check { return slices.Clone(checks) }

// LookupCheck finds a check by its id.
func LookupCheck(id string) (Check, bool) {
	i := slices.IndexFunc(checks, func(c Check) bool { return c.ID == id })
	if i < 0 {
		return Check{}, false
	}
	return checks[i], true
}

// An examination is what checks look at.
type examination struct {
	facts    *Facts // nil where programs alone are looked at, as predict does
	tool     link.Toolchain
	programs []Program
	// other holds, by package, how a program would be linked with cgo off where
	// it is on here, or on where it is off; nil where that was not asked.
	other   map[string]link.Executable
	leftOut []Program // that are no programs with cgo off, as it is
	// unpinned tells that nobody sets CGO_ENABLED, so that it depends on
	// whether there is a C compiler.
	unpinned bool

	typed remedy.Place // where commands are typed that build all programs
	apart bool         // no command builds all of them: they are in modules of their own
}

// buildAll builds all programs with a setting, to be pasted.
func (e *examination) buildAll(setting string) string {
	if e.apart {
		return setting + " go build …"
	}
	return e.typed.Build(append(e.typed.Settings(), setting), "./...")
}

// A note is what a check says, before it is a Finding.
type note struct {
	severity string
	pkg      string
	position string
	cause    string // part of the finding's key: the same on every machine
	message  string
	evidence []Evidence
	remedies []Remedy
}

// examine makes the checks that are wanted.
func (e *examination) examine(wanted []string) []Finding {
	found := []Finding{}
	for _, c := range checks {
		if !isWanted(wanted, c.ID) {
			continue
		}
		for _, n := range c.make(e) {
			found = append(found, n.finding(c.ID))
		}
	}
	sortFindings(found)
	return found
}

// sortFindings puts problems first, then warnings, then what could not be told,
// then what is well.
func sortFindings(found []Finding) {
	rank := map[string]int{Problem: 0, Warning: 1, Unknown: 2, OK: 3}
	slices.SortStableFunc(found, func(a, b Finding) int { return rank[a.Severity] - rank[b.Severity] })
}

// isWanted reads the ids of -check: some, or all but some.
func isWanted(ids []string, id string) bool {
	if slices.Contains(ids, "-"+id) {
		return false
	}
	some := slices.ContainsFunc(ids, func(s string) bool { return !strings.HasPrefix(s, "-") })
	return !some || slices.Contains(ids, id)
}

// make makes one check. One that panics could not tell, and the others go on.
func (c Check) make(e *examination) (notes []note) {
	defer func() {
		if r := recover(); r != nil {
			notes = []note{{severity: Unknown, cause: "panic", message: fmt.Sprintf("the check %s failed: %v", c.ID, r)}}
		}
	}()
	if c.program != nil {
		for _, p := range e.programs {
			for _, n := range c.program(e, p) {
				n.pkg, n.cause = p.Package, buildKey(p.Build)+n.cause
				n.position = cmp.Or(n.position, firstPosition(p.Causes), p.at)
				notes = append(notes, n)
			}
		}
	}
	if e.facts == nil {
		return notes
	}
	worse := len(notes) > 0
	if c.machine != nil {
		for _, n := range c.machine(e) {
			// What a program suffers from is not said of the machine again.
			if n.severity == Unknown || !worse || n.pkg != "" {
				notes = append(notes, n)
			}
		}
	}
	if len(notes) == 0 {
		notes = []note{{severity: OK, message: c.passed}}
	}
	return notes
}

func (n note) finding(id string) Finding {
	f := finding(id, n.severity, n.pkg, n.position, n.message, n.cause)
	f.Evidence = append(f.Evidence, n.evidence...)
	f.Remedies = append(f.Remedies, n.remedies...)
	return f
}

// placed is text that begins with a file and a line.
var placed = lazily(`^((?:/|[A-Za-z]:)[^:\n]*):([0-9]+): (.*)$`)

// evidenceOf reads "FILE:LINE: TEXT", which is how a prediction names a line.
func evidenceOf(because string) Evidence {
	if m := placed().FindStringSubmatch(because); m != nil {
		line, _ := strconv.Atoi(m[2])
		return Evidence{File: m[1], Line: line, Text: m[3]}
	}
	return Evidence{Text: because}
}

// common reports whether a loader is in a folder where systems have theirs,
// rather than in a prefix of somebody's own.
func common(loader string) bool {
	switch path.Dir(loader) {
	case "/lib", "/lib32", "/lib64", "/usr/lib", "/libexec", "/usr/libexec", "/system/bin", "/lib/amd64":
		return true
	}
	return false
}

func newRemedy(message string, commands ...string) Remedy {
	return Remedy{Commands: append([]string{}, commands...), Env: []string{}, Flags: []string{}, Message: message, RunsOn: []string{}, Costs: []string{}}
}
