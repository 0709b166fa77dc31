package toolchain

import (
	"bytes"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
	"github.com/goportdoctor/goportdoctor/internal/link"
)

// readLinked says how the file is linked. Of what is not ELF it only says that
// it is dynamic, which all executables of those systems are.
func readLinked(file string, words []string) (link.Answer, error) {
	if _, err := os.Stat(file); err != nil {
		return link.Answer{}, errors.New("it reports success, and there is no file")
	}
	f, err := openELF(file)
	if err != nil {
		if isPE(file) || isMachO(file) {
			return link.Answer{Linkage: link.LinkageDynamic}, nil
		}
		return link.Answer{}, errors.New("its output is not ELF, Mach-O or PE")
	}
	defer f.Close()
	var a link.Answer
	a.GOARCH = link.GOARCHOf(f.Machine, f.Class == elf.ELFCLASS64, f.Data == elf.ELFDATA2MSB)
	a.Interp = interpreter(f.File)
	a.Needed, _ = f.DynString(elf.DT_NEEDED)
	a.RPath = searchPath(f.File, elf.DT_RPATH)
	a.RunPath = searchPath(f.File, elf.DT_RUNPATH)
	a.Linkage = linkage(f.File, a, words)
	a.Symbols = imports(f.File)
	needs, _ := f.DynamicVersionNeeds()
	for _, lib := range needs {
		for _, n := range lib.Needs {
			a.Versions = append(a.Versions, link.Symbol{Version: n.Dep, Lib: lib.Name})
		}
	}
	return a, nil
}

// An openedELF is an ELF file that was opened.
type openedELF struct {
	*elf.File
	file *os.File
}

// openELF opens an ELF file. The caller closes it.
func openELF(name string) (*openedELF, error) {
	file, err := bounded.Open(name, bounded.Unlimited)
	if err != nil {
		return nil, err
	}
	f, err := elf.NewFile(file)
	if err != nil {
		file.Close()
		return nil, err
	}
	return &openedELF{f, file}, nil
}

// Close closes the file.
func (f *openedELF) Close() error { return f.file.Close() }

func linkage(f *elf.File, a link.Answer, words []string) string {
	switch {
	case f.Type == elf.ET_REL:
		return link.LinkageNone
	case a.Interp != "" || len(a.Needed) > 0 || slices.Contains(words, "-shared"):
		return link.LinkageDynamic
	case f.Type == elf.ET_DYN:
		return link.LinkageStaticPIE
	}
	return link.LinkageStatic
}

// maxInterp is as long as the kernel lets an interpreter's path be.
const maxInterp = 4096

func interpreter(f *elf.File) string {
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			b, _ := io.ReadAll(io.LimitReader(p.Open(), maxInterp))
			s, _, _ := strings.Cut(string(b), "\x00")
			return s
		}
	}
	return ""
}

func searchPath(f *elf.File, tag elf.DynTag) []string {
	var dirs []string
	lists, _ := f.DynString(tag)
	for _, l := range lists {
		dirs = append(dirs, strings.FieldsFunc(l, func(r rune) bool { return r == ':' })...)
	}
	return dirs
}

// imports lists the symbols that come from libraries. One that was copied into
// the executable is defined there, and still has its library's version. Weak
// ones without a version are the start files' and come from no library.
func imports(f *elf.File) []link.Symbol {
	all, _ := f.DynamicSymbols()
	var out []link.Symbol
	for _, s := range all {
		global := elf.ST_BIND(s.Info) == elf.STB_GLOBAL && s.Section == elf.SHN_UNDEF
		if global || s.Library != "" {
			out = append(out, link.Symbol{Name: s.Name, Version: s.Version, Lib: s.Library})
		}
	}
	return out
}

// nameVersions gives each version need a symbol that has it, one of the start
// files' rather than one that was asked for: the former is in every program.
func nameVersions(a *link.Answer, asked []string) {
	for i := range a.Versions {
		v := &a.Versions[i]
		for _, s := range a.Symbols {
			if s.Version != v.Version || s.Lib != v.Lib {
				continue
			}
			if v.Name == "" {
				v.Name = s.Name
			}
			if !slices.Contains(asked, s.Name) {
				v.Name = s.Name
				break
			}
		}
	}
}

// offered are the shared libraries among the files that a link read.
func (s *ccSession) offered(files []string) []link.Library {
	var all []link.Library
	for _, file := range files {
		if o := s.offers.get(file, func() offeredLibrary { return readLibrary(file) }); o.is {
			all = append(all, o.Library)
		}
	}
	return all
}

// An offeredLibrary is what a file turned out to be.
type offeredLibrary struct {
	link.Library
	is bool
}

func readLibrary(file string) offeredLibrary {
	f, err := openELF(file)
	if err != nil {
		return offeredLibrary{}
	}
	defer f.Close()
	if f.Type != elf.ET_DYN {
		return offeredLibrary{}
	}
	lib := link.Library{Soname: filepath.Base(file)} // what the linker takes where there is none
	if names, _ := f.DynString(elf.DT_SONAME); len(names) > 0 {
		lib.Soname = names[0]
	}
	versions, _ := f.DynamicVersions()
	for _, v := range versions {
		if v.Flags&elf.VER_FLG_BASE == 0 && v.Name != "GLIBC_PRIVATE" {
			lib.Defines = append(lib.Defines, v.Name)
		}
	}
	return offeredLibrary{lib, true}
}

// addsLibraries reports whether the linker takes in libraries that object files
// ask for (#pragma comment(lib) of clang's), as LLVM's does. It leaves its name.
func addsLibraries(file string) bool {
	f, err := openELF(file)
	if err != nil {
		return false
	}
	defer f.Close()
	section := f.Section(".comment")
	if section == nil || section.Size > maxComment {
		return section != nil
	}
	data, err := section.Data()
	return err != nil || bytes.Contains(data, []byte("Linker: LLD"))
}

const maxComment = 1 << 16

// isPE wants the DOS header too: debug/pe reads bare objects, and takes two
// zero bytes for the start of one.
func isPE(file string) bool {
	f, err := bounded.Open(file, bounded.Unlimited)
	if err != nil {
		return false
	}
	defer f.Close()
	magic := make([]byte, 2)
	if _, err := f.ReadAt(magic, 0); err != nil || string(magic) != "MZ" {
		return false
	}
	_, err = pe.NewFile(f)
	return err == nil
}

func isMachO(file string) bool {
	f, err := bounded.Open(file, bounded.Unlimited)
	if err != nil {
		return false
	}
	defer f.Close()
	_, thin := macho.NewFile(f)
	_, fat := macho.NewFatFile(f)
	return thin == nil || fat == nil
}
