package predict

import (
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

func off(*link.Build) {}

// purego stands for the packages that import dynamically from ordinary Go files.
func purego() *link.Package {
	return &link.Package{ImportPath: "example.com/purego", Module: "example.com/purego", GoFiles: []string{"dl.go"}, DynImports: []link.DynImport{
		{Local: "_", Remote: "_", Lib: "libc.so.6"},
		{Local: "_", Remote: "_", Lib: "libdl.so.2"},
		{Local: "dlopen", Remote: "dlopen", Lib: "libdl.so.2"},
	}}
}

// TestTruth holds the pure half of the prediction against what was measured on
// go1.26.8 linux/amd64 with glibc 2.36.
func TestTruth(t *testing.T) {
	wrapper := brew
	wrapper.appends = true
	const (
		static   = "internal | static | - | - | - | -"
		internal = "internal | dynamic | " + gnuLoader + " cc | libc.so.6 | - | 2.34"
		external = "external | dynamic | " + gnuLoader + " cc | libc.so.6 | - | 2.34"
		portPIE  = "internal | dynamic | " + gnuLoader + " port | - | - | -"
		brewed   = "internal | dynamic | " + brewLoader + " cc-specs | libc.so.6 | - | 2.34"
		flagI    = "internal | dynamic | " + gnuLoader + " flag-I | libc.so.6 | - | 2.34"
	)
	sees := []string{"-I", gnuLoader}
	for _, c := range []struct {
		name    string
		main    *link.Package
		change  func(*link.Build)
		ldflags []string
		cc      compiler
		want    string
	}{
		{"fmt", mainOf("fmt"), off, nil, brew, static},
		{"fmt, external", mainOf("fmt"), off, []string{"-linkmode=external"}, gcc, external},
		{"fmt, GO_EXTLINK_ENABLED=1", mainOf("fmt"), extLink, nil, gcc, external},
		{"fmt, race", mainOf("fmt"), race, nil, gcc, internal},
		{"fmt, no cgo, PIE", mainOf("fmt"), func(b *link.Build) { cgoOff(b); b.BuildMode = "pie" }, nil, gcc, portPIE},
		{"fmt, PIE", mainOf("fmt"), mode("pie"), nil, brew, portPIE},
		{"fmt, no cgo, GO_EXTLINK_ENABLED=1", mainOf("fmt"), func(b *link.Build) { cgoOff(b); extLink(b) }, nil, gcc, external},
		{"net", mainOf("net"), off, nil, gcc, internal},
		{"os/user", mainOf("os/user"), off, nil, gcc, internal},
		{"net below net/http", mainOf("net/http"), off, nil, gcc, internal},
		{"net, no cgo", mainOf("net"), cgoOff, nil, gcc, static},
		{"net, no cgo, arm64", mainOf("net"), func(b *link.Build) { cgoOff(b); b.GOARCH = "arm64" }, nil, gcc, static},
		{"net, brew", mainOf("net"), off, nil, brew, brewed},
		{"net, brew, external", mainOf("net"), off, []string{"-linkmode=external"}, brew,
			"external | dynamic | " + brewLoader + " cc-specs | libc.so.6 | " + brewLibs + " | 2.34"},
		{"net, extldflags ignored", mainOf("net"), off, []string{"-extldflags=-static"}, gcc, internal},
		{"net, external and static", mainOf("net"), off, []string{"-linkmode=external", "-extldflags=-static"}, gcc, "external | static | - | - | - | -"},
		{"net, brew, -I", mainOf("net"), off, sees, brew, flagI},
		{"own cgo, brew, -I", own(), off, sees, brew, "external | dynamic | " + gnuLoader + " flag-I | ≥libc.so.6 | " + brewLibs + " | ≥2.34"},
		{"own cgo, a wrapper, -I", own(), off, sees, wrapper, "external | dynamic | " + brewLoader + " cc-specs | ≥libc.so.6 | " + brewLibs + " | ≥2.34"},
		{"own cgo, #cgo LDFLAGS: -static", own(func(p *link.Package) { p.Flags.LDFLAGS = []string{"-static"} }), off, nil, gcc,
			"external | static | - | - | - | -"},
		{"purego, no cgo", mainOf("example.com/purego"), cgoOff, nil, gcc,
			"internal | dynamic | " + gnuLoader + " port | libc.so.6,libdl.so.2 | - | -"},
		{"plugin, no cgo", mainOf("plugin"), cgoOff, nil, gcc, static},
		{"plugin", mainOf("plugin"), off, nil, gcc, external},
		{"cgo alone, no cgo", own(func(p *link.Package) { p.Error = "build constraints exclude all Go files" }), cgoOff, nil, gcc,
			"build constraints exclude all Go files"},
		{"net, -r", mainOf("net"), off, []string{"-r=/opt/a:/opt/b"}, gcc,
			"internal | dynamic | " + gnuLoader + " cc | libc.so.6 | /opt/a,/opt/b | 2.34"},
		{"fmt, -r", mainOf("fmt"), off, []string{"-r=/opt/a"}, gcc, static},
		{"own cgo, -r", own(), off, []string{"-r=/opt/a"}, gcc, "external | dynamic | " + gnuLoader + " cc | ≥libc.so.6 | /opt/a | ≥2.34"},
		{"c-shared", own(), mode("c-shared"), nil, gcc, "external | dynamic | - | ≥libc.so.6 | - | ≥2.34"},
		{"c-archive", own(), mode("c-archive"), nil, gcc, "external | none | - | - | - | -"},
		{"wasm", mainOf("net"), func(b *link.Build) { cgoOff(b); b.GOOS, b.GOARCH = "js", "wasm" }, nil, gcc, "internal | none | - | - | - | -"},
		{"darwin", mainOf("net"), on("darwin", "arm64"), nil, gcc, "internal | dynamic | /usr/lib/dyld port | ? | - | -"},
	} {
		b := build(c.change)
		p := program(b.CgoEnabled, c.main, purego())
		p.LDFlags = c.ldflags
		got := facts(predicted(b, p, known("go1.26.8"), c.cc, Machine{}))
		if got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// TestMissing is about compilers that are not on PATH.
func TestMissing(t *testing.T) {
	for _, c := range []struct {
		name, missing string
		main          *link.Package
		change        func(*link.Build)
		ldflags       []string
		want          string
	}{
		{"std's cgo", "gcc", mainOf("net"), off, nil, `cgo: C compiler "gcc" not found: exec: "gcc": executable file not found in $PATH`},
		{"a path", "/opt/cc", mainOf("net"), func(b *link.Build) { b.CC = []string{"/opt/cc"} }, nil,
			`cgo: C compiler "/opt/cc" not found: exec: "/opt/cc": stat /opt/cc: no such file or directory`},
		{"no cgo in it", "gcc", mainOf("fmt"), off, nil, ""},
		{"C++", "g++", own(func(p *link.Package) { p.CXX = true }), off, nil, `example.com/m: exec: "g++": executable file not found in $PATH`},
		{"C++ that no package has", "g++", own(), off, nil, ""},
		{"SWIG", "swig", own(func(p *link.Package) { p.Swig = true }), off, nil, `example.com/m: exec: "swig": executable file not found in $PATH`},
		{"Fortran", "gfortran", own(func(p *link.Package) { p.Fortran = true }), off, nil, `example.com/m: exec: "gfortran": executable file not found in $PATH`},
		{"FC", "flang", own(func(p *link.Package) { p.Fortran = true }), func(b *link.Build) { b.FC = []string{"flang", "-O"} }, nil, `example.com/m: exec: "flang": executable file not found in $PATH`},
		{"another FC", "gfortran", own(func(p *link.Package) { p.Fortran = true }), func(b *link.Build) { b.FC = []string{"flang"} }, nil, ""},
		{"SWIG that no package wants", "swig", own(), off, nil, ""},
		{"-extld", "lld", own(), off, []string{"-extld=lld"}, `running lld failed: exec: "lld": executable file not found in $PATH`},
	} {
		p := program(true, c.main)
		p.LDFlags = c.ldflags
		why := "executable file not found in $PATH"
		if strings.Contains(c.missing, "/") {
			why = "stat " + c.missing + ": no such file or directory"
		}
		e := predicted(build(c.change), p, known("go1.26.8"), gcc, Machine{Missing: map[string]string{c.missing: why}})
		if e.BuildError != c.want {
			t.Errorf("%s: got %q, want %q", c.name, e.BuildError, c.want)
		}
		if (e.LinkMode.Certainty == link.Unknown) != (c.want != "") {
			t.Errorf("%s: got a link mode that is %s beside the build error %q", c.name, e.LinkMode.Certainty, e.BuildError)
		}
	}
}

// TestEmptyCompiler: CC=" " has the go command panic.
func TestEmptyCompiler(t *testing.T) {
	noCC, noCXX := func(b *link.Build) { b.CC = nil }, func(b *link.Build) { b.CXX = nil }
	for _, c := range []struct {
		main   *link.Package
		change func(*link.Build)
		want   string
	}{
		{mainOf("net"), noCC, "CC is empty, and net uses cgo"},
		{mainOf("fmt"), noCC, ""},
		{mainOf("net"), noCXX, ""},
		{own(func(p *link.Package) { p.CXX = true }), noCXX, "CXX is empty, and example.com/m uses cgo"},
	} {
		e := predicted(build(c.change), program(true, c.main), known("go1.26.8"), gcc, Machine{})
		if e.BuildError != c.want {
			t.Errorf("got %q, want %q", e.BuildError, c.want)
		}
		if c.want != "" && e.BuildErrorCertainty != link.AtLeast {
			t.Errorf("%s: got it %s, want at-least", c.want, e.BuildErrorCertainty)
		}
	}
}

// TestLinker is about the program that an external link runs.
func TestLinker(t *testing.T) {
	cxx := own(func(p *link.Package) { p.CXX = true })
	for _, c := range []struct {
		name    string
		main    *link.Package
		change  func(*link.Build)
		ldflags []string
		want    string
	}{
		{"internal", mainOf("net"), off, nil, ""},
		{"CC", own(), off, nil, "gcc"},
		{"CXX", cxx, off, nil, "g++"},
		{"-extld", cxx, off, []string{"-extld=clang -m64"}, "clang"},
		{"an archive", own(), mode("c-archive"), nil, ""},
	} {
		p := program(true, c.main)
		p.LDFlags = c.ldflags
		if got := New(build(c.change), p, known("go1.26.8")).Linker(); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
