package inspect

import (
	"debug/elf"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// What debug/elf of go1.25 has no name for.
const (
	tagRelr        = 36         // DT_RELR
	tagFilter      = 0x7fffffff // DT_FILTER
	flagNoDefault  = 0x800      // DF_1_NODEFLIB
	noteProperties = 5          // NT_GNU_PROPERTY_TYPE_0
	needsISA       = 0xc0008002 // GNU_PROPERTY_X86_ISA_1_NEEDED
)

// demands are what the file asks of its loader and its processor beyond names
// and versions: packed relocations, libraries from elsewhere than the usual
// folders, a level of x86-64 or ARM.
func (e *elfFile) demands(o *link.Object) {
	o.PackedRel = e.dyn.has(tagRelr)
	o.NoDefault = e.dyn.value[elf.DT_FLAGS_1]&flagNoDefault != 0
	switch e.machine {
	case elf.EM_ARM:
		o.Level = e.armLevel()
		return
	case elf.EM_X86_64:
	default:
		return
	}
	e.eachNote(func(owner string, kind uint32, desc []byte) {
		if owner == "GNU" && kind == noteProperties {
			o.Level = max(o.Level, e.level(desc))
		}
	})
}

// odd is why loaders may refuse to load the file as a library: executables, other
// systems' ABIs (glibc's elf/dl-load.c, open_verify), and one that stands for
// others, which are loaded with it.
func (e *elfFile) odd() string {
	switch {
	case e.typ == elf.ET_EXEC:
		return "an executable"
	case elf.DynFlag1(e.dyn.value[elf.DT_FLAGS_1])&elf.DF_1_PIE != 0:
		return "a position-independent executable"
	case e.osabi != elf.ELFOSABI_NONE && e.osabi != elf.ELFOSABI_LINUX, e.abiVersion != 0 && e.machine != elf.EM_MIPS:
		return "of another system's ABI"
	case e.dyn.has(tagFilter):
		return "a filter for other libraries (DT_FILTER)"
	case e.goarch() == "":
		return "for a machine that has no name here"
	}
	return ""
}

// level is the level of x86-64 that a list of properties asks for, "" for any.
func (e *elfFile) level(b []byte) string {
	for len(b) >= 8 {
		kind, size := e.order.Uint32(b), uint64(e.order.Uint32(b[4:]))
		if size > uint64(len(b)-8) {
			return ""
		}
		if kind == needsISA && size == 4 {
			bits := e.order.Uint32(b[8:])
			for i, level := range []string{"v4", "v3", "v2"} {
				if bits&(8>>i) != 0 {
					return level
				}
			}
		}
		b = b[min(8+up(size, 8), uint64(len(b))):]
	}
	return ""
}
