package predict

import (
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// TestDoubt takes one function from what is known of a toolchain, and looks at
// what can still be said.
func TestDoubt(t *testing.T) {
	const (
		nothing = "? | ? | ? | ? | ? | ?"
		static  = "internal | static | - | - | - | -"
	)
	pie := func(b *link.Build) { cgoOff(b); b.BuildMode = "pie" }
	exe := func(b *link.Build) { b.BuildMode = "exe" }
	for _, c := range []struct {
		strange string
		main    *link.Package
		change  func(*link.Build)
		want    string
	}{
		{"DefaultPIE", mainOf("fmt"), off, nothing},
		{"DefaultPIE", mainOf("fmt"), exe, static},
		{"buildModeInit", mainOf("fmt"), off, nothing},
		{"instrumentInit", mainOf("fmt"), off, static},
		{"instrumentInit", own(), msan, nothing},
		{"Set", mainOf("fmt"), exe, nothing},
		{"Set", mainOf("fmt"), pie, "internal | dynamic | " + gnuLoader + " port | - | - | -"},
		{"distInfo", mainOf("fmt"), off, nothing},
		{"MustLinkExternal", mainOf("fmt"), off, nothing},
		{"mustLinkExternal", mainOf("fmt"), off, nothing},
		{"determineLinkMode", mainOf("fmt"), off, nothing},
		{"LinkerDeps", mainOf("fmt"), off, nothing},
		{"externalLinkingReason", mainOf("fmt"), off, nothing},
		{"loadlib", mainOf("fmt"), off, nothing},
		{"InternalLinkPIESupported", mainOf("fmt"), off, static},
		{"InternalLinkPIESupported", mainOf("fmt"), pie, nothing},
		{"internalpkg", mainOf("fmt"), off, static},
		{"internalpkg", mainOf("net"), off, nothing},
		{"ldhostobj", mainOf("net"), off, nothing},
		{"cgo", mainOf("net"), off, nothing},
		{"checkLinkerFlagsForInternalLink", mainOf("net"), off, nothing},
		{"setCgoAttr", mainOf("fmt"), off, nothing},
		{"dynimport", mainOf("fmt"), off, static},
		{"dynimport", mainOf("net"), off, nothing},
		{"dynimport/cgo", mainOf("net"), off, nothing},
		{"hostlink", mainOf("net"), off, "internal | dynamic | " + gnuLoader + " cc | libc.so.6 | - | 2.34"},
		{"hostlink", own(), off, "external | ? | ? | ? | ? | ?"},
		{"ld", own(), off, "external | ? | ? | ? | ? | ?"},
		{"asmbElf", mainOf("fmt"), off, static},
		{"asmbElf", mainOf("net"), off, "internal | dynamic | ? | libc.so.6 | - | 2.34"},
		{"Init/amd64", mainOf("net"), off, "internal | dynamic | " + gnuLoader + " cc | libc.so.6 | - | 2.34"},
		{"Init/amd64", mainOf("fmt"), pie, "internal | dynamic | ? | - | - | -"},
		{"GO_LDSO", mainOf("fmt"), pie, "internal | dynamic | ? | - | - | -"},
		{"Init/arm64", mainOf("fmt"), pie, "internal | dynamic | " + gnuLoader + " port | - | - | -"},
	} {
		b := build(c.change)
		e := predicted(b, program(b.CgoEnabled, c.main), known("go1.26.8", c.strange), gcc, Machine{})
		if got := facts(e); got != c.want {
			t.Errorf("without %s, %v, -buildmode=%s:\n got %s\nwant %s", c.strange, c.main.Imports, b.BuildMode, got, c.want)
		}
		if strings.Contains(c.want, "?") {
			why := e.LinkMode.Because + e.Linkage.Because + e.Interpreter.Because
			if !strings.Contains(why, "this go1.26.8 decides it by a "+c.strange+" that no known release has") {
				t.Errorf("without %s: got %q for a reason", c.strange, why)
			}
		}
	}
}

// TestForeignTools are settings that nobody can see through, and ports that
// are in no table.
func TestForeignTools(t *testing.T) {
	for _, c := range []struct {
		change  func(*link.Build)
		release string
		want    string
	}{
		{func(b *link.Build) { b.Compiler = "gccgo" }, "go1.26.8", "-compiler=gccgo links in its own way"},
		{func(b *link.Build) { b.ToolExec = "garble" }, "go1.26.8", "-toolexec=garble may change what the compiler and the linker do"},
		{on("linux", "sparc64"), "go1.26.8", "linux/sparc64 of go1.26.8 is not in the tables"},
		{off, "go1.99.1", "linux/amd64 of go1.99.1 is not in the tables"},
	} {
		e := predicted(build(c.change), program(true, mainOf("fmt")), known(c.release), gcc, Machine{})
		if e.Linkage.Certainty != link.Unknown || e.Linkage.Because != c.want || e.BuildError != "" {
			t.Errorf("got %+v, build error %q, want unknown because %q", e.Linkage, e.BuildError, c.want)
		}
	}
}

// TestOldRule: a fact of the port is that of the release whose function the
// toolchain has, whatever the toolchain is called.
func TestOldRule(t *testing.T) {
	patched := known("go1.27.4")
	patched.Rules["Init/riscv64"] = "go1.26.8"
	b := build(cgoOff, on("linux", "riscv64"))
	p := program(false, mainOf("example.com/purego"), purego())
	old, now := predicted(b, p, patched, gcc, Machine{}), predicted(b, p, known("go1.27.4"), gcc, Machine{})
	if old.Interpreter.Value == now.Interpreter.Value || old.Interpreter.Value != "/lib/ld.so.1" {
		t.Errorf("got %q with the function of go1.26.8 and %q without, want /lib/ld.so.1 and another", old.Interpreter.Value, now.Interpreter.Value)
	}
}
