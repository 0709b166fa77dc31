// What a user sees of a start that fails: the words of the kernel, as the
// launcher passes them on, and those of the dynamic loaders.

package target

import (
	"fmt"
	"path"
	"strings"
)

// A Launcher is who starts the executable, and tells of a start that fails.
type Launcher string

const (
	Runtime Launcher = "runtime" // a container runtime, or whoever calls exec and prints its error
	Lambda  Launcher = "lambda"  // AWS Lambda
	Bash    Launcher = "bash"    // bash up to 5.1
	Bash52  Launcher = "bash5.2" // bash from 5.2 on, which looks for the cause
	RedHat  Launcher = "redhat"  // Red Hat's bash up to 5.1, which does too
	Ash     Launcher = "ash"     // busybox
)

// A Kind is one way in which a start fails.
type Kind string

const (
	NoInterpreter      Kind = "no-interpreter"      // ENOENT
	LoopedInterpreter  Kind = "looped-interpreter"  // ELOOP
	NotPermitted       Kind = "permission"          // EACCES
	WrongFormat        Kind = "exec-format"         // ENOEXEC
	BadInterpreter     Kind = "bad-interpreter"     // ELIBBAD
	ShortInterpreter   Kind = "short-interpreter"   // EIO
	NoLibrary          Kind = "no-library"          // glibc
	BadLibrary         Kind = "bad-library"         // glibc and musl
	NoVersion          Kind = "no-version"          // glibc
	NoSymbol           Kind = "no-symbol"           // glibc
	MuslNoLibrary      Kind = "musl-no-library"     // musl
	MuslNoSymbol       Kind = "musl-no-symbol"      // musl
	Segfault           Kind = "segfault"            // SIGSEGV
	Trap               Kind = "trap"                // SIGTRAP
	IllegalInstruction Kind = "illegal-instruction" // SIGILL
	WeakProcessor      Kind = "processor"           // Go's runtime, or glibc of a distribution
	NixStub            Kind = "nix-stub"            // NixOS
	GcompatAlone       Kind = "gcompat-alone"       // gcompat
)

// place is the path by which the executable is called on a target.
func (t *Target) place(name string) string {
	switch t.Launcher {
	case Lambda:
		return "/var/task/" + t.File
	case Runtime:
		return "/" + path.Base(name)
	}
	return "./" + path.Base(name)
}

// kernel tells what the kernel answers to exec.
func (t *Target) kernel(k Kind, file, interpreter string) string {
	said := map[Kind]string{NoInterpreter: "no such file or directory", WrongFormat: "exec format error",
		BadInterpreter: "accessing a corrupted shared library", NotPermitted: "permission denied",
		LoopedInterpreter: "too many levels of symbolic links", ShortInterpreter: "input/output error"}[k]
	upper := strings.ToUpper(said[:1]) + said[1:]
	switch t.Launcher {
	case Lambda:
		return fmt.Sprintf("fork/exec %s: %s", file, said)
	case Ash:
		if k == NoInterpreter {
			return fmt.Sprintf("sh: %s: not found", file)
		}
		return fmt.Sprintf("sh: %s: %s", file, upper)
	case Bash, Bash52, RedHat:
		return "bash: " + t.bash(k, file, interpreter, upper)
	}
	return fmt.Sprintf("exec %s: %s", file, said)
}

func (t *Target) bash(k Kind, file, interpreter, said string) string {
	switch {
	case k == WrongFormat:
		return file + ": cannot execute binary file: " + said
	case k == NoInterpreter && t.Launcher == Bash52:
		return file + ": cannot execute: required file not found"
	case k == NoInterpreter && t.Launcher == RedHat && interpreter != "":
		return file + ": " + interpreter + ": bad ELF interpreter: " + said
	}
	return file + ": " + said
}

// signal tells of a process that a signal ended.
func (t *Target) signal(k Kind) string {
	said := map[Kind]string{Segfault: "Segmentation fault", Trap: "Trace/breakpoint trap", IllegalInstruction: "Illegal instruction"}[k]
	switch t.Launcher {
	case Runtime, Lambda:
		return "signal: " + strings.ToLower(said)
	}
	return said
}
