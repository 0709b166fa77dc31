// The doctor's text: one screen, however many programs there are. What is the
// same of several programs is said once; with -v nothing is left out.

package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/link"
)

// A Style is how the doctor's text is written.
type Style struct {
	All    bool // also the checks that passed, all evidence and every program
	Colour bool
}

// As many lines as each part may have where not all is shown.
const (
	mostFindings = 7
	mostBlocks   = 2 // of a few programs; of many, one
	mostAnswers  = 6
	mostRemedies = 4
)

// Doctor writes the environment in a line, the findings, then the programs, then
// what to do, and how many problems there are.
func (s Style) Doctor(w io.Writer, r *doctor.Report) error {
	r = safe(r)
	var b strings.Builder
	e := r.Environment
	if e.GoVersion != "" {
		cgo := "cgo off"
		if e.CgoEnabled {
			cgo = "cgo on, CC=" + e.CC
		}
		fmt.Fprintf(&b, "%s in %s, for %s/%s, %s\n\n", e.GoVersion, e.GOROOT, e.GOOS, e.GOARCH, cgo)
	}
	if s.findings(&b, r.Findings) {
		b.WriteString("\n")
	}
	if s.programs(&b, r.Programs) {
		b.WriteString("\n")
	}
	if s.remedies(&b, r.Findings) {
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "%s\n", outcome(r))
	return emit(w, b.String())
}

// outcome is the last line: how many problems there are, or why nobody knows.
func outcome(r *doctor.Report) string {
	problems := count(r.Problems(), "problem")
	i := slices.IndexFunc(r.Findings, doctor.Finding.Unanswered)
	if len(r.Programs) > 0 || i < 0 {
		return problems + " in " + count(len(r.Programs), "program")
	}
	why, _, _ := strings.Cut(r.Findings[i].Message, "\n")
	none := "no program examined: " + strings.TrimSuffix(why, ":")
	if r.Problems() > 0 {
		return problems + ", and " + none
	}
	return none
}

// Doctor is the doctor's text without colours, and without what is well.
func Doctor(w io.Writer, r *doctor.Report) error { return Style{}.Doctor(w, r) }

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func mark(f doctor.Finding) string {
	if f.Known {
		return "="
	}
	return map[string]string{doctor.Problem: "✗", doctor.Warning: "!", doctor.OK: "✓", doctor.Unknown: "?"}[f.Severity]
}

// coloured is a mark as a terminal shows it.
func (s Style) coloured(f doctor.Finding) string {
	m := mark(f)
	code := map[string]string{"✗": "31", "!": "33", "✓": "32", "?": "35"}[m]
	if !s.Colour || code == "" {
		return m
	}
	return "\x1b[" + code + "m" + m + "\x1b[0m"
}

// A said is one finding, or the same of several programs.
type said struct {
	doctor.Finding
	packages []string
}

// together puts findings that only name another program into one.
func sayTogether(findings []doctor.Finding) []said {
	var all []said
	at := map[string]int{}
	for _, f := range findings {
		key := strings.Join([]string{f.ID, f.Severity, mark(f), cutProgram(f)}, "\x00")
		i, again := at[key]
		if f.Package == "" || !again {
			at[key] = len(all)
			all = append(all, said{f, []string{f.Package}})
			continue
		}
		all[i].packages = append(all[i].packages, f.Package)
	}
	return all
}

// cutProgram is a message without the program that it is about.
func cutProgram(f doctor.Finding) string {
	if f.Package == "" {
		return f.Message
	}
	rest, ok := strings.CutPrefix(f.Message, f.Package+" ")
	if !ok {
		return f.Message
	}
	return strings.ReplaceAll(rest, f.Package, "each")
}

func (s said) text() string {
	if len(s.packages) < 2 {
		return s.Message
	}
	return names(s.packages) + ": " + cutProgram(s.Finding)
}

// findings writes those that are no good news, and with All every one.
func (s Style) findings(b *strings.Builder, findings []doctor.Finding) bool {
	if !s.All {
		findings = slices.DeleteFunc(slices.Clone(findings), func(f doctor.Finding) bool { return f.Severity == doctor.OK })
	}
	all := sayTogether(findings)
	shown := all
	if !s.All && len(all) > mostFindings {
		shown = all[:mostFindings-1]
	}
	for _, f := range shown {
		fmt.Fprintf(b, "%s %s\n", s.coloured(f.Finding), f.text())
		for _, e := range f.Evidence {
			if s.All {
				writeEvidence(b, e)
			}
		}
	}
	if n := len(all) - len(shown); n > 0 {
		fmt.Fprintf(b, "  and %s more: -v\n", count(n, "finding"))
	}
	return len(all) > 0
}

func writeEvidence(b *strings.Builder, e doctor.Evidence) {
	at := e.File
	if e.Line > 0 {
		at = fmt.Sprintf("%s:%d", e.File, e.Line)
	}
	if line := strings.Trim(at+": "+e.Text, ": "); line != "" {
		fmt.Fprintf(b, "    %s\n", line)
	}
}

