package predict

import (
	"fmt"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// TestCauses gives each cause as kind, package, what becomes of it without cgo,
// and the chain.
func TestCauses(t *testing.T) {
	stub := &link.Package{ImportPath: "example.com/sqlite", Module: "example.com/sqlite", Cgo: true, CgoFiles: []string{"c.go"}, GoFiles: []string{"stub.go"}}
	only := &link.Package{ImportPath: "example.com/pcap", Module: "example.com/pcap", Cgo: true, CgoFiles: []string{"c.go"}}
	// Two ways to net, the shorter of them by a package that is listed later.
	long := &link.Package{ImportPath: "example.com/a", Imports: []string{"example.com/b"}}
	longer := &link.Package{ImportPath: "example.com/b", Imports: []string{"example.com/c", "os/user"}}
	longest := &link.Package{ImportPath: "example.com/c", Imports: []string{"net"}}
	raw := &link.Package{ImportPath: "example.com/raw", Imports: []string{"runtime/cgo"}}
	for _, c := range []struct {
		name    string
		main    *link.Package
		change  func(*link.Build)
		ldflags string
		want    string
	}{
		{"static", mainOf("fmt"), off, "", ""},
		{"no cgo", mainOf("net"), cgoOff, "", ""},
		{"net", mainOf("net"), off, "", "cgo net pure-go m>net"},
		{"the shortest chain", mainOf("example.com/a", "net/http"), off, "",
			"cgo net pure-go m>net/http>net; cgo os/user pure-go m>a>b>os/user"},
		{"chain of equals", mainOf("os/user", "net"), off, "", "cgo os/user pure-go m>os/user; cgo net pure-go m>net"},
		{"plugin", mainOf("plugin"), off, "", "cgo plugin stub m>plugin"},
		{"a stub", mainOf("example.com/sqlite"), off, "", "cgo sqlite unknown m>sqlite"},
		{"nothing without cgo", mainOf("example.com/pcap"), off, "", "cgo pcap fails m>pcap"},
		{"own", own(), off, "", "cgo m fails m"},
		{"purego", mainOf("example.com/purego"), cgoOff, "", "dynimport purego unknown m>purego"},
		{"runtime/cgo by itself", mainOf("runtime/cgo"), off, "", "cgo runtime/cgo fails m>runtime/cgo"},
		{"runtime/cgo by another", mainOf("example.com/raw"), off, "", "cgo runtime/cgo fails m>raw>runtime/cgo"},
		{"PIE", mainOf("fmt"), func(b *link.Build) { cgoOff(b); b.BuildMode = "pie" }, "", "flag -buildmode=pie unknown m"},
		{"race", mainOf("fmt"), race, "", "flag -race unknown m"},
		{"asan after net", mainOf("net"), asan, "", "cgo net pure-go m>net; flag -asan unknown m"},
		{"-linkmode", mainOf("fmt"), off, "-linkmode=external", "flag -linkmode=external unknown m"},
		{"GO_EXTLINK_ENABLED", mainOf("fmt"), extLink, "", "flag GO_EXTLINK_ENABLED=1 unknown m"},
		{"external and static", mainOf("net"), off, "-linkmode=external -extldflags=-static", "cgo net pure-go m>net"},
		{"-linkmode with own cgo", own(), off, "-linkmode=external", "cgo m fails m; flag -linkmode=external unknown m"},
		{"default PIE", mainOf("fmt"), func(b *link.Build) { cgoOff(b); b.GOOS, b.GOARCH = "android", "arm64" }, "", "flag default PIE unknown m"},
		{"platform", mainOf("fmt"), func(b *link.Build) { cgoOff(b); b.GOOS = "windows"; b.BuildMode = "exe" }, "", "platform windows/amd64 unknown m"},
	} {
		b := build(c.change)
		p := program(b.CgoEnabled, c.main, purego(), stub, only, long, longer, longest, raw)
		p.LDFlags = strings.Fields(c.ldflags)
		var got []string
		for _, cause := range predicted(b, p, known("go1.26.8"), gcc, Machine{}).Causes {
			text := fmt.Sprint(cause.Kind, " ", cause.Package, " ", cause.WithoutCgo, " ", strings.Join(cause.Chain, ">"))
			got = append(got, strings.ReplaceAll(text, "example.com/", ""))
		}
		if got := strings.Join(got, "; "); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// TestCauseModules: the module of a package, "" for what is none.
func TestCauseModules(t *testing.T) {
	p := program(true, mainOf("net", "example.com/purego"), purego())
	p.LDFlags = []string{"-linkmode=external"}
	want := map[string]string{"net": "std", "example.com/purego": "example.com/purego", "-linkmode=external": ""}
	causes := predicted(build(), p, known("go1.26.8"), gcc, Machine{}).Causes
	if len(causes) != len(want) {
		t.Errorf("got %d causes, want %d", len(causes), len(want))
	}
	for _, c := range causes {
		if module, ok := want[c.Package]; !ok || c.Module != module {
			t.Errorf("%s: got module %q, want %q", c.Package, c.Module, module)
		}
	}
}
