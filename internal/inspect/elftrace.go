package inspect

import (
	"bytes"
	"debug/elf"
	"fmt"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// pageSize is the least page size of any port: Go's linker aligns to pages
// what C linkers align to words.
const pageSize = 4096

type section struct {
	name            string
	typ             elf.SectionType
	addr, off, size uint64
}

// sectionNames are the sections that something here asks for.
var sectionNames = []string{".go.buildinfo", ".comment", ".init", ".fini", ".init_array", ".eh_frame_hdr", ".gnu.hash"}

// readSections reads the section headers of sectionNames. A file without
// section headers, or with damaged ones, has no traces there, and runs as well.
func (e *elfFile) readSections() {
	size := uint64(40)
	if e.wide {
		size = 64
	}
	if e.shoff == 0 || e.shstrndx >= e.shnum {
		return
	}
	b, err := e.read(e.shoff, e.shnum*size)
	if err != nil {
		return
	}
	_, str := e.section(b[e.shstrndx*size:])
	names, err := e.read(str.off, str.size)
	if err != nil {
		return
	}
	for i := range e.shnum {
		index, s := e.section(b[i*size:])
		for _, name := range sectionNames {
			if uint64(index) < uint64(len(names)) && bytes.HasPrefix(names[index:], []byte(name+"\x00")) {
				s.name = name
				e.sections = append(e.sections, s)
			}
		}
	}
}

func (e *elfFile) section(b []byte) (name uint32, s section) {
	h := fields{b, e.order}
	name = h.u32()
	s.typ = elf.SectionType(h.u32())
	h.word(e.wide) // flags
	s.addr, s.off, s.size = h.word(e.wide), h.word(e.wide), h.word(e.wide)
	return name, s
}

// linkMode tells Go's linker from a C linker by the program headers, which
// outlive strip(1): Go's aligns the table of program headers to a page, as it
// does the segments, and C linkers align it to a word or leave it out.
func (e *elfFile) linkMode(trace string) link.Text {
	p := e.first(elf.PT_PHDR)
	internal := p != nil && p.align >= pageSize
	switch {
	case internal && trace == "":
		return link.Text{Value: link.ModeInternal, Because: "program headers laid out by Go's linker", Certainty: link.Exact}
	case internal:
		return link.Text{Because: "traces of both Go's linker and a C linker: " + trace, Certainty: link.Unknown}
	case trace != "":
		return link.Text{Value: link.ModeExternal, Because: trace, Certainty: link.Exact}
	}
	return link.Text{Because: "traces of neither Go's linker nor a C linker", Certainty: link.Unknown}
}

// cTrace is something in the file that C compilers and linkers leave and Go's
// own linker does not, "" where there is no such thing.
func (e *elfFile) cTrace() string {
	comment := func(s section) bool { return s.name == ".comment" }
	if i := slices.IndexFunc(e.sections, comment); i >= 0 {
		if text := e.comment(e.sections[i]); text != "" {
			return text
		}
	}
	for _, s := range e.sections {
		if s.name != ".comment" && s.name != ".go.buildinfo" {
			return "section " + s.name
		}
	}
	for _, t := range []elf.DynTag{elf.DT_GNU_HASH, elf.DT_INIT, elf.DT_FINI, elf.DT_INIT_ARRAY} {
		if e.dyn.has(t) {
			return t.String()
		}
	}
	for _, p := range e.progs {
		switch {
		case p.typ == elf.PT_GNU_EH_FRAME, p.typ == elf.PT_GNU_PROPERTY:
			return p.typ.String()
		case p.typ == elf.PT_GNU_RELRO && p.align < pageSize:
			return fmt.Sprintf("PT_GNU_RELRO aligned to %d", p.align)
		}
	}
	return ""
}

// comment is the first line of a .comment section: the compiler's name and
// version. The first object is the C runtime's, the linker's words come last.
func (e *elfFile) comment(s section) string {
	b, err := e.read(s.off, min(s.size, maxText))
	if err != nil {
		return ""
	}
	for line := range strings.SplitSeq(string(b), "\x00") {
		if line != "" {
			return strings.ToValidUTF8(line, "?")
		}
	}
	return ""
}
