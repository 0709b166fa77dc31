package inspect

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// withSymbols is a library of n dynamic symbols whose names are at every step-th
// byte of text; section 0 has others define them.
func withSymbols(text string, n, step int, section uint16) []byte {
	const at = 1 << 16
	le := binary.LittleEndian
	table := []byte(text)
	symbols := len(table)
	table = append(table, make([]byte, 24*(n+1))...)
	for i := 1; i <= n; i++ {
		s := table[symbols+24*i:]
		le.PutUint32(s, uint32(1+i*step%(len(text)-1)))
		s[4] = 1 << 4 // global
		le.PutUint16(s[6:], section)
	}
	hash := len(table)
	for _, v := range []uint32{1, uint32(n + 1), 0, 0} {
		table = le.AppendUint32(table, v)
	}
	s := smallELF{wide: true, order: le, typ: elf.ET_DYN, progs: []prog{{typ: elf.PT_LOAD, off: at, addr: at, size: uint64(len(table))}}}
	s.dyn = [][2]uint64{{uint64(elf.DT_STRTAB), at}, {uint64(elf.DT_STRSZ), uint64(len(text))},
		{uint64(elf.DT_SYMTAB), at + uint64(symbols)}, {uint64(elf.DT_HASH), at + uint64(hash)}}
	b := s.bytes()
	return append(append(b, make([]byte, at-len(b))...), table...)
}

// TestManySymbols: all of a library's exports are read, or none: who misses one
// in a part would say that the library lacks it.
func TestManySymbols(t *testing.T) {
	var short strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&short, "\x00s%05d", i)
	}
	long := "\x00" + strings.Repeat(strings.Repeat("x", 4000)+"\x00", 4)
	for _, c := range []struct {
		name string
		file []byte
		want int
	}{
		{"as large libraries have", withSymbols(short.String()+"\x00", 99_999, 7, 1), 99_999},
		{"more than any", withSymbols(short.String()+"\x00", maxSymbols+1, 7, 1), 0},
		{"names that overlap", withSymbols(long, 16_000, 1, 1), 0},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		x, err := ExportsOf(bytes.NewReader(c.file), int64(len(c.file)))
		runtime.ReadMemStats(&after)
		if len(x) != c.want || (err == nil) != (c.want > 0) {
			t.Errorf("%s: got %d exports, %v, want %d", c.name, len(x), err, c.want)
		}
		if got := after.TotalAlloc - before.TotalAlloc; got > maxAlloc {
			t.Errorf("%s: got %d bytes allocated, want at most %d", c.name, got, maxAlloc)
		}
	}
}

// TestManyImports: what a program keeps of its imports has a bound, and a list
// that is not whole is none.
func TestManyImports(t *testing.T) {
	for text, want := range map[string]int{"\x00" + strings.Repeat("abcdefg\x00", 4): 1000, "\x00" + strings.Repeat("x", 4000) + "\x00": 0} {
		file := withSymbols(text, 1000, 8, 0)
		if want == 0 {
			file = withSymbols(text, 2000, 1, 0)
		}
		o, err := Object(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		if len(o.Imports) != want {
			t.Errorf("names of %d bytes: got %d imports, want %d", len(text), len(o.Imports), want)
		}
	}
}
