// The index from a message to its cause: what docs/errors.md is made of.

package target

import "regexp"

// An Entry explains one kind of message.
type Entry struct {
	Kind    Kind
	Title   string
	Message *regexp.Regexp // finds the line
	Cause   string
	Cure    string
}

// Entries are those of all kinds of failure, in the order in which a start
// comes to them.
func Entries() []Entry {
	m := regexp.MustCompile
	return []Entry{
		{WrongFormat, "exec format error", m(`(?i)exec format error`),
			"The file is for another system or another processor: its GOOS or GOARCH is not the target's.",
			"Build for the target: `GOOS=linux GOARCH=amd64 go build`."},
		{NotPermitted, "permission denied", m(`(?i)permission denied`),
			"The file, or the interpreter that it names, may be executed by nobody: its mode has no x.", "`chmod 755`; in a Dockerfile, `COPY --chmod=755`."},
		{NoInterpreter, "no such file or directory, of a file that is there", m(`(?i)no such file or directory$|: not found$|required file not found|bad ELF interpreter`),
			"The file names an interpreter (its dynamic linker) that the target does not have. The kernel reports that with the words for a missing file. Images made from scratch, distroless static images and Alpine have no glibc loader; no other machine has Homebrew's or Nix's.",
			"`CGO_ENABLED=0 go build` makes a static executable where pure Go will do, without `-buildmode=pie`; otherwise build with the target's own C library."},
		{LoopedInterpreter, "too many levels of symbolic links", m(`(?i)too many levels of symbolic links$`),
			"The interpreter that the file names is a link that leads back to itself, as a half-made merge of /lib and /usr/lib leaves it.", "Mend the links of the target, or choose another base image."},
		{BadInterpreter, "accessing a corrupted shared library", m(`(?i)corrupted shared library`),
			"The interpreter that the file names is there, but is no loader for this processor.", "Build for the target's processor."},
		{ShortInterpreter, "input/output error, of a file that can be read", m(`(?i)input/output error`),
			"The interpreter that the file names is there, and is empty or cut off.", "Install the target's C library anew."},
		{NoLibrary, "error while loading shared libraries", m(`error while loading shared libraries: .*: cannot open shared object file: No such file`),
			"glibc's loader found no file of that name in the run path, its cache and its folders.",
			"Install the package that has it, link it statically, or do without the C code."},
		{BadLibrary, "file too short, invalid ELF header, wrong ELF class", m(`(?i)error while loading shared libraries: .*: (file too short|invalid ELF header|wrong ELF class: \w+|cannot read file data: Error 21|cannot open shared object file: Error 40)|Error loading shared library .*: (Exec format error|Is a directory|Symbolic link loop) \(needed by`),
			"The loader found something of the library's name that it cannot load: an empty or cut off file (a pointer of Git LFS, a failed copy), a text such as a linker script, a folder, a link to itself, or a library for another processor. It does not look on, but for the latter.",
			"Put the library itself there, of the target's architecture, or take that folder out of the run path and LD_LIBRARY_PATH."},
		{NoVersion, "version `GLIBC_2.34' not found", m("version `[^']*' not found \\(required by"),
			"The program was linked with a newer C library, or C++ library, than the target has: symbols carry the version that they came with.",
			"`CGO_ENABLED=0`, or build where the C library is no newer than the target's."},
		{NoSymbol, "symbol lookup error: undefined symbol", m(`symbol lookup error: .*undefined symbol`),
			"A symbol that is looked up at start is in none of the libraries that are loaded.", "Build with the target's libraries."},
		{MuslNoLibrary, "Error loading shared library", m(`Error loading shared library .*: No such file or directory`),
			"musl's loader found no file of that name.", "Install the package that has it, or link it statically."},
		{MuslNoSymbol, "Error relocating: symbol not found", m(`Error relocating .*: symbol not found`),
			"The program was linked with glibc, and musl does not have all of its functions. Unlike glibc's, musl's loader looks for all of them at start.",
			"`CGO_ENABLED=0`, or build with musl."},
		{NixStub, "Could not start dynamically linked executable", m(`Could not start dynamically linked executable`),
			"NixOS has no loader at the usual path, but a program that says so.", "`CGO_ENABLED=0`; nix-ld on NixOS."},
		{GcompatAlone, "execve: No such file or directory", m(`^execve: (No such file or directory|Permission denied)$`),
			"The interpreter that the file names is gcompat's, which only starts musl's, and that is not at the path that gcompat was built with: so it is on Alpine for ARM and ppc64le.",
			"`CGO_ENABLED=0`, or build with musl."},
		{Segfault, "Segmentation fault at start", m(`(?i)segmentation fault`),
			"A position-independent executable without an interpreter that Go's own linker made (`-buildmode=pie -ldflags=-d`): nobody relocates it.", "Leave out `-d` or `-buildmode=pie`."},
		{Trap, "Trace/breakpoint trap at start", m(`(?i)trace/breakpoint trap`),
			"GO_EXTLINK_ENABLED=1 with cgo off, and `-static`: C's start code runs, but runtime/cgo is not there to give Go its thread storage.", "Leave out GO_EXTLINK_ENABLED=1."},
		{WeakProcessor, "This program can only be run on AMD64 processors with v3 microarchitecture support", m(`can only be run on AMD64 processors`),
			"It was built with a GOAMD64 that the processor does not reach.", "Build with GOAMD64=v1."},
		{IllegalInstruction, "Illegal instruction at start", m(`(?i)illegal instruction|this CPU has no (VFPv3 )?floating point hardware`),
			"On ARM, the program was built for newer processors than this one: GOARM is 7 where nothing sets it, and the first Raspberry Pi and the Zero are of GOARM=6. A processor of ARMv7 without floating point hardware is told by Go's runtime: `runtime: this CPU has no floating point hardware`.",
			"Build with GOARM=6 or GOARM=5, and C code with a compiler for that processor."},
	}
}
