package inspect

import (
	"bytes"
	"debug/buildinfo"
	"debug/elf"
	"encoding/binary"
	"os"
	"os/exec"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// An elfBuild is a build and how it comes out. What needs only Go is not slow.
type elfBuild struct {
	name    string
	program string
	env     string
	args    []string
	needs   string // programs that the build runs
	slow    bool

	mode, linkage, buildmode string
}

var elfBuilds = []elfBuild{
	{name: "static", program: "hello", env: "CGO_ENABLED=0", mode: "internal", linkage: "static", buildmode: "exe"},
	{name: "pie without cgo", program: "hello", env: "CGO_ENABLED=0", args: []string{"-buildmode=pie"}, mode: "internal", linkage: "dynamic", buildmode: "pie"},
	{name: "pie without loader", program: "hello", env: "CGO_ENABLED=0", args: []string{"-buildmode=pie", "-ldflags=-d"}, mode: "internal", linkage: "static-pie", buildmode: "pie"},
	{name: "net", program: "net", needs: "gcc", mode: "internal", linkage: "dynamic", buildmode: "exe"},
	{name: "net pie", program: "net", args: []string{"-buildmode=pie"}, needs: "gcc", slow: true, mode: "internal", linkage: "dynamic", buildmode: "pie"},
	{name: "net -s -w -r", program: "net", args: []string{"-ldflags=-s -w -r /a:/b"}, needs: "gcc", mode: "internal", linkage: "dynamic", buildmode: "exe"},
	{name: "race", program: "hello", args: []string{"-race"}, needs: "gcc", slow: true, mode: "internal", linkage: "dynamic", buildmode: "exe"},
	{name: "cgo", program: "cgo", needs: "gcc", mode: "external", linkage: "dynamic", buildmode: "exe"},
	{name: "cgo rpath", program: "cgo", args: []string{"-ldflags=-s -w -extldflags=-Wl,-rpath,/a:/b,--disable-new-dtags"}, needs: "gcc", mode: "external", linkage: "dynamic", buildmode: "exe"},
	{name: "cgo static", program: "cgo", args: []string{"-ldflags=-s -w -extldflags=-static"}, needs: "gcc", mode: "external", linkage: "static", buildmode: "exe"},
	{name: "cgo static-pie", program: "cgo", args: []string{"-buildmode=pie", "-ldflags=-extldflags=-static-pie"}, needs: "gcc", slow: true, mode: "external", linkage: "static-pie", buildmode: "pie"},
	{name: "external hello", program: "hello", args: []string{"-ldflags=-linkmode=external"}, needs: "gcc", slow: true, mode: "external", linkage: "dynamic", buildmode: "exe"},
	{name: "c-shared", program: "lib", args: []string{"-buildmode=c-shared"}, needs: "gcc", slow: true, mode: "external", linkage: "dynamic", buildmode: "c-shared"},
	{name: "plugin", program: "hello", args: []string{"-buildmode=plugin"}, needs: "gcc", slow: true, mode: "external", linkage: "dynamic", buildmode: "plugin"},
	{name: "clang and lld", program: "cgo", env: "CC=clang", args: []string{"-ldflags=-extldflags=-fuse-ld=lld"}, needs: "clang ld.lld", slow: true, mode: "external", linkage: "dynamic", buildmode: "exe"},
	{name: "clang and lld static", program: "cgo", env: "CC=clang", args: []string{"-ldflags=-w '-extldflags=-fuse-ld=lld -static'"}, needs: "clang ld.lld", slow: true, mode: "external", linkage: "static", buildmode: "exe"},
	{name: "gold", program: "cgo", args: []string{"-ldflags=-extldflags=-fuse-ld=gold"}, needs: "gcc ld.gold", slow: true, mode: "external", linkage: "dynamic", buildmode: "exe"},
	{name: "musl", program: "cgo", env: "CC=musl-gcc", needs: "musl-gcc", slow: true, mode: "external", linkage: "dynamic", buildmode: "exe"},
	{name: "musl net", program: "net", env: "CC=musl-gcc", needs: "musl-gcc", slow: true, mode: "internal", linkage: "dynamic", buildmode: "exe"},
	{name: "musl static", program: "cgo", env: "CC=musl-gcc", args: []string{"-ldflags=-extldflags=-static"}, needs: "musl-gcc", slow: true, mode: "external", linkage: "static", buildmode: "exe"},
	{name: "arm64 net", program: "net", env: "CGO_ENABLED=1 GOARCH=arm64 CC=aarch64-linux-gnu-gcc", needs: "aarch64-linux-gnu-gcc", slow: true, mode: "internal", linkage: "dynamic", buildmode: "exe"},
	{name: "arm64 cgo", program: "cgo", env: "CGO_ENABLED=1 GOARCH=arm64 CC=aarch64-linux-gnu-gcc", needs: "aarch64-linux-gnu-gcc", slow: true, mode: "external", linkage: "dynamic", buildmode: "exe"},
	{name: "386 net", program: "net", env: "CGO_ENABLED=1 GOARCH=386 CC=i686-linux-gnu-gcc", needs: "i686-linux-gnu-gcc", slow: true, mode: "internal", linkage: "dynamic", buildmode: "exe"},
	{name: "386 static", program: "cgo", env: "CGO_ENABLED=1 GOARCH=386 CC=i686-linux-gnu-gcc", args: []string{"-ldflags=-extldflags=-static"}, needs: "i686-linux-gnu-gcc", slow: true, mode: "external", linkage: "static", buildmode: "exe"},
	{name: "s390x net", program: "net", env: "CGO_ENABLED=1 GOARCH=s390x CC=s390x-linux-gnu-gcc", needs: "s390x-linux-gnu-gcc", slow: true, mode: "internal", linkage: "dynamic", buildmode: "exe"},
	{name: "riscv64 cgo", program: "cgo", env: "CGO_ENABLED=1 GOARCH=riscv64 CC=riscv64-linux-gnu-gcc", needs: "riscv64-linux-gnu-gcc", slow: true, mode: "external", linkage: "dynamic", buildmode: "exe"},
}

// TestELF holds real executables against what is known of each build and
// against debug/elf.
func TestELF(t *testing.T) {
	if runtime.GOOS != "linux" {
		testskip.Missing(t, "builds of Linux programs with cgo need Linux")
	}
	for _, b := range elfBuilds {
		t.Run(b.name, func(t *testing.T) {
			if b.slow {
				testskip.Short(t, "it compiles the standard library anew")
			}
			need(t, append(strings.Fields(b.needs), "go")...)
			path := build(t, b.program, strings.Fields(b.env), b.args...)
			exe, err := File(path)
			if err != nil {
				t.Fatal(err)
			}
			got := []string{exe.LinkMode.Value, exe.Linkage.Value, exe.BuildMode}
			if want := []string{b.mode, b.linkage, b.buildmode}; !reflect.DeepEqual(got, want) {
				t.Errorf("link mode, linkage, build mode: got %q, want %q", got, want)
			}
			sameAsELF(t, path, exe)
			sameInfo(t, path, exe)
			withoutSections(t, path, exe)
			if !testing.Short() {
				stripped(t, path, exe)
			}
		})
	}
}

// sameAsELF asks debug/elf for the same facts.
func sameAsELF(t *testing.T, path string, exe link.Executable) {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	interp := ""
	if s := f.Section(".interp"); s != nil {
		b, err := s.Data()
		if err != nil {
			t.Fatal(err)
		}
		interp = strings.TrimRight(string(b), "\x00")
	}
	if exe.Interpreter.Value != interp {
		t.Errorf("interpreter: got %q, want %q", exe.Interpreter.Value, interp)
	}
	for _, c := range []struct {
		tag elf.DynTag
		got []string
	}{{elf.DT_NEEDED, exe.Needed.Value}, {elf.DT_RPATH, exe.RPath.Value}, {elf.DT_RUNPATH, exe.RunPath.Value}} {
		want, _ := f.DynString(c.tag)
		if strings.Join(c.got, ":") != strings.Join(want, ":") {
			t.Errorf("%v: got %q, want %q", c.tag, c.got, want)
		}
	}
	sameGlibc(t, f, exe.Glibc)
}

func sameGlibc(t *testing.T, f *elf.File, got link.Text) {
	t.Helper()
	version := ""
	needs, _ := f.DynamicVersionNeeds()
	for _, lib := range needs {
		for _, n := range lib.Needs {
			if v := glibcNumber(n.Dep); link.CompareVersions(v, version) > 0 {
				version = v
			}
		}
	}
	if got.Value != version {
		t.Errorf("glibc: got %q, want %q", got.Value, version)
	}
	symbols, _ := f.ImportedSymbols()
	found := version == "" && got.Because == ""
	for _, s := range symbols {
		found = found || s.Name == got.Because && s.Version == "GLIBC_"+version
	}
	if !found {
		t.Errorf("glibc: got symbol %q, want one of version %q", got.Because, version)
	}
}

// sameInfo asks debug/buildinfo for the same facts.
func sameInfo(t *testing.T, path string, exe link.Executable) {
	t.Helper()
	bi, err := buildinfo.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	settings := map[string]string{}
	for _, s := range bi.Settings {
		settings[s.Key] = s.Value
	}
	if exe.Package != bi.Path || exe.GoVersion != bi.GoVersion || !reflect.DeepEqual(exe.Settings, settings) {
		t.Errorf("build information: got %q %q %v, want %q %q %v",
			exe.Package, exe.GoVersion, exe.Settings, bi.Path, bi.GoVersion, settings)
	}
	got := []any{exe.Build.GOOS, exe.Build.GOARCH, exe.Build.CgoEnabled}
	if want := []any{settings["GOOS"], settings["GOARCH"], settings["CGO_ENABLED"] == "1"}; !reflect.DeepEqual(got, want) {
		t.Errorf("build: got %v, want %v", got, want)
	}
}

// facts are what must not change with the section headers gone; of the link
// mode only the reason may.
func facts(exe link.Executable) link.Executable {
	exe.LinkMode.Because, exe.File = "", ""
	return exe
}

// withoutSections clears the section headers, as sstrip does.
func withoutSections(t *testing.T, path string, want link.Executable) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if b[elf.EI_CLASS] == byte(elf.ELFCLASS64) {
		copy(b[40:48], make([]byte, 8))
		copy(b[60:64], make([]byte, 4))
	} else {
		copy(b[32:36], make([]byte, 4))
		copy(b[48:52], make([]byte, 4))
	}
	got, err := Reader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(facts(got), facts(want)) {
		t.Errorf("without section headers:\ngot  %+v\nwant %+v", facts(got), facts(want))
	}
}

