package inspect

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// Numbers of AIX's XCOFF format.
const (
	xcoffExec    = 0x0002 // file flag: executable
	xcoffShared  = 0x2000 // file flag: shared object
	xcoffData    = 0x0040 // section types
	xcoffLoader  = 0x1000
	xcoffMagic64 = 0x01f7
)

type xcoffFile struct {
	*file
	wide         bool
	segs         []segment
	data, loader segment
}

func readXCOFF(f *file) (*image, error) {
	c := &xcoffFile{file: f}
	flags, err := c.readHeaders()
	if err != nil {
		return nil, err
	}
	if flags&(xcoffExec|xcoffShared) == 0 {
		return nil, fmt.Errorf("%w: an object file", ErrNotExecutable)
	}
	x := &image{
		format: link.FormatXCOFF, goos: "aix", goarch: "ppc",
		linkage: link.LinkageDynamic, because: "aix", buildmode: "exe",
		mode: link.Text{Because: "not known of XCOFF files", Certainty: link.Unknown},
	}
	if c.wide {
		x.goarch = "ppc64"
	}
	if x.needed, x.runpath, err = c.libraries(); err != nil {
		return nil, err
	}
	x.info = f.findInfo(c.data, c.segs)
	return x, nil
}

// readHeaders reads the sections and returns the file's flags.
func (c *xcoffFile) readHeaders() (flags uint16, err error) {
	b, err := c.read(0, 20)
	if err != nil {
		return 0, err
	}
	h := fields{b, binary.BigEndian}
	c.wide = h.u16() == xcoffMagic64
	count := uint64(h.u16())
	h.u32()        // date
	h.word(c.wide) // symbol table
	off := uint64(20)
	if c.wide {
		off = 24
	} else {
		h.u32() // number of symbols
	}
	optional := uint64(h.u16())
	flags = h.u16()
	size := uint64(40)
	if c.wide {
		size = 72
	}
	b, err = c.read(off+optional, count*size)
	if err != nil {
		return 0, err
	}
	for ; uint64(len(b)) >= size; b = b[size:] {
		c.section(b)
	}
	return flags, nil
}

func (c *xcoffFile) section(b []byte) {
	h := fields{b[8:], binary.BigEndian} // after the name
	h.word(c.wide)                       // physical address
	addr, size, off := h.word(c.wide), h.word(c.wide), h.word(c.wide)
	h.word(c.wide) // relocations
	h.word(c.wide) // line numbers
	h.u32()        // counts of both
	if c.wide {
		h.u32()
	}
	s := segment{addr, off, size}
	switch h.u32() & 0xffff {
	case xcoffData:
		c.data = s
		c.segs = append(c.segs, s)
	case xcoffLoader:
		c.loader = s
	default:
		if off != 0 {
			c.segs = append(c.segs, s)
		}
	}
}

// libraries reads the import file names of the loader section: three strings
// each, path, file and member. The first is no library but the search path.
func (c *xcoffFile) libraries() (needed, runpath []string, err error) {
	if c.loader.size == 0 {
		return nil, nil, nil
	}
	b, err := c.read(c.loader.off, min(c.loader.size, 40))
	if err != nil {
		return nil, nil, err
	}
	if len(b) < 32 || c.wide && len(b) < 40 {
		return nil, nil, errors.New("malformed executable: half a loader section")
	}
	h := fields{b, binary.BigEndian}
	h.take(16) // version, symbols, relocations; 64 bits: the table's size
	count := h.u32()
	if c.wide {
		h.u32() // size of the string table
	}
	off := h.word(c.wide)
	if count > maxNames || off > c.loader.size {
		return nil, nil, errTooMuch
	}
	next, end := c.loader.off+off, c.loader.off+c.loader.size
	for i := range count {
		var name [3]string
		for j := range name {
			if name[j], err = c.cstring(next, end); err != nil {
				return nil, nil, err
			}
			next += uint64(len(name[j])) + 1
		}
		if i == 0 {
			runpath = searchPath(name[0])
			continue
		}
		needed = append(needed, importName(name))
	}
	return needed, runpath, nil
}

// importName writes path, file and member as cgo_import_dynamic lines do.
func importName(name [3]string) string {
	s := name[1]
	if name[0] != "" {
		s = name[0] + "/" + s
	}
	if name[2] != "" {
		s += "/" + name[2]
	}
	return s
}
