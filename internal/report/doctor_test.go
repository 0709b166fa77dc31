package report_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/report"
)

func doctorText(t *testing.T, s report.Style, r *doctor.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := s.Doctor(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func found(id, severity, pkg, message string, commands ...string) doctor.Finding {
	f := doctor.Finding{ID: id, Severity: severity, Package: pkg, Message: message, Evidence: []doctor.Evidence{{File: "/x/specs", Line: 7, Text: "+ --dynamic-linker"}}}
	for _, c := range commands {
		f.Remedies = append(f.Remedies, doctor.Remedy{Commands: []string{c}, Message: "cure", Linkage: "static"})
	}
	return f
}

// Five hundred programs with many answers and findings fit on a screen of 24 lines.
func TestDoctorOneScreen(t *testing.T) {
	r := &doctor.Report{Environment: doctor.Environment{GoVersion: "go1.26.8", GOROOT: "/usr/local/go", GOOS: "linux", GOARCH: "amd64"}}
	for i := range 500 {
		pkg := fmt.Sprintf("example.com/cmd/p%d", i)
		p := dynamic(pkg)
		p.Needed.Value = []string{fmt.Sprintf("lib%d.so", i%30)}
		r.Programs = append(r.Programs, p)
		r.Findings = append(r.Findings, found("cc-loader", doctor.Problem, pkg, pkg+" needs /x/ld.so; net brings it into "+pkg, "CGO_ENABLED=0 go build "+pkg),
			found("glibc", doctor.Warning, pkg, fmt.Sprintf("%s needs glibc 2.%d", pkg, 30+i%20)))
	}
	r.Findings = append(r.Findings, found("goroot", doctor.OK, "", "it is Go"))
	text := doctorText(t, report.Style{}, r)
	if n := strings.Count(text, "\n"); n > 24 {
		t.Errorf("got %d lines, want at most 24:\n%s", n, text)
	}
	for _, want := range []string{
		"✗ example.com/cmd/p0, example.com/cmd/p1, example.com/cmd/p2, example.com/cmd/p3 and 496 more: needs /x/ld.so; net brings it into each\n",
		"findings more: -v\n", "with other answers: -v\n",
		"  CGO_ENABLED=0 go build example.com/cmd/p0 — cure: static (so for each of example.com/cmd/p0, ", "\n500 problems in 500 programs\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("got:\n%s\nwant %q in it", text, want)
		}
	}
	if strings.Contains(text, "it is Go") || strings.Contains(text, "/x/specs:7") || strings.Contains(text, "\x1b") {
		t.Errorf("got:\n%s\nwant no check that passed, no evidence and no colour", text)
	}
	whole := doctorText(t, report.Style{All: true}, r)
	for _, want := range []string{"✓ it is Go\n", "    /x/specs:7: + --dynamic-linker\n", "lib29.so", "  interpreter  /lib/ld.so"} {
		if !strings.Contains(whole, want) {
			t.Errorf("with All: got no %q, want it", want)
		}
	}
}

// Few programs are named in the command for all of them, and what it costs any of
// them is said.
func TestAdviceForSeveral(t *testing.T) {
	with := func(pkg, command string, costs ...string) doctor.Finding {
		f := found("x", doctor.Problem, pkg, pkg+" is bad", command)
		f.Remedies[0].Costs = costs
		return f
	}
	r := &doctor.Report{Findings: []doctor.Finding{with("m/cmd/n", "CGO_ENABLED=0 go build ./cmd/n", "no mDNS"),
		with("m/cmd/u", "CGO_ENABLED=0 go build ./cmd/u", "no LDAP", "no mDNS"), with("m/o", "CGO_ENABLED=0 go -C o build .")}}
	const want = "what to do\n  for p in ./cmd/n ./cmd/u; do CGO_ENABLED=0 go build \"$p\"; done — cure: static (m/cmd/n, m/cmd/u)\n    cost: no mDNS; no LDAP\n" +
		"  CGO_ENABLED=0 go -C o build . — cure: static\n"
	if got := doctorText(t, report.Style{}, r); !strings.Contains(got, want) {
		t.Errorf("got:\n%s\nwant in it:\n%s", got, want)
	}
}

// What comes before a build is done once, and each build is made from where the
// first one is.
func TestCommandForSeveral(t *testing.T) {
	for pattern, want := range map[string]string{
		"go clean -cache && go build":           `go clean -cache && for p in ./a ./b; do go build "$p"; done`,
		"cd x && CGO_ENABLED=0 go build":        `for p in ./a ./b; do (cd x && CGO_ENABLED=0 go build "$p"); done`,
		"go clean -cache && cd x && go build":   `go clean -cache && for p in ./a ./b; do (cd x && go build "$p"); done`,
		"go -C x build '-ldflags=-I /lib/x.so'": `for p in ./a ./b; do go -C x build '-ldflags=-I /lib/x.so' "$p"; done`,
	} {
		r := &doctor.Report{}
		for _, name := range []string{"a", "b"} {
			p := dynamic("m/" + name)
			p.Remedies = []doctor.Remedy{{Message: "cure", Commands: []string{pattern + " ./" + name}}}
			r.Programs = append(r.Programs, p)
		}
		var b strings.Builder
		if err := report.Text(&b, r); err != nil || !strings.Contains(b.String(), "  what helps   "+want+" — cure (m/a, m/b)\n") {
			t.Errorf("%s: got %v:\n%s\nwant %s", pattern, err, b.String(), want)
		}
	}
}

func TestDoctorOrder(t *testing.T) {
	static := dynamic("b")
	static.Linkage.Value = "static"
	r := &doctor.Report{Programs: []doctor.Program{dynamic("a"), static}, Findings: []doctor.Finding{
		found("x", doctor.Problem, "a", "a is bad", "cure a"), found("y", doctor.Warning, "", "so so", "cure y"), found("z", doctor.Unknown, "", "who knows")}}
	r.Programs[1].BuildError = "no\nat all"
	r.Programs = append(r.Programs, dynamic("c"), dynamic("d"), dynamic("e"))
	const want = "✗ a is bad\n! so so\n? who knows\n\n" +
		"a, c, d, e: dynamic, /lib/ld.so, libc.so.6 libm.so.6, glibc 2.34 — because of net\nb: does not build: no\n\n" +
		"what to do\n  cure a — cure: static\n\n1 problem in 5 programs\n"
	if got := doctorText(t, report.Style{}, r); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	coloured := doctorText(t, report.Style{Colour: true}, r)
	for _, want := range []string{"\x1b[31m✗\x1b[0m a is bad", "\x1b[33m!\x1b[0m", "\x1b[35m?\x1b[0m"} {
		if !strings.Contains(coloured, want) {
			t.Errorf("got:\n%s\nwant %q in it", coloured, want)
		}
	}
	r.Findings[0].Known = true
	if got := doctorText(t, report.Style{}, r); !strings.HasPrefix(got, "= a is bad\n") || !strings.HasSuffix(got, "what to do\n  cure y — cure: static\n\n0 problems in 5 programs\n") {
		t.Errorf("got:\n%s\nwant the known one marked and not counted", got)
	}
}
