// The ways by which a package comes into a program: chains of imports. There may
// be more of them than anybody can count, so the shortest are listed and the
// others numbered.

package cause

import (
	"cmp"
	"container/heap"
	"slices"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// C is what packages that use cgo import; no package has the name.
const C = "C"

// Ways are chains of imports from one package to another.
type Ways struct {
	Chains [][]string // the shortest first, those of one length by the alphabet
	Total  int        // how many there are, listed or not
	Exact  bool       // Total is no more and no less; else there are at least so many
}

// Bounds of a search: no more ways are counted, and none is looked for after so
// many steps. Steps end it only where imports go round in a circle.
const (
	mostCounted = 1_000_000_000
	mostSteps   = 200_000
)

// FindWays gives the ways from one package of a graph to another, most of them
// listed at most. A package that imports "C" has a way to C.
func FindWays(g link.Graph, from, to string, most int) Ways {
	s := search{g: g, to: to, far: distances(g, to)}
	if _, ok := s.far[from]; !ok || from == to {
		return Ways{Exact: true}
	}
	w := Ways{Chains: s.shortest(from, most)}
	w.Total, w.Exact = s.count(from)
	w.Total = max(w.Total, len(w.Chains))
	return w
}

// importsOf are what a package imports, with what cgo adds: runtime/cgo. A way to
// C does not go through that.
func importsOf(p *link.Package, to string) []string {
	if p == nil {
		return nil
	}
	all := slices.Clone(p.Imports)
	switch {
	case !p.Cgo || p.ImportPath == runtimeCgo:
	case to == C:
		all = append(all, C)
	default:
		all = append(all, runtimeCgo)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// A search is for ways to one package.
type search struct {
	g   link.Graph
	to  string
	far map[string]int // imports that lie between a package and the end
}

// distances tells how far each package that comes to an end is from it.
func distances(g link.Graph, to string) map[string]int {
	importers := map[string][]string{}
	for path, p := range g {
		for _, imp := range importsOf(p, to) {
			importers[imp] = append(importers[imp], path)
		}
	}
	far := map[string]int{to: 0}
	for queue := []string{to}; len(queue) > 0; queue = queue[1:] {
		for _, path := range importers[queue[0]] {
			if _, seen := far[path]; !seen {
				far[path] = far[queue[0]] + 1
				queue = append(queue, path)
			}
		}
	}
	return far
}

// A part is the beginning of a way; least is how long the way will be.
type part struct {
	chain []string
	least int
}

// parts is a heap of them: the shortest way comes first, then the first by the
// alphabet. As distances are those of shortest ways, each part that is taken
// from it is the beginning of a way that is listed.
type parts []part

func (q parts) Len() int { return len(q) }
func (q parts) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(q[i].least, q[j].least), slices.Compare(q[i].chain, q[j].chain)) < 0
}
func (q parts) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *parts) Push(x any)   { *q = append(*q, x.(part)) }
func (q *parts) Pop() any {
	last := len(*q) - 1
	x := (*q)[last]
	*q = (*q)[:last]
	return x
}

func (s search) shortest(from string, most int) [][]string {
	var found [][]string
	q := parts{{[]string{from}, s.far[from]}}
	for steps := 0; len(q) > 0 && len(found) < most && steps < mostSteps; steps++ {
		p := heap.Pop(&q).(part)
		last := p.chain[len(p.chain)-1]
		if last == s.to {
			found = append(found, p.chain)
			continue
		}
		for _, imp := range importsOf(s.g[last], s.to) {
			if far, ok := s.far[imp]; ok && !slices.Contains(p.chain, imp) {
				heap.Push(&q, part{append(slices.Clip(p.chain), imp), len(p.chain) + far})
			}
		}
	}
	return found
}

// count counts the ways. Where imports go round in a circle, or there are too
// many, it gives up.
func (s search) count(from string) (n int, exact bool) {
	exact = true
	const open = -1
	ways := map[string]int{s.to: 1}
	var of func(path string) int
	of = func(path string) int {
		if n, known := ways[path]; known {
			exact = exact && n != open
			return max(n, 0)
		}
		ways[path] = open
		n := 0
		for _, imp := range importsOf(s.g[path], s.to) {
			if _, ok := s.far[imp]; ok {
				n += of(imp)
			}
			if n > mostCounted {
				n, exact = mostCounted, false
			}
		}
		ways[path] = n
		return n
	}
	n = of(from)
	if !exact && n < mostCounted {
		n = 0 // it may have counted a way that goes round
	}
	return n, exact
}

// Between are the imports that lie on ways from one package to another, sorted.
func Between(g link.Graph, from, to string) []Edge {
	far := distances(g, to)
	edges := []Edge{}
	if _, ok := far[from]; !ok {
		return edges
	}
	seen := map[string]bool{from: true}
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		for _, imp := range importsOf(g[queue[0]], to) {
			if _, ok := far[imp]; !ok || queue[0] == to {
				continue
			}
			edges = append(edges, Edge{queue[0], imp})
			if !seen[imp] {
				seen[imp] = true
				queue = append(queue, imp)
			}
		}
	}
	slices.SortFunc(edges, func(a, b Edge) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	return edges
}
