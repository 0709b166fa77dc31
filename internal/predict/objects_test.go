package predict

import (
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// TestStrangeObjects is about C compiler words for which an empty program links
// otherwise than the build does, or the build not at all.
func TestStrangeObjects(t *testing.T) {
	cc := func(words string) func(*link.Build) { return func(b *link.Build) { b.CC = strings.Fields(words) } }
	cflags := func(words string) func(*link.Build) {
		return func(b *link.Build) { b.Cgo.CFLAGS = strings.Fields(words) }
	}
	both := func(w string) func(*link.Build) {
		return func(b *link.Build) { b.Cgo.CFLAGS, b.Cgo.LDFLAGS = []string{w}, []string{w} }
	}
	const (
		internal = "internal | dynamic | " + gnuLoader + " cc | libc.so.6 | - | 2.34"
		external = "external | dynamic | " + gnuLoader + " cc | libc.so.6 | - | 2.34"
		unknown  = "? | ? | ? | ? | ? | ?"
	)
	for _, c := range []struct {
		name    string
		change  func(*link.Build)
		ldflags string
		want    string
		word    string
	}{
		{"LTO of gcc's own", cc("gcc -flto"), "", unknown, "-flto"},
		{"LTO of clang's own", cc("clang -flto=thin"), "", unknown, "-flto=thin"},
		{"taken back", cc("gcc -flto -fno-lto"), "", internal, ""},
		{"LTO, external, gcc", cc("gcc -flto"), "-linkmode=external", external, ""},
		{"LTO, external, clang", cc("/opt/bin/clang-16 -flto"), "-linkmode=external", unknown, "-flto"},
		{"LTO in CFLAGS, external of itself", cflags("-flto=auto"), "", external, ""},
		{"LTO in CFLAGS, internal", cflags("-flto"), "-linkmode=internal", unknown, "-flto"},
		{"a wrapper's words", cc("ccache gcc -m64 --sysroot=/"), "", internal, ""},
		{"a sanitizer", cflags("-fsanitize=undefined"), "", unknown, "-fsanitize=undefined"},
		{"a sanitizer, external", cflags("-fsanitize=undefined"), "-linkmode=external", unknown, "-fsanitize=undefined"},
		{"a sanitizer that the link knows of", both("-fsanitize=undefined"), "-linkmode=external", external, ""},
		{"a sanitizer of CC's own", cc("gcc -fsanitize=undefined"), "", unknown, "-fsanitize=undefined"},
		{"a sanitizer of CC's own, external", cc("gcc -fsanitize=undefined"), "-linkmode=external", external, ""},
		{"coverage", cflags("--coverage"), "-linkmode=external", unknown, "--coverage"},
		{"profile", cflags("-fprofile-generate=/p"), "-linkmode=external", unknown, "-fprofile-generate=/p"},
		{"gprof", cflags("-pg"), "-linkmode=internal", unknown, "-pg"},
		{"gprof, external", cflags("-pg"), "-linkmode=external", external, ""},
	} {
		p := program(true, mainOf("net"))
		if c.ldflags != "" {
			p.LDFlags = []string{c.ldflags}
		}
		e := predicted(build(c.change), p, known("go1.26.8"), gcc, Machine{})
		if got := facts(e); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
		if c.word != "" && !strings.HasPrefix(e.Linkage.Because, c.word+" has ") {
			t.Errorf("%s: got %q for a reason, want one that begins with %s", c.name, e.Linkage.Because, c.word)
		}
	}
	if got := facts(predicted(build(cc("gcc -flto")), program(true, mainOf("fmt")), known("go1.26.8"), gcc, Machine{})); !strings.HasPrefix(got, "internal | static") {
		t.Errorf("without cgo: got %s, want it static", got)
	}
}
