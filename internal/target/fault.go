package target

import "fmt"

// A Fault is why a loader cannot use what is at a path.
type Fault string

const (
	Loop    Fault = "loop"    // links that go round in circles
	Dir     Fault = "folder"  // a folder
	Device  Fault = "special" // a device, a pipe or a socket
	Short   Fault = "short"   // too short for the header of an ELF file
	NotELF  Fault = "not-elf" // no ELF file
	Unread  Fault = "unread"  // it was not told what loaders make of it
	NoFault Fault = ""
)

var faults = []Fault{Loop, Dir, Device, Short, NotELF, Unread}

// shortest is the size of ELFCLASS32's header, and longest that of ELFCLASS64's.
const shortest, longest = 52, 64

// FaultOf is that of a regular file by its size and its first bytes.
func FaultOf(size int64, head []byte) Fault {
	const magic = "\x7fELF"
	switch {
	case size < shortest:
		return Short
	case size >= longest && len(head) >= len(magic) && string(head[:len(magic)]) != magic:
		return NotELF
	}
	return NoFault
}

// unusable is a library that is there, and has a fault.
const unusable Presence = "unusable"

// A fault is that of the library that ended a search, and the path by which the
// loader came to it.
type fault struct {
	Fault
	path string
}

// glibc is what its loader says of the library (elf/dl-load.c, open_verify). It
// has words for few of the system's errors, and numbers for these: ELOOP, EISDIR.
func (f fault) glibc() string {
	switch f.Fault {
	case Loop:
		return f.path + ": cannot open shared object file: Error 40"
	case Dir:
		return f.path + ": cannot read file data: Error 21"
	case Short:
		return f.path + ": file too short"
	}
	return f.path + ": invalid ELF header"
}

// musl is the error that its loader ends with, in musl's words for it
// (ldso/dynlink.c, path_open and map_library).
func (f fault) musl() string {
	return map[Fault]string{Loop: "Symbolic link loop", Dir: "Is a directory", Short: "Exec format error", NotELF: "Exec format error"}[f.Fault]
}

func (f Fault) String() string {
	return map[Fault]string{Loop: "a link that goes round in circles", Dir: "a folder", Device: "a device or a pipe",
		Short: "a file that is too short for a library", NotELF: "no ELF file"}[f]
}

// faulty is the verdict on a library with a fault.
func (p *process) faulty(name string, by *loaded) Verdict {
	because := fmt.Sprintf("%s of %s is %s, and %s needs it", p.fault.path, p.j.t.Name, p.fault.Fault, shortName(by))
	switch {
	case p.fault.Fault == Device:
		return unknown(because)
	case p.loader.Loader.Libc == "glibc":
		return fails(BadLibrary, fmt.Sprintf("%s: error while loading shared libraries: %s", p.j.file, p.fault.glibc()), "%s", because)
	}
	return fails(BadLibrary, fmt.Sprintf("Error loading shared library %s: %s (needed by %s)", name, p.fault.musl(), by.name), "%s", because)
}

// faultyInterpreter is the verdict on an interpreter with a fault: the kernel's
// errors are ELOOP, EACCES, EIO and ELIBBAD (fs/exec.c, fs/binfmt_elf.c).
func (j *judgement) faultyInterpreter(path string, f Fault) Verdict {
	kind := map[Fault]Kind{Loop: LoopedInterpreter, Dir: NotPermitted, Device: NotPermitted, Short: ShortInterpreter, NotELF: BadInterpreter}[f]
	return fails(kind, j.t.kernel(kind, j.file, path), "%s of %s, the interpreter that the executable names, is %s", path, j.t.Name, f)
}

// notThere is what glibc's loader says of a library that it has not found: it
// tells of those that it passed over because they are for machines of another
// size.
func (p *process) notThere() (Kind, string) {
	switch {
	case !p.otherClass:
		return NoLibrary, "cannot open shared object file: No such file or directory"
	case wide(p.arch()):
		return BadLibrary, "wrong ELF class: ELFCLASS32"
	}
	return BadLibrary, "wrong ELF class: ELFCLASS64"
}
