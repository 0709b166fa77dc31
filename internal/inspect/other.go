package inspect

import (
	"bytes"
	"debug/macho"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// onlyLinker is the link mode where Go's linker has nobody to hand over to.
func onlyLinker(port string) link.Text {
	return link.Text{Value: link.ModeInternal, Because: "there is no external linking on " + port, Certainty: link.Exact}
}

// readPlan9 reads a Plan 9 file: a header, the text, the data.
func readPlan9(f *file) (*image, error) {
	b, err := f.read(0, 32)
	if err != nil {
		return nil, err
	}
	h := fields{b, binary.BigEndian}
	m, text, data := h.u32(), uint64(h.u32()), uint64(h.u32())
	x := &image{
		format: link.FormatPlan9, goos: "plan9", buildmode: "exe",
		linkage: link.LinkageStatic, because: "plan9", mode: onlyLinker("plan9"),
	}
	header := uint64(32)
	switch m {
	case 0x8a97:
		x.goarch, header = "amd64", 40
	case 0x1eb:
		x.goarch = "386"
	case 0x647:
		x.goarch = "arm"
	}
	if err := f.holds(header, text+data); err != nil {
		return nil, err
	}
	x.trace = "plan9"
	// The data begins on a page, wherever that is.
	x.info = f.findInfo(segment{0, header + text, data}, nil)
	return x, nil
}

// readWasm reads a WebAssembly module. Its name for the system it imports from
// is near the start, as is the section that Go's linker begins with.
func readWasm(f *file) (*image, error) {
	b, err := f.head(64 << 10)
	if err != nil {
		return nil, err
	}
	x := &image{
		format: link.FormatWasm, goarch: "wasm", buildmode: "exe",
		linkage: link.LinkageNone, because: "wasm", mode: onlyLinker("wasm"),
	}
	switch {
	case bytes.Contains(b, []byte("wasi_snapshot_preview1")):
		x.goos = "wasip1"
	case bytes.Contains(b, []byte("\x04gojs")), bytes.Contains(b, []byte("\x02go")):
		x.goos = "js"
	}
	x.goTrace = bytes.Contains(b[:min(len(b), 64)], []byte("go:buildid"))
	return x, nil
}

// readArchive reads a -buildmode=c-archive or -buildmode=archive file, by its
// first members: the one has go.o, which is all of the program's Go code, the
// other __.PKGDEF.
func readArchive(f *file) (*image, error) {
	const header, tables = 60, 3 // symbol and name tables come first
	off := uint64(8)
	for range tables + 1 {
		if f.size-off < header {
			break
		}
		b, err := f.read(off, header)
		if err != nil {
			return nil, err
		}
		size, err := strconv.ParseUint(strings.TrimRight(string(b[48:58]), " "), 10, 40)
		if err != nil {
			return nil, fmt.Errorf("malformed archive: member of size %q", b[48:58])
		}
		member, err := f.part(off+header, size)
		if err != nil {
			return nil, err
		}
		switch name := strings.TrimRight(string(b[:16]), " /"); name {
		case "go.o":
			return cArchive(member)
		case "__.PKGDEF":
			return &image{buildmode: "archive", linkage: link.LinkageNone, because: "an archive", goTrace: true,
				mode: link.Text{Value: link.ModeNone, Because: "a package archive is not linked", Certainty: link.Exact}}, nil
		}
		if off += header + size + size%2; off > f.size {
			break
		}
	}
	return nil, fmt.Errorf("%w: an archive without go.o", ErrNotExecutable)
}

// cArchive describes a C archive by its go.o.
func cArchive(member *file) (*image, error) {
	x := &image{buildmode: "c-archive", linkage: link.LinkageNone, because: "an archive", goTrace: true,
		mode: link.Text{Value: link.ModeExternal, Because: "buildmode=c-archive", Certainty: link.Exact}}
	b, err := member.head(20)
	if err != nil {
		return nil, err
	}
	switch {
	case magic("\x7fELF")(b):
		e, err := newELF(member)
		if err != nil {
			return nil, err
		}
		e.readSections()
		x.format, x.goarch, x.goos = link.FormatELF, e.goarch(), e.goos(nil, "")
		x.info = e.buildInfo()
	case magic("\xcf\xfa\xed\xfe", "\xce\xfa\xed\xfe")(b) && len(b) >= 8:
		m := &machoFile{cpu: macho.Cpu(binary.LittleEndian.Uint32(b[4:]))}
		x.format, x.goos, x.goarch = link.FormatMachO, "darwin", m.goarch()
	case len(b) >= 2:
		p := &peFile{machine: binary.LittleEndian.Uint16(b)}
		if x.goarch = p.goarch(); x.goarch != "" {
			x.format, x.goos = link.FormatPE, "windows"
		}
	}
	return x, nil
}
