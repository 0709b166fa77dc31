// How a package comes into programs: as text, JSON, and drawings for Graphviz
// and Mermaid.

package report

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/link"
)

// As many lines as the text has for one program where not all is shown.
const (
	mostWays = 10
	mostCuts = 10
)

// Why writes, for each program, the ways by which the package gets in, and the
// imports that would have to go. all shows every way that the report lists.
func Why(w io.Writer, r *doctor.WhyReport, all bool) error {
	r = safe(r)
	var b strings.Builder
	for i, p := range r.Programs {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "%s\n", p.Package)
		writeWays(&b, r.Package, p, all)
		asked := len(p.Ways) > 0 && r.Package != "C"
		if asked {
			writeCut(&b, "without "+r.Package, p.Off, all)
		}
		free, flags := "free of cgo", strings.Join(p.Flags, " ")
		if flags != "" {
			free += " but for " + flags
		}
		if !p.UsesCgo && p.Broken != "" {
			fmt.Fprintf(&b, "  whether it is %s is not known\n", free)
		} else if !p.UsesCgo {
			fmt.Fprintf(&b, "  %s: no package of it uses cgo in this build\n", free)
		} else if !asked || !sameCut(p.Off, p.Cut) {
			writeCut(&b, free, p.Cut, all)
		} else {
			fmt.Fprintf(&b, "  and then it is %s\n", free)
		}
		if flags != "" {
			fmt.Fprintf(&b, "  %s brings cgo in, whatever is imported\n", flags)
		}
	}
	return emit(w, b.String())
}

func sameCut(a, b doctor.Cut) bool {
	return a.Possible == b.Possible && slices.EqualFunc(a.Imports, b.Imports, func(x, y doctor.CutImport) bool { return x.From == y.From && x.To == y.To })
}

func writeWays(b *strings.Builder, pkg string, p doctor.WhyProgram, all bool) {
	switch {
	case p.Package == pkg:
		fmt.Fprintf(b, "  is %s itself\n", pkg)
		return
	case len(p.Ways) == 0 && p.Broken != "":
		words := strings.TrimSpace(p.Broken[strings.LastIndexByte(strings.TrimSpace(p.Broken), '\n')+1:]) // where the go command comes to the point
		fmt.Fprintf(b, "  whether it imports %s is not known: %s\n", pkg, words)
		return
	case len(p.Ways) == 0:
		fmt.Fprintf(b, "  does not import %s\n", pkg)
		return
	}
	shown := p.Ways
	if len(shown) > mostWays && !all {
		shown = shown[:mostWays]
	}
	for _, way := range shown {
		fmt.Fprintf(b, "  %s%s\n", strings.Join(way.Chain, " → "), at(way.Position))
	}
	if p.WaysTotal == len(shown) && p.WaysCertainty == link.Exact {
		return
	}
	total := fmt.Sprint(p.WaysTotal)
	if p.WaysCertainty != link.Exact {
		total = "at least " + total
	}
	fmt.Fprintf(b, "  the %d shortest of %s ways", len(shown), total)
	if len(shown) < len(p.Ways) {
		fmt.Fprintf(b, "; -v shows %d, -json too", len(p.Ways))
	}
	b.WriteString("\n")
}

func at(position string) string {
	if position == "" {
		return ""
	}
	return " (" + position + ")"
}

// writeCut says which imports have to go for the program to be what is wanted.
func writeCut(b *strings.Builder, wanted string, c doctor.Cut, all bool) {
	if !c.Possible {
		fmt.Fprintf(b, "  %s: not by taking out imports of your own; a way goes through other modules only\n", wanted)
		return
	}
	fmt.Fprintf(b, "  %s once %s\n", wanted, isGone(len(c.Imports)))
	for i, imp := range c.Imports {
		if i == mostCuts && !all {
			fmt.Fprintf(b, "    and %d more: -v\n", len(c.Imports)-i)
			return
		}
		fmt.Fprintf(b, "    %s → %s%s\n", imp.From, imp.To, at(strings.Join(imp.Positions, ", ")))
	}
}

func isGone(n int) string {
	if n == 1 {
		return "this import is gone:"
	}
	return fmt.Sprintf("these %d imports are gone:", n)
}

// WhyJSON writes the report as one object.
func WhyJSON(w io.Writer, r *doctor.WhyReport) error { return WriteJSON(w, r) }

// mostMermaid are as many imports as Mermaid draws: with more than its maxEdges
// there is no drawing at all.
const mostMermaid = 500

// A drawing is what a format draws: packages and imports, each once.
type drawing struct {
	most   int // imports
	names  []string
	number map[string]int
	edges  [][2]string
	seen   map[[2]string]bool
	cut    map[[2]string]bool // the imports of cuts
	mains  map[string]bool
	notes  []string // what is left out
}

