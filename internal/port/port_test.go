package port

import (
	"slices"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

func TestLookupRelease(t *testing.T) {
	for _, c := range []struct {
		release, goos, goarch string
		want                  bool
	}{
		{"go1.26.8", "linux", "amd64", true},
		{"go1.26", "linux", "amd64", true},
		{"go1.26rc1", "linux", "amd64", true},
		{"go1.26.8 X:boringcrypto", "linux", "amd64", true},
		{"go1.26.8-vendor", "linux", "amd64", true},
		{"go1.19.8", "linux", "amd64", true},
		{"go1.18", "linux", "amd64", false},
		{"go1.99.1", "linux", "amd64", false},
		{"devel go1.28-0123456789", "linux", "amd64", false},
		{"", "linux", "amd64", false},
		{"go1.26", "linux", "sparc64", false},
		{"go1.20", "wasip1", "wasm", false},
		{"go1.21", "wasip1", "wasm", true},
		{"go1.25", "windows", "arm", true},
		{"go1.26", "windows", "arm", false},
	} {
		p, ok := Lookup(c.release, c.goos, c.goarch)
		if ok != c.want {
			t.Errorf("Lookup(%q, %q, %q): got %v, want %v", c.release, c.goos, c.goarch, ok, c.want)
		}
		if !ok && p.GOOS != "" {
			t.Errorf("Lookup(%q, %q, %q): got %+v, want no port", c.release, c.goos, c.goarch, p)
		}
	}
}

// TestPast pins what release notes and Go's own history say, in case the way
// the tables are generated goes wrong.
func TestPast(t *testing.T) {
	for _, c := range []struct {
		release, goos, goarch, fact string
		got                         func(Port) any
		want                        any
	}{
		{"go1.26.8", "linux", "amd64", "Loader", loader, "/lib64/ld-linux-x86-64.so.2"},
		{"go1.26.8", "linux", "amd64", "MuslLoader", musl, "/lib/ld-musl-x86_64.so.1"},
		{"go1.26", "linux", "mipsle", "MuslLoader", musl, "/lib/ld-musl-mipsel.so.1"},
		{"go1.26", "linux", "mips", "MuslLoader", musl, "/lib/ld-musl-mips.so.1"},
		{"go1.26", "linux", "ppc64", "Loader", loader, "/lib64/ld64.so.1"},
		{"go1.26", "linux", "ppc64le", "Loader", loader, "/lib64/ld64.so.2"},
		{"go1.21", "linux", "loong64", "Loader", loader, "/lib64/ld.so.1"},
		{"go1.22", "linux", "loong64", "Loader", loader, "/lib64/ld-linux-loongarch-lp64d.so.1"},
		{"go1.26", "linux", "riscv64", "MuslLoader", musl, ""},
		{"go1.27", "linux", "riscv64", "Loader", loader, "/lib/ld-linux-riscv64-lp64d.so.1"},
		{"go1.26", "android", "amd64", "Loader", loader, ""},
		{"go1.26", "illumos", "amd64", "Loader", loader, "/lib/amd64/ld.so.1"},
		{"go1.21", "linux", "riscv64", "MustLinkExternalCgo", externalCgo, true},
		{"go1.22", "linux", "riscv64", "MustLinkExternalCgo", externalCgo, false},
		{"go1.24", "linux", "loong64", "MustLinkExternalCgo", externalCgo, true},
		{"go1.25", "windows", "arm64", "MustLinkExternalCgo", externalCgo, true},
		{"go1.26", "windows", "arm64", "MustLinkExternalCgo", externalCgo, false},
		{"go1.20", "windows", "amd64", "InternalPIE", internalPIE, true},
		{"go1.26", "linux", "s390x", "InternalPIE", internalPIE, false},
		{"go1.27", "linux", "s390x", "InternalPIE", internalPIE, true},
		{"go1.20", "windows", "amd64", "DefaultPIE", func(p Port) any { return p.DefaultPIE }, true},
		{"go1.20", "windows", "amd64", "DefaultPIERace", func(p Port) any { return p.DefaultPIERace }, false},
		{"go1.20", "windows", "amd64", "GoInternalPIE", func(p Port) any { return p.GoInternalPIE }, false},
		{"go1.26", "darwin", "arm64", "Format", func(p Port) any { return p.Format }, link.FormatMachO},
		{"go1.26", "linux", "amd64", "Format", func(p Port) any { return p.Format }, link.FormatELF},
	} {
		p, ok := Lookup(c.release, c.goos, c.goarch)
		if got := c.got(p); !ok || got != c.want {
			t.Errorf("%s of %s/%s in %s: got %v (known: %v), want %v", c.fact, c.goos, c.goarch, c.release, got, ok, c.want)
		}
	}
}

func loader(p Port) any      { return p.Loader }
func musl(p Port) any        { return p.MuslLoader }
func externalCgo(p Port) any { return p.MustLinkExternalCgo }
func internalPIE(p Port) any { return p.InternalPIE }

func TestBuildModes(t *testing.T) {
	p, _ := Lookup("go1.26", "linux", "loong64")
	want := []string{"archive", "c-archive", "c-shared", "default", "exe", "pie", "plugin"}
	if !slices.Equal(p.BuildModes, want) {
		t.Errorf("got %q, want %q", p.BuildModes, want)
	}
}

func TestInternalPackages(t *testing.T) {
	if got := InternalPackages("go1.26.8"); !slices.Contains(got, "os/user") || slices.Contains(got, "plugin") {
		t.Errorf("got %q, want os/user and not plugin", got)
	}
	if got := InternalPackages("go1.99"); got != nil {
		t.Errorf("got %q, want none of an unknown release", got)
	}
}

func TestLoaders(t *testing.T) {
	got := Loaders()
	for _, want := range []string{"/lib/ld-musl-x86_64.so.1", "/lib64/ld.so.1", "/lib64/ld-linux-loongarch-lp64d.so.1"} {
		if !slices.Contains(got, want) {
			t.Errorf("got %q, want %s among them", got, want)
		}
	}
	if slices.Contains(got, "") || slices.Contains(got, "/libexec/ld-elf.so.1") {
		t.Errorf("got %q, want Linux loaders alone", got)
	}
}

func TestAll(t *testing.T) {
	for _, r := range Releases() {
		ports := All(r)
		if len(ports) < 40 {
			t.Errorf("%s: got %d ports, want 40 or more", r, len(ports))
		}
		for _, p := range ports {
			if p.Release != r {
				t.Errorf("%s/%s of %s: got release %q", p.GOOS, p.GOARCH, r, p.Release)
			}
		}
	}
	if got := All("go1.99"); got != nil {
		t.Errorf("got %d ports of an unknown release, want none", len(got))
	}
}
