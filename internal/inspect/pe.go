package inspect

import (
	"bytes"
	"debug/pe"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// A peFile is a Windows executable or DLL.
type peFile struct {
	*file
	machine   uint16
	flags     uint16 // Characteristics
	linker    [2]byte
	base      uint64
	imports   uint64    // address of the import directory, less base
	sections  []segment // addresses less base
	data      segment
	directory bool // there is an import directory
}

func readPE(f *file) (*image, error) {
	p, err := newPE(f)
	if err != nil {
		return nil, err
	}
	x := &image{
		format: link.FormatPE, goos: "windows", goarch: p.goarch(),
		linkage: link.LinkageDynamic, because: "windows",
		buildmode: "exe", trace: p.foreign(),
	}
	if p.flags&pe.IMAGE_FILE_DLL != 0 {
		x.buildmode = "c-shared"
	}
	if x.needed, err = p.libraries(); err != nil {
		return nil, err
	}
	x.mode = p.linkMode()
	segs := make([]segment, len(p.sections))
	for i, s := range p.sections {
		segs[i] = segment{s.addr + p.base, s.off, s.size}
	}
	x.info = f.findInfo(p.data, segs)
	return x, nil
}

func newPE(f *file) (*peFile, error) {
	dos, err := f.head(64)
	if err != nil {
		return nil, err
	}
	if len(dos) < 64 {
		return nil, fmt.Errorf("%w: a DOS program", ErrNotExecutable)
	}
	le := binary.LittleEndian
	off := uint64(le.Uint32(dos[60:]))
	b, err := f.read(off, 24)
	if err != nil || !bytes.HasPrefix(b, []byte("PE\x00\x00")) {
		return nil, fmt.Errorf("%w: a DOS program", ErrNotExecutable)
	}
	h := fields{b[4:], le}
	p := &peFile{file: f, machine: h.u16()}
	count := uint64(h.u16())
	h.take(12) // date, symbol table
	size := uint64(h.u16())
	p.flags = h.u16()
	if err := p.readOptional(off+24, size); err != nil {
		return nil, err
	}
	return p, p.readSections(off+24+size, count)
}

// readOptional reads the header that is optional for object files only.
func (p *peFile) readOptional(off, size uint64) error {
	b, err := p.read(off, size)
	if err != nil {
		return err
	}
	if len(b) < 2 {
		return errors.New("malformed executable: no optional header")
	}
	le := binary.LittleEndian
	dirs := 96 // where the data directories begin
	if le.Uint16(b) == 0x20b {
		dirs = 112
	} else if le.Uint16(b) != 0x10b {
		return fmt.Errorf("malformed executable: optional header of type %#x", le.Uint16(b))
	}
	if len(b) < dirs {
		return fmt.Errorf("malformed executable: optional header of %d bytes", len(b))
	}
	p.linker = [2]byte{b[2], b[3]}
	if dirs == 112 {
		p.base = le.Uint64(b[24:])
	} else {
		p.base = uint64(le.Uint32(b[28:]))
	}
	i := pe.IMAGE_DIRECTORY_ENTRY_IMPORT
	if int64(le.Uint32(b[dirs-4:])) > int64(i) && len(b) >= dirs+8*i+8 {
		p.imports = uint64(le.Uint32(b[dirs+8*i:]))
		p.directory = p.imports != 0
	}
	return nil
}

// readSections also finds the data: the first section that is initialized and
// writable, and nothing else.
func (p *peFile) readSections(off, count uint64) error {
	const size = 40
	b, err := p.read(off, count*size)
	if err != nil {
		return err
	}
	for h := (fields{b, binary.LittleEndian}); len(h.b) >= size; {
		h.take(8) // name
		inMemory, addr := uint64(h.u32()), uint64(h.u32())
		inFile, at := uint64(h.u32()), uint64(h.u32())
		h.take(12)
		flags := h.u32()
		p.sections = append(p.sections, segment{addr, at, inFile})
		const alignment, data = 0x00f00000, pe.IMAGE_SCN_CNT_INITIALIZED_DATA | pe.IMAGE_SCN_MEM_READ | pe.IMAGE_SCN_MEM_WRITE
		if flags&^alignment == data && p.data.size == 0 && addr != 0 {
			if err := p.holds(at, inFile); err != nil {
				return err
			}
			p.data = segment{addr + p.base, at, min(inMemory, inFile)}
		}
	}
	return nil
}

// libraries are the DLLs of the import directory, a list of fixed-size
// descriptors that ends with an empty one.
func (p *peFile) libraries() (names []string, err error) {
	if !p.directory {
		return nil, nil
	}
	const size, nameAt = 20, 12
	for addr := p.imports; len(names) <= maxNames; addr += size {
		s, ok := at(p.sections, addr)
		if !ok || s.size < size {
			return nil, errors.New("malformed executable: the import directory has no end")
		}
		b, err := p.read(s.off, size)
		if err != nil {
			return nil, err
		}
		name := uint64(binary.LittleEndian.Uint32(b[nameAt:]))
		if name == 0 {
			return names, nil
		}
		if s, ok = at(p.sections, name); !ok {
			return nil, errors.New("malformed executable: an imported DLL has no name")
		}
		text, err := p.cstring(s.off, s.off+s.size)
		if err != nil {
			return nil, err
		}
		names = append(names, strings.ToLower(text))
	}
	return nil, errTooMuch
}

// linkMode goes by the linker's version in the header: Go's linker calls
// itself 3.0, and that is between binutils' 2.x and lld's and Microsoft's 14.
func (p *peFile) linkMode() link.Text {
	if t := p.foreign(); t != "" {
		return link.Text{Value: link.ModeExternal, Because: t, Certainty: link.Exact}
	}
	return link.Text{Value: link.ModeInternal, Because: "linker version 3.0, which is Go's", Certainty: link.Exact}
}

// foreign names a linker that is not Go's.
func (p *peFile) foreign() string {
	if p.linker == [2]byte{3, 0} {
		return ""
	}
	return fmt.Sprintf("linker version %d.%d", p.linker[0], p.linker[1])
}

func (p *peFile) goarch() string {
	switch p.machine {
	case pe.IMAGE_FILE_MACHINE_I386:
		return "386"
	case pe.IMAGE_FILE_MACHINE_AMD64:
		return "amd64"
	case pe.IMAGE_FILE_MACHINE_ARM64:
		return "arm64"
	case pe.IMAGE_FILE_MACHINE_ARMNT:
		return "arm"
	}
	return ""
}
