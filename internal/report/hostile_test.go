package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/cause"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/report"
)

// forged is what no line of an output may begin with.
const forged = "FORGED all is well"

// hostiles are strings that a terminal, a CI runner or a reader takes for more
// than data.
var hostiles = []string{
	"a\x1b[2J\x1b]0;title\x07", "a\n" + forged, "a\r\n" + forged, "a\r" + forged, "\n" + forged + "\n", "a\u2028" + forged, "a\u0085" + forged,
	"\u202eabc\u2066\u200f\u061c", "\u200bx\ufeff\U000e0041", "a\x9b31m\x7f\u009b", "a\xff\xe2\x80",
	"::error title=x::y", " \t::error::y", "a\n ::set-output name=x::y", "a ##[error]b", "##vso[task.setvariable]", "#", "##", "[error]",
	`a"]; click a href "javascript:x"; b["`, "`x`", "<script>x</script>", "%%{init: {}}%%", `\`, `a\" ];` + "\n" + forged, "[a](https://x.test)",
	"'; touch x; '", "$(touch x)", "../../\x1b", "javascript:x", "-x", `"`, "#60;", "&lt;", ",title=x", "%0A::error::x",
}

// A format is one output, and what a line of it is like.
type format struct {
	name   string
	write  func(io.Writer) error
	line   *regexp.Regexp
	isJSON bool
}

var (
	anyLine  = regexp.MustCompile(`^.*$`)
	mark     = regexp.MustCompile(`##[A-Za-z]*\[`)
	ghLine   = regexp.MustCompile(`^::(error|warning|notice) (file=[^:,]*,)?(line=\d+,)?(col=\d+,)?title=goportdoctor [^:,]*::.*$`)
	dotName  = `"([^"\\]|\\.)*"`
	dotLine  = regexp.MustCompile(`^(digraph why \{|  rankdir=LR;|  node \[shape=ellipse\];|  // .*|  ` + dotName + `( -> ` + dotName + `)?( \[[a-z=, "]*\])?;|\})$`)
	mermaid  = regexp.MustCompile("^(flowchart LR|  %% [^\"`%{}<>\\\\]*|  p\\d+(\\(\\[)?(\\[)?\"[^\"`%{}<>\\\\\\[\\]]*\"(\\])?(\\]\\))?|  p\\d+ (-->|-\\. cut \\.->) p\\d+|  style p\\d+ stroke-width:4px)$")
	noColour = report.Style{All: true}
)

// formats are all outputs of a value.
func formats(v any) []format {
	text := func(name string, write func(io.Writer) error) format { return format{name, write, anyLine, false} }
	all := []format{{"json", func(w io.Writer) error { return report.WriteJSON(w, v) }, anyLine, true}}
	place := report.Place{Dir: "/repo/sub", Root: "/repo", GoMod: "/repo/go.mod"}
	findings := func(fs []doctor.Finding) {
		l := report.Log{Command: "lint", Findings: fs, Place: place}
		all = append(all, format{"github", func(w io.Writer) error { return report.GitHub(w, l) }, ghLine, false},
			format{"sarif", func(w io.Writer) error { return report.SARIF(w, l) }, anyLine, true})
	}
	switch v := v.(type) {
	case *doctor.Report:
		findings(v.Findings)
		all = append(all, text("text", func(w io.Writer) error { return report.Text(w, v) }),
			text("doctor", func(w io.Writer) error { return report.Doctor(w, v) }),
			text("doctor -v", func(w io.Writer) error { return noColour.Doctor(w, v) }))
	case *doctor.LintReport:
		findings(v.Plain())
		all = append(all, text("lint", func(w io.Writer) error { return report.Lint(w, v) }))
	case *doctor.WhyReport:
		all = append(all, text("why", func(w io.Writer) error { return report.Why(w, v, true) }),
			format{"dot", func(w io.Writer) error { return report.WhyDot(w, v) }, dotLine, false},
			format{"mermaid", func(w io.Writer) error { return report.WhyMermaid(w, v) }, mermaid, false})
	case []*doctor.Target:
		all[0] = format{"targets json", func(w io.Writer) error { return report.TargetsJSON(w, v) }, anyLine, true}
		all = append(all, text("targets", func(w io.Writer) error { return report.TargetsText(w, v, false) }),
			text("targets in full", func(w io.Writer) error { return report.TargetsText(w, v, true) }))
	}
	return all
}

// wrong says what a terminal, a runner or a reader would make of an output, "" for
// nothing.
func (f format) wrong(out string) string {
	switch {
	case !utf8.ValidString(out):
		return "it is not UTF-8"
	case f.isJSON && !json.Valid([]byte(out)):
		return "it is not JSON"
	}
	for _, r := range out {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Other_Default_Ignorable_Code_Point) {
			return fmt.Sprintf("it has %U", r)
		}
	}
	for line := range strings.Lines(out) {
		line = strings.TrimSuffix(line, "\n")
		switch trimmed := strings.TrimLeftFunc(line, unicode.IsSpace); {
		case mark.MatchString(line), f.line != ghLine && strings.HasPrefix(trimmed, "::"):
			return "a runner obeys " + line
		case strings.HasPrefix(line, forged), !f.line.MatchString(line):
			return "a line is forged: " + line
		}
	}
	return ""
}

