// In which order loaders relocate what they have loaded: the first symbol that is
// missing in that order is the one that they name.

package target

import (
	"slices"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// order is that of relocation: the executable comes last. musl's loader goes by
// the order of loading, and glibc's has what a library needs ahead of it.
func (p *process) order() []*loaded {
	libs, l := slices.Clone(p.loaded[1:]), p.loader.Loader
	switch {
	case l.Libc == "glibc" && l.Version != "" && !newer(l.Version, "2.36"):
		libs = p.sorted(libs)
		slices.Reverse(libs)
	case l.Libc == "glibc":
		libs = p.depthFirst(libs)
	}
	return append(libs, p.loaded[0])
}

// depthFirst mirrors _dl_sort_maps_dfs of glibc (2.36 and newer), from the end.
func (p *process) depthFirst(libs []*loaded) []*loaded {
	var done []*loaded
	visited := map[*loaded]bool{p.loaded[0]: true}
	var visit func(l *loaded)
	visit = func(l *loaded) {
		if l == nil || visited[l] {
			return
		}
		visited[l] = true
		for _, name := range l.Needed {
			visit(p.have(name))
		}
		done = append(done, l)
	}
	for _, l := range slices.Backward(libs) {
		visit(l)
	}
	return done
}

// sorted mirrors _dl_sort_maps_original: a library goes behind the last one that
// needs it, unless it has been there as often as a circle of needs has it.
func (p *process) sorted(libs []*loaded) []*loaded {
	needs := func(l, other *loaded) bool {
		return slices.ContainsFunc(l.Needed, func(name string) bool { return p.have(name) == other })
	}
	for i := 0; i < len(libs); i++ {
		seen := map[*loaded]int{}
		for {
			l := libs[i]
			seen[l]++
			k := len(libs) - 1
			for k > i && !needs(libs[k], l) {
				k--
			}
			if k == i {
				break
			}
			copy(libs[i:k], libs[i+1:k+1])
			libs[k] = l
			if seen[libs[i]] > len(libs)-i {
				break
			}
		}
	}
	return libs
}

// imports are a file's in the order in which the loader comes to them: musl's
// goes through the table of functions first, and glibc's through it last.
func (p *process) imports(l *loaded) []link.Import {
	if p.loader.Loader.Libc == "glibc" {
		return l.Imports
	}
	isLazy := func(m link.Import) bool { return m.Bind == link.BindLazy }
	all := slices.DeleteFunc(slices.Clone(l.Imports), func(m link.Import) bool { return !isLazy(m) })
	return append(all, slices.DeleteFunc(slices.Clone(l.Imports), isLazy)...)
}
