// Package doctor is goportdoctor's public API: it predicts how the go command
// would link the programs of a module here, inspects finished executables, and
// holds one against the other.
//
// The API is v0 and may change; the JSON of a Report is stable (version 1).
package doctor

import (
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/remedy"
	"github.com/goportdoctor/goportdoctor/internal/target"
)

// A Report is what one run of goportdoctor found. It is the JSON output.
type Report struct {
	Version     int         `json:"version"` // of the format: 1
	Tool        Tool        `json:"tool"`
	Environment Environment `json:"environment"`
	Findings    []Finding   `json:"findings"`
	Programs    []Program   `json:"programs"`

	Verbose bool `json:"-"` // the text shows all there is
}

// Tool is goportdoctor itself.
type Tool struct {
	Version  string `json:"version"`
	NewestGo string `json:"newest_go"` // newest Go release whose rules it knows
}

// A VersionReport is what goportdoctor says of itself. It is the JSON output.
type VersionReport struct {
	Version int  `json:"version"` // of the format: 1
	Tool    Tool `json:"tool"`
}

// OwnVersion is goportdoctor's.
func OwnVersion() VersionReport { return VersionReport{Version: 1, Tool: ownTool()} }

// Environment is what the go command says of itself.
type Environment struct {
	GoVersion  string `json:"goversion"`
	GOROOT     string `json:"goroot"`
	GOOS       string `json:"goos"`
	GOARCH     string `json:"goarch"`
	CgoEnabled bool   `json:"cgo_enabled"`
	CC         string `json:"cc"`
}

// Severities of findings.
const (
	Problem = "problem"
	Warning = "warning"
	OK      = "ok"
	Unknown = "unknown"
)

// A Finding is what one check says.
type Finding struct {
	Key      string     `json:"key"` // the same on every machine and in every version of the code
	ID       string     `json:"id"`
	Severity string     `json:"severity"`
	Known    bool       `json:"known"` // listed in a baseline
	Package  string     `json:"package"`
	Position string     `json:"position"`
	Message  string     `json:"message"`
	Evidence []Evidence `json:"evidence"`
	Remedies []Remedy   `json:"remedies"`
}

// Evidence is a line of a file, or a command and what it answered.
type Evidence struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Text string `json:"text"`
}

// A Program is one main package or one finished executable.
type Program struct {
	link.Executable
	at    string  // where its code begins
	wants []Want  // of its own directives
	in    *Target // the image that it was found in, nil for none
	place target.Place
	stubs []stub // what of it only says that it needs cgo, which is off

	typed     remedy.Place // where commands that build it are typed
	arguments []string     // how these name it
	output    []string     // what they say of where it goes
	heldBack  string       // why verify does not build it

	Targets  []Verdict `json:"targets"`
	Remedies []Remedy  `json:"remedies"`
	Asked    bool      `json:"-"` // the targets are those that were asked for

	// WithoutCgo says whether it would build with cgo off, where that was looked
	// into: by the doctor, with cgo on.
	WithoutCgo *WithoutCgo `json:"without_cgo,omitempty"`

	// Of verify only.
	Actual      *link.Executable   `json:"actual,omitempty"`
	Differences *[]link.Difference `json:"differences,omitempty"`
}

// WithoutCgo says what becomes of a program with cgo off.
type WithoutCgo struct {
	Value     string `json:"value"` // builds, stub (it builds, and says at run time that it needs cgo), fails
	Because   string `json:"because"`
	Certainty string `json:"certainty"` // certain, likely, unknown

	costs []string
}

// A Remedy is a change that was predicted again.
type Remedy struct {
	Commands    []string `json:"commands"`
	Env         []string `json:"env"`
	Flags       []string `json:"flags"`
	Message     string   `json:"message"`
	Linkage     string   `json:"linkage"`
	Interpreter string   `json:"interpreter"`
	RunsOn      []string `json:"runs_on"`
	Costs       []string `json:"costs"`
}

// Problems counts the findings that are problems and not known ones.
func (r *Report) Problems() int {
	n := 0
	for _, f := range r.Findings {
		if f.Severity == Problem && !f.Known {
			n++
		}
	}
	return n
}

// Says reports whether there is more in the report than why there is nothing.
func (r *Report) Says() bool {
	for _, f := range r.Findings {
		if f.Severity != Unknown {
			return true
		}
	}
	return len(r.Programs) > 0
}

// Unanswered reports whether the finding says that what was asked for has no
// answer. That a check could not tell is an answer: it is said, like a fact that
// is unknown, and the rest can be relied on.
func (f Finding) Unanswered() bool {
	_, check := LookupCheck(f.ID)
	return f.Severity == Unknown && !check
}

// Unanswered reports whether something could not be answered at all.
func (r *Report) Unanswered() bool {
	for _, f := range r.Findings {
		if f.Unanswered() {
			return true
		}
	}
	return false
}
