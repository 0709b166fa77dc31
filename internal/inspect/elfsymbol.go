package inspect

import "debug/elf"

// maxSymbols bounds the dynamic symbols of a file: LLVM's libraries have 45,000.
const maxSymbols = maxTable / 24

// symbolOf names an imported symbol that needs the version with that index, ""
// where it cannot be told. Of several it prefers the one a person may know:
// without underscore in front, then by alphabet.
func (e *elfFile) symbolOf(index uint16) string {
	symbols, versions := e.symbolTable()
	if versions == nil {
		return ""
	}
	best, names := "", 0
	for i, size := uint64(0), e.symbolSize(); size*i < uint64(len(symbols)); i++ {
		const hidden = 0x8000
		if e.order.Uint16(versions[2*i:])&^hidden != index {
			continue
		}
		name, imported := e.symbol(symbols[size*i:])
		if imported && better(name, best) {
			best = name
		}
		if names++; names >= maxNames {
			break
		}
	}
	return best
}

// symbol reads the name of a symbol, and whether another file defines it.
func (e *elfFile) symbol(b []byte) (name string, imported bool) {
	h := fields{b, e.order}
	index := h.u32()
	if !e.wide {
		h.u64() // value and size
	}
	h.u16() // type, visibility
	if elf.SectionIndex(h.u16()) != elf.SHN_UNDEF {
		return "", false
	}
	name, err := e.dynString(uint64(index))
	return name, err == nil && name != ""
}

// symbolTable is the dynamic symbol table, and the indexes of their versions,
// nil where there are none.
func (e *elfFile) symbolTable() (symbols, versions []byte) {
	if e.symbols == nil {
		n := e.symbolCount()
		e.partly = n > maxSymbols
		n = min(n, maxSymbols)
		symbols, err := e.load(e.dyn.value[elf.DT_SYMTAB], e.symbolSize()*n)
		if err != nil {
			return nil, nil
		}
		e.symbols = symbols
		if e.dyn.has(elf.DT_VERSYM) {
			if versions, err := e.load(e.dyn.value[elf.DT_VERSYM], 2*n); err == nil {
				e.versions = versions
			}
		}
	}
	return e.symbols, e.versions
}

func better(name, than string) bool {
	if than == "" {
		return true
	}
	if a, b := name[0] == '_', than[0] == '_'; a != b {
		return b
	}
	return name < than
}

// symbolCount is the number of dynamic symbols. Only DT_HASH tells it;
// otherwise the table ends where the next one begins.
func (e *elfFile) symbolCount() uint64 {
	if e.dyn.has(elf.DT_HASH) {
		if b, err := e.load(e.dyn.value[elf.DT_HASH], 16); err == nil {
			h := fields{b, e.order}
			h.word(e.wideHash()) // number of buckets
			return h.word(e.wideHash())
		}
	}
	start := e.dyn.value[elf.DT_SYMTAB]
	s, ok := at(e.segs, start)
	if !ok {
		return 0
	}
	end := start + s.size
	for _, t := range []elf.DynTag{elf.DT_STRTAB, elf.DT_VERSYM, elf.DT_VERNEED, elf.DT_GNU_HASH,
		elf.DT_HASH, elf.DT_RELA, elf.DT_REL, elf.DT_JMPREL, elf.DT_VERDEF} {
		if v := e.dyn.value[t]; v > start {
			end = min(end, v)
		}
	}
	return (end - start) / e.symbolSize()
}

// wideHash reports whether DT_HASH has entries of 8 bytes, as on s390x and
// alpha.
func (e *elfFile) wideHash() bool {
	return e.wide && (e.machine == elf.EM_S390 || e.machine == elf.EM_ALPHA)
}
