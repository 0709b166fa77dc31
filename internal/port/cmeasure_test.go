package port

import (
	"bytes"
	"debug/elf"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A cTool is a Go toolchain and a C compiler for one architecture of Linux.
// It has a build cache of its own in dir, for the go command may take an
// archive for current that another compiler made.
type cTool struct {
	toolchain, goarch, cc, dir string
	plain                      bool // leaves out the packages that take a flag or a setting
}

// measure compiles the packages with these names, or all without any.
func (c cTool) measure(t *testing.T, packages ...string) map[string]CNames {
	t.Helper()
	c.cc = cNamedGCC(t, c.cc, c.dir)
	libgcc := cLibgcc(t, c.cc)
	names := map[string]CNames{}
	for _, p := range cPackages {
		if len(packages) > 0 && !slices.Contains(packages, p.name) || p.arches != "" && !slices.Contains(strings.Fields(p.arches), c.goarch) {
			continue
		}
		if c.plain && (p.flags != nil || p.env != nil) {
			continue
		}
		if !*fix && slices.Contains(p.flags, "-asan") && !cHasASan(c.cc) {
			t.Logf("%s is not checked: gcc comes without libasan", p.name)
			continue
		}
		n := CNames{All: c.all(t, p.name, libgcc, p.env, p.flags)}
		if p.prog != "" && c.internal() {
			n.Live = c.live(t, p.prog, p.env, p.flags, n.All)
		}
		names[p.name] = n
	}
	return names
}

// internal reports whether the toolchain links packages with cgo internally for
// the architecture.
func (c cTool) internal() bool {
	p, ok := Lookup(c.toolchain, "linux", c.goarch)
	return !ok || !p.MustLinkExternalCgo
}

// cNamedGCC is a link to the compiler with the one name under which the go
// command knows a gcc that can -asan.
func cNamedGCC(t *testing.T, cc, dir string) string {
	t.Helper()
	file, err := exec.LookPath(cc)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "gcc")
	if err := os.Symlink(file, name); err != nil {
		t.Fatal(err)
	}
	return name
}

// cHasASan reports whether the compiler finds its libasan: it prints the bare
// name of a library that it does not find.
func cHasASan(cc string) bool {
	out, err := exec.Command(cc, "-print-file-name=libasan.so").Output()
	return err == nil && filepath.IsAbs(strings.TrimSpace(string(out)))
}

// run is try where nothing may fail.
func (c cTool) run(t *testing.T, env []string, args ...string) []byte {
	t.Helper()
	out, err := c.try(env, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// try runs the go command, with nothing of the user's own settings.
func (c cTool) try(env []string, args ...string) ([]byte, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = c.dir
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		if name == "PATH" || name == "HOME" || name == "TMPDIR" || name == "GOPATH" || name == "GOMODCACHE" || name == "GOPROXY" {
			cmd.Env = append(cmd.Env, kv)
		}
	}
	cmd.Env = append(cmd.Env, "GOTOOLCHAIN="+c.toolchain, "GOENV=off", "GOWORK=off", "GOFLAGS=-p=2",
		"GOCACHE="+filepath.Join(c.dir, "cache"), "GOOS=linux", "GOARCH="+c.goarch, "CGO_ENABLED=1", "CC="+c.cc)
	cmd.Env = append(cmd.Env, env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s, %s: go %s: %w\n%s", c.toolchain, c.goarch, strings.Join(args, " "), err, stderr.Bytes())
	}
	return out, nil
}

// all is what the objects of the package, and of those below it that it
// imports, leave to C libraries.
func (c cTool) all(t *testing.T, pkg string, libgcc cObjects, env, flags []string) []string {
	t.Helper()
	args := slices.Concat([]string{"list", "-deps", "-export", "-f", "{{.ImportPath}} {{.Export}}"}, flags, []string{pkg})
	own, cgo := cNewObjects(), cNewObjects()
	for line := range strings.Lines(string(c.run(t, env, args...))) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		if path == pkg || strings.HasPrefix(path, pkg+"/") {
			own.read(t, file)
		}
		if path == "runtime/cgo" {
			cgo.read(t, file)
		}
	}
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(own.undefined)), func(n string) bool {
		return own.defined[n] || cgo.defined[n] || libgcc.defined[n] || cGo(n)
	})
	own.check(t, pkg, names)
	return names
}

