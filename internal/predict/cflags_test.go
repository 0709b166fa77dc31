package predict

import (
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// TestInvalidFlag is about the flags of #cgo lines and of pkg-config.
func TestInvalidFlag(t *testing.T) {
	limits := func(name, value string) func(*link.Build) {
		return func(b *link.Build) { b.Limits = link.FlagLimits{name: value} }
	}
	bad := []string{"-fplugin=x"}
	for _, c := range []struct {
		name    string
		change  func(*link.Build)
		flags   func(*link.Package)
		strange string
		want    string
	}{
		{"fine", off, func(p *link.Package) { p.Flags.LDFLAGS = []string{"-lm"} }, "", ""},
		{"CFLAGS", off, func(p *link.Package) { p.Flags.CFLAGS = bad }, "", "invalid flag in #cgo CFLAGS: -fplugin=x"},
		{"CPPFLAGS", off, func(p *link.Package) { p.Flags.CPPFLAGS = bad }, "", "invalid flag in #cgo CPPFLAGS: -fplugin=x"},
		{"CXXFLAGS", off, func(p *link.Package) { p.Flags.CXXFLAGS = bad }, "", "invalid flag in #cgo CXXFLAGS: -fplugin=x"},
		{"FFLAGS", off, func(p *link.Package) { p.Flags.FFLAGS = bad }, "", "invalid flag in #cgo FFLAGS: -fplugin=x"},
		{"LDFLAGS", off, func(p *link.Package) { p.Flags.LDFLAGS = bad }, "", "invalid flag in #cgo LDFLAGS: -fplugin=x"},
		{"pkg-config first", off, func(p *link.Package) { p.Flags.CFLAGS, p.PkgConfigLDFLAGS = bad, bad }, "", "invalid flag in pkg-config --libs: -fplugin=x"},
		{"cflags of pkg-config", off, func(p *link.Package) { p.PkgConfigCFLAGS = bad }, "", "invalid flag in pkg-config --cflags: -fplugin=x"},
		{"allowed", limits("CGO_CFLAGS_ALLOW", "-fplugin.*"), func(p *link.Package) { p.Flags.CFLAGS = bad }, "", ""},
		{"allowed elsewhere", limits("CGO_LDFLAGS_ALLOW", "-fplugin.*"), func(p *link.Package) { p.Flags.CFLAGS = bad }, "", "invalid flag in #cgo CFLAGS: -fplugin=x"},
		{"refused", limits("CGO_LDFLAGS_DISALLOW", "-lm"), func(p *link.Package) { p.Flags.LDFLAGS = []string{"-lm"} }, "", "invalid flag in #cgo LDFLAGS: -lm"},
		{"no expression", limits("CGO_CFLAGS_ALLOW", "("), func(*link.Package) {}, "", "runtime/cgo: parsing $CGO_CFLAGS_ALLOW: error parsing regexp: missing closing ): `(`"},
		{"no expression to refuse by", limits("CGO_LDFLAGS_DISALLOW", "a**"), func(*link.Package) {}, "", "runtime/cgo: parsing $CGO_LDFLAGS_DISALLOW: error parsing regexp: invalid nested repetition operator: `**`"},
		{"pkg-config says so", off, func(p *link.Package) { p.PkgConfigError = "pkg-config --cflags -- x\nnot found" }, "", "pkg-config --cflags -- x\nnot found"},
		{"who knows", off, func(p *link.Package) { p.Flags.LDFLAGS = bad }, "checkLinkerFlags", ""},
	} {
		e := predicted(build(c.change), program(true, own(c.flags)), known("go1.26.8", c.strange), gcc, Machine{})
		if e.BuildError != c.want {
			t.Errorf("%s: got %q, want %q", c.name, e.BuildError, c.want)
		}
		if c.strange != "" && e.Linkage.Certainty != link.Unknown {
			t.Errorf("%s: got a linkage that is %s, want unknown", c.name, e.Linkage.Certainty)
		}
	}
}

// TestDistrusted is about the flags that send a program of std's cgo alone to
// the external linker, which patch releases add to.
func TestDistrusted(t *testing.T) {
	words := func(to func(*link.CgoFlags) *[]string, w ...string) func(*link.Build) {
		return func(b *link.Build) { *to(&b.Cgo) = append(*to(&b.Cgo), w...) }
	}
	cpp := func(f *link.CgoFlags) *[]string { return &f.CPPFLAGS }
	cc := func(f *link.CgoFlags) *[]string { return &f.CFLAGS }
	cxx := func(f *link.CgoFlags) *[]string { return &f.CXXFLAGS }
	fc := func(f *link.CgoFlags) *[]string { return &f.FFLAGS }
	ld := func(f *link.CgoFlags) *[]string { return &f.LDFLAGS }
	anew := func(change func(*link.Build)) func(*link.Build) {
		return func(b *link.Build) { change(b); b.All = true }
	}
	all := []string{"go1.26.8", "go1.26.11", "go1.27.0", "go1.27.4"}
	for _, c := range []struct {
		name   string
		change func(*link.Build)
		flag   string
		in     string // releases that link externally
	}{
		{"plain", off, "", ""},
		{"-flto", words(cc, "-flto=auto"), "-flto=auto", "go1.26.8 go1.26.11 go1.27.0 go1.27.4"},
		{"unknown", words(cc, "-fcf-protection"), "-fcf-protection", "go1.26.8 go1.26.11 go1.27.0 go1.27.4"},
		{"allowed for #cgo alone", func(b *link.Build) {
			words(cc, "-fcf-protection")(b)
			b.Limits = link.FlagLimits{"CGO_CFLAGS_ALLOW": ".*"}
		}, "-fcf-protection", "go1.26.8 go1.26.11 go1.27.0 go1.27.4"},
		{"CXXFLAGS, compiled anew", anew(words(cxx, "-fx")), "-fx", "go1.26.8 go1.26.11 go1.27.0 go1.27.4"},
		{"FFLAGS, compiled anew", anew(words(fc, "-fx")), "-fx", "go1.26.8 go1.26.11 go1.27.0 go1.27.4"},
		{"CPPFLAGS", words(cpp, "-fx"), "-fx", "go1.26.11 go1.27.4"},
		{"LDFLAGS", words(ld, "-fx"), "-fx", "go1.27.0 go1.27.4"},
		{"-static to the linker", words(ld, "-static"), "-static", "go1.27.0 go1.27.4"},
		{"-Bstatic to the linker", words(ld, "-Wl,-Bstatic"), "-Wl,-Bstatic", "go1.27.0 go1.27.4"},
		{"-static to the compiler", words(cc, "-static"), "-static", "go1.27.0 go1.27.4"},
	} {
		for _, release := range all {
			want := "all C code is in packages that the linker takes in itself: net, runtime/cgo"
			external := strings.Contains(c.in, release)
			if external {
				want = "external linking prefer list has net: " + c.flag
			}
			d := New(build(c.change), program(true, mainOf("net")), known(release)).d
			if d.reason != want || d.external != external {
				t.Errorf("%s, %s: got external %v, %q, want %v, %q", c.name, release, d.external, d.reason, external, want)
			}
		}
	}
}

// TestDistrustedCached: the build cache does not know packages without C++ by its
// flags, so that it may have them compiled with or without such a flag.
func TestDistrustedCached(t *testing.T) {
	for _, change := range []func(*link.Build){
		func(b *link.Build) { b.Cgo.CXXFLAGS = []string{"-fx"} },
		func(b *link.Build) { b.Cgo.FFLAGS = []string{"-flto"} },
	} {
		d := New(build(change), program(true, mainOf("net")), known("go1.26.8")).d
		if !strings.Contains(d.doubt, "is no part of what the build cache knows it by") {
			t.Errorf("got doubt %q, want one of the build cache", d.doubt)
		}
	}
	archive := link.CgoArchive{File: "x-d", External: true}
	m := Machine{Archives: map[string]link.CgoArchive{"net": archive, "runtime/cgo": {}}}
	e := New(build(off), program(true, mainOf("net")), known("go1.26.8")).Executable(m)
	if e.Linkage.Certainty != link.Unknown || !strings.Contains(e.Linkage.Because, "net was compiled earlier") {
		t.Errorf("got %+v, want it unknown for what the build cache has", e.Linkage)
	}
}

// TestDistrustedAsked: the flags count for nothing where somebody has chosen.
func TestDistrustedAsked(t *testing.T) {
	lto := func(b *link.Build) { b.Cgo.CFLAGS = []string{"-flto"} }
	p := program(true, mainOf("net"))
	p.LDFlags = []string{"-linkmode=internal"}
	if d := New(build(lto), p, known("go1.26.8")).d; d.external || d.reason != "-linkmode=internal" {
		t.Errorf("got external %v, %q, want internal, %q", d.external, d.reason, "-linkmode=internal")
	}
	zero := func(b *link.Build) { lto(b); b.ExtLink = "0" }
	if d := New(build(zero), program(true, mainOf("net")), known("go1.26.8")).d; d.external || d.reason != "GO_EXTLINK_ENABLED=0" {
		t.Errorf("got external %v, %q, want internal, %q", d.external, d.reason, "GO_EXTLINK_ENABLED=0")
	}
	unread := known("go1.26.8")
	unread.Flags = nil
	if e := predicted(build(), program(true, mainOf("net")), unread, gcc, Machine{}); e.LinkMode.Certainty != link.Unknown {
		t.Errorf("without the lists of flags: got a link mode that is %s, want unknown", e.LinkMode.Certainty)
	}
}

// TestUnknownLists: where the toolchain's lists of C flags are not known, no flag
// of a package is passed to a C compiler, and whether it builds is unknown.
func TestUnknownLists(t *testing.T) {
	for _, set := range []func(*link.Package){
		func(p *link.Package) { p.Flags.LDFLAGS = []string{"-B/evil"} },
		func(p *link.Package) { p.Flags.LDFLAGS = []string{"-lm"} },
		func(p *link.Package) { p.Flags.CFLAGS = []string{"-specs=evil"} },
		func(p *link.Package) { p.PkgConfigLDFLAGS = []string{"-specs=evil"} },
	} {
		for _, toolchain := range []link.Toolchain{known("go1.26.8"), known("go1.26.8", "checkFlags"), known("go1.26.8", "checkLinkerFlags")} {
			if toolchain.Rules["checkFlags"] != "" && toolchain.Rules["checkLinkerFlags"] != "" {
				toolchain.Flags = nil
			}
			plan := New(build(), program(true, own(set)), toolchain)
			if qs := plan.Questions(); len(qs) > 0 {
				t.Errorf("got the questions %q, want none", qs)
			}
			if e := plan.Executable(Machine{}); e.Linkage.Certainty != link.Unknown || e.BuildError != "" || !strings.Contains(e.Linkage.Because, "no known release has") {
				t.Errorf("got %+v, %q, want unknown", e.Linkage, e.BuildError)
			}
		}
	}
	unread := known("go1.26.8")
	unread.Flags = nil
	if e := predicted(build(), program(true, own()), unread, gcc, Machine{}); e.Linkage.Certainty == link.Unknown {
		t.Errorf("no flags: got %+v, want it known", e.Linkage)
	}
}

// TestWithheld: what the C compiler was not asked for is unknown, and no failure.
func TestWithheld(t *testing.T) {
	p := own(func(p *link.Package) { p.Flags.LDFLAGS = []string{"-lm"} })
	plan := New(build(), program(true, p), known("go1.26.8"))
	answers := map[string]link.Answer{}
	for _, q := range plan.Questions() {
		answers[q.Key()] = link.Answer{Error: "x", Withheld: "x is not passed"}
	}
	e := plan.Executable(Machine{Answers: answers})
	if e.Linkage.Certainty != link.Unknown || e.Linkage.Because != "x is not passed" || e.BuildError != "" || e.LinkMode.Value != link.ModeExternal {
		t.Errorf("got %+v, %q, want unknown because x is not passed", e.Linkage, e.BuildError)
	}
}

// TestOwnWords: of the words of a link, only the packages' are the repository's.
func TestOwnWords(t *testing.T) {
	p := own(func(p *link.Package) { p.Flags.LDFLAGS, p.Dir = []string{"-lfoo"}, "/m" })
	for _, b := range []link.Build{build(cgoLDFLAGS("-B/mine", "-specs=mine", "-static")), build(cgoLDFLAGS("-B/mine"), mode("pie")), build(cgoLDFLAGS("-static"), on("linux", "arm")), build(asan)} {
		program := program(true, p)
		program.LDFlags = []string{"-linkmode=external", "-extldflags=-fuse-ld=/mine/ld -B/other", "-r", "/mine", "-I", "/mine/ld.so"}
		for _, q := range New(b, program, known("go1.26.8")).Questions() {
			if runs := q.Foreign(); len(runs) != 1 || strings.Join(runs[0], " ") != "-lfoo" || len(q.Dirs) != 1 || q.Dirs[0] != "/m" {
				t.Errorf("%q %q: got %q of %q, want -lfoo of /m", q.Before, q.After, runs, q.Dirs)
			}
		}
	}
}
