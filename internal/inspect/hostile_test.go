package inspect

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

const maxAlloc = 100 << 20

// inBounds inspects b, and fails where that takes too much memory or time.
func inBounds(t *testing.T, b []byte) (link.Executable, error) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	exe, err := read(bytes.NewReader(b), int64(len(b)))
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > maxAlloc {
		t.Errorf("allocated: got %d bytes, want at most %d", got, maxAlloc)
	}
	if took > 5*time.Second {
		t.Errorf("time: got %v, want less than 5s", took)
	}
	return exe, err
}

func TestSmall(t *testing.T) {
	exe, err := inBounds(t, plain().bytes())
	if err != nil {
		t.Fatal(err)
	}
	facts := []any{exe.Linkage.Value, exe.Interpreter.Value, exe.Needed.Value, exe.RPath.Value, exe.RunPath.Value,
		exe.Glibc.Value, exe.Glibc.Because, exe.BuildMode, exe.LinkMode.Certainty}
	want := []any{link.LinkageDynamic, "/lib/ld.so", []string{"libc.so.6"}, []string{"/a", "/b"}, []string{"/a", "/b"},
		"2.34", "pthread_create", "pie", link.Unknown}
	if !reflect.DeepEqual(facts, want) {
		t.Errorf("facts: got %q, want %q", facts, want)
	}
}

// TestSmallPorts has the header read in each width and byte order.
func TestSmallPorts(t *testing.T) {
	for _, c := range []struct {
		wide  bool
		order binary.AppendByteOrder
		arch  string
	}{
		{true, binary.LittleEndian, "amd64"}, {false, binary.LittleEndian, "386"},
		{true, binary.BigEndian, "s390x"}, {false, binary.BigEndian, "s390"},
	} {
		s := smallELF{wide: c.wide, order: c.order, typ: elf.ET_EXEC, interp: "/x", text: "\x00libx\x00",
			dyn: [][2]uint64{{uint64(elf.DT_NEEDED), 1}, {uint64(elf.DT_STRTAB), textAt}}}
		exe, err := inBounds(t, s.bytes())
		if err != nil {
			t.Errorf("%s: %v", c.arch, err)
			continue
		}
		got := []string{exe.Build.GOARCH, exe.Interpreter.Value, strings.Join(exe.Needed.Value, " ")}
		if want := []string{c.arch, "/x", "libx"}; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %q, want %q", c.arch, got, want)
		}
	}
}

// TestStaticObjects tells kinds of position-independent files without an
// interpreter apart.
func TestStaticObjects(t *testing.T) {
	base := plain()
	base.interp = ""
	bare := base
	bare.dyn = nil
	debug := base
	debug.dyn = [][2]uint64{{uint64(elf.DT_DEBUG), 0}}
	internal := bare
	internal.progs = []prog{{typ: elf.PT_PHDR, align: pageSize}}
	exec := base
	exec.typ = elf.ET_EXEC
	for _, c := range []struct {
		name              string
		s                 smallELF
		linkage, modeName string
	}{
		{"DF_1_PIE", base, link.LinkageStaticPIE, "pie"},
		{"no DF_1_PIE", base.with(elf.DT_FLAGS_1, 0), link.LinkageDynamic, "c-shared"},
		{"nothing", bare, link.LinkageDynamic, "c-shared"},
		{"DT_DEBUG", debug, link.LinkageStaticPIE, "pie"},
		{"Go's program headers", internal, link.LinkageStaticPIE, "pie"},
		{"ET_EXEC", exec, link.LinkageStatic, "exe"},
	} {
		exe, err := inBounds(t, c.s.bytes())
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if exe.Linkage.Value != c.linkage || exe.BuildMode != c.modeName {
			t.Errorf("%s: got %s %s, want %s %s", c.name, exe.Linkage.Value, exe.BuildMode, c.linkage, c.modeName)
		}
	}
}

// TestHostile has files that claim more than they have, and lists without end.
func TestHostile(t *testing.T) {
	loop := plain()
	loop.tables = bytes.Clone(loop.tables)
	binary.LittleEndian.PutUint16(loop.tables[2:], 0xffff)
	binary.LittleEndian.PutUint32(loop.tables[16+12:], 1<<32-16)
	many := plain()
	for range 20_000 {
		many.dyn = append(many.dyn, [2]uint64{uint64(elf.DT_NEEDED), 1})
	}
	huge := plain()
	huge.progs = []prog{{typ: elf.PT_LOAD, off: 64, size: 4 << 30}}
	long := plain()
	long.interp, long.progs = "", []prog{{typ: elf.PT_INTERP, size: 4 << 30}}
	for _, c := range []struct {
		name string
		s    smallELF
		want string
	}{
		{"version needs that never end", loop, "malformed"},
		{"far too many version needs", plain().with(elf.DT_VERNEEDNUM, 1<<62), ""},
		{"needed libraries without number", many, "malformed"},
		{"a segment of 4 GB", huge, "truncated"},
		{"an interpreter of 4 GB", long, "malformed"},
		{"no string table", plain().with(elf.DT_STRTAB, 1<<40), "no dynamic string table"},
		{"a string outside the table", plain().with(elf.DT_NEEDED, 1<<40), "dynamic string"},
		{"version needs nowhere", plain().with(elf.DT_VERNEED, 1<<40), "nothing at address"},
		{"symbols nowhere", plain().with(elf.DT_SYMTAB, 1<<40), ""},
	} {
		_, err := inBounds(t, c.s.bytes())
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: got %v, want no error", c.name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: got error %v, want one with %q", c.name, err, c.want)
		case errors.Is(err, ErrNotExecutable):
			t.Errorf("%s: got ErrNotExecutable, want another error", c.name)
		}
	}
}

