// Package report writes one doctor.Report as text or JSON.
package report

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/link"
)

// Text writes the programs, one block for all that have the same answer.
func Text(w io.Writer, r *doctor.Report) error {
	r = safe(r)
	var b strings.Builder
	for i, g := range groups(r.Programs) {
		if i > 0 {
			b.WriteString("\n")
		}
		writeGroup(&b, g)
		writeTargets(&b, g, g.Asked || r.Verbose)
		writeRemedies(&b, g, r.Verbose)
	}
	return emit(w, b.String())
}

type group struct {
	names []string
	doctor.Program
	all []doctor.Program // whose first it is
}

// groups puts programs with the same answer together, in the order of the first.
func groups(programs []doctor.Program) []*group {
	var gs []*group
	byAnswer := map[string]*group{}
	for _, p := range programs {
		key := answerKey(p)
		g := byAnswer[key]
		if g == nil {
			g = &group{Program: p}
			byAnswer[key] = g
			gs = append(gs, g)
		}
		g.names, g.all = append(g.names, name(p)), append(g.all, p)
	}
	return gs
}

func name(p doctor.Program) string {
	if p.File != "" {
		return p.File
	}
	return p.Package
}

// answerKey is the same for programs whose blocks would read the same.
func answerKey(p doctor.Program) string {
	if p.Differences != nil && len(*p.Differences) > 0 {
		return name(p)
	}
	p.Package, p.Dir, p.File, p.GoVersion, p.Settings, p.Actual = "", "", "", "", nil, nil
	p.Targets = slices.Clone(p.Targets)
	for i := range p.Targets {
		p.Targets[i].Message = "" // it names the program
	}
	p.Remedies = slices.Clone(p.Remedies)
	for i := range p.Remedies {
		p.Remedies[i].Commands = nil // so do these
	}
	if len(p.Causes) > 0 {
		c := p.Causes[0]
		p.Causes = []link.Cause{{Package: c.Package, Kind: c.Kind}}
	}
	data, err := json.Marshal(p)
	if err != nil {
		return name(p)
	}
	return string(data)
}

func writeGroup(b *strings.Builder, g *group) {
	fmt.Fprintf(b, "%s\n", names(g.names))
	if g.BuildError != "" {
		sure := ""
		if g.BuildErrorCertainty != link.Exact {
			sure = " (not certain)"
		}
		fmt.Fprintf(b, "  does not build%s: %s\n", sure, g.BuildError)
	} else {
		writeFacts(b, g.Executable)
	}
	if w := g.WithoutCgo; w != nil {
		fmt.Fprintf(b, "  %-12s %s, %s — %s\n", "without cgo", w.Value, w.Certainty, w.Because)
	}
	if g.Differences != nil {
		writeDifferences(b, *g.Differences)
	}
}

// A fact is one line of a block.
type fact struct {
	label, value, because string
	certainty             link.Certainty
}

func writeFacts(b *strings.Builder, e link.Executable) {
	for _, f := range together(facts(e)) {
		f.write(b)
	}
	for _, c := range e.Causes {
		at := ""
		if c.Position != "" {
			at = " (" + c.Position + ")"
		}
		fmt.Fprintf(b, "  %-12s %s%s\n", "because of", strings.Join(chain(c), " → "), at)
	}
}

// facts are those worth a line.
func facts(e link.Executable) []fact {
	fs := []fact{
		{"linkage", e.Linkage.Value + ", " + e.BuildMode + ", " + e.Format, e.Linkage.Because, e.Linkage.Certainty},
		{"linked", e.LinkMode.Value, e.LinkMode.Because, e.LinkMode.Certainty},
	}
	if e.Linkage.Value != link.LinkageDynamic && e.Linkage.Certainty != link.Unknown {
		return fs
	}
	fs = append(fs, fact{"interpreter", orNone(e.Interpreter.Value), e.Interpreter.Because, e.Interpreter.Certainty},
		listed("needed", ", ", e.Needed))
	for _, f := range []fact{listed("rpath", ":", e.RPath), listed("runpath", ":", e.RunPath),
		{"glibc", orNone(e.Glibc.Value), e.Glibc.Because, e.Glibc.Certainty}} {
		if f.value != none || f.certainty != link.Exact {
			fs = append(fs, f)
		}
	}
	return fs
}

