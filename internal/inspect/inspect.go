// Package inspect reads from a finished executable how it is linked: ELF,
// Mach-O, PE, XCOFF, Plan 9 and WebAssembly files, and Go's C archives.
//
// The files are hostile. Whatever a file says of its own sizes and counts is
// held against the file's real size and against a budget before it is
// believed, and only what a fact needs is read. That is why debug/elf,
// debug/macho and debug/pe lend their constants only: their readers load
// symbol and string tables that no fact needs, and copy a name anew for each
// header that refers to it, so that a file of two megabytes can ask for many
// gigabytes. debug/buildinfo stands on these readers.
package inspect

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
	"github.com/goportdoctor/goportdoctor/internal/link"
)

// ErrNotExecutable is wrapped by the error for a file that is no executable,
// shared library or C archive. A damaged executable gives another error.
var ErrNotExecutable = errors.New("not an executable")

// File says how the executable at path is linked.
func File(path string) (link.Executable, error) {
	f, err := bounded.Open(path, bounded.Unlimited)
	if bounded.Refused(err) {
		return link.Executable{}, fmt.Errorf("%w: %w", err, ErrNotExecutable)
	}
	if err != nil {
		return link.Executable{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return link.Executable{}, err
	}
	exe, err := Reader(f, info.Size())
	if err != nil {
		return link.Executable{}, fmt.Errorf("%q: %w", path, err)
	}
	exe.File = path
	return exe, nil
}

// Reader says how the executable in the first size bytes of r is linked.
func Reader(r io.ReaderAt, size int64) (exe link.Executable, err error) {
	defer func() {
		if p := recover(); p != nil {
			exe, err = link.Executable{}, fmt.Errorf("malformed executable: %v", p)
		}
	}()
	return read(r, size)
}

// read is Reader without its safety net, for the fuzz test.
func read(r io.ReaderAt, size int64) (link.Executable, error) {
	f := newFile(r, max(size, 0))
	head, err := f.head(64)
	if err != nil {
		return link.Executable{}, err
	}
	for _, k := range kinds {
		if !k.is(head) {
			continue
		}
		x, err := k.read(f)
		if err != nil {
			return link.Executable{}, err
		}
		return x.executable(), nil
	}
	return link.Executable{}, ErrNotExecutable
}

// kinds are the file formats by their first bytes.
var kinds = []struct {
	is   func(head []byte) bool
	read func(*file) (*image, error)
}{
	{magic("\x7fELF"), readELF},
	{magic("\xfe\xed\xfa\xce", "\xfe\xed\xfa\xcf", "\xce\xfa\xed\xfe", "\xcf\xfa\xed\xfe"), readMachO},
	{isFat, readFat},
	{magic("MZ"), readPE},
	{magic("\x00asm"), readWasm},
	{magic("!<arch>\n"), readArchive},
	{magic("\x01\xdf", "\x01\xf7"), readXCOFF},
	{magic("\x00\x00\x8a\x97", "\x00\x00\x01\xeb", "\x00\x00\x06\x47"), readPlan9},
}

func magic(ms ...string) func([]byte) bool {
	return func(head []byte) bool {
		return slices.ContainsFunc(ms, func(m string) bool { return bytes.HasPrefix(head, []byte(m)) })
	}
}

// isFat tells a fat Mach-O file from a Java class, which has the same magic
// number and its version, 45 or more, where the number of architectures is.
func isFat(head []byte) bool {
	return magic("\xca\xfe\xba\xbe", "\xca\xfe\xba\xbf")(head) &&
		len(head) >= 8 && binary.BigEndian.Uint32(head[4:]) < 45
}

// An image is what the reader of a format finds.
type image struct {
	format, goos, goarch string
	buildmode            string // where there is no build information
	linkage, because     string
	interp               string
	needed               []string
	rpath, runpath       []string
	glibc, glibcSymbol   string
	mode                 link.Text // as the file's structure tells, for a Go program
	trace                string    // what only a C linker leaves, "" where there is no such thing
	info                 *buildInfo
	goTrace              bool // Go made this, though there is no build information
	object               *link.Object
}

func (x *image) executable() link.Executable {
	exe := link.Executable{
		BuildErrorCertainty: link.Exact,
		Format:              x.format,
		BuildMode:           x.buildmode,
		LinkMode:            x.linkMode(),
		Linkage:             link.Text{Value: x.linkage, Because: x.because, Certainty: link.Exact},
		Interpreter:         link.Interpreter{Value: x.interp, Certainty: link.Exact},
		Needed:              list(x.needed),
		RPath:               list(x.rpath),
		RunPath:             list(x.runpath),
		Glibc:               link.Text{Value: x.glibc, Because: x.glibcSymbol, Certainty: link.Exact},
		Causes:              []link.Cause{},
		Object:              x.object,
		Build:               link.Build{GOOS: x.goos, GOARCH: x.goarch, Tags: []string{}, Flags: []string{}, Env: []string{}},
	}
	if x.interp == "" {
		exe.Interpreter.Source = link.SourceNone
	}
	if x.info != nil {
		x.info.describe(&exe)
	}
	return exe
}

// linkMode is what the file's structure tells, unless Go had no hand in it.
func (x *image) linkMode() link.Text {
	if x.info != nil && x.info.setting("-compiler") == "gccgo" {
		return link.Text{Value: link.ModeNone, Because: "built by gccgo", Certainty: link.Exact}
	}
	if x.info != nil || x.goTrace {
		return x.mode
	}
	// A packed Go program has no build information either, but nothing that
	// only a C linker leaves.
	if x.trace == "" {
		return link.Text{Value: link.ModeNone, Because: "neither Go's build information nor traces of a C linker", Certainty: link.Unknown}
	}
	return link.Text{Value: link.ModeNone, Because: "no Go build information", Certainty: link.Exact}
}

func list(l []string) link.List {
	if l == nil {
		l = []string{}
	}
	return link.List{Value: l, Certainty: link.Exact}
}

// searchPath splits a colon-separated search path.
func searchPath(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ":")
}
