package doctor_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// factNames are those that the tables count, in the output's order.
var factNames = []string{"link_mode", "linkage", "interpreter", "needed", "rpath", "runpath", "glibc"}

func certainties(e link.Executable) map[string]link.Certainty {
	return map[string]link.Certainty{
		"link_mode": e.LinkMode.Certainty, "linkage": e.Linkage.Certainty, "interpreter": e.Interpreter.Certainty,
		"needed": e.Needed.Certainty, "rpath": e.RPath.Certainty, "runpath": e.RunPath.Certainty, "glibc": e.Glibc.Certainty,
	}
}

// A tally counts the cells of one row.
type tally struct{ Cells, Wrong, Exact, AtLeast, Unknown int }

func (t *tally) add(c link.Certainty, wrong bool) {
	t.Cells++
	switch {
	case wrong:
		t.Wrong++
	case c == link.Exact:
		t.Exact++
	case c == link.AtLeast:
		t.AtLeast++
	default:
		t.Unknown++
	}
}

func (t tally) plus(u tally) tally {
	return tally{t.Cells + u.Cells, t.Wrong + u.Wrong, t.Exact + u.Exact, t.AtLeast + u.AtLeast, t.Unknown + u.Unknown}
}

func (t tally) row(label string) string {
	return fmt.Sprintf("| %s | %d | %d | %d | %d | %d | %.1f %% |\n", label, t.Cells, t.Wrong, t.Exact, t.AtLeast, t.Unknown,
		100*float64(t.Exact)/float64(max(t.Cells, 1)))
}

const tallyHead = "| cells | wrong | exact | at least | unknown | exact |\n"

// A part is what the cells of one toolchain came to. Those of the whole matrix
// are kept in testdata, since it takes hours: each toolchain can be run by itself.
type part struct {
	Toolchain string
	Port      string // that of the machine
	Day       string // of the run
	Cells     int
	Plain     map[string]tally // by fact, of builds without C code outside std
	WithC     map[string]tally // by fact, of the others
	Builds    builds
}

// builds counts those that succeed and those that fail.
type builds struct {
	Succeed int
	Alarms  int // predicted to fail all the same
	GoSide  int // fail by the word of the go command, its compiler or its linker
	Seen    int // foreseen of GoSide
	Words   int // foreseen in the same words
	CSide   int // fail in the C compiler or the C link
}

func (b builds) plus(c builds) builds {
	return builds{b.Succeed + c.Succeed, b.Alarms + c.Alarms, b.GoSide + c.GoSide, b.Seen + c.Seen, b.Words + c.Words, b.CSide + c.CSide}
}

func partOf(toolchain string, outcomes []outcome) part {
	p := part{Toolchain: toolchain, Port: runtime.GOOS + "/" + runtime.GOARCH, Day: time.Now().Format(time.DateOnly),
		Plain: map[string]tally{}, WithC: map[string]tally{}}
	for _, o := range outcomes {
		if o.toolchain != toolchain {
			continue
		}
		p.Cells++
		p.Builds.add(o)
		if !counts(o) {
			continue
		}
		facts := p.WithC
		if o.plain(o.build) {
			facts = p.Plain
		}
		for fact, c := range certainties(o.predicted) {
			t := facts[fact]
			t.add(c, differs(o, fact))
			facts[fact] = t
		}
	}
	return p
}

// all is the sum of a part's facts.
func (p part) all() tally {
	var t tally
	for _, fact := range factNames {
		t = t.plus(p.Plain[fact]).plus(p.WithC[fact])
	}
	return t
}

// accuracy is the table: per fact, with and without C code outside std, and per
// toolchain; then the builds that fail.
func accuracy(parts []part) string {
	var b strings.Builder
	for _, kind := range []struct {
		title string
		facts func(part) map[string]tally
	}{
		{"no C code outside the standard library", func(p part) map[string]tally { return p.Plain }},
		{"with C code of others", func(p part) map[string]tally { return p.WithC }},
	} {
		fmt.Fprintf(&b, "\nBuilds that succeed, %s:\n\n| fact %s|---|---|---|---|---|---|---|\n", kind.title, tallyHead)
		for _, fact := range factNames {
			var t tally
			for _, p := range parts {
				t = t.plus(kind.facts(p)[fact])
			}
			b.WriteString(t.row(fact))
		}
	}
	fmt.Fprintf(&b, "\nAll facts, by toolchain:\n\n| toolchain %s|---|---|---|---|---|---|---|\n", tallyHead)
	var sum builds
	for _, p := range parts {
		b.WriteString(p.all().row(p.Toolchain))
		sum = sum.plus(p.Builds)
	}
	fmt.Fprintf(&b, "\nBuilds: %d succeed, %d of them predicted to fail. %d fail on Go's side, %d of them foreseen (%.1f %%), %d in the go command's words; %d fail in the C compiler or the C link.\n",
		sum.Succeed, sum.Alarms, sum.GoSide, sum.Seen, 100*float64(sum.Seen)/float64(max(sum.GoSide, 1)), sum.Words, sum.CSide)
	return b.String()
}

// counts reports whether a cell was built, so that there are facts to compare.
func counts(o outcome) bool {
	return o.failure == "" && o.refusal == "" && o.predicted.BuildError == ""
}

func differs(o outcome, fact string) bool {
	return slices.ContainsFunc(o.diffs, func(d link.Difference) bool { return d.Fact == fact })
}

func (b *builds) add(o outcome) {
	said := o.predicted.BuildError + o.refusal
	switch {
	case o.failure == "":
		b.Succeed++
		if said != "" {
			b.Alarms++
		}
	case !onGoSide(o.failure):
		b.CSide++
	default:
		b.GoSide++
		if said != "" {
			b.Seen++
		}
		if said != "" && sameWords(said, o.failure) {
			b.Words++
		}
	}
}

