package report_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/report"
)

type edge = struct{ From, To string } // of a graph

// wide is a program with n ways to net, of two imports each; the graph has all.
func wide(name string, n int) doctor.WhyProgram {
	p := doctor.WhyProgram{Package: name, Whole: true, WaysTotal: n, WaysCertainty: link.Exact}
	for i := range n {
		by := fmt.Sprintf("%s/p%d", name, i)
		p.Graph = append(p.Graph, edge{name, by}, edge{by, "net"})
		p.Ways = append(p.Ways, doctor.Way{Chain: []string{name, by, "net"}})
	}
	return p
}

// Mermaid draws nothing at all where there are more imports than its maxEdges,
// of all programs together.
func TestMermaidDrawsAll(t *testing.T) {
	many := wide("a", 300) // too many to be drawn whole, nor all ways
	many.Graph, many.Whole, many.WaysCertainty = nil, false, link.AtLeast
	r := &doctor.WhyReport{Package: "net", Programs: []doctor.WhyProgram{wide("b", 180), many, wide("c", 20), wide("b", 180)}}
	var mermaid, dot bytes.Buffer
	if err := report.WhyMermaid(&mermaid, r); err != nil {
		t.Fatal(err)
	}
	if err := report.WhyDot(&dot, r); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(mermaid.String(), " --> "); got != 500 {
		t.Errorf("got %d imports for Mermaid, want 500", got)
	}
	for _, want := range []string{"\n  %% a: the 70 shortest of at least 300 ways\n", "\n  %% c: none of 20 ways\n"} {
		if !strings.Contains(mermaid.String(), want) {
			t.Errorf("got no %q for Mermaid, want it", want)
		}
	}
	if got := strings.Count(mermaid.String(), "%%"); got != 2 {
		t.Errorf("got %d notes for Mermaid, want 2", got)
	}
	if got, want := strings.Count(dot.String(), " -> "), 2*(180+300+20); got != want {
		t.Errorf("got %d imports for Graphviz, want %d", got, want)
	}
}
