package toolchain

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// ccRounds is how many links one question may take: the first may name symbols
// that this libc has not, the second those that its linker did not list.
const ccRounds = 3

// probe links and reads the question's program. opened are the files the linker
// says it opened, where it says so.
func (s *ccSession) probe(d ccDriver, q judged) (a link.Answer, opened []string, err error) {
	work, err := s.work()
	if err != nil {
		return a, nil, refuse("", "no folder to link in: %v", err)
	}
	dir, err := os.MkdirTemp(work, "link")
	if err != nil {
		return a, nil, refuse("", "no folder to link in: %v", err)
	}
	// With an extension, as a compiler for Windows would add its own.
	file := filepath.Join(dir, "probe.exe")
	out, err := s.linkRounds(d, q, file)
	if err != nil {
		return a, nil, err
	}
	a, err = readLinked(file, words(q))
	if err != nil {
		return a, nil, refuse(err.Error(), "C compiler %q writes no executable", d.name)
	}
	nameVersions(&a, q.Symbols)
	opened = s.traced(out.stdout, work)
	if !addsLibraries(file) {
		a.Offered = s.offered(opened)
	}
	return a, opened, nil
}

// linkRounds links until no symbol of the question is missing.
func (s *ccSession) linkRounds(d ccDriver, q judged, file string) (out ccOutput, err error) {
	symbols := slices.DeleteFunc(slices.Clone(q.Symbols), func(s string) bool { return !symbolName().MatchString(s) })
	var more []string
	for range ccRounds {
		obj := s.object(d, q, symbols)
		if obj.err != nil {
			return out, obj.err
		}
		out = s.linkOnce(d, q, file, obj.file, more)
		if out.err == nil {
			return out, nil
		}
		rest := without(symbols, undefined(out.stderr+out.stdout))
		if len(rest) == len(symbols) {
			break
		}
		if symbols = rest; strings.Contains(out.stderr, "-error-limit=0") {
			more = []string{"-Wl,--error-limit=0"} // lld stops at 20, and says how not to
		}
	}
	if lib, line := missingLibrary(out.stderr + out.stdout); lib != "" {
		return out, refuse(line, "cannot find -l%s", lib)
	}
	return out, out.failure(d, "link")
}

// linkOnce links, and does without a word that the linker does not know, as the
// go command does.
func (s *ccSession) linkOnce(d ccDriver, q judged, file, obj string, more []string) ccOutput {
	out := s.linkAsked(d, q, file, obj, more)
	if text := out.stderr + out.stdout; out.err != nil && strings.Contains(text, "no-gc-sections") && slices.Contains(q.Before, link.KeepSections) {
		q.Before = without(q.Before, []string{link.KeepSections})
		return s.linkAsked(d, q, file, obj, more)
	}
	return out
}

// linkAsked has the linker tell the files it opens, and does without where that
// may be what it dislikes.
func (s *ccSession) linkAsked(d ccDriver, q judged, file, obj string, more []string) ccOutput {
	args := func(more ...string) []string {
		return slices.Concat(q.Driver[1:], q.Before, more, []string{"-o", file, obj}, q.After)
	}
	if _, untraced := s.untraced.Load(d.path); untraced {
		return s.run(d, args(more...))
	}
	out := s.run(d, args(append(more, "-Wl,-t")...))
	if _, stopped := out.err.(*ccError); out.err == nil || stopped || explained(out) {
		return out
	}
	plain := s.run(d, args(more...))
	if plain.err == nil {
		s.untraced.Store(d.path, true)
	}
	return plain
}

func explained(out ccOutput) bool {
	text := out.stderr + out.stdout
	lib, _ := missingLibrary(text)
	return lib != "" || len(undefined(text)) > 0
}

// object compiles the program that names symbols.
func (s *ccSession) object(d ccDriver, q judged, symbols []string) ccObject {
	flags := slices.Concat(q.Driver[1:], aboutMachine(q.Before), aboutMachine(q.After))
	key := strings.Join(slices.Concat([]string{d.path, d.name}, flags, []string{""}, symbols), "\x00")
	return s.objects.get(key, func() ccObject {
		file, err := s.compile(d, flags, symbols)
		return ccObject{file, err}
	})
}

func (s *ccSession) compile(d ccDriver, flags, symbols []string) (string, error) {
	work, err := s.work()
	if err != nil {
		return "", refuse("", "no folder to compile in: %v", err)
	}
	dir, err := os.MkdirTemp(work, "object")
	if err != nil {
		return "", refuse("", "no folder to compile in: %v", err)
	}
	src, obj := filepath.Join(dir, "probe.c"), filepath.Join(dir, "probe.o")
	if err := os.WriteFile(src, []byte(program(symbols)), 0o600); err != nil {
		return "", refuse("", "no folder to compile in: %v", err)
	}
	out := s.run(d, slices.Concat(flags, []string{"-c", "-w", "-fno-builtin", "-O2", "-fPIC", "-pthread", "-o", obj, src}))
	if _, stopped := out.err.(*ccError); out.err != nil && !stopped {
		// Some targets refuse -fPIC or -pthread, and need neither.
		if plain := s.run(d, slices.Concat(flags, []string{"-c", "-w", "-o", obj, src})); plain.err == nil {
			return obj, nil
		}
	}
	if out.err != nil {
		return "", out.failure(d, "compile")
	}
	return obj, nil
}

// symbolName keeps out what would not stay inside a C string. What it lets
// through is no C identifier: keywords and builtins are symbols like others.
var symbolName = lazily(`^[A-Za-z0-9_.$]+$`)

// program is a C program that refers to symbols, and calls nothing. They are
// given by assembler name, so that no builtin's type is in the way.
func program(symbols []string) string {
	var b strings.Builder
	b.WriteString("#define TEXT_(x) #x\n#define TEXT(x) TEXT_(x)\n")
	for i, name := range symbols {
		fmt.Fprintf(&b, "extern char ref%d __asm__(TEXT(__USER_LABEL_PREFIX__) \"%s\");\n", i, name)
	}
	b.WriteString("void *goportdoctor_refs[] __attribute__((used)) = {0")
	for i := range symbols {
		fmt.Fprintf(&b, ", &ref%d", i)
	}
	b.WriteString("};\nint main(void) { return 0; }\n")
	return b.String()
}

func without(names, gone []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return slices.Contains(gone, n) })
}