// TestQuadratic has section names that share one long string. Copied for each
// section they are 60 GB: that is what debug/elf would do with this file.
func TestQuadratic(t *testing.T) {
	b := plain().bytes()
	le := binary.LittleEndian
	const name, count = 1 << 20, 60_000
	names := uint64(len(b))
	b = append(b, bytes.Repeat([]byte("x"), name)...)
	b = append(b, 0)
	le.PutUint64(b[40:], uint64(len(b))) // e_shoff
	le.PutUint16(b[58:], 64)
	le.PutUint16(b[60:], count)
	le.PutUint16(b[62:], 1)
	header := make([]byte, 64)
	le.PutUint32(header[4:], uint32(elf.SHT_STRTAB))
	le.PutUint64(header[24:], names)
	le.PutUint64(header[32:], name+1)
	b = append(b, bytes.Repeat(header, count)...)
	if _, err := inBounds(t, b); err != nil {
		t.Error(err)
	}
}

// TestManyOfAll has what a format allows once or twice, thousands of times.
func TestManyOfAll(t *testing.T) {
	le := binary.LittleEndian
	macho := smallMachO()[:32]
	for range 500_000 {
		macho = append(macho, "\x26\x00\x00\x00\x08\x00\x00\x00"...)
	}
	le.PutUint32(macho[20:], uint32(len(macho)-32))
	loads := plain()
	for range 10 {
		loads.progs = append(loads.progs, prog{typ: elf.PT_LOAD, flags: elf.PF_W, addr: 1, size: dynAt})
	}
	const count = 60_000
	sections := plain().bytes()
	le.PutUint64(sections[40:], uint64(len(sections)))
	for i, v := range []uint16{64, count, 1} {
		le.PutUint16(sections[58+2*i:], v)
	}
	header := make([]byte, 64)
	le.PutUint64(header[24:], uint64(len(sections)+64*count))
	le.PutUint64(header[32:], 4096)
	sections = append(sections, bytes.Repeat(header, count)...)
	sections = append(append(sections, ".comment"...), make([]byte, 4096)...)
	for name, b := range map[string][]byte{"load commands": macho, "segments": loads.bytes(), "comments": sections} {
		if _, err := inBounds(t, b); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTruncated cuts a file everywhere: whatever is left must give an error.
func TestTruncated(t *testing.T) {
	whole := plain().bytes()
	for n := range whole {
		if _, err := inBounds(t, whole[:n]); err == nil {
			t.Fatalf("%d of %d bytes: got no error, want one", n, len(whole))
		}
	}
}

func TestNotExecutable(t *testing.T) {
	object := plain()
	object.typ = elf.ET_REL
	core := plain()
	core.typ = elf.ET_CORE
	for name, text := range map[string]string{
		"empty":   "",
		"text":    "#!/bin/sh\necho\n",
		"dos":     "MZ" + strings.Repeat("\x00", 100),
		"class":   "\xca\xfe\xba\xbe\x00\x00\x00\x41" + strings.Repeat("\x00", 100),
		"object":  string(object.bytes()),
		"core":    string(core.bytes()),
		"archive": "!<arch>\nlibx.o/         0           0     0     644     2         `\nxx",
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := File(path); !errors.Is(err, ErrNotExecutable) {
			t.Errorf("%s: got %v, want ErrNotExecutable", name, err)
		}
	}
	if _, err := File(t.TempDir()); !errors.Is(err, ErrNotExecutable) {
		t.Errorf("a folder: got %v, want ErrNotExecutable", err)
	}
	if _, err := File(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: got %v, want os.ErrNotExist", err)
	}
}

type panicking struct{}

func (panicking) ReadAt([]byte, int64) (int, error) { panic("boom") }

func TestPanic(t *testing.T) {
	if _, err := Reader(panicking{}, 100); err == nil || !strings.Contains(err.Error(), "boom") {
		t.Errorf("got %v, want the panic as an error", err)
	}
}