func listed(label, separator string, l link.List) fact {
	return fact{label, orNone(strings.Join(l.Value, separator)), l.Because, l.Certainty}
}

// together makes one line of all that is unknown for one reason.
func together(fs []fact) []fact {
	var out []fact
	first := map[string]int{}
	for _, f := range fs {
		i, again := first[f.because]
		switch {
		case f.certainty != link.Unknown:
		case !again:
			first[f.because] = len(out)
		case out[i].label != unknown:
			out[i].label, out[i].value = unknown, out[i].label+", "+f.label
			continue
		default:
			out[i].value += ", " + f.label
			continue
		}
		out = append(out, f)
	}
	return out
}

const none, unknown = "none", "unknown"

func (f fact) write(b *strings.Builder) {
	switch {
	case f.label == unknown:
	case f.certainty == link.Unknown:
		f.value = unknown
	case f.certainty == link.AtLeast && f.value == none:
		f.value = "none for certain"
	case f.certainty == link.AtLeast:
		f.value = "at least " + f.value
	}
	fmt.Fprintf(b, "  %-12s %s", f.label, f.value)
	if f.because != "" {
		fmt.Fprintf(b, " — %s", f.because)
	}
	b.WriteString("\n")
}

func chain(c link.Cause) []string {
	if c.Kind == "flag" || c.Kind == "platform" {
		return []string{c.Package}
	}
	return c.Chain
}

func writeDifferences(b *strings.Builder, ds []link.Difference) {
	if len(ds) == 0 {
		fmt.Fprintf(b, "  %-12s the build agrees\n", "verified")
	}
	for _, d := range ds {
		fmt.Fprintf(b, "  %-12s %v\n", "differs", d)
	}
}

// writeRemedies writes what was predicted to help, each with what it costs.
func writeRemedies(b *strings.Builder, g *group, all bool) {
	for i, r := range g.Remedies {
		label := ""
		if i == 0 {
			label = "what helps"
		}
		if len(r.Commands) == 0 {
			fmt.Fprintf(b, "  %-12s %s\n", label, r.Message)
			continue
		}
		a := advice{Remedy: r}
		for _, s := range g.commands(i) {
			a.several = *s
			fmt.Fprintf(b, "  %-12s %s — %s\n", label, s.command(all), a.does(all))
			label = ""
		}
		if len(r.Costs) > 0 {
			fmt.Fprintf(b, "  %-12s cost: %s\n", "", strings.Join(r.Costs, "; "))
		}
	}
}

// commands are those of one remedy for all programs of the group: one, but where
// the programs are built in ways that differ.
func (g *group) commands(remedy int) []*several {
	var all []*several
	for _, p := range g.all {
		pattern, arg := cutArgument(strings.Join(p.Remedies[remedy].Commands, " && "), p.Package)
		i := slices.IndexFunc(all, func(s *several) bool { return s.pattern == pattern && (len(s.args) > 0) == (arg != "") })
		if i < 0 {
			all, i = append(all, &several{pattern: pattern}), len(all)
		}
		all[i].take(p.Package, arg)
	}
	return all
}

func orNone(s string) string {
	if s == "" {
		return none
	}
	return s
}

// names lists the programs of a block, few enough for a line.
func names(all []string) string {
	if len(all) <= mostNamed {
		return strings.Join(all, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(all[:mostNamed], ", "), len(all)-mostNamed)
}

// mostNamed are as many programs as are named in a line.
const mostNamed = 4
