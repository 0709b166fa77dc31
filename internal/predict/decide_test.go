package predict

import (
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// A choice is a build of a program, and the link mode that comes of it or the
// words of the refusal.
type choice struct {
	name    string
	release string
	change  func(*link.Build)
	ldflags string
	main    *link.Package
	want    string // "external: " or "internal: " and the reason, or a refusal
}

func (c choice) check(t *testing.T) {
	t.Helper()
	b := build(c.change)
	p := program(b.CgoEnabled, c.main, &link.Package{ImportPath: "example.com/syso", Syso: []string{"x.syso"}})
	p.LDFlags = strings.Fields(c.ldflags)
	d := New(b, p, known(c.release)).d
	got := "internal: " + d.reason
	switch {
	case d.buildError != "":
		got = d.buildError
	case d.doubt != "":
		got = d.doubt
	case d.external:
		got = "external: " + d.reason
	}
	if got != c.want {
		t.Errorf("%s, %s:\n got %s\nwant %s", c.name, c.release, got, c.want)
	}
}

// TestForced: the rules in cmd/link's order, by port and release.
func TestForced(t *testing.T) {
	const net = "internal: all C code is in packages that the linker takes in itself: net, runtime/cgo"
	both := func(changes ...func(*link.Build)) func(*link.Build) {
		return func(b *link.Build) {
			for _, change := range changes {
				change(b)
			}
		}
	}
	noCgo := func(goos, goarch string) func(*link.Build) { return both(cgoOff, on(goos, goarch)) }
	for _, c := range []choice{
		{"android", "go1.26.8", on("android", "386"), "", mainOf(), "external: android/386 requires external linking"},
		{"msan", "go1.26.8", both(msan, mode("pie")), "", own(), "external: msan"},
		{"asan", "go1.26.8", asan, "", mainOf(), "external: asan"},
		{"mips with cgo", "go1.26.8", on("linux", "mips"), "", mainOf("net"), "external: mips does not support internal cgo"},
		{"mips without", "go1.26.8", on("linux", "mips"), "", mainOf("fmt"), "internal: no package uses cgo"},
		{"dragonfly", "go1.26.8", on("dragonfly", "amd64"), "", mainOf("net"), "external: amd64 does not support internal cgo"},
		{"riscv64 then", "go1.21.13", on("linux", "riscv64"), "", mainOf("net"), "external: riscv64 does not support internal cgo"},
		{"riscv64 now", "go1.22.12", on("linux", "riscv64"), "", mainOf("net"), net},
		{"loong64 then", "go1.24.13", on("linux", "loong64"), "", mainOf("net"), "external: loong64 does not support internal cgo"},
		{"loong64 now", "go1.25.12", on("linux", "loong64"), "", mainOf("net"), net},
		{"windows/arm64 then", "go1.25.12", on("windows", "arm64"), "", mainOf("net"), "external: arm64 does not support internal cgo"},
		{"windows/arm64 now", "go1.26.8", on("windows", "arm64"), "", mainOf("net"), net},
		{"c-archive", "go1.26.8", mode("c-archive"), "", own(), "external: buildmode=c-archive"},
		{"c-shared", "go1.26.8", mode("c-shared"), "", own(), "external: buildmode=c-shared"},
		{"c-shared for wasm", "go1.26.8", both(cgoOff, on("wasip1", "wasm"), mode("c-shared")), "", mainOf(), "internal: no package uses cgo"},
		{"plugin", "go1.26.8", mode("plugin"), "", mainOf(), "external: buildmode=plugin"},
		{"shared", "go1.26.8", mode("shared"), "", mainOf(), "no packages to build"},
		{"archive", "go1.26.8", mode("archive"), "", mainOf(), "no packages to build"},
		{"linkshared", "go1.26.8", func(b *link.Build) { b.LinkShared = true }, "", mainOf("net"), "external: dynamically linking with a shared library"},
		{"linkshared without cgo", "go1.26.8", func(b *link.Build) { b.LinkShared = true }, "", mainOf("fmt"), "cannot implicitly include runtime/cgo in a shared library"},
		{"windowsgui", "go1.26.8", on("windows", "amd64"), "-H=windowsgui", mainOf("fmt"), "internal: no package uses cgo"},
		{"msan to the linker", "go1.26.8", off, "-msan", mainOf("net"), "external: msan"},
		{"linkshared to the linker", "go1.26.8", off, "-linkshared", mainOf(), "external: dynamically linking with a shared library"},
		{"PIE", "go1.26.8", mode("pie"), "", mainOf("fmt"), "internal: no package uses cgo"},
		{"PIE on arm", "go1.26.8", both(on("linux", "arm"), mode("pie")), "", mainOf("fmt"), "external: buildmode=pie"},
		{"PIE on s390x then", "go1.26.8", both(on("linux", "s390x"), mode("pie")), "", mainOf("fmt"), "external: buildmode=pie"},
		{"PIE on s390x now", "go1.27.4", both(on("linux", "s390x"), mode("pie")), "", mainOf("fmt"), "internal: no package uses cgo"},
		{"msan on arm64 is a PIE", "go1.26.8", both(msan, on("linux", "arm64")), "", own(), "external: msan"},
		{"ppc64 then", "go1.26.8", noCgo("linux", "ppc64"), "-linkmode=external", mainOf(), "external linking not supported for linux/ppc64"},
		{"ppc64 with GO_EXTLINK_ENABLED", "go1.26.8", both(extLink, noCgo("linux", "ppc64")), "", mainOf(), "external linking not supported for linux/ppc64"},
		{"ppc64 now", "go1.27.4", both(extLink, on("linux", "ppc64")), "", mainOf("net"), "external: GO_EXTLINK_ENABLED=1"},
		{"ppc64le", "go1.26.8", both(extLink, on("linux", "ppc64le")), "", mainOf("net"), "external: GO_EXTLINK_ENABLED=1"},
		{"internal refused", "go1.26.8", asan, "-linkmode=internal", mainOf(), "internal linking requested but external linking required: asan"},
		{"internal refused by the environment", "go1.26.8", both(asan, func(b *link.Build) { b.ExtLink = "0" }), "", mainOf(),
			"internal linking requested via GO_EXTLINK_ENABLED but external linking required: asan"},
	} {
		c.check(t)
	}
}

// TestPreferred is about what decides where nothing is forced.
func TestPreferred(t *testing.T) {
	cxx := own(func(p *link.Package) { p.CXX = true })
	for _, c := range []choice{
		{"no cgo", "go1.26.8", off, "", mainOf("fmt"), "internal: no package uses cgo"},
		{"own cgo", "go1.26.8", off, "", own(), "external: example.com/m has C objects that only the external linker takes"},
		{"C++", "go1.26.8", off, "", cxx, "external: example.com/m has C objects that only the external linker takes"},
		{"plugin", "go1.26.8", off, "", mainOf("plugin"), "external: plugin has C objects that only the external linker takes"},
		{"os/user", "go1.26.8", off, "", mainOf("os/user"), "internal: all C code is in packages that the linker takes in itself: os/user, runtime/cgo"},
		{"race", "go1.26.8", race, "", mainOf("fmt"), "internal: all C code is in packages that the linker takes in itself: runtime/cgo, runtime/race"},
		{"syso without cgo", "go1.26.8", off, "", mainOf("example.com/syso"), "internal: no package uses cgo"},
		{"syso with cgo", "go1.26.8", off, "", mainOf("net", "example.com/syso"), "external: example.com/syso has C objects that only the external linker takes"},
		{"own cgo, internal", "go1.26.8", off, "-linkmode=internal", own(), "internal: -linkmode=internal"},
		{"the flag beats the environment", "go1.26.8", extLink, "-linkmode=internal", own(), "internal: -linkmode=internal"},
		{"the last flag", "go1.26.8", off, "-linkmode=internal -linkmode=external", mainOf("net"), "external: -linkmode=external"},
		{"auto is none", "go1.26.8", off, "-linkmode=external -linkmode=auto", mainOf("fmt"), "internal: no package uses cgo"},
		{"no such mode", "go1.26.8", off, "-linkmode=both", mainOf("fmt"), `invalid value "both" for flag -linkmode: invalid linkmode: "both"`},
		{"runtime/cgo by itself", "go1.26.8", cgoOff, "", mainOf("runtime/cgo"), "relocation target x_cgo_init not defined"},
		{"runtime/cgo by itself, external", "go1.26.8", func(b *link.Build) { cgoOff(b); extLink(b) }, "", mainOf("runtime/cgo"), "undefined reference to `x_cgo_init'"},
		{"runtime/cgo with cgo", "go1.26.8", off, "", mainOf("runtime/cgo"), "internal: all C code is in packages that the linker takes in itself: runtime/cgo"},
	} {
		c.check(t)
	}
}

// TestBakedExtLink: GO_EXTLINK_ENABLED of make.bash, which the environment beats.
func TestBakedExtLink(t *testing.T) {
	baked := known("go1.26.8")
	baked.ExtLinkDefault = "1"
	if d := New(build(), program(true, mainOf("fmt")), baked).d; !d.external || d.reason != "GO_EXTLINK_ENABLED=1" {
		t.Errorf("got external %v, %q, want external by GO_EXTLINK_ENABLED=1", d.external, d.reason)
	}
	zero := build(func(b *link.Build) { b.ExtLink = "0" })
	if d := New(zero, program(true, mainOf("fmt")), baked).d; d.external {
		t.Errorf("got external: %s, want internal", d.reason)
	}
}

func TestBuildMode(t *testing.T) {
	for _, c := range []struct {
		release, goos, goarch string
		change                func(*link.Build)
		ldflags, want         string
	}{
		{"go1.26.8", "linux", "amd64", off, "", "exe"},
		{"go1.26.8", "linux", "amd64", mode("pie"), "", "pie"},
		{"go1.26.8", "linux", "amd64", off, "-buildmode=pie", "pie"},
		{"go1.26.8", "linux", "amd64", mode("pie"), "-buildmode=exe", "exe"},
		{"go1.26.8", "linux", "amd64", msan, "", "exe"},
		{"go1.26.8", "linux", "arm64", msan, "", "pie"},
		{"go1.26.8", "linux", "arm64", func(b *link.Build) { msan(b); b.BuildMode = "exe" }, "", "exe"},
		{"go1.26.8", "android", "arm64", off, "", "pie"},
		{"go1.21.13", "darwin", "amd64", off, "", "exe"},
		{"go1.22.12", "darwin", "amd64", off, "", "pie"},
		{"go1.22.12", "darwin", "amd64", mode("exe"), "", "exe"},
		{"go1.22.12", "darwin", "arm64", mode("exe"), "", "pie"},
		{"go1.26.8", "windows", "amd64", race, "", "exe"},
		{"go1.26.8", "windows", "amd64", off, "", "pie"},
	} {
		p := program(true, mainOf("fmt"))
		p.LDFlags = strings.Fields(c.ldflags)
		b := build(c.change, on(c.goos, c.goarch))
		if got := New(b, p, known(c.release)).d.buildmode; got != c.want {
			t.Errorf("%s/%s, %s, -buildmode=%s -ldflags=%s: got %s, want %s", c.goos, c.goarch, c.release, b.BuildMode, c.ldflags, got, c.want)
		}
	}
}

// TestRefusals are those of the go command that come before any link, the first
// of them in the order of the build: dependencies before what imports them.
func TestRefusals(t *testing.T) {
	dep := func(change func(*link.Package)) *link.Package {
		p := &link.Package{ImportPath: "example.com/dep", GoFiles: []string{"d.go"}}
		change(p)
		return p
	}
	undefined := func(p *link.Package) { p.Undefined, p.UndefinedCertainty = "undefined: x", link.AtLeast }
	for _, c := range []struct {
		name      string
		program   link.Program
		want      string
		certainty link.Certainty
	}{
		{"the whole build", link.Program{Error: "-race requires cgo"}, "-race requires cgo", link.Exact},
		{"a dependency first", program(true, &link.Package{ImportPath: "example.com/m", Error: "later", Imports: []string{"example.com/dep"}},
			dep(func(p *link.Package) { p.Error = "sooner" })), "sooner", link.Exact},
		{"a package that is not linked", program(true, mainOf("fmt"), dep(func(p *link.Package) { p.Error = "elsewhere" })), "", link.Exact},
		{"no func main", program(true, &link.Package{ImportPath: "example.com/m", NoMain: link.Exact}),
			"runtime.main_main·f: function main is undeclared in the main package", link.Exact},
		{"perhaps in assembly", program(true, &link.Package{ImportPath: "example.com/m", NoMain: link.AtLeast}),
			"runtime.main_main·f: function main is undeclared in the main package", link.AtLeast},
		{"refused without cgo", program(true, mainOf("example.com/dep"), dep(func(p *link.Package) { p.Refused = "no" })), "no", link.Exact},
		{"undefined", program(true, mainOf("example.com/dep"), dep(undefined)), "undefined: x", link.AtLeast},
		{"an error before what is undefined", program(true, &link.Package{ImportPath: "example.com/m", Error: "sure", Imports: []string{"example.com/dep"}}, dep(undefined)),
			"sure", link.Exact},
	} {
		if c.program.Main == nil {
			p := program(true, mainOf("fmt"))
			p.Error = c.program.Error
			c.program = p
		}
		e := predicted(build(), c.program, known("go1.26.8"), gcc, Machine{})
		if e.BuildError != c.want || e.BuildErrorCertainty != c.certainty {
			t.Errorf("%s: got %q, %s, want %q, %s", c.name, e.BuildError, e.BuildErrorCertainty, c.want, c.certainty)
		}
		if c.want != "" && (e.Linkage.Certainty != link.Unknown || e.Linkage.Because != "the build fails") {
			t.Errorf("%s: got linkage %+v beside a build error", c.name, e.Linkage)
		}
	}
}
