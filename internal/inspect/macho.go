package inspect

import (
	"debug/macho"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// File types and load commands that debug/macho has no names for.
const (
	machoBundle     macho.Type    = 8
	cmdReexport     macho.LoadCmd = 0x8000001f
	cmdWeakDylib    macho.LoadCmd = 0x80000018
	cmdUpward       macho.LoadCmd = 0x80000023
	cmdLazyDylib    macho.LoadCmd = 0x20
	cmdLoadDylinker macho.LoadCmd = 0xe // debug/macho names its counterpart, 0xf
	cmdMinIPhone    macho.LoadCmd = 0x25
	cmdFuncStarts   macho.LoadCmd = 0x26
	cmdDataInCode   macho.LoadCmd = 0x29
	cmdSourceVers   macho.LoadCmd = 0x2a
	cmdBuildVers    macho.LoadCmd = 0x32
	platformMacOS                 = 1
	flagTwoLevel                  = 0x80
	writableAccess                = 3 // read and write
)

// A machoFile is one architecture's Mach-O file.
type machoFile struct {
	*file
	order  byteOrder
	wide   bool
	cpu    macho.Cpu
	typ    macho.Type
	flags  uint32
	segs   []segment
	data   segment // where the build information is
	own    bool    // data is a section made for it
	loader bool
	x      *image
}

// readFat reads the first architecture of a fat file.
func readFat(f *file) (*image, error) {
	b, err := f.read(0, 40)
	if err != nil {
		return nil, err
	}
	h := fields{b, binary.BigEndian}
	wide := h.u32() == 0xcafebabf
	if h.u32() == 0 {
		return nil, fmt.Errorf("%w: a fat Mach-O file of no architecture", ErrNotExecutable)
	}
	h.u64() // CPU
	off, size := h.word(wide), h.word(wide)
	part, err := f.part(off, size)
	if err != nil {
		return nil, err
	}
	return readMachO(part)
}

func readMachO(f *file) (*image, error) {
	m, err := newMachO(f)
	if err != nil {
		return nil, err
	}
	if m.loader || m.typ == macho.TypeDylib || m.typ == machoBundle {
		m.x.linkage, m.x.because = link.LinkageDynamic, "macos"
	}
	m.x.goarch = m.goarch()
	m.x.mode = m.linkMode()
	m.x.info = f.findInfo(m.data, m.segs)
	return m.x, nil
}

func newMachO(f *file) (*machoFile, error) {
	b, err := f.read(0, 28)
	if err != nil {
		return nil, err
	}
	m := &machoFile{file: f, order: binary.BigEndian}
	if b[0] != 0xfe {
		m.order = binary.LittleEndian
	}
	h := fields{b, m.order}
	m.wide = h.u32() == macho.Magic64
	m.cpu = macho.Cpu(h.u32())
	h.u32() // CPU subtype
	m.typ = macho.Type(h.u32())
	h.u32() // number of commands; their size is what counts
	size := uint64(h.u32())
	m.flags = h.u32()
	m.x = &image{format: link.FormatMachO, goos: "darwin", linkage: link.LinkageStatic, because: "no LC_LOAD_DYLINKER"}
	switch m.typ {
	case macho.TypeExec:
		m.x.buildmode = "exe"
		if m.flags&macho.FlagPIE != 0 {
			m.x.buildmode = "pie"
		}
	case macho.TypeDylib:
		m.x.buildmode = "c-shared"
	case machoBundle:
		m.x.buildmode = "plugin"
	default:
		return nil, fmt.Errorf("%w: a Mach-O file of type %d", ErrNotExecutable, m.typ)
	}
	off := uint64(28)
	if m.wide {
		off = 32
	}
	b, err = f.read(off, size)
	if err != nil {
		return nil, err
	}
	return m, m.readCommands(b)
}

func (m *machoFile) readCommands(b []byte) error {
	for len(b) >= 8 {
		cmd, size := macho.LoadCmd(m.order.Uint32(b)), uint64(m.order.Uint32(b[4:]))
		if size < 8 || size > uint64(len(b)) {
			return fmt.Errorf("malformed executable: load command %#x of %d bytes", uint32(cmd), size)
		}
		if err := m.command(cmd, b[:size]); err != nil {
			return err
		}
		b = b[size:]
	}
	return nil
}

func (m *machoFile) command(cmd macho.LoadCmd, b []byte) (err error) {
	switch cmd {
	case macho.LoadCmdSegment, macho.LoadCmdSegment64:
		return m.segment(b, cmd == macho.LoadCmdSegment64)
	case macho.LoadCmdDylib, cmdWeakDylib, cmdReexport, cmdUpward, cmdLazyDylib:
		return m.addText(&m.x.needed, b)
	case macho.LoadCmdRpath:
		return m.addText(&m.x.runpath, b)
	case cmdLoadDylinker:
		m.loader = true
		m.x.linkage, m.x.because = link.LinkageDynamic, "LC_LOAD_DYLINKER"
		m.x.interp, err = m.text(b)
	case cmdBuildVers:
		if len(b) >= 12 && m.order.Uint32(b[8:]) != platformMacOS {
			m.x.goos = "ios"
		}
	case cmdMinIPhone:
		m.x.goos = "ios"
	case cmdFuncStarts, cmdDataInCode, cmdSourceVers:
		if m.x.trace != "" {
			break
		}
		m.x.trace = fmt.Sprintf("load command %#x, which only Apple's linker and lld write", uint32(cmd))
	}
	return err
}

func (m *machoFile) addText(l *[]string, b []byte) error {
	s, err := m.text(b)
	if len(*l) > maxNames {
		return errTooMuch
	}
	*l = append(*l, s)
	return err
}

// text is the string of a load command, at the offset after its size.
func (m *machoFile) text(b []byte) (string, error) {
	if len(b) < 12 || uint64(m.order.Uint32(b[8:])) >= uint64(len(b)) {
		return "", errors.New("malformed executable: a load command without its text")
	}
	s, _, _ := strings.Cut(string(b[m.order.Uint32(b[8:]):]), "\x00")
	if len(s) > maxText {
		return "", errTooMuch
	}
	return s, nil
}

// segment reads a segment, and in its sections looks for the build
// information's own, which beats the first writable segment.
func (m *machoFile) segment(b []byte, wide bool) error {
	header, section := 56, 68
	if wide {
		header, section = 72, 80
	}
	if len(b) < header {
		return errors.New("malformed executable: half a segment command")
	}
	h := fields{b[24:], m.order}
	addr, _ := h.word(wide), h.word(wide)
	s := segment{addr: addr, off: h.word(wide), size: h.word(wide)}
	maxAccess, access := h.u32(), h.u32()
	if err := m.holds(s.off, s.size); err != nil {
		return err
	}
	if s.size > 0 {
		m.segs = append(m.segs, s)
	}
	if access == writableAccess && maxAccess == writableAccess && s.size > 0 && m.data.size == 0 {
		m.data = s
	}
	for b = b[header:]; len(b) >= section && !m.own; b = b[section:] {
		if name, _, _ := strings.Cut(string(b[:16]), "\x00"); name == "__go_buildinfo" {
			h := fields{b[32:], m.order}
			addr, size := h.word(wide), h.word(wide)
			m.data, m.own = segment{addr, uint64(h.u32()), size}, true
		}
	}
	return nil
}

// linkMode: Go's linker writes neither the load commands of the trace nor
// two-level namespaces, which Apple's linker and lld always do.
func (m *machoFile) linkMode() link.Text {
	twoLevel := m.flags&flagTwoLevel != 0
	switch {
	case m.x.trace != "" && twoLevel:
		return link.Text{Value: link.ModeExternal, Because: m.x.trace, Certainty: link.Exact}
	case m.x.trace == "" && !twoLevel:
		return link.Text{Value: link.ModeInternal, Because: "no two-level namespace and no load command that only C linkers write", Certainty: link.Exact}
	}
	return link.Text{Because: "traces of both Go's linker and a C linker", Certainty: link.Unknown}
}

func (m *machoFile) goarch() string {
	switch m.cpu {
	case macho.Cpu386:
		return "386"
	case macho.CpuAmd64:
		return "amd64"
	case macho.CpuArm:
		return "arm"
	case macho.CpuArm64:
		return "arm64"
	case macho.CpuPpc:
		return "ppc"
	case macho.CpuPpc64:
		return "ppc64"
	}
	return ""
}
