// The smallest set of the user's own imports that have to go for a program to be
// without something: a minimum cut of its imports, in which only those of the
// user's own packages can be cut.

package cause

import (
	"cmp"
	"slices"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// An Edge is one package's import of another.
type Edge struct{ From, To string }

// UsesCgo reports whether a package itself, whatever it imports, links with cgo
// or with shared libraries in another way.
func UsesCgo(p *link.Package) bool {
	return p.Cgo || p.ImportPath == runtimeCgo || len(p.DynImports) > 0 && !p.Standard
}

// CutCgo gives the fewest imports of the user's own packages without which a
// program is free of cgo; that of "C" is one, of C. Where several sets are as
// small, it is the one whose imports are nearest to what uses cgo, and least
// needed for the rest. ok is false where no set will do, since a way to it goes
// through other people's packages only.
func CutCgo(g link.Graph, main string) (cut []Edge, ok bool) {
	return minimum(newNetwork(g, main, func(p *link.Package) int {
		switch {
		case !UsesCgo(p):
			return 0
		case p.Main:
			return 1
		}
		return uncuttable
	}))
}

// CutMissing gives, for a program that does not build since cgo is off, the fewest
// imports of packages that are nothing without their C files; else it is as CutCgo.
func CutMissing(g link.Graph, main string) (cut []Edge, ok bool) {
	missed := missing(g)
	return minimum(newNetwork(g, main, func(p *link.Package) int {
		switch {
		case !missed[p.ImportPath]:
			return 0
		case p.Main:
			return 1
		}
		return uncuttable
	}))
}

// missing are the packages that lost C files which they, or packages that import
// them, do not build without.
func missing(g link.Graph) map[string]bool {
	missed := map[string]bool{}
	for path, p := range g {
		if len(p.LostFiles()) > 0 && p.Error != "" {
			missed[path] = true
		}
		if p.UndefinedIn != "" {
			missed[p.UndefinedIn] = true
		}
	}
	return missed
}

// CutOff gives the fewest imports of the user's own packages without which a
// program does not have a package; else it is as CutCgo.
func CutOff(g link.Graph, main, path string) (cut []Edge, ok bool) {
	return minimum(newNetwork(g, main, func(p *link.Package) int {
		switch {
		case path == C && p.Cgo && p.Main:
			return 1
		case path == C && p.Cgo, p.ImportPath == path:
			return uncuttable
		}
		return 0
	}))
}

func minimum(n *network) (cut []Edge, ok bool) {
	for n != nil {
		switch flow := n.augment(); {
		case flow == 0:
			return n.cut(), true
		case flow > uncuttable/2: // one part of it may have gone already
			return nil, false
		}
	}
	return nil, true
}

// uncuttable is the capacity of imports that are not the user's own.
const uncuttable = 1 << 30

// A network has the packages that lie on ways from the main package to ends, and
// flow through their imports.
type network struct {
	names []string
	arcs  []arc
	of    [][]int // arcs of each node
}

// An arc is an import, and the one after it in the list the same backwards.
type arc struct{ from, to, left, capacity int }

// The nodes that every network has.
const (
	source = iota
	sink
)

// newNetwork makes one whose ends are the packages of which end tells how much
// flows from them to the sink. It is nil where no end is reached.
func newNetwork(g link.Graph, main string, end func(*link.Package) int) *network {
	reached := reachable(g, main)
	var queue []string
	importers := map[string][]string{}
	for _, path := range reached {
		p := g[path]
		if end(p) > 0 {
			queue = append(queue, path)
		}
		for _, imp := range cuttable(p) {
			importers[imp] = append(importers[imp], path)
		}
	}
	if len(queue) == 0 {
		return nil
	}
	leads := map[string]bool{}
	for ; len(queue) > 0; queue = queue[1:] {
		if !leads[queue[0]] {
			leads[queue[0]] = true
			queue = append(queue, importers[queue[0]]...)
		}
	}
	return connect(g, main, reached, leads, end)
}

// connect makes a network of the packages that lead to an end.
func connect(g link.Graph, main string, reached []string, leads map[string]bool, end func(*link.Package) int) *network {
	n := &network{names: []string{main, C}, of: make([][]int, 2)}
	nodes := map[string]int{main: source}
	for _, path := range reached {
		if leads[path] && path != main {
			nodes[path] = len(n.names)
			n.names, n.of = append(n.names, path), append(n.of, nil)
		}
	}
	for _, path := range reached {
		p := g[path]
		if !leads[path] {
			continue
		}
		capacity := uncuttable
		if p.Main {
			capacity = 1
		}
		for _, imp := range cuttable(p) {
			if leads[imp] && imp != path {
				n.add(nodes[path], nodes[imp], capacity)
			}
		}
		if through := end(p); through > 0 {
			n.add(nodes[path], sink, through)
		}
	}
	return n
}

// cuttable are the imports that a package's files declare, each once. The one of
// runtime/cgo that cgo adds goes with that of "C".
func cuttable(p *link.Package) []string {
	all := slices.Clone(p.Imports)
	slices.Sort(all)
	return slices.Compact(all)
}

// reachable are the packages of a program, in an order that is always the same.
func reachable(g link.Graph, main string) []string {
	seen := map[string]bool{main: true}
	var all []string
	for queue := []string{main}; len(queue) > 0; queue = queue[1:] {
		p := g[queue[0]]
		if p == nil {
			continue
		}
		all = append(all, p.ImportPath)
		for _, imp := range cuttable(p) {
			if !seen[imp] {
				seen[imp] = true
				queue = append(queue, imp)
			}
		}
	}
	return all
}

func (n *network) add(from, to, capacity int) {
	n.of[from] = append(n.of[from], len(n.arcs))
	n.of[to] = append(n.of[to], len(n.arcs)+1)
	n.arcs = append(n.arcs, arc{from, to, capacity, capacity}, arc{to, from, 0, 0})
}

// augment sends more through the shortest way that has room, and gives how much.
func (n *network) augment() int {
	via := make([]int, len(n.names))
	for i := range via {
		via[i] = -1
	}
	queue := []int{source}
	for ; len(queue) > 0 && via[sink] < 0; queue = queue[1:] {
		for _, i := range n.of[queue[0]] {
			if a := n.arcs[i]; a.left > 0 && a.to != source && via[a.to] < 0 {
				via[a.to] = i
				queue = append(queue, a.to)
			}
		}
	}
	if via[sink] < 0 {
		return 0
	}
	flow := uncuttable
	for at := sink; at != source; at = n.arcs[via[at]].from {
		flow = min(flow, n.arcs[via[at]].left)
	}
	for at := sink; at != source; at = n.arcs[via[at]].from {
		n.arcs[via[at]].left -= flow
		n.arcs[via[at]^1].left += flow
	}
	return flow
}

// cut are the full imports into the part of the network from which there is
// still room to the sink.
func (n *network) cut() []Edge {
	open := make([]bool, len(n.names))
	open[sink] = true
	for queue := []int{sink}; len(queue) > 0; queue = queue[1:] {
		for _, i := range n.of[queue[0]] {
			if back := n.arcs[i^1]; back.left > 0 && !open[back.from] {
				open[back.from] = true
				queue = append(queue, back.from)
			}
		}
	}
	var cut []Edge
	for _, a := range n.arcs {
		if a.capacity > 0 && !open[a.from] && open[a.to] {
			cut = append(cut, Edge{n.names[a.from], n.names[a.to]})
		}
	}
	slices.SortFunc(cut, func(a, b Edge) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	return cut
}
