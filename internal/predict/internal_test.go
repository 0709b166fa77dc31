package predict

import (
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// TestInterpreter is about the loader of an internal link: the first that
// applies of -I, runtime/cgo's, GO_LDSO, the port's.
func TestInterpreter(t *testing.T) {
	const ldso = "/opt/go/ld.so"
	archived := func(source link.Source, loader string) Machine {
		return Machine{Archives: map[string]link.CgoArchive{
			"runtime/cgo": {File: "/cache/ab/abcd-d", Source: source, Loader: loader, Libs: []string{"libc.so.6"},
				Symbols: []link.Symbol{{Name: "pthread_create", Version: "GLIBC_2.34", Lib: "libc.so.6"}}},
			"net": {File: "/cache/cd/cdef-d", Source: source, Libs: []string{"libc.so.6"}}}}
	}
	baked := func(t *link.Toolchain) { t.GOLDSO, t.GOLDSOAt = ldso, "zbootstrap.go:12" }
	alpine := func(t *link.Toolchain) { t.Loaders = map[string]bool{muslLoader: true} }
	nowhere := func(t *link.Toolchain) { t.Loaders = nil }
	same := func(*link.Toolchain) {}
	net, dl := mainOf("net"), mainOf("example.com/purego")
	pie := func(b *link.Build) { cgoOff(b); b.BuildMode = "pie" }
	for _, c := range []struct {
		name      string
		main      *link.Package
		change    func(*link.Build)
		ldflags   []string
		toolchain func(*link.Toolchain)
		cc        compiler
		machine   Machine
		want      string
		because   string
	}{
		{"-I first", net, off, []string{"-I=/x"}, baked, brew, archived(link.SourceBuildCache, "/old"), "/x flag-I", "-ldflags=-I"},
		{"then CC's", net, off, nil, baked, brew, Machine{}, brewLoader + " cc-specs", "as it is set up"},
		{"GO_LDSO for what has no runtime/cgo", dl, cgoOff, nil, baked, gcc, Machine{}, ldso + " go-ldso", "GO_LDSO baked into this go1.26.8: zbootstrap.go:12"},
		{"GO_LDSO in a PIE", mainOf("fmt"), pie, nil, baked, gcc, Machine{}, ldso + " go-ldso", ""},
		{"GO_LDSO has no musl path", mainOf("fmt"), pie, nil, func(t *link.Toolchain) { baked(t); alpine(t) }, gcc, Machine{}, ldso + " go-ldso", ""},
		{"GO_LDSO for the host's port only", dl, func(b *link.Build) { cgoOff(b); b.GOARCH = "arm64" }, nil, baked, gcc, Machine{},
			"/lib/ld-linux-aarch64.so.1 port", "cmd/link's default for linux/arm64"},
		{"the port's", dl, cgoOff, nil, same, gcc, Machine{}, gnuLoader + " port", "cmd/link's default for linux/amd64"},
		{"a packager's own loader", dl, cgoOff, nil, func(t *link.Toolchain) {
			t.Packager = "Guix"
			t.LinkerLoaders = map[string]link.Place{"Init/amd64": {Value: "/gnu/store/x/ld.so", File: "obj.go", Line: 7}}
		}, gcc, Machine{}, "/gnu/store/x/ld.so port", "obj.go:7: written into the linker of this go1.26.8 by Guix"},
		{"a packager's own loader is not here, and musl's is", dl, cgoOff, nil, func(t *link.Toolchain) {
			alpine(t)
			t.LinkerLoaders = map[string]link.Place{"Init/amd64": {Value: "/gnu/store/x/ld.so", File: "obj.go", Line: 7}}
		}, gcc, Machine{}, muslLoader + " port-musl", "/gnu/store/x/ld.so is not on this machine, and " + muslLoader + " is"},
		{"musl's", dl, cgoOff, nil, alpine, gcc, Machine{}, muslLoader + " port-musl", gnuLoader + " is not on this machine, and " + muslLoader + " is"},
		{"both are here", dl, cgoOff, nil, func(t *link.Toolchain) { t.Loaders[muslLoader] = true }, gcc, Machine{}, gnuLoader + " port", ""},
		{"neither is here", dl, cgoOff, nil, nowhere, gcc, Machine{}, gnuLoader + " port", ""},
		{"no musl path before go1.27", dl, func(b *link.Build) { cgoOff(b); b.GOARCH = "riscv64" }, nil, nowhere, gcc, Machine{}, "/lib/ld.so.1 port", ""},
		{"freebsd", dl, func(b *link.Build) { cgoOff(b); b.GOOS = "freebsd" }, nil, alpine, gcc, Machine{}, "/libexec/ld-elf.so.1 port", ""},
		{"an archive of this CC", net, off, nil, same, gcc, archived(link.SourceBuildCache, gnuLoader), gnuLoader + " cc", "as it is set up"},
		{"K05: an archive of another CC", net, off, nil, same, gcc, archived(link.SourceBuildCache, brewLoader), brewLoader + " build-cache",
			"runtime/cgo was compiled earlier, as abcd-d of the build cache, and names it; net brings it into example.com/m"},
		{"K05: -a compiles anew", net, func(b *link.Build) { b.All = true }, nil, same, gcc, archived(link.SourceBuildCache, brewLoader), gnuLoader + " cc", ""},
		{"GOROOT's archive", net, off, nil, same, gcc, archived(link.SourceGOROOTArchive, brewLoader), brewLoader + " goroot-archive",
			"/cache/ab/abcd-d of this go1.26.8, precompiled, names " + brewLoader + "; net brings it into example.com/m"},
		{"GOROOT's archive, as CC has it", net, off, nil, same, gcc, archived(link.SourceGOROOTArchive, gnuLoader), gnuLoader + " goroot-archive", ""},
		{"nobody knows the archives", net, off, nil, same, gcc, Machine{ArchivesUnknown: "go list -n timed out"}, "?",
			"go list -n timed out; gcc would give it"},
		{"nobody knows the archives, -a", net, func(b *link.Build) { b.All = true }, nil, same, gcc, Machine{ArchivesUnknown: "go list -n timed out"}, gnuLoader + " cc", ""},
		{"nobody knows the archives, no cgo", dl, cgoOff, nil, same, gcc, Machine{ArchivesUnknown: "go list -n timed out"}, gnuLoader + " port", ""},
		{"CC did not answer", net, off, nil, same, compiler{fails: "gcc did not answer in 10s"}, Machine{}, "?", "gcc did not answer in 10s"},
	} {
		tc := known("go1.26.8")
		c.toolchain(&tc)
		b := build(c.change)
		p := program(b.CgoEnabled, c.main, purego())
		p.LDFlags = c.ldflags
		e := predicted(b, p, tc, c.cc, c.machine)
		got := strings.Split(facts(e)+" |  | ", " | ")[2]
		if got != c.want || c.because != "" && e.Interpreter.Because != c.because {
			t.Errorf("%s:\n got %s because %q\nwant %s because %q", c.name, facts(e), e.Interpreter.Because, c.want, c.because)
		}
	}
}

// TestStaticFlags: -d, and -static where only cmd/link links.
func TestStaticFlags(t *testing.T) {
	relocation := "relocation target pthread_create not defined"
	const dflag = "cannot use dynamic imports with -d flag"
	pie := func(b *link.Build) { cgoOff(b); b.BuildMode = "pie" }
	static := cgoLDFLAGS("-static")
	for _, c := range []struct {
		name, release string
		main          *link.Package
		change        func(*link.Build)
		ldflags       string
		want          string
	}{
		{"-d", "go1.26.8", mainOf("fmt"), off, "-d", "internal | static | - | - | - | -"},
		{"-d and net", "go1.26.8", mainOf("net"), off, "-d", dflag},
		{"-d=false and net", "go1.26.8", mainOf("net"), off, "-d=false", "internal | dynamic | " + gnuLoader + " cc | libc.so.6 | - | 2.34"},
		{"-d and purego", "go1.26.8", mainOf("example.com/purego"), cgoOff, "-d", dflag},
		{"-d and own cgo", "go1.26.8", own(), off, "-d", dflag},
		{"-d and an external link", "go1.26.8", mainOf("fmt"), off, "-d -linkmode=external", dflag},
		{"-d and an external link without runtime/cgo", "go1.26.8", mainOf("fmt"), func(b *link.Build) { cgoOff(b); extLink(b) }, "-d",
			"external | dynamic | " + gnuLoader + " cc | libc.so.6 | - | 2.34"},
		{"-d and a PIE", "go1.26.8", mainOf("fmt"), pie, "-d", "internal | static-pie | - | - | - | -"},
		{"CGO_LDFLAGS=-static", "go1.26.8", mainOf("net"), static, "", relocation},
		{"CGO_LDFLAGS=-static from 1.27 on", "go1.27.4", mainOf("net"), static, "", "external | static | - | - | - | -"},
		{"CGO_LDFLAGS=-static, external", "go1.26.8", mainOf("net"), static, "-linkmode=external", "external | static | - | - | - | -"},
		{"CGO_LDFLAGS=-static without cgo in it", "go1.26.8", mainOf("fmt"), static, "", "internal | static | - | - | - | -"},
		{"-I with a comma", "go1.26.8", own(), off, "-I=/a,b", "external | dynamic | /a,b flag-I | ≥libc.so.6 | - | ≥2.34"},
		{"-I with a comma, refused", "go1.26.11", own(), off, "-I=/a,b", `invalid dynamic linker path "/a,b"`},
		{"-I with a comma, before it was", "go1.27.0", own(), off, "-I=/a,b", "external | dynamic | /a,b flag-I | ≥libc.so.6 | - | ≥2.34"},
	} {
		b := build(c.change)
		p := program(b.CgoEnabled, c.main, purego())
		p.LDFlags = strings.Fields(c.ldflags)
		got := facts(predicted(b, p, known(c.release), gcc, Machine{}))
		if strings.HasPrefix(got, "relocation target ") { // which one is the table's to say
			got = relocation
		}
		if got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// TestFailingCompiler: a trial link that does not work leaves the link mode of
// the answer alone.
func TestFailingCompiler(t *testing.T) {
	for _, main := range []*link.Package{mainOf("net"), own()} {
		e := predicted(build(), program(true, main), known("go1.26.8"), compiler{fails: "exit status 1"}, Machine{})
		if e.Linkage.Certainty != link.Unknown || !strings.Contains(e.Linkage.Because, "exit status 1") || e.BuildError != "" {
			t.Errorf("%v: got linkage %+v, build error %q", main.Imports, e.Linkage, e.BuildError)
		}
	}
	e := New(build(), program(true, own()), known("go1.26.8")).Executable(Machine{})
	if e.LinkMode.Value != link.ModeExternal || e.Linkage.Because != "the C compiler was not asked" {
		t.Errorf("unasked: got link mode %+v, linkage %+v", e.LinkMode, e.Linkage)
	}
}

// TestInternalGlibc: exact only where a name that is certainly left has the
// highest version that any name may have.
func TestInternalGlibc(t *testing.T) {
	versions := map[string]string{"pthread_create": "2.34", "res_search": "2.34", "fopen": "2.2.5", "arc4random": "2.36"}
	for _, c := range []struct {
		name      string
		in        dynamic
		iscgo     bool
		value     string
		certainty link.Certainty
	}{
		{"nothing imported", dynamic{}, false, "", link.Exact},
		{"names without versions", dynamic{any: true, libsCertainty: link.Exact}, false, "", link.Exact},
		{"the highest is left", dynamic{symbols: versions, all: []string{"pthread_create", "fopen"}, live: []string{"pthread_create"}, counted: true}, true, "2.34", link.Exact},
		{"another as high", dynamic{symbols: versions, all: []string{"pthread_create", "res_search"}, live: []string{"res_search"}, counted: true}, true, "2.34", link.Exact},
		{"a higher one may be left", dynamic{symbols: versions, all: []string{"pthread_create", "arc4random"}, live: []string{"pthread_create"}, counted: true}, true, "2.34", link.AtLeast},
		{"names not measured", dynamic{symbols: versions, live: []string{"pthread_create"}}, true, "2.34", link.AtLeast},
		{"none is certain", dynamic{symbols: versions, all: []string{"fopen"}, counted: true}, true, "", link.AtLeast},
		{"an old libc", dynamic{symbols: versions, all: []string{"fopen"}, live: []string{"fopen"}, counted: true}, true, "2.2.5", link.AtLeast},
	} {
		d := &decision{iscgo: c.iscgo}
		if got := d.internalGlibc(c.in); got.Value != c.value || got.Certainty != c.certainty {
			t.Errorf("%s: got %q, %s, want %q, %s", c.name, got.Value, got.Certainty, c.value, c.certainty)
		}
	}
}

// TestGoImports are the lines of ordinary Go files.
func TestGoImports(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines []link.DynImport
		want  string
	}{
		{"libraries by name", []link.DynImport{{Local: "_", Remote: "_", Lib: "liba.so"}, {Local: "_", Remote: "_", Lib: "liba.so"}}, "liba.so | - | -"},
		{"a name of a library that is there anyway", []link.DynImport{{Local: "f", Remote: "f", Lib: "liba.so"}, {Local: "_", Remote: "_", Lib: "liba.so"}}, "liba.so | - | -"},
		{"a name that may be dropped", []link.DynImport{{Local: "f", Remote: "f", Lib: "liba.so"}}, "≥- | - | -"},
		{"a name without a library", []link.DynImport{{Local: "f", Remote: "f"}}, "- | - | -"},
		{"a name with a version", []link.DynImport{{Local: "f", Remote: "f#GLIBC_2.38", Lib: "liba.so"}, {Local: "_", Remote: "_", Lib: "liba.so"}}, "liba.so | - | ≥-"},
	} {
		dl := &link.Package{ImportPath: "example.com/dl", DynImports: c.lines}
		got := facts(predicted(build(cgoOff), program(false, mainOf("example.com/dl"), dl), known("go1.26.8"), gcc, Machine{}))
		if want := "internal | dynamic | " + gnuLoader + " port | " + c.want; got != want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, want)
		}
	}
}
