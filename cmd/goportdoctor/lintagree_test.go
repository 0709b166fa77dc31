package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// An agreement is a module, or a folder of one, that lint and go vet look at.
type agreement struct {
	name, dir string
	patterns  []string
}

// TestLintAgreesWithVet holds lint against vet in modules of which little has to be
// compiled.
func TestLintAgreesWithVet(t *testing.T) {
	small := plainAgreements
	if testing.Short() {
		small = shortAgreements
	}
	holdLint(t, func(name, build string) bool {
		return slices.Contains(small, name) &&
			(build == "cgo" || slices.Contains(shortAgreements, name) && (build == "no cgo" || !testing.Short()))
	})
}

// TestLintAgreesWithVetLong holds them against each other in all modules.
func TestLintAgreesWithVetLong(t *testing.T) {
	testskip.Long(t)
	holdLint(t, func(name, build string) bool { return build == "cgo" || !slices.Contains(large, name) })
}

// shortAgreements are the modules of -short, and those of a plain go test in all
// builds. plainAgreements are the modules of a plain go test.
var (
	shortAgreements = []string{"fmtonly", "osuser", "net", "cgodep", "lint", "lintbad", "workspace"}
	plainAgreements = append([]string{"plugin", "cgom", "cgocxx", "cgostub", "cgoonly", "syso", "purego", "rawcgo", "prefer",
		"netunused", "badldflag", "empty", "swig", "vendored"}, shortAgreements...)
)