// stripped has the real strip(1) at the file, where it knows the port.
func stripped(t *testing.T, path string, want link.Executable) {
	t.Helper()
	if _, err := exec.LookPath("strip"); err != nil {
		return
	}
	if exec.Command("strip", "-o", path+".stripped", path).Run() != nil {
		return
	}
	got, err := File(path + ".stripped")
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(facts(got), facts(want)) {
		t.Errorf("after strip:\ngot  %+v\nwant %+v", facts(got), facts(want))
	}
}

// TestPorts builds for other systems, which needs no C compiler.
func TestPorts(t *testing.T) {
	need(t, "go")
	libSystem := []string{"/usr/lib/libSystem.B.dylib"}
	for _, c := range []struct {
		port, format, mode, linkage, interp string
		needed                              []string
	}{
		{"darwin/arm64", "macho", "internal", "dynamic", "/usr/lib/dyld", libSystem},
		{"darwin/amd64", "macho", "internal", "dynamic", "/usr/lib/dyld", libSystem},
		{"windows/amd64", "pe", "internal", "dynamic", "", []string{"kernel32.dll"}},
		{"windows/386", "pe", "internal", "dynamic", "", []string{"kernel32.dll"}},
		{"aix/ppc64", "xcoff", "", "dynamic", "", []string{"libc.a/shr_64.o", "libpthread.a/shr_xpg5_64.o"}},
		{"plan9/amd64", "plan9", "internal", "static", "", []string{}},
		{"js/wasm", "wasm", "internal", "none", "", []string{}},
		{"wasip1/wasm", "wasm", "internal", "none", "", []string{}},
		{"freebsd/amd64", "elf", "internal", "static", "", []string{}},
		{"openbsd/amd64", "elf", "internal", "dynamic", "/usr/libexec/ld.so", []string{"libc.so", "libpthread.so"}},
	} {
		t.Run(c.port, func(t *testing.T) {
			if !strings.HasSuffix(c.port, "64") {
				testskip.Short(t, "it compiles the standard library anew")
			}
			goos, goarch, _ := strings.Cut(c.port, "/")
			path := build(t, "hello", []string{"CGO_ENABLED=0", "GOOS=" + goos, "GOARCH=" + goarch})
			exe, err := File(path)
			if err != nil {
				t.Fatal(err)
			}
			got := []any{exe.Build.GOOS + "/" + exe.Build.GOARCH, exe.Format, exe.LinkMode.Value, exe.Linkage.Value, exe.Interpreter.Value, exe.Needed.Value}
			if want := []any{c.port, c.format, c.mode, c.linkage, c.interp, c.needed}; !reflect.DeepEqual(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
			if c.format != "wasm" {
				sameInfo(t, path, exe)
			}
			if goos == "darwin" {
				fat(t, path, exe)
			}
		})
	}
}

// fat wraps a Mach-O file as the only architecture of a fat one.
func fat(t *testing.T, path string, want link.Executable) {
	t.Helper()
	const at = 4096
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head := make([]byte, at)
	for i, v := range []uint32{0xcafebabe, 1, 0, 0, at, uint32(len(b)), 12} {
		binary.BigEndian.PutUint32(head[4*i:], v)
	}
	got, err := Reader(bytes.NewReader(append(head, b...)), int64(at+len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(facts(got), facts(want)) {
		t.Errorf("fat file:\ngot  %+v\nwant %+v", facts(got), facts(want))
	}
}

func TestCArchive(t *testing.T) {
	need(t, "go", "gcc")
	exe, err := File(build(t, "lib", nil, "-buildmode=c-archive"))
	if err != nil {
		t.Fatal(err)
	}
	got := []string{exe.Format, exe.BuildMode, exe.Linkage.Value, exe.LinkMode.Value, exe.Package}
	if want := []string{"elf", "c-archive", "none", "external", "example.com/lib"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestNotGo has a program that Go had no hand in.
func TestNotGo(t *testing.T) {
	const path = "/bin/true"
	if _, err := elf.Open(path); err != nil {
		testskip.Missing(t, "no ELF file to look at: %v", err)
	}
	exe, err := File(path)
	if err != nil {
		t.Fatal(err)
	}
	if exe.Package != "" || exe.GoVersion != "" || exe.LinkMode.Value != link.ModeNone {
		t.Errorf("got %q %q %q, want no package, no version, %q", exe.Package, exe.GoVersion, exe.LinkMode.Value, link.ModeNone)
	}
	sameAsELF(t, path, exe)
}