// programs writes a block for each answer where there are few, else a line.
// asked tells that the user named targets.
func (s Style) programs(b *strings.Builder, programs []doctor.Program) bool {
	gs := groups(programs)
	if s.All || len(gs) <= 1 || len(gs) <= mostBlocks && len(programs) <= 2*mostBlocks {
		for i, g := range gs {
			if i > 0 {
				b.WriteString("\n")
			}
			writeGroup(b, g)
			writeTargets(b, g, g.Asked || s.All)
		}
		return len(gs) > 0
	}
	lines, more := answers(gs), 0
	if len(lines) > mostAnswers {
		for _, l := range lines[mostAnswers-1:] {
			more += len(l.names)
		}
		lines = lines[:mostAnswers-1]
	}
	for _, l := range lines {
		fmt.Fprintf(b, "%s: %s\n", names(l.names), l.text)
	}
	if more > 0 {
		fmt.Fprintf(b, "and %s with other answers: -v\n", count(more, "program"))
	}
	return true
}

// An answer is what several programs have in common, in one line.
type answer struct {
	names []string
	text  string
}

// answers puts groups together whose line is the same.
func answers(gs []*group) []*answer {
	var all []*answer
	for _, g := range gs {
		text := line(g)
		i := slices.IndexFunc(all, func(a *answer) bool { return a.text == text })
		if i < 0 {
			all, i = append(all, &answer{text: text}), len(all)
		}
		all[i].names = append(all[i].names, g.names...)
	}
	slices.SortStableFunc(all, func(a, b *answer) int { return len(b.names) - len(a.names) })
	return all
}

// line is how a program comes out: what is not as in most executables.
func line(g *group) string {
	e := g.Executable
	if e.BuildError != "" {
		first, _, _ := strings.Cut(e.BuildError, "\n")
		return "does not build: " + first
	}
	words := []string{certain(e.Linkage.Value, e.Linkage.Certainty)}
	if e.LinkMode.Value == link.ModeExternal {
		words = append(words, "linked externally")
	}
	if e.Linkage.Value == link.LinkageDynamic {
		words = append(words, certain(orNone(e.Interpreter.Value), e.Interpreter.Certainty))
		words = append(words, certain(orNone(strings.Join(e.Needed.Value, " ")), e.Needed.Certainty))
		if e.Glibc.Value != "" {
			words = append(words, "glibc "+certain(e.Glibc.Value, e.Glibc.Certainty))
		}
	}
	text := strings.Join(words, ", ")
	if len(e.Causes) > 0 {
		c := e.Causes[0]
		text += " — because of " + c.Package
		if c.Position != "" && len(g.names) == 1 {
			text += " (" + c.Position + ")"
		}
	}
	return text
}

func certain(value string, c link.Certainty) string {
	switch c {
	case link.Unknown:
		return unknown
	case link.AtLeast:
		return "at least " + value
	}
	return value
}

// An advice is a command, and the programs that it is for.
type advice struct {
	doctor.Remedy
	several
}

// take has the advice be for another program too, with what it costs that one.
func (a *advice) take(pkg, arg string, costs []string) {
	if !a.several.take(pkg, arg) {
		return
	}
	for _, c := range costs {
		if !slices.Contains(a.Costs, c) {
			a.Costs = append(slices.Clip(a.Costs), c)
		}
	}
}

// remedies writes what to do about problems, or where there are none, about
// warnings.
func (s Style) remedies(b *strings.Builder, findings []doctor.Finding) bool {
	all := advices(findings, doctor.Problem)
	if len(all) == 0 || s.All {
		all = append(all, advices(findings, doctor.Warning)...)
	}
	if len(all) == 0 {
		return false
	}
	b.WriteString("what to do\n")
	for i, a := range all {
		if i == mostRemedies-1 && !s.All && len(all) > mostRemedies {
			fmt.Fprintf(b, "  and %d more: -v\n", len(all)-i)
			break
		}
		if a.pattern == "" {
			fmt.Fprintf(b, "  %s\n", a.does(s.All))
			continue
		}
		fmt.Fprintf(b, "  %s — %s\n", a.command(s.All), a.does(s.All))
		if len(a.Costs) > 0 {
			fmt.Fprintf(b, "    cost: %s\n", strings.Join(a.Costs, "; "))
		}
	}
	return true
}

// advices are the remedies of findings of one severity, those for several
// programs put together.
func advices(findings []doctor.Finding, severity string) []*advice {
	var all []*advice
	for _, f := range findings {
		if f.Severity != severity || f.Known {
			continue
		}
		for _, r := range f.Remedies {
			commands := r.Commands
			if len(commands) == 0 || len(r.RunsOn) > 0 {
				commands = []string{strings.Join(commands, " && ")} // none, or what was tried as a whole
			}
			for _, c := range commands {
				pattern, arg := cutArgument(c, f.Package)
				i := slices.IndexFunc(all, func(a *advice) bool {
					return a.Message == r.Message && a.pattern == pattern && (len(a.args) > 0) == (arg != "")
				})
				if i < 0 {
					all, i = append(all, &advice{Remedy: r, several: several{pattern: pattern}}), len(all)
				}
				all[i].take(f.Package, arg, r.Costs)
			}
		}
	}
	return all
}

func (a *advice) does(all bool) string {
	text := a.Message
	if a.Linkage != "" {
		text += ": " + a.Linkage
		if a.Interpreter != "" {
			text += ", " + a.Interpreter
		}
	}
	return text + a.forEach(all)
}