func output(t *testing.T, f format) string {
	t.Helper()
	var b bytes.Buffer
	if err := f.write(&b); err != nil {
		t.Fatal(f.name, err)
	}
	return b.String()
}

// A leaf is a string somewhere in a value.
type leaf struct {
	name string
	was  string
	set  func(string)
}

// leaves are the strings in v that can be set. changed puts v back to where it is
// a copy of, after a string was set.
func leaves(v reflect.Value, name string, changed func()) (all []leaf) {
	switch v.Kind() {
	case reflect.String:
		return []leaf{{name, v.String(), func(s string) { v.SetString(s); changed() }}}
	case reflect.Pointer:
		if !v.IsNil() {
			return leaves(v.Elem(), name, changed)
		}
	case reflect.Interface:
		s := copied(v.Elem())
		return leaves(s, name, func() { v.Set(s); changed() })
	case reflect.Slice:
		for i := range v.Len() {
			all = append(all, leaves(v.Index(i), fmt.Sprintf("%s[%d]", name, i), changed)...)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			k, s := copied(key), copied(v.MapIndex(key))
			put := func() {
				v.Clear()
				v.SetMapIndex(k, s)
				changed()
			}
			all = append(all, leaves(k, name+" key", put)...)
			all = append(all, leaves(s, name+" value", put)...)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				all = append(all, leaves(v.Field(i), name+"."+f.Name, changed)...)
			}
		}
	}
	return all
}

// copied is a copy of v that can be set.
func copied(v reflect.Value) reflect.Value {
	c := reflect.New(v.Type()).Elem()
	c.Set(v)
	return c
}

// fill makes v have one of everything, with strings that are no harm.
func fill(v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int:
		v.SetInt(1)
	case reflect.Pointer:
		if depth > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(v.Elem(), depth-1)
		}
	case reflect.Interface:
		v.Set(reflect.ValueOf("x"))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		for i := range 1 {
			fill(v.Index(i), depth-1)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, depth-1)
		fill(value, depth-1)
		v.SetMapIndex(key, value)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), depth)
			}
		}
	}
}

// A subject is a value that is written, in all the shapes that its outputs have.
func subjects() map[string]any {
	var r doctor.Report
	fill(reflect.ValueOf(&r).Elem(), 6)
	var l doctor.LintReport
	fill(reflect.ValueOf(&l).Elem(), 6)
	var y doctor.WhyReport
	fill(reflect.ValueOf(&y).Elem(), 6)
	var targets []*doctor.Target
	fill(reflect.ValueOf(&targets).Elem(), 6)
	var facts doctor.Facts
	fill(reflect.ValueOf(&facts).Elem(), 6)
	var version doctor.VersionReport
	var checks doctor.CheckList
	fill(reflect.ValueOf(&version).Elem(), 6)
	fill(reflect.ValueOf(&checks).Elem(), 6)

	all := map[string]any{"lint": &l, "targets": targets, "facts": &facts, "version": &version, "checks": &checks}
	for i, severity := range []string{doctor.Problem, doctor.Warning, doctor.OK, doctor.Unknown} {
		s := shape(r, severity, link.Certainty([]string{"exact", "at-least", "unknown", "exact"}[i]), i%2 == 0)
		all["report "+severity] = &s
	}
	l.Findings = slices.Clone(l.Findings)
	for i := range l.Findings {
		l.Findings[i].Severity = doctor.Problem
	}
	all["why"] = reached(y)
	ways := reached(y)
	ways.Programs = slices.Clone(ways.Programs)
	ways.Programs[0].Whole = false
	all["why, not drawn whole"] = ways
	return all
}

