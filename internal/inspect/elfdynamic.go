package inspect

import (
	"debug/elf"
	"errors"
	"fmt"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// maxDynamic bounds the dynamic segment: real ones have a few dozen entries.
const maxDynamic = 1 << 20

// A dynamic holds the entries of PT_DYNAMIC. Of an entry that is there twice
// the last one counts, as it does for the loader.
type dynamic struct {
	value  map[elf.DynTag]uint64
	needed []uint64
}

func (d *dynamic) has(t elf.DynTag) bool {
	_, ok := d.value[t]
	return ok
}

func (e *elfFile) readDynamic() error {
	e.dyn.value = map[elf.DynTag]uint64{}
	p := e.first(elf.PT_DYNAMIC)
	if p == nil || p.size == 0 {
		return nil
	}
	if p.size > maxDynamic {
		return fmt.Errorf("malformed executable: a dynamic segment of %d bytes", p.size)
	}
	b, err := e.read(p.off, p.size)
	if err != nil {
		return err
	}
	size := 8
	if e.wide {
		size = 16
	}
	for h := (fields{b, e.order}); len(h.b) >= size; {
		tag, value := elf.DynTag(h.word(e.wide)), h.word(e.wide)
		switch tag {
		case elf.DT_NULL:
			return nil
		case elf.DT_NEEDED:
			e.dyn.needed = append(e.dyn.needed, value)
		default:
			e.dyn.value[tag] = value
		}
	}
	return nil
}

// libraries are DT_NEEDED, DT_RPATH and DT_RUNPATH.
func (e *elfFile) libraries() (needed, rpath, runpath []string, err error) {
	if len(e.dyn.needed) > maxNames {
		return nil, nil, nil, fmt.Errorf("malformed executable: %d needed libraries", len(e.dyn.needed))
	}
	for _, v := range e.dyn.needed {
		name, err := e.dynString(v)
		if err != nil {
			return nil, nil, nil, err
		}
		needed = append(needed, name)
	}
	if rpath, err = e.dynPath(elf.DT_RPATH); err != nil {
		return nil, nil, nil, err
	}
	runpath, err = e.dynPath(elf.DT_RUNPATH)
	return needed, rpath, runpath, err
}

func (e *elfFile) dynPath(t elf.DynTag) ([]string, error) {
	if !e.dyn.has(t) {
		return nil, nil
	}
	s, err := e.dynString(e.dyn.value[t])
	return searchPath(s), err
}

// dynString is the string at index i of the dynamic string table.
func (e *elfFile) dynString(i uint64) (string, error) {
	s, ok := at(e.segs, e.dyn.value[elf.DT_STRTAB])
	if !e.dyn.has(elf.DT_STRTAB) || !ok {
		return "", errors.New("malformed executable: no dynamic string table")
	}
	if e.dyn.has(elf.DT_STRSZ) {
		s.size = min(s.size, e.dyn.value[elf.DT_STRSZ])
	}
	if i >= s.size {
		return "", fmt.Errorf("malformed executable: dynamic string %d of %d", i, s.size)
	}
	return e.cstring(s.off+i, s.off+s.size)
}

// A versionNeed is one symbol version that the file needs of a library.
type versionNeed struct {
	lib   string
	name  string
	index uint16 // by which symbols refer to it
	weak  bool
}

// glibc is the highest version of glibc among the version needs, and a symbol
// that needs it.
func (e *elfFile) glibc() (version, symbol string, err error) {
	needs, err := e.versionNeeds()
	if err != nil {
		return "", "", err
	}
	var index uint16
	for _, n := range needs {
		if v := glibcNumber(n.name); v != "" && link.CompareVersions(v, version) > 0 {
			version, index = v, n.index
		}
	}
	if version == "" {
		return "", "", nil
	}
	return version, e.symbolOf(index), nil
}

// versionNeeds reads the list of libraries in DT_VERNEED, each with a list of
// its versions. Both lists only go forward, and the entries are counted.
func (e *elfFile) versionNeeds() (needs []versionNeed, err error) {
	addr, ok := e.dyn.value[elf.DT_VERNEED]
	if !ok {
		return nil, nil
	}
	for i := range e.dyn.value[elf.DT_VERNEEDNUM] {
		if i >= maxNames {
			return nil, errTooMuch
		}
		b, err := e.load(addr, 16)
		if err != nil {
			return nil, err
		}
		h := fields{b, e.order}
		h.u16() // version of the format
		count := h.u16()
		lib, err := e.dynString(uint64(h.u32()))
		if err != nil {
			return nil, err
		}
		versions, next := uint64(h.u32()), uint64(h.u32())
		if needs, err = e.versionsOf(needs, lib, addr+versions, count); err != nil {
			return nil, err
		}
		if next == 0 {
			break
		}
		addr += next
	}
	return needs, nil
}

// versionsOf adds the versions of one library to needs.
func (e *elfFile) versionsOf(needs []versionNeed, lib string, addr uint64, count uint16) ([]versionNeed, error) {
	for range count {
		if len(needs) >= maxNames {
			return nil, errTooMuch
		}
		b, err := e.load(addr, 16)
		if err != nil {
			return nil, err
		}
		h := fields{b, e.order}
		h.u32()        // hash of the name
		const weak = 2 // VER_FLG_WEAK
		flags, index := h.u16(), h.u16()
		name, err := e.dynString(uint64(h.u32()))
		if err != nil {
			return nil, err
		}
		needs = append(needs, versionNeed{lib, name, index, flags&weak != 0})
		next := uint64(h.u32())
		if next == 0 {
			break
		}
		addr += next
	}
	return needs, nil
}

// glibcNumber is the number in GLIBC_2.34, and "" for names like GLIBC_PRIVATE
// and GLIBC_ABI_DT_RELR.
func glibcNumber(name string) string {
	v, ok := strings.CutPrefix(name, "GLIBC_")
	if !ok || len(v) > 16 {
		return ""
	}
	for part := range strings.SplitSeq(v, ".") {
		if part == "" || len(part) > 4 || strings.Trim(part, "0123456789") != "" {
			return ""
		}
	}
	return v
}

// load reads n bytes at an address.
func (e *elfFile) load(addr, n uint64) ([]byte, error) {
	s, ok := at(e.segs, addr)
	if !ok || n > s.size {
		return nil, fmt.Errorf("malformed executable: nothing at address %#x", addr)
	}
	return e.read(s.off, n)
}
