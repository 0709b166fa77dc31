// What C compilers note about the processors of an ARM file: the attributes of
// its build, which linkers put together (Addenda to the ABI for the Arm
// Architecture, "Build attributes").

package inspect

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
)

const (
	armAttributes   = 0x70000003 // SHT_ARM_ATTRIBUTES
	wholeFile       = 1          // Tag_File: what is said of the whole file
	maxArmAttribute = 64 << 10   // bytes; real ones have fifty
)

// armLevel is the GOARM of the processors that the C code of the file was compiled
// for, and 8 for ARMv8; "" where nothing notes it, as in what Go's linker made.
func (e *elfFile) armLevel() string {
	const header = 40
	b, err := e.read(e.shoff, e.shnum*header)
	if e.shoff == 0 || err != nil {
		return ""
	}
	for ; len(b) >= header; b = b[header:] {
		if _, s := e.section(b); s.typ == elf.SectionType(armAttributes) && s.size <= maxArmAttribute {
			text, err := e.read(s.off, s.size)
			if err != nil || len(text) == 0 || text[0] != 'A' {
				return ""
			}
			return armLevelOf(text[1:], e.order)
		}
	}
	return ""
}

// armLevelOf looks for what the ABI itself defines for the file as a whole.
func armLevelOf(text []byte, order byteOrder) string {
	vendor, ok := counted(text, 0, order)
	for ; ok; vendor, ok = counted(text, 0, order) {
		text = text[4+len(vendor):]
		owner, of, found := bytes.Cut(vendor, []byte{0})
		if !found || string(owner) != "aeabi" {
			continue
		}
		for scope, ok := counted(of, 1, order); ok; scope, ok = counted(of, 1, order) {
			if of[0] == wholeFile {
				return armLevelIn(scope)
			}
			of = of[5+len(scope):]
		}
	}
	return ""
}

// counted is what follows a length at that place, which counts itself and what is
// before it.
func counted(text []byte, at int, order byteOrder) ([]byte, bool) {
	if len(text) < at+4 {
		return nil, false
	}
	n := order.Uint32(text[at:])
	if uint64(n) < uint64(at+4) || uint64(n) > uint64(len(text)) {
		return nil, false
	}
	return text[at+4 : n], true
}

// armLevelIn reads a list of tags, each with a number or a text.
func armLevelIn(list []byte) string {
	const rawName, name, arch, floats, compatible = 4, 5, 6, 10, 32
	var processor, float uint64
	for len(list) > 0 {
		tag, n := binary.Uvarint(list)
		if n <= 0 {
			return ""
		}
		list = list[n:]
		text := tag == rawName || tag == name || tag > compatible && tag%2 == 1
		if !text {
			value, n := binary.Uvarint(list)
			if n <= 0 {
				return ""
			}
			list = list[n:]
			switch tag {
			case arch:
				processor = value
			case floats:
				float = value
			}
		}
		if text || tag == compatible {
			_, list, _ = bytes.Cut(list, []byte{0})
		}
	}
	return armLevelBy(processor, float)
}

// armLevelBy goes by Tag_CPU_arch and Tag_FP_arch: GOARM=6 takes floating point
// hardware as well, and GOARM=7 that of VFPv3.
func armLevelBy(processor, float uint64) string {
	const v6, v7, v6M, v7EM, v8 = 6, 10, 11, 13, 14
	const vfp, vfp3, vfp8 = 1, 3, 7
	switch {
	case processor >= v8, float >= vfp8:
		return "8"
	case processor == v7, processor == v7EM, float >= vfp3:
		return "7"
	case processor >= v6 && processor <= v6M+1, float >= vfp:
		return "6"
	}
	return "5"
}
