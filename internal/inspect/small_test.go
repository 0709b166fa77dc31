package inspect

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
)

// A smallELF is a hand-made ELF file in which addresses are offsets, for what
// no linker can be brought to write.
type smallELF struct {
	wide   bool
	order  binary.AppendByteOrder
	typ    elf.Type
	interp string
	text   string // dynamic string table
	dyn    [][2]uint64
	tables []byte // at tablesAt
	progs  []prog // further ones
}

const (
	textAt   = 0x400 // of the string table
	tablesAt = 0x800
	dynAt    = 0x1000
)

func (s smallELF) word(b []byte, v uint64) []byte {
	if s.wide {
		return s.order.AppendUint64(b, v)
	}
	return s.order.AppendUint32(b, uint32(v))
}

func (s smallELF) bytes() []byte {
	dyn := []byte{}
	for _, d := range append(s.dyn, [2]uint64{}) {
		dyn = s.word(s.word(dyn, d[0]), d[1])
	}
	file := make([]byte, dynAt)
	copy(file[textAt:tablesAt], s.text)
	copy(file[tablesAt:dynAt], s.tables)
	const interpAt = 0x300
	copy(file[interpAt:], s.interp+"\x00")
	file = append(file, dyn...)
	progs := append([]prog{
		{typ: elf.PT_LOAD, flags: elf.PF_R | elf.PF_W, size: uint64(len(file))},
		{typ: elf.PT_DYNAMIC, off: dynAt, addr: dynAt, size: uint64(len(dyn))},
	}, s.progs...)
	if s.interp != "" {
		progs = append(progs, prog{typ: elf.PT_INTERP, off: interpAt, size: uint64(len(s.interp) + 1)})
	}
	copy(file, s.header(len(progs)))
	for _, p := range progs {
		file = s.addProg(file, p)
	}
	return file
}

// header is the ELF header of a file whose program headers are where addProg
// puts them.
func (s smallELF) header(progs int) []byte {
	class, size, entry, machine := byte(1), uint16(52), uint16(32), elf.EM_386
	if s.wide {
		class, size, entry, machine = 2, 64, 56, elf.EM_X86_64
	}
	data := byte(1)
	if s.order.AppendUint16(nil, 1)[0] == 0 {
		data, machine = 2, elf.EM_S390
	}
	b := append([]byte("\x7fELF"), class, data, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	b = s.order.AppendUint16(b, uint16(s.typ))
	b = s.order.AppendUint16(b, uint16(machine))
	b = s.order.AppendUint32(b, 1)
	b = s.word(b, 0)            // entry
	b = s.word(b, uint64(size)) // program headers
	b = s.word(b, 0)            // section headers
	b = s.order.AppendUint32(b, 0)
	for _, v := range []uint16{size, entry, uint16(progs), 0, 0, 0} {
		b = s.order.AppendUint16(b, v)
	}
	return b
}

// addProg writes p over the first free place for a program header.
func (s smallELF) addProg(file []byte, p prog) []byte {
	at, size := 52, 32
	if s.wide {
		at, size = 64, 56
	}
	for !bytes.Equal(file[at:at+size], make([]byte, size)) {
		at += size
	}
	b := s.order.AppendUint32(nil, uint32(p.typ))
	if s.wide {
		b = s.order.AppendUint32(b, uint32(p.flags))
	}
	for _, v := range []uint64{p.off, p.addr, p.addr, p.size, p.size} {
		b = s.word(b, v)
	}
	if !s.wide {
		b = s.order.AppendUint32(b, uint32(p.flags))
	}
	copy(file[at:], s.word(b, p.align))
	return file
}

// plain is a program that needs libc, with a version and a symbol of it.
func plain() smallELF {
	le := binary.LittleEndian
	s := smallELF{wide: true, order: le, typ: elf.ET_DYN, interp: "/lib/ld.so"}
	s.text = "\x00libc.so.6\x00GLIBC_2.34\x00pthread_create\x00/a:/b\x00GLIBC_PRIVATE\x00"
	const needs, symbols, versions = tablesAt, tablesAt + 0x40, tablesAt + 0x80
	t := make([]byte, 0x100)
	for i, v := range []uint32{2<<16 | 1, 1, 16, 0, 0, 2 << 16, 11, 16, 0, 3 << 16, 43, 0} {
		le.PutUint32(t[4*i:], v)
	}
	le.PutUint32(t[0x40+24:], 22) // the name of symbol 1
	le.PutUint16(t[0x80+2:], 2)   // and its version
	s.tables = t
	s.dyn = [][2]uint64{
		{uint64(elf.DT_NEEDED), 1}, {uint64(elf.DT_RUNPATH), 37}, {uint64(elf.DT_RPATH), 37},
		{uint64(elf.DT_STRTAB), textAt}, {uint64(elf.DT_STRSZ), uint64(len(s.text))},
		{uint64(elf.DT_VERNEED), needs}, {uint64(elf.DT_VERNEEDNUM), 1},
		{uint64(elf.DT_SYMTAB), symbols}, {uint64(elf.DT_VERSYM), versions},
		{uint64(elf.DT_FLAGS_1), uint64(elf.DF_1_PIE)},
	}
	return s
}

// with replaces the value of one entry of the dynamic segment.
func (s smallELF) with(t elf.DynTag, v uint64) smallELF {
	dyn := [][2]uint64{}
	for _, d := range s.dyn {
		if d[0] == uint64(t) {
			d[1] = v
		}
		dyn = append(dyn, d)
	}
	s.dyn = dyn
	return s
}
