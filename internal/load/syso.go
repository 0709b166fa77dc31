package load

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"path/filepath"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
	"github.com/goportdoctor/goportdoctor/internal/link"
)

// hostObjects looks at the first bytes of a package's .syso files, as the linker
// does (cmd/link/internal/ld/lib.go:ldobj). Those of the standard library are
// what they should be.
func (s *scans) hostObjects(p *link.Package) {
	if p.Standard {
		return
	}
	for _, name := range p.Syso {
		o := link.HostObject{File: name}
		if header, err := firstBytes(s.overlay.actual(filepath.Join(p.Dir, name))); err == nil {
			identify(&o, header)
		} else {
			o.Error = err.Error()
		}
		p.HostObjects = append(p.HostObjects, o)
	}
}

// firstBytes are as many of a file as an ELF header has.
func firstBytes(file string) ([]byte, error) {
	return bounded.ReadHead(file, 64)
}

// magics are the beginnings by which cmd/link tells formats, and those of
// others that a C compiler may take.
var magics = []struct{ format, magic string }{
	{link.FormatELF, elf.ELFMAG},
	{link.FormatMachO, "\xfe\xed\xfa\xce"}, {link.FormatMachO, "\xfe\xed\xfa\xcf"},
	{link.FormatMachO, "\xce\xfa\xed\xfe"}, {link.FormatMachO, "\xcf\xfa\xed\xfe"},
	{link.FormatPE, "\x4c\x01"}, {link.FormatPE, "\x64\x86"}, {link.FormatPE, "\xc4\x01"}, {link.FormatPE, "\x64\xaa"},
	{link.FormatXCOFF, "\x01\xd7"}, {link.FormatXCOFF, "\x01\xf7"},
	{link.ObjectGo, "go o"},
	{link.ObjectArchive, "!<arch>\n"}, {link.ObjectBitcode, "BC\xc0\xde"}, {link.ObjectLFS, "version https://git-lfs"},
}

func identify(o *link.HostObject, header []byte) {
	o.Short = len(header) < 4
	for _, m := range magics {
		if !o.Short && bytes.HasPrefix(header, []byte(m.magic)) {
			o.Format = m.format
			break
		}
	}
	if o.Format != link.FormatELF || len(header) < 64 {
		return
	}
	wide := elf.Class(header[elf.EI_CLASS]) == elf.ELFCLASS64
	var order binary.ByteOrder = binary.LittleEndian
	if elf.Data(header[elf.EI_DATA]) == elf.ELFDATA2MSB {
		order = binary.BigEndian
	}
	o.Relocatable = elf.Type(order.Uint16(header[16:])) == elf.ET_REL
	o.GOARCH = link.GOARCHOf(elf.Machine(order.Uint16(header[18:])), wide, order == binary.BigEndian)
}