// draw puts the programs of a report into one drawing. What programs have in
// common is there once, so that one may still fit in where another did not.
func draw(r *doctor.WhyReport, most int) drawing {
	d := drawing{most: most, number: map[string]int{}, seen: map[[2]string]bool{}, cut: map[[2]string]bool{}, mains: map[string]bool{}}
	for _, p := range r.Programs {
		d.mains[p.Package] = true
		d.node(p.Package)
		var all [][2]string
		for _, e := range p.Graph {
			all = append(all, [2]string{e.From, e.To})
		}
		if !p.Whole || !d.add(all) {
			d.addWays(p)
		}
		for _, imp := range p.Off.Imports {
			d.cut[[2]string{imp.From, imp.To}] = true
		}
	}
	return d
}

// add draws all of the imports, or none where they are too many.
func (d *drawing) add(imports [][2]string) bool {
	var fresh [][2]string
	for _, e := range imports {
		if !d.seen[e] {
			fresh = append(fresh, e)
		}
	}
	if len(d.edges)+len(fresh) > d.most {
		return false
	}
	for _, e := range fresh {
		d.seen[e] = true
		d.edges = append(d.edges, e)
		d.node(e[0])
		d.node(e[1])
	}
	return true
}

// addWays draws as many of the shortest ways as there is room for.
func (d *drawing) addWays(p doctor.WhyProgram) {
	drawn := 0
	for _, way := range p.Ways {
		var imports [][2]string
		for i := range len(way.Chain) - 1 {
			imports = append(imports, [2]string{way.Chain[i], way.Chain[i+1]})
		}
		if !d.add(imports) {
			break
		}
		drawn++
	}
	total := fmt.Sprint(p.WaysTotal)
	if p.WaysCertainty != link.Exact {
		total = "at least " + total
	}
	if drawn == 0 {
		d.notes = append(d.notes, fmt.Sprintf("%s: none of %s ways", p.Package, total))
		return
	}
	d.notes = append(d.notes, fmt.Sprintf("%s: the %d shortest of %s ways", p.Package, drawn, total))
}

func (d *drawing) node(name string) {
	if _, known := d.number[name]; !known {
		d.number[name] = len(d.names)
		d.names = append(d.names, name)
	}
}

// WhyDot draws the ways for Graphviz: programs as boxes, the imports of the cut
// dashed and red.
func WhyDot(w io.Writer, r *doctor.WhyReport) error {
	r = safe(r)
	d := draw(r, math.MaxInt)
	var b strings.Builder
	b.WriteString("digraph why {\n  rankdir=LR;\n  node [shape=ellipse];\n")
	for _, n := range d.notes {
		fmt.Fprintf(&b, "  // %s\n", n)
	}
	for _, name := range d.names {
		switch {
		case name == r.Package:
			fmt.Fprintf(&b, "  %s [style=filled];\n", dotName(name))
		case d.mains[name]:
			fmt.Fprintf(&b, "  %s [shape=box];\n", dotName(name))
		}
	}
	for _, e := range d.edges {
		style := ""
		if d.cut[e] {
			style = ` [color=red, style=dashed, label="cut"]`
		}
		fmt.Fprintf(&b, "  %s -> %s%s;\n", dotName(e[0]), dotName(e[1]), style)
	}
	b.WriteString("}\n")
	return emit(w, b.String())
}

func dotName(name string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "#", "&#35;", "&", "&amp;").Replace(name) + `"`
}

// WhyMermaid draws the same as a flowchart of Mermaid.
func WhyMermaid(w io.Writer, r *doctor.WhyReport) error {
	r = safe(r)
	d := draw(r, mostMermaid)
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	for _, n := range d.notes {
		fmt.Fprintf(&b, "  %%%% %s\n", mermaidText(n))
	}
	for i, name := range d.names {
		shape := `(["%s"])`
		if d.mains[name] {
			shape = `["%s"]`
		}
		fmt.Fprintf(&b, "  p%d"+shape+"\n", i, mermaidText(name))
	}
	for _, e := range d.edges {
		arrow := "-->"
		if d.cut[e] {
			arrow = "-. cut .->"
		}
		fmt.Fprintf(&b, "  p%d %s p%d\n", d.number[e[0]], arrow, d.number[e[1]])
	}
	if i, known := d.number[r.Package]; known {
		fmt.Fprintf(&b, "  style p%d stroke-width:4px\n", i)
	}
	return emit(w, b.String())
}

// mermaidText writes what is not a letter, a digit or common in import paths by
// its number: Mermaid takes quotes, backticks, two percent signs, brackets and
// backslashes for marks of its own, also inside of a text.
func mermaidText(name string) string {
	var b strings.Builder
	for _, r := range name {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("/.-_~+@:, ", r) {
			b.WriteRune(r)
			continue
		}
		fmt.Fprintf(&b, "#%d;", r)
	}
	return b.String()
}
