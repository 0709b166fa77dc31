package inspect

import (
	"bytes"
	"encoding/binary"
	"runtime/debug"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// The linker leaves, near the start of the data, a header of 32 bytes that
// begins with this, at an address that 16 divides.
const (
	infoMagic  = "\xff Go buildinf:"
	infoHeader = 32
	infoAlign  = 16
	maxInfo    = 1 << 20 // bytes of build information that are believed

	flagBigEndian = 1
	flagInline    = 2 // Go 1.18 and newer: the strings follow the header
)

// A buildInfo is what the go command noted in the program.
type buildInfo struct {
	version  string
	path     string
	settings map[string]string
}

// findInfo looks for build information in the data that starts at data, nil
// where there is none. Old releases refer to strings in segs.
func (f *file) findInfo(data segment, segs []segment) *buildInfo {
	off, ok := f.findMagic(data)
	if !ok {
		return nil
	}
	head, err := f.read(off, infoHeader)
	if err != nil {
		return nil
	}
	var version, mod string
	if head[15]&flagInline != 0 {
		version, mod, ok = f.inlineInfo(off + infoHeader)
	} else {
		version, mod, ok = f.pointedInfo(head, segs)
	}
	if !ok || version == "" {
		return nil
	}
	return parseInfo(version, mod)
}

// findMagic returns the file offset of the header.
func (f *file) findMagic(data segment) (uint64, bool) {
	data.size = min(data.size, f.size-min(f.size, data.off))
	buf := make([]byte, min(data.size, 256<<10))
	for data.size >= infoHeader {
		b := buf[:min(uint64(len(buf)), data.size)]
		if f.readAt(b, data.off) != nil {
			return 0, false
		}
		for i := 0; ; i++ {
			n := bytes.Index(b[i:], []byte(infoMagic))
			if n < 0 {
				break
			}
			if i += n; (data.addr+uint64(i))%infoAlign == 0 {
				return data.off + uint64(i), true
			}
		}
		if len(b) <= infoHeader {
			break
		}
		// The next piece begins with the end of this one, so that a header
		// on the border is whole in one of them.
		n := uint64(len(b) - infoHeader)
		data = segment{data.addr + n, data.off + n, data.size - n}
	}
	return 0, false
}

// inlineInfo reads version and modules as strings that their lengths precede.
func (f *file) inlineInfo(off uint64) (version, mod string, ok bool) {
	if version, off, ok = f.countedString(off); !ok {
		return "", "", false
	}
	mod, _, ok = f.countedString(off)
	return version, mod, ok
}

func (f *file) countedString(off uint64) (s string, end uint64, ok bool) {
	if off >= f.size {
		return "", 0, false
	}
	b, err := f.read(off, min(binary.MaxVarintLen64, f.size-off))
	if err != nil {
		return "", 0, false
	}
	size, n := binary.Uvarint(b)
	if n <= 0 || size > maxInfo {
		return "", 0, false
	}
	text, err := f.read(off+uint64(n), size)
	return string(text), off + uint64(n) + size, err == nil
}

// pointedInfo reads version and modules where the header has the addresses of
// two Go strings, as releases before Go 1.18 wrote it.
func (f *file) pointedInfo(head []byte, segs []segment) (version, mod string, ok bool) {
	var order byteOrder = binary.LittleEndian
	if head[15]&flagBigEndian != 0 {
		order = binary.BigEndian
	}
	wide := head[14] == 8
	if !wide && head[14] != 4 {
		return "", "", false
	}
	pointers := fields{head[16:], order}
	if version, ok = f.goString(pointers.word(wide), segs, order, wide); !ok {
		return "", "", false
	}
	// A program built outside any module has none.
	mod, _ = f.goString(pointers.word(wide), segs, order, wide)
	return version, mod, true
}

// goString reads the string whose header, address and length, is at addr.
func (f *file) goString(addr uint64, segs []segment, order byteOrder, wide bool) (string, bool) {
	size := uint64(8)
	if wide {
		size = 16
	}
	s, ok := at(segs, addr)
	if !ok || s.size < size {
		return "", false
	}
	b, err := f.read(s.off, size)
	if err != nil {
		return "", false
	}
	header := fields{b, order}
	text, n := header.word(wide), header.word(wide)
	if s, ok = at(segs, text); !ok || n > s.size || n > maxInfo {
		return "", false
	}
	b, err = f.read(s.off, n)
	return string(b), err == nil
}

func parseInfo(version, mod string) *buildInfo {
	info := &buildInfo{version: version, settings: map[string]string{}}
	// The module text stands between two marks of 16 bytes each.
	if len(mod) < 33 || mod[len(mod)-17] != '\n' {
		return info
	}
	bi, err := debug.ParseBuildInfo(mod[16 : len(mod)-16])
	if err != nil {
		return info
	}
	info.path = bi.Path
	for _, s := range bi.Settings {
		info.settings[s.Key] = s.Value
	}
	return info
}

func (i *buildInfo) setting(key string) string { return i.settings[key] }

// describe adds what the build information tells to exe.
func (i *buildInfo) describe(exe *link.Executable) {
	exe.Package, exe.GoVersion, exe.Settings = i.path, i.version, i.settings
	b := &exe.Build
	if s := i.setting("GOOS"); s != "" {
		b.GOOS = s
	}
	if s := i.setting("GOARCH"); s != "" {
		b.GOARCH = s
	}
	b.CgoEnabled = i.setting("CGO_ENABLED") == "1"
	if s := i.setting("-tags"); s != "" {
		b.Tags = strings.Split(s, ",")
	}
	if s := i.setting("-buildmode"); s != "" {
		exe.BuildMode = s
	}
	b.BuildMode = exe.BuildMode
	b.Compiler = i.setting("-compiler")
	b.Race = i.setting("-race") == "true"
	b.MSan = i.setting("-msan") == "true"
	b.ASan = i.setting("-asan") == "true"
}
