package inspect

import (
	"bytes"
	"encoding/binary"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// smallMachO is a Mach-O file as Apple's linker lays it out.
func smallMachO() []byte {
	le := binary.LittleEndian
	text := func(cmd uint32, at int, s string) []byte {
		b := make([]byte, (at+len(s)+8)&^7)
		le.PutUint32(b, cmd)
		le.PutUint32(b[4:], uint32(len(b)))
		le.PutUint32(b[8:], uint32(at))
		copy(b[at:], s)
		return b
	}
	seg := make([]byte, 72+80)
	le.PutUint32(seg, 0x19)
	le.PutUint32(seg[4:], uint32(len(seg)))
	le.PutUint64(seg[48:], 512) // bytes in the file
	copy(seg[72:], "__go_buildinfo")
	cmds := bytes.Join([][]byte{
		seg, text(0xe, 12, "/usr/lib/dyld"), text(0xc, 24, "/usr/lib/libz.dylib"),
		text(0x8000001c, 12, "@loader_path"), text(0x26, 12, ""),
	}, nil)
	var b []byte
	for _, v := range []uint32{0xfeedfacf, 0x0100000c, 0, 2, 5, uint32(len(cmds)), 0x200085, 0} {
		b = le.AppendUint32(b, v)
	}
	return append(append(b, cmds...), make([]byte, 512)...)
}

func TestSmallMachO(t *testing.T) {
	b := smallMachO()
	exe, err := inBounds(t, b)
	if err != nil {
		t.Fatal(err)
	}
	got := []any{exe.Build.GOARCH, exe.BuildMode, exe.Interpreter.Value, exe.Needed.Value, exe.RunPath.Value, exe.LinkMode.Value}
	want := []any{"arm64", "pie", "/usr/lib/dyld", []string{"/usr/lib/libz.dylib"}, []string{"@loader_path"}, link.ModeNone}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	m, err := newMachO(newFile(bytes.NewReader(b), int64(len(b))))
	if err != nil {
		t.Fatal(err)
	}
	if got := m.linkMode(); got.Value != link.ModeExternal {
		t.Errorf("link mode: got %+v, want external", got)
	}
	if _, err := inBounds(t, b[:500]); err == nil || !strings.Contains(err.Error(), "truncated") {
		t.Errorf("cut off: got %v, want a truncated executable", err)
	}
}

// smallPE is a PE file as GNU ld marks it, with two imported DLLs.
func smallPE() []byte {
	le := binary.LittleEndian
	const header, optional, sections, data = 0x40, 0x58, 0x58 + 240, 0x200
	b := make([]byte, 0x400)
	copy(b, "MZ")
	le.PutUint32(b[60:], header)
	copy(b[header:], "PE\x00\x00")
	le.PutUint16(b[header+4:], 0x8664)
	le.PutUint16(b[header+6:], 1)
	le.PutUint16(b[header+20:], 240)
	le.PutUint16(b[optional:], 0x20b)
	b[optional+2], b[optional+3] = 2, 40
	le.PutUint64(b[optional+24:], 0x140000000)
	le.PutUint32(b[optional+108:], 16)
	le.PutUint32(b[optional+112+8:], 0x1000) // imports
	for i, v := range []uint32{0x200, 0x1000, 0x200, data, 0, 0, 0, 0xc0000040} {
		le.PutUint32(b[sections+8+4*i:], v)
	}
	le.PutUint32(b[data+12:], 0x1100)
	le.PutUint32(b[data+20+12:], 0x1110)
	copy(b[data+0x100:], "KERNEL32.dll")
	copy(b[data+0x110:], "msvcrt.dll")
	return b
}

func TestSmallPE(t *testing.T) {
	b := smallPE()
	exe, err := inBounds(t, b)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"kernel32.dll", "msvcrt.dll"}; !reflect.DeepEqual(exe.Needed.Value, want) {
		t.Errorf("needed: got %q, want %q", exe.Needed.Value, want)
	}
	p, err := newPE(newFile(bytes.NewReader(b), int64(len(b))))
	if err != nil {
		t.Fatal(err)
	}
	if got := p.linkMode(); got.Value != link.ModeExternal || got.Because != "linker version 2.40" {
		t.Errorf("link mode: got %+v, want external by linker version 2.40", got)
	}
	if _, err := inBounds(t, b[:0x300]); err == nil || errors.Is(err, ErrNotExecutable) {
		t.Errorf("cut off: got %v, want a truncated executable", err)
	}
}

// TestOldInfo has build information as releases before Go 1.18 wrote it: the
// header refers to Go strings elsewhere in the data.
func TestOldInfo(t *testing.T) {
	const mark = "0123456789abcdef"
	mod := mark + "path\texample.com/old\n" + mark
	for _, c := range []struct {
		name  string
		order binary.AppendByteOrder
		size  byte
		flags byte
	}{
		{"64 bits", binary.LittleEndian, 8, 0},
		{"32 bits", binary.LittleEndian, 4, 0},
		{"big endian", binary.BigEndian, 8, flagBigEndian},
	} {
		const base = 0x1000
		b := make([]byte, 0x200)
		put := func(at int, vs ...uint64) {
			for i, v := range vs {
				word := c.order.AppendUint64(nil, v)
				if c.size == 4 {
					word = c.order.AppendUint32(nil, uint32(v))
				}
				copy(b[at+i*int(c.size):], word)
			}
		}
		copy(b[0x20:], infoMagic)
		b[0x20+14], b[0x20+15] = c.size, c.flags
		put(0x30, base+0x60, base+0x80)
		put(0x60, base+0xa0, 6)
		put(0x80, base+0xc0, uint64(len(mod)))
		copy(b[0xa0:], "go1.14")
		copy(b[0xc0:], mod)
		data := segment{base, 0, uint64(len(b))}
		info := newFile(bytes.NewReader(b), int64(len(b))).findInfo(data, []segment{data})
		if info == nil || info.version != "go1.14" || info.path != "example.com/old" {
			t.Errorf("%s: got %+v, want go1.14 example.com/old", c.name, info)
		}
	}
}