// shape makes a report such that all of its parts are written.
func shape(r doctor.Report, severity string, c link.Certainty, builds bool) doctor.Report {
	r.Findings, r.Programs = slices.Clone(r.Findings), slices.Clone(r.Programs)
	for i := range r.Findings {
		r.Findings[i].Severity, r.Findings[i].Known = severity, false
		r.Findings[i].Position = "x.go:1:2"
		r.Findings[i].Evidence = []doctor.Evidence{{File: "/repo/x.go", Line: 1, Text: "x"}}
	}
	for i := range r.Programs {
		p := &r.Programs[i]
		p.Package, p.File, p.Format = fmt.Sprint("x", i), "", "elf"
		if builds {
			p.BuildError = ""
		}
		p.Linkage = link.Text{Value: link.LinkageDynamic, Because: "x", Certainty: c}
		p.Asked = i == 0
		p.Causes = []link.Cause{{Package: "x", Kind: "cgo", Chain: []string{"x", "y"}, Position: "x.go:1:1"}}
		differences := []link.Difference{{Fact: "build_error", Predicted: "", Actual: "x"},
			{Fact: "needed", Predicted: []string{"x"}, Actual: []string{"y"}}, {Fact: "glibc", Predicted: "x", Actual: "y"}}
		p.Differences = &differences
		p.Targets = []doctor.Verdict{{Name: "a1", Verdict: "runs", Because: "x", Message: "x", Notes: []string{"x"}},
			{Name: "a2", Verdict: "fails", Because: "x has no y, z", Message: "version `GLIBC_2.99' not found", Notes: []string{"x"}},
			{Name: "b", Verdict: "unknown", Because: "x"}}
	}
	return r
}

// reached is a report of why in which the package is reached, and is to be cut.
func reached(r doctor.WhyReport) *doctor.WhyReport {
	r.Package, r.Programs = "z", r.Programs[:1]
	p := &r.Programs[0]
	p.Package, p.WaysTotal, p.WaysCertainty = "x", 2, link.Exact
	p.Ways = []doctor.Way{{Chain: []string{"x", "y", "z"}, Position: "x.go:1:1"}}
	p.Graph = []cause.Edge{{From: "x", To: "y"}, {From: "y", To: "z"}}
	p.Whole = true
	p.Off = doctor.Cut{Possible: true, Imports: []doctor.CutImport{{From: "x", To: "y", Positions: []string{"x.go:1:1"}}}}
	p.Cut = doctor.Cut{Possible: true, Imports: []doctor.CutImport{{From: "y", To: "z", Positions: []string{"x.go:1:1"}}}}
	return &r
}

// TestHostile sets each string of each report to what is hostile, and looks at
// every output.
func TestHostile(t *testing.T) {
	for name, v := range subjects() {
		t.Run(name, func(t *testing.T) {
			all := leaves(reflect.ValueOf(v), "", func() {})
			if len(all) < 2 {
				t.Fatalf("got %d strings, want all of the report's", len(all))
			}
			some := hostiles
			if strings.HasPrefix(name, "report ") && name != "report problem" {
				some = hostiles[:3] // only the outline is another
			}
			for _, l := range all {
				for _, hostile := range some {
					l.set(hostile)
					hold(t, l.name, hostile, v, false)
				}
				every := strings.Join(hostiles, "")
				l.set(every)
				hold(t, l.name, every, v, true) // JSON does not depend on what is beside a character
				l.set(l.was)
			}
		})
	}
}

// hold wants every output of v to be harmless, JSON only where that is asked for.
func hold(t *testing.T, field, hostile string, v any, asJSON bool) {
	t.Helper()
	for _, f := range formats(v) {
		if f.isJSON && !asJSON {
			continue
		}
		out := output(t, f)
		if f.name == "json" && !sameData(t, out, v) {
			t.Errorf("%s of %q: %s: got other data, want the same: %s", f.name, hostile, field, out)
		}
		if wrong := f.wrong(out); wrong != "" {
			t.Errorf("%s of %q: %s: %s", f.name, hostile, field, wrong)
		}
	}
}

// sameData reports whether JSON has what encoding/json says of v.
func sameData(t *testing.T, out string, v any) bool {
	t.Helper()
	plain, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var got, want any
	if err := errors.Join(json.Unmarshal([]byte(out), &got), json.Unmarshal(plain, &want)); err != nil {
		t.Fatal(err)
	}
	return reflect.DeepEqual(got, want)
}

// FuzzHostile sets one string of one report to any string.
func FuzzHostile(f *testing.F) {
	all := subjects()
	names := slices.Sorted(maps.Keys(all))
	for i, hostile := range hostiles {
		f.Add(hostile, uint(i), uint(i*7))
	}
	f.Fuzz(func(t *testing.T, s string, report, field uint) {
		name := names[report%uint(len(names))]
		every := leaves(reflect.ValueOf(all[name]), "", func() {})
		l := every[field%uint(len(every))]
		l.set(s)
		hold(t, name+l.name, s, all[name], true)
		l.set(l.was)
	})
}
