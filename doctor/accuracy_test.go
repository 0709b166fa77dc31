package doctor_test

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// note says what a test leaves out for want of what; where nothing may be left
// out, that is an error.
func note(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("GOPORTDOCTOR_NOSKIP") != "" {
		t.Errorf(format, args...)
		return
	}
	t.Logf("left out: "+format, args...)
}

// factNames are those that the tables count, in the output's order.
var factNames = []string{"link_mode", "linkage", "interpreter", "needed", "rpath", "runpath", "glibc"}

func certainties(e link.Executable) map[string]link.Certainty {
	return map[string]link.Certainty{
		"link_mode": e.LinkMode.Certainty, "linkage": e.Linkage.Certainty, "interpreter": e.Interpreter.Certainty,
		"needed": e.Needed.Certainty, "rpath": e.RPath.Certainty, "runpath": e.RunPath.Certainty, "glibc": e.Glibc.Certainty,
	}
}

// A tally counts the cells of one row.
type tally struct{ cells, wrong, exact, atLeast, unknown int }

func (t *tally) add(c link.Certainty, wrong bool) {
	t.cells++
	switch {
	case wrong:
		t.wrong++
	case c == link.Exact:
		t.exact++
	case c == link.AtLeast:
		t.atLeast++
	default:
		t.unknown++
	}
}

func (t tally) row(label string) string {
	return fmt.Sprintf("| %s | %d | %d | %d | %d | %d | %.1f %% |\n", label, t.cells, t.wrong, t.exact, t.atLeast, t.unknown,
		100*float64(t.exact)/float64(max(t.cells, 1)))
}

const tallyHead = "| cells | wrong | exact | at least | unknown | exact |\n"

// accuracy is the table: per fact, with and without C code outside std, and per
// toolchain; then the builds that fail.
func accuracy(outcomes []outcome) string {
	var b strings.Builder
	for _, kind := range []struct {
		title string
		plain bool
	}{{"no C code outside the standard library", true}, {"with C code of others", false}} {
		fmt.Fprintf(&b, "\nBuilds that succeed, %s:\n\n| fact %s|---|---|---|---|---|---|---|\n", kind.title, tallyHead)
		for _, fact := range factNames {
			var t tally
			for _, o := range outcomes {
				if counts(o) && o.plain(o.build) == kind.plain {
					t.add(certainties(o.predicted)[fact], differs(o, fact))
				}
			}
			b.WriteString(t.row(fact))
		}
	}
	fmt.Fprintf(&b, "\nAll facts, by toolchain:\n\n| toolchain %s|---|---|---|---|---|---|---|\n", tallyHead)
	for _, tc := range oracleToolchains {
		var t tally
		for _, o := range outcomes {
			for fact, c := range certainties(o.predicted) {
				if counts(o) && o.toolchain == tc {
					t.add(c, differs(o, fact))
				}
			}
		}
		b.WriteString(t.row(tc))
	}
	b.WriteString(failures(outcomes))
	return b.String()
}

// counts reports whether a cell was built, so that there are facts to compare.
func counts(o outcome) bool {
	return o.failure == "" && o.refusal == "" && o.predicted.BuildError == ""
}

func differs(o outcome, fact string) bool {
	return slices.ContainsFunc(o.diffs, func(d link.Difference) bool { return d.Fact == fact })
}

// failures counts the builds that fail on Go's side, and the wrong alarms.
func failures(outcomes []outcome) string {
	var goSide, foreseen, words, cSide, alarms, builds int
	for _, o := range outcomes {
		switch {
		case o.failure == "":
			builds++
			if o.predicted.BuildError != "" || o.refusal != "" {
				alarms++
			}
		case !onGoSide(o.failure):
			cSide++
		default:
			goSide++
			said := o.predicted.BuildError + o.refusal
			if said != "" {
				foreseen++
			}
			if said != "" && sameWords(said, o.failure) {
				words++
			}
		}
	}
	return fmt.Sprintf("\nBuilds: %d succeed, %d of them predicted to fail. %d fail on Go's side, %d of them foreseen (%.1f %%), %d in the go command's words; %d fail in the C compiler or the C link.\n",
		builds, alarms, goSide, foreseen, 100*float64(foreseen)/float64(max(goSide, 1)), words, cSide)
}

// onGoSide reports whether the go command, the Go compiler or cmd/link by
// itself refused, rather than the C compiler or the C linker.
func onGoSide(failure string) bool {
	if strings.Contains(failure, "not found: exec") || strings.Contains(failure, ": exec: \"") {
		return true
	}
	for _, c := range []string{"gcc: error", "error: ld returned", "/bin/ld: ", "cgo: C compiler", "fatal error:", "clang: error", "ld.lld: error",
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

// predictionsPart is what docs/accuracy.md says of predictions.
func predictionsPart(outcomes []outcome, table string, matrix int) string {
	return "Generated by `go test ./doctor -run TestOracle -oracle`, with `-every N` for a part of the matrix; do not edit.\n\n" +
		"Every cell is one program of testdata/programs in one build by one toolchain. It was predicted with a build cache that\n" +
		"held nothing of it, then built for real, and the executable inspected. *Wrong* counts facts that the executable contradicts.\n" +
		fmt.Sprintf("Run on %s/%s with %s; %d of the matrix's %d cells.\n", runtime.GOOS, runtime.GOARCH,
			strings.Join(usedToolchains(outcomes), ", "), len(outcomes), matrix) + table
}

func usedToolchains(outcomes []outcome) []string {
	var used []string
	for _, o := range outcomes {
		if !slices.Contains(used, o.toolchain) {
			used = append(used, o.toolchain)
		}
	}
	return used
}