// cGo reports whether a name is Go's own, or the linker's.
func cGo(name string) bool {
	return name == "crosscall2" || name == "main" || name == "_GLOBAL_OFFSET_TABLE_" || strings.Contains(name, ".") ||
		strings.HasPrefix(name, "_cgo_") || strings.HasPrefix(name, "x_cgo_")
}

// live are those of all that the smallest program with an import of pkg has.
func (c cTool) live(t *testing.T, pkg string, env, flags, all []string) []string {
	t.Helper()
	writeFile(t, filepath.Join(c.dir, "go.mod"), "module live\n\ngo 1.20\n")
	writeFile(t, filepath.Join(c.dir, "main.go"), "package main\n\nimport _ \""+pkg+"\"\n\nfunc main() {}\n")
	exe := filepath.Join(c.dir, "live.exe")
	if _, err := c.try(env, slices.Concat([]string{"build", "-o", exe, "-ldflags=-linkmode=internal"}, flags)...); err != nil {
		if strings.Contains(err.Error(), "panic: runtime error") { // plugin for 386 in go1.21 and go1.22
			t.Logf("%s, %s, %s: the linker crashes, so that no name is sure to be there", c.toolchain, c.goarch, pkg)
			return nil
		}
		t.Fatal(err)
	}
	f, err := elf.Open(exe)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	symbols, err := f.DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range symbols {
		if s.Section == elf.SHN_UNDEF && slices.Contains(all, s.Name) {
			names = append(names, s.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// cObjects are the names of the host objects in an archive, and those that
// cgo's own test link of them took from shared libraries.
type cObjects struct{ defined, undefined, imported map[string]bool }

func cNewObjects() cObjects {
	return cObjects{map[string]bool{}, map[string]bool{}, map[string]bool{}}
}

func cLibgcc(t *testing.T, cc string) cObjects {
	t.Helper()
	out, err := exec.Command(cc, "-print-libgcc-file-name").Output()
	if err != nil {
		t.Fatalf("%s: %v", cc, err)
	}
	libgcc := cNewObjects()
	libgcc.read(t, strings.TrimSpace(string(out)))
	return libgcc
}

func (o cObjects) read(t *testing.T, file string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	data, ok := bytes.CutPrefix(data, []byte("!<arch>\n"))
	if !ok {
		t.Fatalf("%s: got no archive", file)
	}
	for len(data) >= 60 { // the length of a member's header
		size, err := strconv.Atoi(strings.TrimSpace(string(data[48:58])))
		if err != nil || size > len(data)-60 {
			t.Fatalf("%s: got size %q", file, data[48:58])
		}
		o.member(t, data[60:60+size])
		data = data[min(60+size+size%2, len(data)):]
	}
}

func (o cObjects) member(t *testing.T, data []byte) {
	t.Helper()
	if _, rest, ok := bytes.Cut(data, []byte("\n$$  // cgo\n")); ok && bytes.HasPrefix(data, []byte("go object ")) {
		var lines [][]string
		if err := json.NewDecoder(bytes.NewReader(rest)).Decode(&lines); err != nil {
			t.Fatal(err)
		}
		for _, l := range lines {
			if l[0] == "cgo_import_dynamic" && len(l) > 1 {
				o.imported[l[1]] = true
			}
		}
	}
	if !bytes.HasPrefix(data, []byte(elf.ELFMAG)) {
		return
	}
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	symbols, err := f.Symbols()
	if err != nil && !errors.Is(err, elf.ErrNoSymbols) {
		t.Fatal(err)
	}
	for _, s := range symbols {
		switch {
		case s.Name == "" || elf.ST_BIND(s.Info) == elf.STB_LOCAL:
		case s.Section == elf.SHN_UNDEF:
			o.undefined[s.Name] = true
		default:
			o.defined[s.Name] = true
		}
	}
}

// cStart are the names of the start files that cgo's test link has besides:
// abort is crt1.o's on arm and arm64.
var cStart = []string{"_", "__libc_start_main", "__cxa_finalize", "__gmon_start__", "abort",
	"_ITM_deregisterTMCloneTable", "_ITM_registerTMCloneTable"}

// check compares names with what cgo's test link imported.
func (o cObjects) check(t *testing.T, pkg string, names []string) {
	t.Helper()
	imported := slices.Sorted(maps.Keys(o.imported))
	more, less := cWithout(cWithout(imported, names), cStart), cWithout(names, imported)
	if len(more) > 0 || len(less) > 0 {
		t.Errorf("%s: cgo imports %q besides, and not %q", pkg, more, less)
	}
}

func cWithout(names, drop []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return slices.Contains(drop, n) })
}
