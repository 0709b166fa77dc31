package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/report"
)

// dynamic is a program as most people have it.
func dynamic(pkg string) doctor.Program {
	word := func(v, because string) link.Text { return link.Text{Value: v, Because: because, Certainty: link.Exact} }
	list := func(v ...string) link.List { return link.List{Value: v, Certainty: link.Exact} }
	return doctor.Program{Executable: link.Executable{
		Package: pkg, Format: link.FormatELF, BuildMode: "exe",
		LinkMode: word(link.ModeInternal, ""), Linkage: word(link.LinkageDynamic, "net imports from shared libraries"),
		Interpreter: link.Interpreter{Value: "/lib/ld.so", Source: link.SourceCC, Because: "gcc links with it", Certainty: link.Exact},
		Needed:      list("libc.so.6", "libm.so.6"), RPath: list(), RunPath: list(), Glibc: word("2.34", "pthread_create"),
		Causes: []link.Cause{{Package: "net", Kind: "cgo", Chain: []string{pkg, "net"}, Position: "main.go:3:8"}},
	}}
}

func TestText(t *testing.T) {
	const plain = `  linkage      dynamic, exe, elf — net imports from shared libraries
  linked       internal
  interpreter  /lib/ld.so — gcc links with it
  needed       libc.so.6, libm.so.6
  glibc        2.34 — pthread_create
`
	tests := []struct {
		name   string
		change func(*doctor.Program)
		want   string
	}{
		{"exact", func(*doctor.Program) {}, plain},
		{"at least", func(p *doctor.Program) {
			p.Needed.Certainty, p.RunPath.Certainty, p.RunPath.Because = link.AtLeast, link.AtLeast, "a script links"
		}, `  linkage      dynamic, exe, elf — net imports from shared libraries
  linked       internal
  interpreter  /lib/ld.so — gcc links with it
  needed       at least libc.so.6, libm.so.6
  runpath      none for certain — a script links
  glibc        2.34 — pthread_create
`},
		{"unknown for one reason", func(p *doctor.Program) {
			p.Linkage.Certainty, p.Linkage.Because = link.Unknown, "CC hangs"
			p.Interpreter.Certainty, p.Interpreter.Because = link.Unknown, "CC hangs"
			p.Glibc.Certainty, p.Glibc.Because = link.Unknown, "CC hangs"
		}, `  unknown      linkage, interpreter, glibc — CC hangs
  linked       internal
  needed       libc.so.6, libm.so.6
`},
		{"unknown for two", func(p *doctor.Program) {
			p.Interpreter.Certainty, p.Interpreter.Because = link.Unknown, "CC hangs"
			p.Glibc.Certainty = link.Unknown
		}, `  linkage      dynamic, exe, elf — net imports from shared libraries
  linked       internal
  interpreter  unknown — CC hangs
  needed       libc.so.6, libm.so.6
  glibc        unknown — pthread_create
`},
		{"static", func(p *doctor.Program) { p.Linkage.Value = link.LinkageStatic }, `  linkage      static, exe, elf — net imports from shared libraries
  linked       internal
`},
		{"differs", func(p *doctor.Program) {
			p.Differences = &[]link.Difference{{Fact: "needed", Predicted: []string{"a", "b"}, Actual: []string{}},
				{Fact: "build_error", Predicted: "", Actual: "no"}, {Fact: "build_error", Predicted: "no", Actual: ""}}
		}, plain + `  because of   p → net (main.go:3:8)
  differs      needed: predicted a, b, and it is none
  differs      predicted to build, and go build says: no
  differs      predicted not to build, and it builds: no
`},
		{"does not build", func(p *doctor.Program) { p.BuildError, p.BuildErrorCertainty = "no", link.AtLeast },
			"  does not build (not certain): no\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := dynamic("p")
			test.change(&p)
			got, want := text(t, p), "p\n"+test.want
			if p.BuildError == "" && p.Differences == nil {
				want += "  because of   p → net (main.go:3:8)\n"
			}
			if got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func TestTextGroups(t *testing.T) {
	other := dynamic("other")
	other.Needed.Value = []string{"libc.so.6"}
	got := text(t, dynamic("a"), other, dynamic("b"), dynamic("c"), dynamic("d"), dynamic("e"))
	for _, want := range []string{"a, b, c, d and 1 more\n", "\nother\n"} {
		if strings.Count(got, want) != 1 {
			t.Errorf("got:\n%s\nwant %q in it, once", got, want)
		}
	}
}

func text(t *testing.T, programs ...doctor.Program) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.Text(&b, &doctor.Report{Programs: programs}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
