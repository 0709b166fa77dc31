package predict

import (
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// TestBadInput: patch releases look at the files that #cgo LDFLAGS lead to.
func TestBadInput(t *testing.T) {
	for release, want := range map[string]string{"go1.26.8": "", "go1.26.11": "bad", "go1.27.4": "bad"} {
		e := predicted(build(), program(true, own(func(p *link.Package) { p.BadInput = "bad" })), known(release), gcc, Machine{})
		if e.BuildError != want || want != "" && e.BuildErrorCertainty != link.AtLeast {
			t.Errorf("%s: got %q, %s, want %q, at-least", release, e.BuildError, e.BuildErrorCertainty, want)
		}
	}
}

// TestSyso is about .syso files that are not objects for the port, as real
// builds took them.
func TestSyso(t *testing.T) {
	elf := func(goarch string) link.HostObject {
		return link.HostObject{File: "x.syso", Format: link.FormatELF, GOARCH: goarch, Relocatable: true}
	}
	of := func(format string) link.HostObject { return link.HostObject{File: "x.syso", Format: format} }
	const (
		static   = "internal | static | - | - | - | -"
		unknown  = "? | ? | ? | ? | ? | ?"
		refused  = "invalid linker input file in .syso: /m/x.syso (unrecognized binary format)"
		hostLink = "running gcc failed: example.com/m: x.syso"
	)
	for _, c := range []struct {
		name      string
		object    link.HostObject
		ldflags   string
		old, now  string // with go1.26.8, and with go1.26.11 and go1.27.4
		certainty link.Certainty
	}{
		{"for this machine", elf("amd64"), "", static, static, link.Exact},
		{"for another machine", elf("arm64"), "", "loadelf: x.syso: elf object but not amd64", "loadelf: x.syso: elf object but not amd64", link.Exact},
		{"for another machine, external", elf("386"), "-linkmode=external", hostLink + ": elf object but not amd64", hostLink + ": elf object but not amd64", link.AtLeast},
		{"an executable", link.HostObject{File: "x.syso", Format: link.FormatELF, GOARCH: "amd64"}, "", "loadelf: x.syso: elf but not elf relocatable object", "loadelf: x.syso: elf but not elf relocatable object", link.Exact},
		{"resources of Windows", of(link.FormatPE), "", static, static, link.Exact},
		{"Mach-O", of(link.FormatMachO), "", unknown, unknown, link.Exact},
		{"garbage", of(""), "", unknown, refused, link.Exact},
		{"garbage, internal", of(""), "-linkmode=internal", "internal linking requested but external linking required: some input objects have an unrecognized file format", refused, link.Exact},
		{"Git LFS", of(link.ObjectLFS), "", hostLink + " is a pointer that Git LFS has not replaced by the file", refused, link.AtLeast},
		{"bitcode", of(link.ObjectBitcode), "", unknown, refused, link.Exact},
		{"an archive", of(link.ObjectArchive), "", unknown, "archive not allowed as .syso in .syso: /m/x.syso", link.Exact},
		{"nothing", link.HostObject{File: "x.syso", Short: true}, "", unknown, "invalid object file in .syso: /m/x.syso", link.Exact},
		{"Go's", of(link.ObjectGo), "", "truncated object file: x.syso", refused, link.AtLeast},
	} {
		main := mainOf("fmt")
		main.Dir, main.Syso, main.HostObjects = "/m", []string{"x.syso"}, []link.HostObject{c.object}
		p := program(false, main)
		if c.ldflags != "" {
			p.LDFlags = []string{c.ldflags}
		}
		for release, want := range map[string]string{"go1.26.8": c.old, "go1.26.11": c.now, "go1.27.4": c.now} {
			e := predicted(build(cgoOff), p, known(release), gcc, Machine{})
			if got := facts(e); got != want {
				t.Errorf("%s, %s:\n got %s\nwant %s", c.name, release, got, want)
			}
			if want == c.old && e.BuildErrorCertainty != c.certainty {
				t.Errorf("%s, %s: got a build error that is %s, want %s", c.name, release, e.BuildErrorCertainty, c.certainty)
			}
		}
	}
}