// holdLint holds what lint says of package graphs against what the analyzer says
// in go vet, of types: the same at the same places, in modules of
// testdata/programs, and in those that the scripts of lint are about.
func holdLint(t *testing.T, wanted func(name, build string) bool) {
	tool := filepath.Join(t.TempDir(), "goportdoctor")
	if out, err := exec.Command("go", "build", "-o", tool, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	base := append(os.Environ(), "GOFLAGS=", "GOENV=off", "GOPROXY=off", "GOTOOLCHAIN=local", "GOWORK=")
	builds := map[string][]string{
		"cgo": {"CGO_ENABLED=1"}, "no cgo": {"CGO_ENABLED=0"}, "tags": {"CGO_ENABLED=1", "GOFLAGS=-tags=netgo,osusergo"},
	}
	compared := 0
	for _, a := range agreements(t) {
		for _, name := range slices.Sorted(maps.Keys(builds)) {
			if !wanted(a.name, name) {
				continue
			}
			t.Run(a.name+"/"+name, func(t *testing.T) {
				env := slices.Concat(base, builds[name])
				want, ok := vetReports(t, tool, a, env)
				if !ok {
					return
				}
				got := lintReports(t, a, env)
				compared++
				if diff := onlyIn(got, want); len(diff) > 0 {
					t.Errorf("lint says, and go vet does not:\n%s", strings.Join(diff, "\n"))
				}
				if diff := onlyIn(want, got); len(diff) > 0 {
					t.Errorf("go vet says, and lint does not:\n%s", strings.Join(diff, "\n"))
				}
			})
		}
	}
	if f := flag.Lookup("test.run"); compared < 5 && !strings.Contains(f.Value.String(), "/") {
		t.Errorf("got %d builds that both look at, want those without cgo at least", compared)
	}
}

// large are modules whose code takes go vet so long to type-check that one build
// has to do.
var large = []string{"lambda", "modernc", "nodeexporter"}

// agreements are the modules of testdata/programs, and those in the scripts
// about lint, but for what go vet refuses to look at.
func agreements(t *testing.T) []agreement {
	t.Helper()
	var all []agreement
	mods, err := filepath.Glob("../../testdata/programs/*/go.mod")
	if err != nil || len(mods) < 20 {
		t.Fatalf("got %d programs, want all: %v", len(mods), err)
	}
	for _, mod := range mods {
		a := agreement{filepath.Base(filepath.Dir(mod)), filepath.Dir(mod), []string{"./..."}}
		if a.name == "nodeexporter" {
			a.patterns = []string{"github.com/prometheus/node_exporter"} // go.sum has not all of the tests below
		}
		all = append(all, a)
	}
	for _, script := range []struct {
		file string
		agreement
	}{
		{"lint", agreement{"lint", "m", []string{"./..."}}},
		{"lintbad", agreement{"lintbad", "m", strings.Fields("./generated ./tested ./onlytests ./forms ./tags ./directives ./users ./pure ./withgen")}},
		{"lintbad", agreement{"empty", "m", []string{"./empty"}}},
		{"swig", agreement{"swig", "m", []string{"./..."}}},
		{"lintbad", agreement{"vendored", "vendored", []string{"./..."}}},
		{"lintbad", agreement{"workspace", "work", []string{"./a/...", "./b/..."}}},
	} {
		archive, err := txtar.ParseFile(filepath.Join("testdata", "script", script.file+".txtar"))
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		for _, f := range archive.Files {
			file := filepath.Join(dir, filepath.FromSlash(f.Name))
			if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, f.Data, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		script.dir = filepath.Join(dir, script.dir)
		all = append(all, script.agreement)
	}
	return all
}

// A said is one report: its place, with an absolute path, its message and category.
type said struct{ at, message string }

func onlyIn(a, b []said) []string {
	var diff []string
	for _, s := range a {
		if !slices.Contains(b, s) {
			diff = append(diff, s.at+": "+s.message)
		}
	}
	return diff
}

func lintReports(t *testing.T, a agreement, env []string) []said {
	t.Helper()
	r, err := doctor.Lint(t.Context(), doctor.LintOptions{Options: doctor.Options{Dir: a.dir, Env: env, Patterns: a.patterns}})
	if err != nil {
		t.Fatal(err)
	}
	var all []said
	for _, f := range r.Findings {
		all = append(all, said{absolute(a.dir, f.Position), f.Message + " [" + f.ID + "]"})
	}
	return all
}

// refusals are what the go command says of builds that do not come to a compiler,
// so that go vet has nothing to say of their imports either.
var refusals = []string{"build constraints exclude all Go files", "invalid flag in #cgo", "undefined: ", "matched no packages"}

// refused reports whether go vet cannot look at a module in any case. Where it
// cannot do so on this machine, the test is left out.
func refused(t *testing.T, why string) bool {
	t.Helper()
	if slices.ContainsFunc(refusals, func(words string) bool { return strings.Contains(why, words) }) {
		return true
	}
	testskip.Missing(t, "go vet cannot look at it here: %s", why)
	return false
}

func absolute(dir, position string) string {
	if !filepath.IsAbs(position) {
		position = filepath.Join(dir, position)
	}
	abs, err := filepath.Abs(position)
	if err != nil {
		return position
	}
	return abs
}

// vetReports are what go vet prints with -json: for each package the reports of
// each analyzer, or its error; ok is false where it cannot look at the module.
func vetReports(t *testing.T, tool string, a agreement, env []string) (all []said, ok bool) {
	t.Helper()
	cmd := exec.Command("go", append([]string{"vet", "-vettool=" + tool, "-json"}, a.patterns...)...)
	cmd.Dir, cmd.Env = a.dir, env
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil && refused(t, fmt.Sprintf("%v\n%s", err, out.String())) {
		return nil, false
	}
	var blocks strings.Builder
	for line := range strings.Lines(out.String()) {
		if !strings.HasPrefix(line, "#") {
			blocks.WriteString(line)
		}
	}
	dec := json.NewDecoder(strings.NewReader(blocks.String()))
	for {
		var packages map[string]map[string]json.RawMessage
		if err := dec.Decode(&packages); err == io.EOF {
			return all, true
		} else if err != nil {
			t.Fatalf("got %v in go vet's JSON:\n%s", err, out.String())
		}
		for _, analyzers := range packages {
			for _, reports := range analyzers {
				var list []struct{ Posn, Message, Category string }
				if err := json.Unmarshal(reports, &list); err != nil {
					t.Fatalf("got %s from go vet, want reports", reports)
				}
				for _, r := range list {
					if r.Category != "loader" {
						all = append(all, said{absolute(a.dir, r.Posn), r.Message + " [" + r.Category + "]"})
					}
				}
			}
		}
	}
}
