package link

import "debug/elf"

// An Object is what the kernel and a dynamic loader go by in one ELF file: an
// executable, a shared library or a loader. It is read from a finished file;
// for a prediction it is put together from what is known.
type Object struct {
	Machine Machine
	Fixed   bool   // ET_EXEC: loaded at the addresses that it names
	Interp  string // PT_INTERP, "" where there is none
	Soname  string

	Needed  []string // DT_NEEDED, in order
	RPath   []string // DT_RPATH, which counts only without a RUNPATH
	RunPath []string // DT_RUNPATH
	BindNow bool     // every symbol is looked up at start

	NoDefault bool   // what it needs is not looked for in the loader's own folders (DF_1_NODEFLIB)
	PackedRel bool   // it has relative relocations that old loaders pass over (DT_RELR)
	Level     string // of x86-64 or ARM that its notes ask for, as GOAMD64 and GOARM have it; "" for none

	Needs   []Need   // symbol versions that it needs, in the file's order
	Defines []string // symbol versions that it defines, in the file's order
	Imports []Import // dynamic symbols that others have to define, as they are relocated
	// Exports are the names that an executable defines for its libraries, nil where
	// they are not known.
	Exports map[string]bool
	// Odd is why loaders may refuse to load it as a library, "" for no reason.
	Odd string
}

// OldestOnly is behind a name among exports that a library has in a version of old
// and not as its default: glibc's loader gives it to who asks for no version, and
// musl's does not.
const OldestOnly = "@"

// A Machine is what one processor, or its system's ABI, calls its own.
type Machine struct {
	GOARCH string // "" for a machine that Go has no name for
	Number uint16 // e_machine
	Wide   bool   // ELFCLASS64
	Big    bool   // ELFDATA2MSB
	ABI    uint32 // those of e_flags that tell ABIs of one machine apart
}

// GOARCHOf is Go's name of a machine by the header of an ELF file: its e_machine,
// whether it is ELFCLASS64 and whether big-endian; "" where Go has none, as for
// x32.
func GOARCHOf(m elf.Machine, wide, big bool) string {
	pick := func(first bool, a, b string) string {
		if first {
			return a
		}
		return b
	}
	switch m {
	case elf.EM_386:
		return "386"
	case elf.EM_X86_64:
		return pick(wide, "amd64", "")
	case elf.EM_ARM:
		return "arm"
	case elf.EM_AARCH64:
		return "arm64"
	case elf.EM_LOONGARCH:
		return "loong64"
	case elf.EM_PPC64:
		return pick(big, "ppc64", "ppc64le")
	case elf.EM_SPARCV9:
		return "sparc64"
	case elf.EM_RISCV:
		return pick(wide, "riscv64", "riscv")
	case elf.EM_S390:
		return pick(wide, "s390x", "s390")
	case elf.EM_MIPS:
		return pick(wide, "mips64", "mips") + pick(big, "", "le")
	}
	return ""
}

// A Need is one symbol version of one library. A weak one is only warned of.
type Need struct {
	Lib, Version string
	Weak         bool
}

// An Import is one dynamic symbol that the file leaves to others.
type Import struct {
	Name         string
	Lib, Version string // "" for one without a version
	Weak         bool   // does without a definition
	Bind         Bind
}

// Bind says when a loader looks a symbol up.
type Bind uint8

const (
	BindNever Bind = iota // nothing refers to it
	BindLazy              // when it is first called, unless BindNow is asked for
	BindNow               // at start
)

// What Uses can have.
const (
	UsesTLS      = "crypto/x509"
	UsesUsers    = "os/user"
	UsesNet      = "net"
	UsesZoneData = "time/tzdata"
	UsesLambda   = "github.com/aws/aws-lambda-go/lambda"
)
