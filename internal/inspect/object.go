package inspect

import (
	"bytes"
	"cmp"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// Object reads what a dynamic loader goes by from the ELF file, an executable
// or a library, in the first size bytes of r. Another file's error wraps
// ErrNotExecutable.
func Object(r io.ReaderAt, size int64) (o *link.Object, err error) {
	defer func() {
		if p := recover(); p != nil {
			o, err = nil, fmt.Errorf("malformed executable: %v", p)
		}
	}()
	e, err := openELF(r, size)
	if err != nil {
		return nil, err
	}
	return e.object()
}

// openELF reads headers and the dynamic segment.
func openELF(r io.ReaderAt, size int64) (*elfFile, error) {
	f := newFile(r, max(size, 0))
	head, err := f.head(4)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(head, []byte(elf.ELFMAG)) {
		return nil, ErrNotExecutable
	}
	e, err := newELF(f)
	if err != nil {
		return nil, err
	}
	if e.typ != elf.ET_EXEC && e.typ != elf.ET_DYN {
		return nil, fmt.Errorf("%w: an ELF file of type %d", ErrNotExecutable, e.typ)
	}
	if err := e.readProgs(); err != nil {
		return nil, err
	}
	return e, e.readDynamic()
}

// object is the file as a loader sees it.
func (e *elfFile) object() (*link.Object, error) {
	o := &link.Object{Machine: e.machineOf(), Fixed: e.typ == elf.ET_EXEC}
	var err error
	if o.Interp, err = e.interpreter(); err != nil {
		return nil, err
	}
	if o.Needed, o.RPath, o.RunPath, err = e.libraries(); err != nil {
		return nil, err
	}
	if e.dyn.has(elf.DT_SONAME) {
		if o.Soname, err = e.dynString(e.dyn.value[elf.DT_SONAME]); err != nil {
			return nil, err
		}
	}
	needs, err := e.versionNeeds()
	if err != nil {
		return nil, err
	}
	for _, n := range needs {
		o.Needs = append(o.Needs, link.Need{Lib: n.lib, Version: n.name, Weak: n.weak})
	}
	defines, err := e.versionDefinitions()
	if err != nil {
		return nil, err
	}
	for _, d := range defines {
		if !d.base {
			o.Defines = append(o.Defines, d.name)
		}
	}
	o.BindNow = e.bindNow()
	e.demands(o)
	o.Imports = e.imports(needs)
	o.Odd = e.odd()
	if o.Interp != "" && o.Soname == "" {
		o.Exports = Exports{}
		if e.exports(nil, o.Exports) != nil {
			o.Exports = nil
		}
	}
	return o, nil
}

func (e *elfFile) machineOf() link.Machine {
	return link.Machine{GOARCH: e.goarch(), Number: uint16(e.machine), Wide: e.wide,
		Big: e.order.Uint16([]byte{1, 0}) != 1, ABI: e.abi()}
}

// abi are the flags by which loaders refuse files of another ABI of the same
// machine: floating point on arm and riscv, the ELF ABI's version on ppc64,
// N32, registers and NaN encoding on mips.
func (e *elfFile) abi() uint32 {
	switch e.machine {
	case elf.EM_ARM:
		if e.flags>>24 == 5 { // EF_ARM_EABI_VER5; before, they meant something else
			return e.flags & 0x600 // EF_ARM_ABI_FLOAT_HARD, _SOFT
		}
	case elf.EM_RISCV:
		return e.flags & 0xe // EF_RISCV_FLOAT_ABI, EF_RISCV_RVE
	case elf.EM_PPC64:
		return e.flags & 3 // EF_PPC64_ABI
	case elf.EM_MIPS:
		return e.flags & 0x620 // EF_MIPS_NAN2008, EF_MIPS_FP64, EF_MIPS_ABI2
	case elf.EM_LOONGARCH:
		return e.flags & 7 // EF_LOONGARCH_ABI_MODIFIER_MASK
	}
	return 0
}

func (e *elfFile) bindNow() bool {
	return e.dyn.has(elf.DT_BIND_NOW) ||
		elf.DynFlag(e.dyn.value[elf.DT_FLAGS])&elf.DF_BIND_NOW != 0 ||
		elf.DynFlag1(e.dyn.value[elf.DT_FLAGS_1])&elf.DF_1_NOW != 0
}

// A versionDef is one symbol version that the file defines.
type versionDef struct {
	name  string
	index uint16
	base  bool // the file's own name rather than a version
}

// versionDefinitions reads the list in DT_VERDEF.
func (e *elfFile) versionDefinitions() (defs []versionDef, err error) {
	const size, base = 20, 1
	addr, ok := e.dyn.value[elf.DT_VERDEF]
	if !ok {
		return nil, nil
	}
	for i := range e.dyn.value[elf.DT_VERDEFNUM] {
		if i >= maxNames {
			return nil, errTooMuch
		}
		b, err := e.load(addr, size)
		if err != nil {
			return nil, err
		}
		h := fields{b, e.order}
		h.u16() // version of the format
		flags, index := h.u16(), h.u16()
		h.u16() // number of names: its own, and those it stands on
		h.u32() // hash of the name
		names, next := uint64(h.u32()), uint64(h.u32())
		if b, err = e.load(addr+names, 8); err != nil {
			return nil, err
		}
		name, err := e.dynString(uint64(e.order.Uint32(b)))
		if err != nil {
			return nil, err
		}
		defs = append(defs, versionDef{name, index & 0x7fff, flags&base != 0})
		if next == 0 {
			break
		}
		addr += next
	}
	return defs, nil
}

// What the names of symbols may take. Names can overlap, so that a small table
// has many long ones.
const (
	maxImports     = 1 << 14 // of one file
	maxImportNames = 2 << 20 // bytes; LLVM's own take a tenth
	maxExportNames = 24 << 20
)

// imports are the symbols that others have to define. Where the table cannot
// be read, or holds more than a real one, there are none: the facts above do not
// depend on it.
func (e *elfFile) imports(needs []versionNeed) []link.Import {
	const weak = 2 // STB_WEAK
	type placed struct {
		link.Import
		at int
	}
	var all []placed
	bind, taken := e.binds(), 0
	e.eachSymbol(false, func(i uint64, s symbol) bool {
		taken += len(s.name)
		m := placed{Import: link.Import{Name: s.name, Weak: s.binding == weak}}
		m.Bind, m.at = bind(i)
		for _, n := range needs {
			if n.index == s.version && s.version > 1 {
				m.Lib, m.Version = n.lib, n.name
			}
		}
		all = append(all, m)
		return len(all) < maxImports && taken <= maxImportNames
	})
	if taken > maxImportNames || e.partly {
		return nil
	}
	slices.SortStableFunc(all, func(a, b placed) int { return cmp.Or(int(b.Bind)-int(a.Bind), a.at-b.at) })
	var imports []link.Import
	for _, m := range all {
		imports = append(imports, m.Import)
	}
	return imports
}

// A symbol is one entry of the dynamic symbol table.
type symbol struct {
	name    string
	binding uint8
	version uint16 // index of its version, 1 for none
	hidden  bool   // only those that name the version find it
}

// eachSymbol calls f with the dynamic symbols that have a name and that the file
// defines, or does not, until f is false.
func (e *elfFile) eachSymbol(defined bool, f func(i uint64, s symbol) bool) {
	symbols, versions := e.symbolTable()
	name := e.dynStrings(defined)
	for i, size := uint64(1), e.symbolSize(); size*i < uint64(len(symbols)); i++ {
		h := fields{symbols[size*i:], e.order}
		at, s := uint64(h.u32()), symbol{version: 1}
		if !e.wide {
			h.u64() // value and size
		}
		s.binding = uint8(h.u16()>>e.infoShift()) >> 4
		if s.binding == 0 || (elf.SectionIndex(h.u16()) != elf.SHN_UNDEF) != defined {
			continue
		}
		if versions != nil {
			v := e.order.Uint16(versions[2*i:])
			s.version, s.hidden = v&0x7fff, v&0x8000 != 0
		}
		if s.name = name(at); s.name != "" && !f(i, s) {
			return
		}
	}
}

// infoShift takes st_info out of st_info and st_other, read as one number.
func (e *elfFile) infoShift() int {
	if e.order.Uint16([]byte{1, 0}) == 1 {
		return 0
	}
	return 8
}

func cut(text []byte) []byte {
	if i := bytes.IndexByte(text[:min(len(text), maxText)], 0); i >= 0 {
		return text[:i]
	}
	return nil
}

func (e *elfFile) symbolSize() uint64 {
	if e.wide {
		return 24
	}
	return 16
}

// dynStrings reads names from the dynamic string table, all of it at once where
// most of them are wanted, or it is small. What cannot be read is "".
func (e *elfFile) dynStrings(most bool) func(i uint64) string {
	const small = 128 << 10
	size := e.dyn.value[elf.DT_STRSZ]
	if size > small && !most {
		return func(i uint64) string {
			name, _ := e.dynString(i)
			return name
		}
	}
	b, err := e.load(e.dyn.value[elf.DT_STRTAB], size)
	return func(i uint64) string {
		if err != nil || i >= uint64(len(b)) {
			return ""
		}
		return string(cut(b[i:]))
	}
}

// Exports are the dynamic symbols that a library defines: NAME where one who
// asks for no version finds it, NAME with link.OldestOnly, and NAME@VERSION.
type Exports map[string]bool

// ExportsOf reads them from the ELF file in the first size bytes of r. It gives
// all or, where they are more than a real file has, an error.
func ExportsOf(r io.ReaderAt, size int64) (x Exports, err error) {
	defer func() {
		if p := recover(); p != nil {
			x, err = nil, fmt.Errorf("malformed executable: %v", p)
		}
	}()
	e, err := openELF(r, size)
	if err != nil {
		return nil, err
	}
	defs, err := e.versionDefinitions()
	if err != nil {
		return nil, err
	}
	x = Exports{}
	if err := e.exports(defs, x); err != nil {
		return nil, err
	}
	if len(x) == 0 {
		return nil, errors.New("no dynamic symbols")
	}
	return x, nil
}

// exports adds the symbols that the file defines. glibc's loader gives one who
// asks for no version the default, or the first that was ever defined.
func (e *elfFile) exports(defs []versionDef, x Exports) error {
	taken := 0
	e.eachSymbol(true, func(_ uint64, s symbol) bool {
		switch {
		case s.version == 0:
			return true
		case !s.hidden:
			x[s.name] = true
		case s.version == 2:
			x[s.name+link.OldestOnly] = true
		}
		taken += len(s.name)
		if i := slices.IndexFunc(defs, func(d versionDef) bool { return d.index == s.version && !d.base }); i >= 0 {
			x[s.name+"@"+defs[i].name] = true
			taken += len(s.name) + len(defs[i].name)
		}
		return taken <= maxExportNames
	})
	if taken > maxExportNames || e.partly {
		return errTooMuch
	}
	return nil
}
