package report_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/report"
	"github.com/goportdoctor/goportdoctor/internal/report/schematest"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// log has a finding of each kind, at every kind of position.
func log() report.Log {
	dir := string(filepath.Separator) + filepath.Join("home", "me", "repo", "sub")
	at := func(position, message string) doctor.Finding {
		return doctor.Finding{Key: "0123456789abcdef", ID: "cc-loader", Severity: doctor.Problem, Position: position, Message: message}
	}
	known, warns, passed, unknown := at("d.go:4:5", "known"), at("", "warns"), at("", "passed"), at("", "unknown")
	known.Known, warns.Severity, passed.Severity, unknown.Severity = true, doctor.Warning, doctor.OK, doctor.Unknown
	evident := at("a.go:1:2", "a, 100 %:\r\nb")
	evident.Evidence = []doctor.Evidence{{File: "/gcc/specs", Line: 3, Text: "elsewhere"}, {File: filepath.Join(dir, "cgo.go"), Line: 7, Text: "here"}, {Text: "nowhere"}}
	return report.Log{
		Command: "predict", Tool: doctor.Tool{Version: "v1.2.3"}, Compared: true,
		Place: report.Place{Dir: dir, Root: filepath.Dir(dir), GoMod: filepath.Join(dir, "go.mod")},
		Findings: []doctor.Finding{
			evident, at("a b/100%#?.go:3", "in a file with a name"), at("../c,d:e.go", "above"), at("../../out.go:1:1", "outside"),
			at("/usr/x.go:1:1", "elsewhere"), known, warns, passed, unknown,
		},
	}
}

func TestGitHub(t *testing.T) {
	const want = `::error file=sub/a.go,line=1,col=2,title=goportdoctor cc-loader::a, 100 %25:%0Ab
::error file=sub/a b/100%25#?.go,line=3,title=goportdoctor cc-loader::in a file with a name
::error file=c%2Cd%3Ae.go,title=goportdoctor cc-loader::above
::error title=goportdoctor cc-loader::outside
::error title=goportdoctor cc-loader::elsewhere
::notice file=sub/d.go,line=4,col=5,title=goportdoctor cc-loader::known
::warning title=goportdoctor cc-loader::warns
::error title=goportdoctor cc-loader::unknown
`
	var b bytes.Buffer
	if err := report.GitHub(&b, log()); err != nil {
		t.Fatal(err)
	}
	if b.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", b.String(), want)
	}
}

// TestSARIF looks at what viewers go by.
func TestSARIF(t *testing.T) {
	type location struct {
		PhysicalLocation struct {
			ArtifactLocation struct{ URI string }
			Region           struct{ StartLine, StartColumn int }
		}
	}
	var got struct {
		Runs []struct {
			Tool struct {
				Driver struct {
					SemanticVersion string
					Rules           []struct {
						ID   string
						Help struct{ Text string }
					}
				}
			}
			Invocations []struct {
				ToolExecutionNotifications []struct{ Message struct{ Text string } }
			}
			Results []struct {
				RuleID              string
				RuleIndex           int
				Level               string
				BaselineState       string
				Locations           []location
				RelatedLocations    []location
				PartialFingerprints map[string]string
			}
		}
	}
	data := sarif(t, log())
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	run := got.Runs[0]
	if v := run.Tool.Driver.SemanticVersion; v != "1.2.3" {
		t.Errorf("semantic version: got %q, want 1.2.3", v)
	}
	for _, r := range run.Tool.Driver.Rules {
		if r.Help.Text == "" {
			t.Errorf("rule %s: got no help, want some", r.ID)
		}
	}
	if n := run.Invocations[0].ToolExecutionNotifications; len(n) != 1 || n[0].Message.Text != "unknown" {
		t.Errorf("notifications: got %v, want the one unknown", n)
	}
	want := []struct {
		uri          string
		line, column int
		level, state string
	}{
		{"sub/a.go", 1, 2, "error", "new"}, {"sub/a%20b/100%25%23%3F.go", 3, 0, "error", "new"}, {"./c,d:e.go", 0, 0, "error", "new"},
		{"sub/go.mod", 1, 0, "error", "new"}, {"sub/go.mod", 1, 0, "error", "new"}, {"sub/d.go", 4, 5, "error", "unchanged"},
		{"sub/go.mod", 1, 0, "warning", "new"},
	}
	if len(run.Results) != len(want) {
		t.Fatalf("got %d results, want %d", len(run.Results), len(want))
	}
	for i, w := range want {
		r := run.Results[i]
		at := r.Locations[0].PhysicalLocation
		if at.ArtifactLocation.URI != w.uri || at.Region.StartLine != w.line || at.Region.StartColumn != w.column || r.Level != w.level || r.BaselineState != w.state {
			t.Errorf("result %d: got %v %s %s, want %v", i, at, r.Level, r.BaselineState, w)
		}
		if r.PartialFingerprints["goportdoctor/v1"] != "0123456789abcdef" || run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID {
			t.Errorf("result %d: got fingerprints %v and rule %d, want the key and that of cc-loader", i, r.PartialFingerprints, r.RuleIndex)
		}
	}
	if rel := run.Results[0].RelatedLocations; len(rel) != 1 || rel[0].PhysicalLocation.ArtifactLocation.URI != "sub/cgo.go" || rel[0].PhysicalLocation.Region.StartLine != 7 {
		t.Errorf("related: got %v, want the evidence in the repository", rel)
	}
}

func sarif(t *testing.T, l report.Log) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := report.SARIF(&b, l); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestSARIFSchema holds SARIF against the public schema, and shows that this is
// no empty promise.
func TestSARIFSchema(t *testing.T) {
	if schematest.SARIFSchema() == "" {
		testskip.Missing(t, "GOPORTDOCTOR_SARIF_SCHEMA names no schema; npm pack @microsoft/jest-sarif has one in lib/schemas")
	}
	good := sarif(t, log())
	empty := log()
	empty.Findings, empty.Place.GoMod = nil, ""
	for _, data := range [][]byte{good, sarif(t, empty)} {
		if err := schematest.ValidateSARIF(data); err != nil {
			t.Error(err)
		}
	}
	for _, change := range [][2]string{{`"level": "error"`, `"level": "problem"`}, {`"startLine": 1`, `"startLine": 0`}, {`"ruleId"`, `"rule"`}} {
		bad := strings.Replace(string(good), change[0], change[1], 1)
		if bad == string(good) || schematest.ValidateSARIF([]byte(bad)) == nil {
			t.Errorf("got no complaint with %s, want one", change[1])
		}
	}
}

func TestPlaceOf(t *testing.T) {
	top := t.TempDir()
	dir := filepath.Join(top, "repo", "sub", "m", "pkg")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	write := func(name string) string {
		file := filepath.Join(top, filepath.FromSlash(name))
		if err := os.WriteFile(file, nil, 0o666); err != nil {
			t.Fatal(err)
		}
		return file
	}
	want := func(p report.Place) {
		t.Helper()
		if got := report.PlaceOf(dir); got != p {
			t.Errorf("got %v, want %v", got, p)
		}
	}
	want(report.Place{Dir: dir, Root: dir})
	gomod := write("repo/sub/m/go.mod")
	want(report.Place{Dir: dir, Root: filepath.Dir(gomod), GoMod: gomod})
	git := write("repo/.git") // a file, as in a work tree of its own
	want(report.Place{Dir: dir, Root: filepath.Dir(git), GoMod: gomod})
}
