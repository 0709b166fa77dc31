// When, and in which order, a loader looks up what a file imports.

package inspect

import (
	"debug/elf"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// maxRelocs bounds the bytes of relocations that are read to tell which
// symbols are looked up at start.
const maxRelocs = 1 << 20

// binds tells when each symbol, by its index, is looked up, and its place among
// those of that time.
func (e *elfFile) binds() func(i uint64) (link.Bind, int) {
	lazy, _ := e.relocated(e.dyn.value[elf.DT_JMPREL], e.dyn.value[elf.DT_PLTRELSZ], 0,
		elf.DynTag(e.dyn.value[elf.DT_PLTREL]) == elf.DT_RELA)
	now, whole := e.relocated(e.dyn.value[elf.DT_RELA], e.dyn.value[elf.DT_RELASZ], e.dyn.value[elf.DT_RELACOUNT], true)
	rel, wholeRel := e.relocated(e.dyn.value[elf.DT_REL], e.dyn.value[elf.DT_RELSZ], e.dyn.value[elf.DT_RELCOUNT], false)
	return func(i uint64) (link.Bind, int) {
		switch {
		case rel[i] > 0:
			return link.BindNow, rel[i]
		case now[i] > 0:
			return link.BindNow, maxRelocs + now[i]
		case lazy[i] > 0:
			return link.BindLazy, lazy[i]
		case whole && wholeRel && e.machine != elf.EM_MIPS:
			return link.BindNever, 0
		}
		return link.BindNow, 0
	}
}

// relocated are the symbols that a table of relocations refers to, each with the
// place at which it does so first, counted from one. The first relative entries refer to none.
func (e *elfFile) relocated(addr, size, relative uint64, addend bool) (first map[uint64]int, whole bool) {
	entry := uint64(8)
	if e.wide {
		entry = 16
	}
	if addend {
		entry = entry / 2 * 3
	}
	first = map[uint64]int{}
	if size == 0 {
		return first, true
	}
	skip := min(relative, size/entry) * entry
	n := min(size-skip, maxRelocs) / entry * entry
	b, err := e.load(addr+skip, n)
	if err != nil {
		return first, false
	}
	for at := 1; uint64(len(b)) >= entry; b, at = b[entry:], at+1 {
		symbol := uint64(e.order.Uint32(b[4:]) >> 8)
		if e.wide {
			symbol = e.order.Uint64(b[8:]) >> 32
		}
		if first[symbol] == 0 {
			first[symbol] = at
		}
	}
	delete(first, 0)
	return first, n+skip >= size/entry*entry
}
