package cause_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/cause"
	"github.com/goportdoctor/goportdoctor/internal/link"
)

// graphOf reads "a: b c" lines. A package whose name has a capital is the
// user's own, and one that imports C uses cgo.
func graphOf(lines ...string) link.Graph {
	g := link.Graph{}
	add := func(path string) *link.Package {
		if g[path] == nil && path != "C" {
			g[path] = &link.Package{ImportPath: path, Main: strings.ToLower(path) != path}
		}
		return g[path]
	}
	for _, l := range lines {
		path, imports, _ := strings.Cut(l, ":")
		p := add(path)
		p.Imports = strings.Fields(imports)
		p.Cgo = slices.Contains(p.Imports, "C")
		for _, imp := range p.Imports {
			add(imp)
		}
	}
	return g
}

func chains(w cause.Ways) string {
	var all []string
	for _, c := range w.Chains {
		all = append(all, strings.Join(c, ">"))
	}
	return strings.Join(all, " ")
}

func TestFindWays(t *testing.T) {
	diamonds := []string{"net: C"}
	last := "net"
	for i := range 40 { // 2^40 ways
		top := fmt.Sprintf("M%02d", i)
		diamonds = append(diamonds, fmt.Sprintf("%s: l%d r%d", top, i, i), fmt.Sprintf("l%d: %s", i, last), fmt.Sprintf("r%d: %s", i, last))
		last = top
	}
	for _, c := range []struct {
		name, from, to string
		g              link.Graph
		most           int
		want           string
		total          int
		exact          bool
	}{
		{"shortest first", "M", "net", graphOf("M: b A net", "A: http", "b: http", "http: net"), 9, "M>net M>A>http>net M>b>http>net", 3, true},
		{"not all listed", "M", "net", graphOf("M: b A net", "A: http", "b: http", "http: net"), 2, "M>net M>A>http>net", 3, true},
		{"no way", "M", "net", graphOf("M: fmt", "net: C"), 9, "", 0, true},
		{"not there", "M", "nothing", graphOf("M: fmt"), 9, "", 0, true},
		{"itself", "M", "M", graphOf("M: fmt"), 9, "", 0, true},
		{"to cgo's own", "M", "runtime/cgo", graphOf("M: A", "A: C", "runtime/cgo: C"), 9, "M>A>runtime/cgo", 1, true},
		{"to C", "M", "C", graphOf("M: A", "A: C"), 9, "M>A>C", 1, true},
		{"in a circle", "M", "net", graphOf("M: A", "A: B net", "B: A net"), 9, "M>A>net M>A>B>net", 2, false},
		{"more than can be counted", "M39", "net", graphOf(diamonds...), 1, "M39" + walk(39), 1_000_000_000, false},
	} {
		got := cause.FindWays(c.g, c.from, c.to, c.most)
		if chains(got) != c.want || got.Total != c.total || got.Exact != c.exact {
			t.Errorf("%s: got %s, %d, exact %v; want %s, %d, %v", c.name, chains(got), got.Total, got.Exact, c.want, c.total, c.exact)
		}
	}
}

func walk(i int) string {
	if i < 0 {
		return ""
	}
	next := ">net"
	if i > 0 {
		next = fmt.Sprintf(">M%02d", i-1)
	}
	return fmt.Sprintf(">l%d%s", i, next) + walk(i-1)
}

