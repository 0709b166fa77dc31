package inspect

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

const (
	budget   = 48 << 20 // bytes that one inspection may read
	maxTable = 8 << 20  // bytes of one table
	maxText  = 4096     // bytes of one string: Linux's PATH_MAX
	maxNames = 1024     // entries of one list of names
)

var errTooMuch = errors.New("malformed executable: more to read than any real one has")

// A file is a bounded reader. No size that the file itself claims leads to an
// allocation before it is known that the file has so many bytes.
type file struct {
	r     io.ReaderAt
	size  uint64
	spent *uint64
	text  []byte // buffer of cstring
}

func newFile(r io.ReaderAt, size int64) *file {
	return &file{r: r, size: uint64(size), spent: new(uint64)}
}

// part is the part of f that starts at off; it shares f's budget.
func (f *file) part(off, size uint64) (*file, error) {
	if err := f.holds(off, size); err != nil {
		return nil, err
	}
	return &file{r: io.NewSectionReader(f.r, int64(off), int64(size)), size: size, spent: f.spent}, nil
}

// holds gives an error where the file has no n bytes at offset off.
func (f *file) holds(off, n uint64) error {
	if off > f.size || n > f.size-off {
		return fmt.Errorf("truncated executable: %d bytes at offset %d, but the file has %d", n, off, f.size)
	}
	return nil
}

// readAt fills b from the file's offset off.
func (f *file) readAt(b []byte, off uint64) error {
	n := uint64(len(b))
	if err := f.holds(off, n); err != nil {
		return err
	}
	if *f.spent += n; *f.spent > budget {
		return errTooMuch
	}
	if n, err := f.r.ReadAt(b, int64(off)); n < len(b) {
		return err
	}
	return nil
}

// read returns the n bytes at offset off.
func (f *file) read(off, n uint64) ([]byte, error) {
	if err := f.holds(off, n); err != nil {
		return nil, err
	}
	if n > maxTable || n > budget-min(budget, *f.spent) {
		return nil, errTooMuch
	}
	b := make([]byte, n)
	return b, f.readAt(b, off)
}

// head returns the first n bytes, or all where there are fewer.
func (f *file) head(n uint64) ([]byte, error) { return f.read(0, min(n, f.size)) }

// cstring returns the string at offset off, which ends with a zero byte before
// offset end.
func (f *file) cstring(off, end uint64) (string, error) {
	end = min(end, f.size)
	if off >= end {
		return "", fmt.Errorf("malformed executable: a string at offset %d, where its table has ended", off)
	}
	if f.text == nil {
		f.text = make([]byte, maxText)
	}
	// Names are short: most are had with the first, small read.
	for _, n := range []uint64{128, maxText} {
		b := f.text[:min(n, end-off)]
		if err := f.readAt(b, off); err != nil {
			return "", err
		}
		if i := bytes.IndexByte(b, 0); i >= 0 {
			return string(b[:i]), nil
		}
	}
	return "", fmt.Errorf("malformed executable: the string at offset %d has no end", off)
}

// A segment is a part of a file and the address it is loaded at.
type segment struct{ addr, off, size uint64 }

// at returns what is left of the segment that holds addr, from addr on.
func at(segs []segment, addr uint64) (segment, bool) {
	for _, s := range segs {
		if d := addr - s.addr; addr >= s.addr && d < s.size {
			return segment{addr, s.off + d, s.size - d}, true
		}
	}
	return segment{}, false
}

// fields reads numbers one after the other out of a fixed header.
type fields struct {
	b     []byte
	order byteOrder
}

type byteOrder interface {
	Uint16([]byte) uint16
	Uint32([]byte) uint32
	Uint64([]byte) uint64
}

func (f *fields) take(n int) []byte {
	b := f.b[:n]
	f.b = f.b[n:]
	return b
}

func (f *fields) u16() uint16 { return f.order.Uint16(f.take(2)) }
func (f *fields) u32() uint32 { return f.order.Uint32(f.take(4)) }
func (f *fields) u64() uint64 { return f.order.Uint64(f.take(8)) }

// word reads a number of 8 bytes where wide, else of 4.
func (f *fields) word(wide bool) uint64 {
	if wide {
		return f.u64()
	}
	return uint64(f.u32())
}
