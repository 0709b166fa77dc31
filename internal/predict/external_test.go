package predict

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// TestHostLink is about the words that the C compiler gets, in their order.
func TestHostLink(t *testing.T) {
	dep := &link.Package{ImportPath: "example.com/dep", Cgo: true, Flags: link.CgoFlags{LDFLAGS: []string{"-ldep"}}, PkgConfigLDFLAGS: []string{"-lpc"}}
	for _, c := range []struct {
		name    string
		change  func(*link.Build)
		ldflags []string
		want    string
	}{
		{"exe", off, nil, "gcc -m64 | -g -O2 -lown -g -O2 -g -O2 -ldep -lpc -no-pie"},
		{"arm64", on("linux", "arm64"), nil, "gcc | -g -O2 -lown -g -O2 -g -O2 -ldep -lpc -no-pie"},
		{"PIE", mode("pie"), nil, "gcc -m64 -Wl,-z,relro -pie | -g -O2 -lown -g -O2 -g -O2 -ldep -lpc"},
		{"c-shared", mode("c-shared"), nil, "gcc -m64 -Wl,-z,relro -shared -Wl,-z,nodelete -Wl,-Bsymbolic | -g -O2 -lown -g -O2 -g -O2 -ldep -lpc"},
		{"plugin", mode("plugin"), nil, "gcc -m64 -Wl,-z,relro -shared -Wl,-z,now | -g -O2 -lown -g -O2 -g -O2 -ldep -lpc"},
		{"paths", off, []string{"-r=/a", "-I=/ld", "-extldflags=-lx"}, "gcc -m64 -Wl,-rpath,/a -Wl,--dynamic-linker,/ld | -g -O2 -lown -g -O2 -g -O2 -ldep -lpc -no-pie -lx"},
		{"-static takes -I back", off, []string{"-I=/ld", "-extldflags=-static"}, "gcc -m64 | -g -O2 -lown -g -O2 -g -O2 -ldep -lpc -no-pie -static"},
		{"-extld", off, []string{"-extld=clang -v"}, "clang -v -m64 | -g -O2 -lown -g -O2 -g -O2 -ldep -lpc -no-pie"},
		{"-bindnow", off, []string{"-bindnow"}, "gcc -m64 -Wl,-z,now | -g -O2 -lown -g -O2 -g -O2 -ldep -lpc -no-pie"},
		{"asan", asan, nil, "gcc -m64 | -fsanitize=address -g -O2 -lown -fsanitize=address -g -O2 -fsanitize=address -g -O2 -fsanitize=address -g -O2 -ldep -lpc -no-pie"},
	} {
		main := own(func(p *link.Package) { p.Flags.LDFLAGS, p.Imports = []string{"-lown"}, []string{"example.com/dep"} })
		p := program(true, main, dep)
		p.LDFlags = c.ldflags
		qs := New(build(c.change), p, known("go1.26.8")).Questions()
		if len(qs) != 1 {
			t.Errorf("%s: got %d questions, want 1", c.name, len(qs))
			continue
		}
		q := qs[0]
		got := strings.Join(slices.Concat(q.Driver, q.Before), " ") + " | " + strings.Join(q.After, " ")
		// In which order packages that do not depend on each other come is no matter.
		if sorted(got) != sorted(c.want) || !strings.HasPrefix(got, strings.Split(c.want, "|")[0]) {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func sorted(s string) string {
	words := strings.Fields(s)
	slices.Sort(words)
	return strings.Join(words, " ")
}

// TestTestLink is about the words of the link by which cgo finds out what a
// package imports.
func TestTestLink(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*link.Build)
		want   string
	}{
		{"amd64", off, "gcc -fPIC -m64 -pthread -Wl,--no-gc-sections | -g -O2"},
		{"386", on("linux", "386"), "gcc -fPIC -m32 -pthread -Wl,--no-gc-sections | -g -O2"},
		{"s390x", on("linux", "s390x"), "gcc -fPIC -m64 -march=z13 -pthread -Wl,--no-gc-sections | -g -O2"},
		{"arm is a PIE and never static", func(b *link.Build) { on("linux", "arm")(b); cgoLDFLAGS("-static")(b) }, "gcc -fPIC -marm -pthread -Wl,--no-gc-sections | -g -O2 -pie"},
		{"arm, -no-pie", func(b *link.Build) { on("linux", "arm")(b); cgoLDFLAGS("-static", "-no-pie")(b) }, "gcc -fPIC -marm -pthread -Wl,--no-gc-sections | -g -O2 -static -no-pie"},
	} {
		qs := New(build(c.change), program(true, mainOf("runtime/cgo")), known("go1.26.8")).Questions()
		if len(qs) != 1 {
			t.Errorf("%s: got %d questions, want 1", c.name, len(qs))
			continue
		}
		got := strings.Join(slices.Concat(qs[0].Driver, qs[0].Before), " ") + " | " + strings.Join(qs[0].After, " ")
		if got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// TestQuestions: nothing is asked that does not matter.
func TestQuestions(t *testing.T) {
	for _, c := range []struct {
		name                string
		main                *link.Package
		change              func(*link.Build)
		questions, archives int
	}{
		{"no cgo", mainOf("fmt"), off, 0, 0},
		{"net", mainOf("net"), off, 2, 2},
		{"net, -a", mainOf("net"), func(b *link.Build) { b.All = true }, 2, 0},
		{"own cgo", own(), off, 1, 0},
		{"an archive", own(), mode("c-archive"), 0, 0},
		{"darwin", mainOf("net"), on("darwin", "arm64"), 0, 0},
		{"a build that fails", own(func(p *link.Package) { p.Error = "no" }), off, 0, 0},
	} {
		plan := New(build(c.change), program(true, c.main), known("go1.26.8"))
		if q, a := len(plan.Questions()), len(plan.Archives()); q != c.questions || a != c.archives {
			t.Errorf("%s: got %d questions and %d archives, want %d and %d", c.name, q, a, c.questions, c.archives)
		}
	}
}

func TestExternalGlibc(t *testing.T) {
	symbols := func(versions ...string) (s []link.Symbol) {
		for _, v := range versions {
			s = append(s, link.Symbol{Name: "f" + v, Version: v})
		}
		return s
	}
	for _, c := range []struct {
		name      string
		answer    link.Answer
		value     string
		certainty link.Certainty
	}{
		{"static", link.Answer{Linkage: link.LinkageStatic, Symbols: symbols("GLIBC_2.34")}, "", link.Exact},
		{"numbers, not letters", link.Answer{Linkage: link.LinkageDynamic, Symbols: symbols("GLIBC_2.34", "GLIBC_2.4")}, "2.34", link.Exact},
		{"start files", link.Answer{Linkage: link.LinkageDynamic, Symbols: symbols("GLIBC_2.34"), Versions: symbols("GLIBC_2.36")}, "2.36", link.Exact},
		{"no number", link.Answer{Linkage: link.LinkageDynamic, Symbols: symbols("GLIBC_2.34", "GLIBC_ABI_DT_RELR", "GLIBC_PRIVATE")}, "2.34", link.Exact},
		{"another library's", link.Answer{Linkage: link.LinkageDynamic, Symbols: symbols("GLIBC_2.34", "GLIBCXX_3.4.30")}, "2.34", link.Exact},
		{"hardening may exceed an old one", link.Answer{Linkage: link.LinkageDynamic, Symbols: symbols("GLIBC_2.17")}, "2.17", link.AtLeast},
		{"musl", link.Answer{Linkage: link.LinkageDynamic, Symbols: symbols("")}, "", link.Exact},
	} {
		if got := externalGlibc(c.answer); got.Value != c.value || got.Certainty != c.certainty {
			t.Errorf("%s: got %q, %s, want %q, %s", c.name, got.Value, got.Certainty, c.value, c.certainty)
		}
	}
}

// TestForeignC is about what may need more than an empty program shows.
func TestForeignC(t *testing.T) {
	syso := &link.Package{ImportPath: "example.com/syso", Syso: []string{"x.syso"}}
	for _, c := range []struct {
		main *link.Package
		want string
	}{
		{own(), "the C code of example.com/m may need more"},
		{mainOf("example.com/syso"), "the C code of example.com/syso may need more"},
		{mainOf("example.com/purego"), "example.com/purego imports from shared libraries by itself"},
		{mainOf("fmt"), ""},
	} {
		d := New(build(cgoOff), program(false, c.main, syso, purego()), known("go1.26.8")).d
		if got := d.foreignC(); got != c.want {
			t.Errorf("%v: got %q, want %q", c.main.Imports, got, c.want)
		}
	}
}

// TestOffered is the most that C code can need of the libraries it is linked with.
func TestOffered(t *testing.T) {
	libc := link.Library{Soname: "libc.so.6", Defines: []string{"GLIBC_2.2.5", "GLIBC_2.36"}}
	gcc := link.Library{Soname: "libgcc_s.so.1", Defines: []string{"GCC_3.0"}}
	for _, c := range []struct {
		name    string
		needed  []string
		offered []link.Library
		want    string
	}{
		{"all versions, and what may be needed besides", []string{"libc.so.6"}, []link.Library{gcc, libc}, "[libc.so.6 libgcc_s.so.1] GCC_3.0 GLIBC_2.2.5 GLIBC_2.36"},
		{"a library without versions", []string{"libc.so.6"}, []link.Library{{Soname: "libpcap.so.0.8"}, libc}, "nil"},
		{"the linker does not tell", []string{"libc.so.6"}, nil, "nil"},
		{"a library that was not seen", []string{"libx.so", "libc.so.6"}, []link.Library{libc}, "nil"},
	} {
		got := "nil"
		if o := offered(&link.Object{Needed: c.needed}, link.Answer{Offered: c.offered}); o != nil {
			got = fmt.Sprint(o.Needed)
			for _, n := range o.Needs {
				got += " " + n.Version
			}
		}
		if got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// TestLinkOrder: the C compiler gets the flags of packages in the order in which
// the linker comes to them, the runtime's own last.
func TestLinkOrder(t *testing.T) {
	flagged := func(path string) *link.Package {
		return &link.Package{ImportPath: path, Cgo: true, Flags: link.CgoFlags{LDFLAGS: []string{"-l" + path}}}
	}
	main := mainOf("a", "b")
	main.ImportOrder = []string{"b", "a"}
	p := program(true, main, flagged("a"), flagged("b"))
	p.Graph["runtime/cgo"].Flags.LDFLAGS = []string{"-lruntime"}
	q := New(build(), p, known("go1.26.8")).Questions()[0]
	got := slices.DeleteFunc(slices.Clone(q.After), func(w string) bool { return !strings.HasPrefix(w, "-l") })
	if want := []string{"-lb", "-la", "-lruntime"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