// onGoSide reports whether the go command, the Go compiler or cmd/link by
// itself refused, rather than the C compiler or the C linker.
func onGoSide(failure string) bool {
	if strings.Contains(failure, "not found: exec") || strings.Contains(failure, ": exec: \"") {
		return true
	}
	for _, c := range []string{"gcc: error", "g++: error", "error: ld returned", "/bin/ld: ", "cgo: C compiler", "fatal error:", "clang: error", "ld.lld: error",
		"collect2: error", "cc1", "C source files not allowed", "lto1:", "unsupported option", "undefined reference", ".c:", ".h:", ".cpp:", "could not determine what", "running gcc failed", "running musl-gcc failed"} {
		if strings.Contains(failure, c) {
			return false
		}
	}
	return true
}

// sameWords reports whether the essence of the prediction is in what the go
// command said. Names of symbols differ with what the linker meets first.
func sameWords(predicted, said string) bool {
	line, _, _ := strings.Cut(predicted, "\n")
	if strings.HasPrefix(line, "relocation target") {
		return strings.Contains(said, "relocation target") && strings.Contains(said, "not defined")
	}
	for _, l := range strings.Split(predicted, "\n") {
		if i := strings.LastIndex(l, "build constraints exclude"); i >= 0 {
			l = l[i:]
		}
		if l = strings.TrimSpace(l); !strings.Contains(said, l) && strings.Contains(l, " ") {
			return false
		}
	}
	return true
}

// unforeseen lists the failing builds on Go's side that were not predicted, or
// in other words.
func unforeseen(outcomes []outcome) []string {
	var lines []string
	for _, o := range outcomes {
		said := o.predicted.BuildError + o.refusal
		if o.failure != "" && onGoSide(o.failure) && (said == "" || !sameWords(said, o.failure)) {
			lines = append(lines, fmt.Sprintf("%s: predicted %q, and the go command said %q", o.name(), said, head(o.failure)))
		}
	}
	return lines
}

func head(s string) string {
	if len(s) > 300 {
		return s[:300] + "…"
	}
	return s
}

// accuracyParts are the headings of docs/accuracy.md, each of which has a test
// that measures what is below it.
var accuracyParts = []string{"Predictions", "Starts", "Remedies"}

// writeAccuracy puts a part in the place of the one that docs/accuracy.md has.
func writeAccuracy(t *testing.T, part, text string) {
	const page = "../docs/accuracy.md"
	old, err := os.ReadFile(page)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if err := os.WriteFile(page, []byte(withPart(string(old), part, text)), 0o666); err != nil {
		t.Fatal(err)
	}
}

func withPart(page, part, text string) string {
	var b strings.Builder
	b.WriteString("# How right it is\n")
	for _, name := range accuracyParts {
		heading := "\n## " + name + "\n\n"
		_, kept, _ := strings.Cut(page, heading)
		kept, _, _ = strings.Cut(kept, "\n## ")
		if name == part {
			kept = text
		}
		if kept != "" {
			b.WriteString(heading + kept)
		}
	}
	return b.String()
}

func TestWithPart(t *testing.T) {
	page := withPart("", "Starts", "s 1\n")
	page = withPart(page, "Predictions", "p 1\n")
	page = withPart(page, "Starts", "s 2\n")
	const want = "# How right it is\n\n## Predictions\n\np 1\n\n## Starts\n\ns 2\n"
	if page != want {
		t.Errorf("got %q, want %q", page, want)
	}
}

// partsDir keeps what came of the whole matrix, a file for each toolchain.
const partsDir = "testdata/oracle"

func writePart(t *testing.T, p part) {
	data, err := json.MarshalIndent(p, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(partsDir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(partsDir, p.Toolchain+".json"), append(data, '\n'), 0o666); err != nil {
		t.Fatal(err)
	}
}

func readParts(t *testing.T) []part {
	var parts []part
	for _, tc := range oracleToolchains {
		data, err := os.ReadFile(filepath.Join(partsDir, tc+".json"))
		if os.IsNotExist(err) {
			continue
		}
		var p part
		if err == nil {
			err = json.Unmarshal(data, &p)
		}
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, p)
	}
	return parts
}

// predictionsPart is what docs/accuracy.md says of predictions.
func predictionsPart(parts []part) string {
	cells := 0
	var runs []string
	left := slices.Clone(oracleToolchains)
	for _, p := range parts {
		left = slices.DeleteFunc(left, func(tc string) bool { return tc == p.Toolchain })
		cells += p.Cells
		runs = append(runs, fmt.Sprintf("%s (%d cells, %s, %s)", p.Toolchain, p.Cells, p.Port, p.Day))
	}
	return "Generated by `go test ./doctor -run TestOracle -oracle`, of which `-cells /go1.N.P` runs one toolchain; do not edit.\n\n" +
		"Every cell is one program of testdata/programs in one build by one toolchain. It was predicted with a build cache that\n" +
		"held nothing of it, then built for real, and the executable inspected. *Wrong* counts facts that the executable contradicts.\n" +
		fmt.Sprintf("All %d cells of: %s. Not run as a whole: %s.\n", cells, strings.Join(runs, ", "), cmp.Or(strings.Join(left, ", "), "none")) + accuracy(parts)
}

func TestAccuracyIsOfItsParts(t *testing.T) {
	parts := readParts(t)
	if len(parts) == 0 {
		t.Fatalf("%s: no parts", partsDir)
	}
	page, err := os.ReadFile("../docs/accuracy.md")
	if err != nil {
		t.Fatal(err)
	}
	if text := withPart(string(page), "Predictions", predictionsPart(parts)); text != string(page) {
		t.Error("docs/accuracy.md is not of the parts in " + partsDir)
	}
}
