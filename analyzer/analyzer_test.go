package analyzer_test

import (
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/goportdoctor/goportdoctor/analyzer"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// diagnostics leaves out what analysistest has against facts: it looks for what
// is expected of a package's in its first file, which is cgo's where there is
// cgo.
type diagnostics struct{ *testing.T }

func (d diagnostics) Errorf(format string, args ...any) {
	d.Helper()
	if !strings.Contains(format, "unexpected %s") || len(args) < 2 || args[1] != "fact" {
		d.T.Errorf(format, args...)
	}
}

func needsCgo(t *testing.T) {
	t.Helper()
	t.Setenv("CGO_ENABLED", "1")
	out, err := exec.Command("go", "env", "CC").Output()
	if err != nil {
		testskip.Missing(t, "there is no go command: %v", err)
	}
	cc, _, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	if _, err := exec.LookPath(cc); err != nil {
		testskip.Missing(t, "there is no C compiler: %v", err)
	}
}

// run analyzes packages of a module below testdata, and gives the diagnostics
// of each category.
func run(t *testing.T, module string, flags map[string]string, patterns ...string) map[string][]analysis.Diagnostic {
	t.Helper()
	a := analyzer.New()
	for name, value := range flags {
		if err := a.Flags.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	found := map[string][]analysis.Diagnostic{}
	for _, r := range analysistest.Run(diagnostics{t}, analysistest.TestData()+"/"+module, a, patterns...) {
		for _, d := range r.Action.Diagnostics {
			found[d.Category] = append(found[d.Category], d)
		}
	}
	return found
}

func TestAnalyzer(t *testing.T) {
	needsCgo(t)
	found := run(t, "app", nil, "./...")
	for category, part := range map[string]string{
		analyzer.CategoryFallback:  `import "example.com/dep" links`,
		analyzer.CategoryOnly:      `import "example.com/dep/both" links`,
		analyzer.CategoryDynImport: `import "example.com/pure" needs`,
		analyzer.CategoryDirective: "gives no reason",
	} {
		if got := messages(found[category]); !strings.Contains(got, part) {
			t.Errorf("category %s: got %s, want one that has %q", category, got, part)
		}
	}
	for _, d := range found[analyzer.CategoryFallback] {
		if d.Message == `import "C" links with cgo` && len(d.Related) != 2 {
			t.Errorf("got %d other cgo files of package own, want 2", len(d.Related))
		}
	}
}

func messages(ds []analysis.Diagnostic) string {
	var b strings.Builder
	for _, d := range ds {
		b.WriteString(d.Message + "\n")
	}
	return b.String()
}

func TestDependencies(t *testing.T) {
	needsCgo(t)
	run(t, "dep", nil, "./...")
	run(t, "pure", nil, "./...")
}
