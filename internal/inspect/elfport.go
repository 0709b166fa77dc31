package inspect

import (
	"bytes"
	"debug/elf"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// goarch is GOARCH by the header alone.
func (e *elfFile) goarch() string {
	return link.GOARCHOf(e.machine, e.wide, e.order.Uint16([]byte{1, 0}) != 1)
}

// goos is GOOS by header, notes and interpreter. Linux is what is left: its
// static programs may say nothing at all, and each other system marks its own.
func (e *elfFile) goos(notes map[string]bool, interp string) string {
	switch e.osabi {
	case elf.ELFOSABI_NETBSD:
		return "netbsd"
	case elf.ELFOSABI_SOLARIS:
		return "solaris"
	case elf.ELFOSABI_FREEBSD:
		return "freebsd"
	case elf.ELFOSABI_OPENBSD:
		return "openbsd"
	}
	for _, owner := range noteOwners[1:] {
		if notes[owner] {
			return strings.ToLower(owner)
		}
	}
	switch {
	case strings.HasPrefix(interp, "/system/bin/linker"):
		return "android"
	case strings.HasSuffix(interp, "/ld.so.1") && (e.machine == elf.EM_X86_64 || e.machine == elf.EM_SPARCV9):
		return "solaris"
	case interp == "/usr/libexec/ld-elf.so.2":
		return "dragonfly"
	}
	return "linux"
}

// noteOwners are the owners of notes that tell something: Go's linker, and
// then systems, by their GOOS in lower case.
var noteOwners = []string{"Go", "Android", "NetBSD", "OpenBSD", "FreeBSD", "DragonFly"}

// notes says which of noteOwners have a note in the file.
func (e *elfFile) notes() map[string]bool {
	found := map[string]bool{}
	e.eachNote(func(owner string, _ uint32, _ []byte) {
		if slices.Contains(noteOwners, owner) {
			found[owner] = true
		}
	})
	return found
}

// eachNote calls f with the notes of the file, as far as they are whole.
func (e *elfFile) eachNote(f func(owner string, kind uint32, desc []byte)) {
	const maxNotes, maxSize, header = 16, 64 << 10, 12
	seen := 0
	for _, p := range e.progs {
		if p.typ != elf.PT_NOTE && p.typ != elf.PT_GNU_PROPERTY || p.size > maxSize {
			continue
		}
		if seen++; seen > maxNotes {
			return
		}
		pad := uint64(4)
		if p.align == 8 {
			pad = 8
		}
		b, err := e.read(p.off, p.size)
		for err == nil && len(b) >= header {
			name, desc := uint64(e.order.Uint32(b)), uint64(e.order.Uint32(b[4:]))
			start := header + up(name, 4)
			if start+desc > uint64(len(b)) {
				break
			}
			f(string(bytes.TrimRight(b[header:header+name], "\x00")), e.order.Uint32(b[8:]), b[start:start+desc])
			b = b[min(up(start+desc, pad), uint64(len(b))):]
		}
	}
}

func up(n, to uint64) uint64 { return (n + to - 1) / to * to }
