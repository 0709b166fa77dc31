package inspect

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// The kernel, too, refuses more program headers than this has room for.
const maxProgs = 65536

// An elfFile is an ELF file with its headers. Facts come from program headers
// and the dynamic segment, which the kernel and the loader go by; sections may
// be missing or lie, and are asked for traces only.
type elfFile struct {
	*file
	order      byteOrder
	wide       bool // 64 bits
	osabi      elf.OSABI
	abiVersion byte
	typ        elf.Type
	machine    elf.Machine
	phoff      uint64
	shoff      uint64
	phnum      uint64
	shnum      uint64
	shstrndx   uint64
	flags      uint32

	progs    []prog
	segs     []segment
	sections []section
	dyn      dynamic
	symbols  []byte // see symbolTable
	partly   bool   // there are more than these
	versions []byte
}

type prog struct {
	typ                            elf.ProgType
	flags                          elf.ProgFlag
	off, addr, size, memory, align uint64
}

func readELF(f *file) (*image, error) {
	e, err := newELF(f)
	if err != nil {
		return nil, err
	}
	switch e.typ {
	case elf.ET_EXEC, elf.ET_DYN:
	case elf.ET_REL:
		return nil, fmt.Errorf("%w: an object file", ErrNotExecutable)
	case elf.ET_CORE:
		return nil, fmt.Errorf("%w: a core dump", ErrNotExecutable)
	default:
		return nil, fmt.Errorf("%w: an ELF file of type %d", ErrNotExecutable, e.typ)
	}
	if err := e.readProgs(); err != nil {
		return nil, err
	}
	e.readSections()
	if err := e.readDynamic(); err != nil {
		return nil, err
	}
	return e.image()
}

func (e *elfFile) image() (*image, error) {
	x := &image{format: link.FormatELF, goarch: e.goarch()}
	var err error
	if x.interp, err = e.interpreter(); err != nil {
		return nil, err
	}
	if x.needed, x.rpath, x.runpath, err = e.libraries(); err != nil {
		return nil, err
	}
	if x.glibc, x.glibcSymbol, err = e.glibc(); err != nil {
		return nil, err
	}
	if x.object, err = e.object(); err != nil {
		return nil, err
	}
	notes := e.notes()
	x.goos = e.goos(notes, x.interp)
	x.goTrace = notes["Go"]
	x.trace = e.cTrace()
	x.mode = e.linkMode(x.trace)
	x.info = e.buildInfo()
	asked := ""
	if x.info != nil {
		asked = x.info.setting("-buildmode")
	}
	x.linkage, x.because = e.linkage(asked, x.mode.Value)
	x.buildmode = e.buildmode(x.linkage)
	return x, nil
}

// newELF reads the ELF header.
func newELF(f *file) (*elfFile, error) {
	b, err := f.head(64)
	if err != nil {
		return nil, err
	}
	if len(b) < 52 || len(b) < 64 && b[elf.EI_CLASS] == byte(elf.ELFCLASS64) {
		return nil, errors.New("truncated executable: no whole ELF header")
	}
	e := &elfFile{file: f, wide: b[elf.EI_CLASS] == byte(elf.ELFCLASS64), osabi: elf.OSABI(b[elf.EI_OSABI]), abiVersion: b[elf.EI_ABIVERSION]}
	if !e.wide && b[elf.EI_CLASS] != byte(elf.ELFCLASS32) {
		return nil, fmt.Errorf("malformed executable: ELF class %d", b[elf.EI_CLASS])
	}
	switch elf.Data(b[elf.EI_DATA]) {
	case elf.ELFDATA2LSB:
		e.order = binary.LittleEndian
	case elf.ELFDATA2MSB:
		e.order = binary.BigEndian
	default:
		return nil, fmt.Errorf("malformed executable: ELF data encoding %d", b[elf.EI_DATA])
	}
	h := fields{b[elf.EI_NIDENT:], e.order}
	e.typ, e.machine = elf.Type(h.u16()), elf.Machine(h.u16())
	h.u32() // version
	h.word(e.wide)
	e.phoff, e.shoff = h.word(e.wide), h.word(e.wide)
	e.flags = h.u32()
	h.u16() // size of this header
	phentsize, phnum := h.u16(), h.u16()
	h.u16() // size of a section header
	e.phnum, e.shnum, e.shstrndx = uint64(phnum), uint64(h.u16()), uint64(h.u16())
	if phnum > 0 && uint64(phentsize) != e.progSize() {
		return nil, fmt.Errorf("malformed executable: program headers of %d bytes", phentsize)
	}
	return e, nil
}

func (e *elfFile) progSize() uint64 {
	if e.wide {
		return 56
	}
	return 32
}