func edges(cut []cause.Edge, ok bool) string {
	if !ok {
		return "none"
	}
	var all []string
	for _, e := range cut {
		all = append(all, e.From+">"+e.To)
	}
	return strings.Join(all, " ")
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		name string
		g    link.Graph
		off  string // package to cut off; cgo where it is ""
		want string
	}{
		{"one import", graphOf("M: http fmt", "http: net", "net: C"), "", "M>http"},
		{"nearest to what uses cgo", graphOf("M: A", "A: B", "B: http", "http: net", "net: C"), "", "B>http"},
		{"one for two", graphOf("M: A", "A: x y", "x: C", "y: C"), "", "M>A"},
		{"two ways", graphOf("M: A B", "A: x", "B: y", "x: net", "y: net", "net: C"), "", "A>x B>y"},
		{"of its own", graphOf("M: A", "A: C fmt"), "", "A>C"},
		{"of its own, twice imported", graphOf("M: A B", "A: D", "B: D", "D: C"), "", "D>C"},
		{"the main package's own", graphOf("M: C fmt"), "", "M>C"},
		{"nothing to cut", graphOf("M: fmt"), "", ""},
		{"other people's program", graphOf("m: net", "net: C"), "", "none"},
		{"in a circle", graphOf("M: A", "A: B net", "B: A", "net: C"), "", "A>net"},
		{"runtime/cgo by name", graphOf("M: runtime/cgo", "runtime/cgo: C"), "", "M>runtime/cgo"},
		{"shared libraries", func() link.Graph {
			g := graphOf("M: A", "A: pure")
			g["pure"].DynImports = []link.DynImport{{Lib: "libc.so.6"}}
			return g
		}(), "", "A>pure"},
		{"off: one of two", graphOf("M: http sql", "http: net", "net: C", "sql: C"), "net", "M>http"},
		{"off: of the user's own", graphOf("M: A", "A: C"), "A", "M>A"},
		{"off: all that use cgo", graphOf("M: A http", "A: C", "http: net", "net: C"), "C", "A>C M>http"},
		{"off: not there", graphOf("M: A", "A: C"), "net", ""},
		{"off: itself", graphOf("M: A"), "M", "none"},
	} {
		cut, ok := cause.CutCgo(c.g, main(c.g))
		if c.off != "" {
			cut, ok = cause.CutOff(c.g, main(c.g), c.off)
		}
		if got := edges(cut, ok); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// What a program with cgo off does not build for is cut out, and not what has
// other files for that.
func TestCutMissing(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(link.Graph)
		want   string
	}{
		{"a package has no file left", func(g link.Graph) { g["dep"].Error = "build constraints exclude all Go files in /dep" }, "A>dep"},
		{"one of the user's own", func(g link.Graph) {
			g["A"].Error, g["A"].CgoLeftOut = "build constraints exclude all Go files in /a", []string{"a.go"}
		}, "A>C"},
		{"its importer misses a name", func(g link.Graph) { g["A"].Undefined, g["A"].UndefinedIn = "undefined: dep.Open", "dep" }, "A>dep"},
		{"it builds", func(link.Graph) {}, ""},
	} {
		g := graphOf("M: A fmt", "A: dep C", "dep: fmt")
		g["A"].Cgo, g["dep"].Name, g["dep"].CgoLeftOut = false, "dep", []string{"c.go"}
		c.change(g)
		if got := edges(cause.CutMissing(g, "M")); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func main(g link.Graph) string {
	if g["M"] != nil {
		return "M"
	}
	return "m"
}

// A cut is held against the best of all sets of imports, for graphs so small
// that these can be tried.
func TestCutIsSmallest(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	cuts := 0
	for range 300 {
		g := link.Graph{}
		for i := range 6 {
			path := fmt.Sprint("p", i)
			p := &link.Package{ImportPath: path, Main: random.IntN(3) > 0, Cgo: random.IntN(4) == 0}
			for j := i + 1; j < 6; j++ {
				if random.IntN(2) == 0 {
					p.Imports = append(p.Imports, fmt.Sprint("p", j))
				}
			}
			g[path] = p
		}
		cut, ok := cause.CutCgo(g, "p0")
		best, possible := smallest(g)
		if ok != possible || ok && (len(cut) != best || reaches(g, cut)) {
			t.Fatalf("got %v, %v for %+v, want %d imports, possible %v", cut, ok, g, best, possible)
		}
		if best > 1 {
			cuts++
		}
	}
	if cuts < 50 {
		t.Errorf("got %d graphs that want more than one cut, want more to tell something", cuts)
	}
}

// smallest tries all sets of the user's own imports.
func smallest(g link.Graph) (best int, possible bool) {
	var own []cause.Edge
	for _, p := range g {
		if p.Main && p.Cgo {
			own = append(own, cause.Edge{From: p.ImportPath, To: "C"})
		}
		for _, imp := range p.Imports {
			if p.Main {
				own = append(own, cause.Edge{From: p.ImportPath, To: imp})
			}
		}
	}
	best = len(own) + 1
	for set := range 1 << len(own) {
		var cut []cause.Edge
		for i, e := range own {
			if set>>i&1 == 1 {
				cut = append(cut, e)
			}
		}
		if len(cut) < best && !reaches(g, cut) {
			best, possible = len(cut), true
		}
	}
	return best, possible
}

// reaches reports whether p0 still comes to a package that uses cgo.
func reaches(g link.Graph, cut []cause.Edge) bool {
	seen := map[string]bool{}
	var walk func(path string) bool
	walk = func(path string) bool {
		if seen[path] {
			return false
		}
		seen[path] = true
		p := g[path]
		if p.Cgo && !slices.Contains(cut, cause.Edge{From: path, To: "C"}) {
			return true
		}
		return slices.ContainsFunc(p.Imports, func(imp string) bool {
			return !slices.Contains(cut, cause.Edge{From: path, To: imp}) && walk(imp)
		})
	}
	return walk("p0")
}
