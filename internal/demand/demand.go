// Package demand reads from an ELF file what it asks of its loader and its
// processor beyond names and versions: packed relocations, libraries from
// elsewhere than the usual folders, a level of x86-64.
//
// The files are hostile: two tables of bounded size are read, and what does not
// fit asks for nothing.
package demand

import (
	"debug/elf"
	"encoding/binary"
	"io"
	"os"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

const (
	maxProgs = 64 << 10 // bytes of program headers, as in the kernel
	maxTable = 1 << 20  // bytes of a dynamic segment or of notes
)

// What debug/elf of Go 1.25 has no name for.
const (
	tagRelr        = 36         // DT_RELR
	flagNoDefault  = 0x800      // DF_1_NODEFLIB
	noteProperties = 5          // NT_GNU_PROPERTY_TYPE_0
	needsISA       = 0xc0008002 // GNU_PROPERTY_X86_ISA_1_NEEDED
)

// Add adds what the ELF file in the first size bytes of r asks for to what is
// known of it; o may be nil.
func Add(o *link.Object, r io.ReaderAt, size int64) {
	if o == nil {
		return
	}
	f := file{r: r, size: size, order: binary.LittleEndian, wide: o.Machine.Wide}
	if o.Machine.Big {
		f.order = binary.BigEndian
	}
	for _, p := range f.progs() {
		switch p.typ {
		case elf.PT_DYNAMIC:
			f.dynamic(o, p)
		case elf.PT_GNU_PROPERTY, elf.PT_NOTE:
			if elf.Machine(o.Machine.Number) == elf.EM_X86_64 {
				o.Level = max(o.Level, f.level(p))
			}
		}
	}
}

// File adds what the file at path asks for.
func File(o *link.Object, path string) {
	if o == nil {
		return
	}
	f, err := os.Open(path)
	if err != nil {
		return
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil {
		Add(o, f, info.Size())
	}
}

type file struct {
	r     io.ReaderAt
	size  int64
	order binary.ByteOrder
	wide  bool
}

type prog struct {
	typ             elf.ProgType
	off, size, room uint64 // room is what entries are padded to
}

// read gives the n bytes at off, nil where there are not as many or too many.
func (f file) read(off, n, most uint64) []byte {
	if n > most || off > uint64(f.size) || n > uint64(f.size)-off {
		return nil
	}
	b := make([]byte, n)
	if got, _ := f.r.ReadAt(b, int64(off)); got < len(b) {
		return nil
	}
	return b
}

// word is the number at index i of a table of words.
func (f file) word(b []byte, at int) uint64 {
	if f.wide {
		return f.order.Uint64(b[at:])
	}
	return uint64(f.order.Uint32(b[at:]))
}

func (f file) progs() []prog {
	h := f.read(0, 52, 64)
	if f.wide {
		h = f.read(0, 64, 64)
	}
	if h == nil {
		return nil
	}
	at, count, size := f.word(h, 28), f.order.Uint16(h[len(h)-8:]), 32
	if f.wide {
		at, size = f.word(h, 32), 56
	}
	b := f.read(at, uint64(count)*uint64(size), maxProgs)
	var all []prog
	for ; len(b) >= size; b = b[size:] {
		p := prog{typ: elf.ProgType(f.order.Uint32(b)), off: f.word(b, 4), size: f.word(b, 16), room: 4}
		if f.wide {
			p = prog{p.typ, f.word(b, 8), f.word(b, 32), f.word(b, 48)}
		}
		all = append(all, p)
	}
	return all
}

func (f file) dynamic(o *link.Object, p prog) {
	size := 8
	if f.wide {
		size = 16
	}
	for b := f.read(p.off, p.size, maxTable); len(b) >= size; b = b[size:] {
		switch value := f.word(b, size/2); elf.DynTag(f.word(b, 0)) {
		case elf.DT_NULL:
			return
		case tagRelr:
			o.PackedRel = true
		case elf.DT_FLAGS_1:
			o.NoDefault = value&flagNoDefault != 0
		}
	}
}

// level is the highest level of x86-64 that notes ask for.
func (f file) level(p prog) string {
	level := ""
	pad := uint64(4)
	if p.room == 8 {
		pad = 8
	}
	for b := f.read(p.off, p.size, maxTable); len(b) >= 12; {
		name, desc, typ := uint64(f.order.Uint32(b)), uint64(f.order.Uint32(b[4:])), f.order.Uint32(b[8:])
		start := 12 + up(name, 4)
		end := up(start+desc, pad)
		if start+desc > uint64(len(b)) {
			return level
		}
		if typ == noteProperties && string(b[12:12+name]) == "GNU\x00" {
			level = max(level, f.property(b[start:start+desc]))
		}
		b = b[min(end, uint64(len(b))):]
	}
	return level
}

func (f file) property(b []byte) string {
	for len(b) >= 8 {
		typ, size := f.order.Uint32(b), uint64(f.order.Uint32(b[4:]))
		if size > uint64(len(b)-8) {
			return ""
		}
		if typ == needsISA && size == 4 {
			bits := f.order.Uint32(b[8:])
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

func up(n, to uint64) uint64 { return (n + to - 1) / to * to }