func (e *elfFile) readProgs() error {
	size := e.phnum * e.progSize()
	if size == 0 || size > maxProgs {
		return fmt.Errorf("malformed executable: %d program headers", e.phnum)
	}
	b, err := e.read(e.phoff, size)
	if err != nil {
		return err
	}
	h := fields{b, e.order}
	for range e.phnum {
		p := e.prog(&h)
		e.progs = append(e.progs, p)
		if p.typ != elf.PT_LOAD || p.size == 0 {
			continue
		}
		if err := e.holds(p.off, p.size); err != nil {
			return err
		}
		e.segs = append(e.segs, segment{p.addr, p.off, p.size})
	}
	return nil
}

func (e *elfFile) prog(h *fields) prog {
	p := prog{typ: elf.ProgType(h.u32())}
	if e.wide {
		p.flags = elf.ProgFlag(h.u32())
	}
	p.off, p.addr = h.word(e.wide), h.word(e.wide)
	h.word(e.wide) // physical address
	p.size, p.memory = h.word(e.wide), h.word(e.wide)
	if !e.wide {
		p.flags = elf.ProgFlag(h.u32())
	}
	p.align = h.word(e.wide)
	return p
}

// first is the first program header of that type, nil where there is none.
func (e *elfFile) first(t elf.ProgType) *prog {
	for i := range e.progs {
		if e.progs[i].typ == t {
			return &e.progs[i]
		}
	}
	return nil
}

// interpreter is the path in PT_INTERP; of several, the kernel takes the first.
func (e *elfFile) interpreter() (string, error) {
	p := e.first(elf.PT_INTERP)
	if p == nil {
		return "", nil
	}
	if p.size < 2 || p.size > maxText {
		return "", fmt.Errorf("malformed executable: an interpreter's path of %d bytes", p.size)
	}
	b, err := e.read(p.off, p.size)
	if err != nil {
		return "", err
	}
	path, _, _ := bytes.Cut(b, []byte{0})
	if b[len(b)-1] != 0 || len(path) == 0 { // the kernel looks at the last byte
		return "", errors.New("malformed executable: the interpreter's path has no end")
	}
	return string(path), nil
}

// linkage tells static, static-pie and dynamic apart. asked is the -buildmode
// of the build information, mode the link mode as far as it is known.
func (e *elfFile) linkage(asked, mode string) (value, because string) {
	switch {
	case e.first(elf.PT_INTERP) != nil:
		return link.LinkageDynamic, "PT_INTERP"
	case e.typ == elf.ET_EXEC:
		return link.LinkageStatic, "no PT_INTERP"
	case asked == "c-shared" || asked == "plugin" || asked == "shared":
		return link.LinkageDynamic, "a shared object"
	case elf.DynFlag1(e.dyn.value[elf.DT_FLAGS_1])&elf.DF_1_PIE != 0:
		return link.LinkageStaticPIE, "DF_1_PIE without PT_INTERP"
	case e.dyn.has(elf.DT_SONAME) || len(e.dyn.needed) > 0:
		return link.LinkageDynamic, "a shared object"
	case asked == "pie" || e.dyn.has(elf.DT_DEBUG) || mode == link.ModeInternal:
		// C linkers reserve DT_DEBUG in executables only, and Go's own linker
		// makes no shared objects.
		return link.LinkageStaticPIE, "a position-independent executable without PT_INTERP"
	}
	return link.LinkageDynamic, "a shared object"
}

// buildmode is the likeliest -buildmode where there is no build information.
func (e *elfFile) buildmode(linkage string) string {
	pie := elf.DynFlag1(e.dyn.value[elf.DT_FLAGS_1])&elf.DF_1_PIE != 0 || e.dyn.has(elf.DT_DEBUG)
	switch {
	case e.typ == elf.ET_EXEC:
		return "exe"
	case linkage == link.LinkageStaticPIE, pie:
		return "pie"
	}
	return "c-shared"
}

// buildInfo looks where the linker puts the build information: in a section
// of its own, which is near the start of writable data.
func (e *elfFile) buildInfo() *buildInfo {
	for _, s := range e.sections {
		if s.name == ".go.buildinfo" && s.typ != elf.SHT_NOBITS {
			return e.findInfo(segment{s.addr, s.off, s.size}, e.segs)
		}
	}
	tries := 4 // more than any linker makes
	for _, p := range e.progs {
		if p.typ == elf.PT_LOAD && p.flags&(elf.PF_W|elf.PF_X) == elf.PF_W && tries > 0 {
			tries--
			if info := e.findInfo(segment{p.addr, p.off, p.size}, e.segs); info != nil {
				return info
			}
		}
	}
	return nil
}
