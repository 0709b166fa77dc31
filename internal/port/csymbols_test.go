package port

import (
	"bytes"
	"cmp"
	"fmt"
	"go/format"
	"maps"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

func TestCSymbolsRows(t *testing.T) {
	if len(cRows) == 0 {
		t.Fatal("got no rows")
	}
	for _, r := range cRows {
		all, live, dead := r.names().All, r.names().Live, strings.Fields(r.dead)
		for _, names := range [][]string{all, live, dead} {
			if sorted := slices.Compact(slices.Sorted(slices.Values(names))); !slices.Equal(names, sorted) {
				t.Errorf("%s: got %q, want %q", r.pkg, names, sorted)
			}
		}
		if extra := cWithout(slices.Concat(live, dead), all); len(all) == 0 || len(extra) > 0 {
			t.Errorf("%s: got %d names, and %q besides, want some and none", r.pkg, len(all), extra)
		}
		internal := slices.ContainsFunc(r.ports, func(p cPorts) bool {
			return cTool{toolchain: fmt.Sprintf("go1.%d", p.from), goarch: strings.Fields(p.goarch)[0]}.internal()
		})
		if r.pkg == "runtime/cgo" && internal && !slices.Contains(live, "pthread_create") {
			t.Errorf("runtime/cgo: got %q, want pthread_create among the live", live)
		}
	}
}

func TestCSymbols(t *testing.T) {
	for _, c := range []struct {
		release, goos, goarch, pkg string
		want                       bool
	}{
		{"go1.26", "linux", "amd64", "net", true},
		{"go1.26.8", "linux", "amd64", "net", true},
		{"go1.26.8 X:boringcrypto", "linux", "arm64", "crypto/internal/boring", true},
		{"go1.20.1", "linux", "amd64", "runtime/cgo", true},
		{"go1.27", "linux", "s390x", "runtime/race", true},
		{"go1.26", "linux", "arm64", "runtime/race", true},
		{"go1.26.2", "linux", "arm64", "runtime/race", true},
		{"go1.26.1", "linux", "arm64", "runtime/race", false},
		{"go1.26.1", "linux", "amd64", "runtime/race", true},
		{"go1.25", "linux", "s390x", "runtime/cgo", true},
		{"go1.25", "linux", "s390x", "runtime/race", false},
		{"go1.20", "linux", "s390x", "runtime/cgo", false},
		{"go1.26", "linux", "386", "runtime/race", false},
		{"go1.19", "linux", "amd64", "net", false},
		{"go1.99", "linux", "amd64", "net", false},
		{"go1.26rc1", "linux", "amd64", "net", false},
		{"go1.26.x", "linux", "amd64", "net", false},
		{"go1.26-vendor", "linux", "amd64", "net", false},
		{"devel go1.26-0123", "linux", "amd64", "net", false},
		{"", "linux", "amd64", "net", false},
		{"go1.26", "darwin", "amd64", "net", false},
		{"go1.26", "linux", "sparc64", "net", false},
		{"go1.26", "linux", "amd64", "fmt", false},
	} {
		n, ok := CSymbols(c.release, c.goos, c.goarch, c.pkg)
		if ok != c.want || ok != (len(n.All) > 0) {
			t.Errorf("CSymbols(%q, %q, %q, %q): got %v and %d names, want %v", c.release, c.goos, c.goarch, c.pkg, ok, len(n.All), c.want)
		}
	}
}

// cPackages are what is measured. An empty prog stands for no internal link.
var cPackages = []struct {
	name, prog, arches string
	flags, env         []string
}{
	{name: "runtime/cgo", prog: "runtime/cgo"},
	{name: "net", prog: "net"},
	{name: "os/user", prog: "os/user"},
	{name: "plugin", prog: "plugin"},
	{name: "runtime/race", prog: "unsafe", flags: []string{"-race"}, arches: "amd64 arm64 ppc64le riscv64 s390x"},
	{name: "runtime/asan", flags: []string{"-asan"}, arches: "amd64 arm64 ppc64le riscv64"},
	{name: "crypto/internal/boring", prog: "crypto/boring", env: []string{"GOEXPERIMENT=boringcrypto"}, arches: "amd64 arm64"},
}

// cReleases are measured for amd64, those from go1.21 on also for cCompilers;
// before go1.26 there without what -race, -asan and boringcrypto add, whose
// prebuilt objects were not compared from patch to patch.
var cReleases = []string{"go1.20.14", "go1.21.13", "go1.22.12", "go1.23.12", "go1.24.13", "go1.25.12", "go1.26.11", "go1.27.4"}

var cCompilers = map[string]string{
	"386":     "i686-linux-gnu-gcc",
	"arm":     "arm-linux-gnueabihf-gcc",
	"arm64":   "aarch64-linux-gnu-gcc",
	"ppc64le": "powerpc64le-linux-gnu-gcc",
	"riscv64": "riscv64-linux-gnu-gcc",
	"s390x":   "s390x-linux-gnu-gcc",
}

// TestCSymbolsMeasured compiles two packages with the local toolchain, and
// compares what they import with the table. With -fix it measures all packages
// with every toolchain and compiler of the lists above, and writes the table:
//
//	go test ./internal/port -run CSymbolsMeasured -fix -timeout 1h
func TestCSymbolsMeasured(t *testing.T) {
	testskip.Short(t, "compiles packages anew")
	cPlainCompiler(t)
	if *fix {
		cWrite(t)
		return
	}
	cHold(t, "runtime/cgo", "os/user")
}

// TestCSymbolsMeasuredLong compiles all of the packages.
func TestCSymbolsMeasuredLong(t *testing.T) {
	testskip.Long(t)
	cPlainCompiler(t)
	cHold(t)
}

// cHold compares what packages import with the table, all packages without names.
func cHold(t *testing.T, packages ...string) {
	t.Helper()
	local := cTool{toolchain: "local", goarch: "amd64", cc: "gcc", dir: t.TempDir()}
	release := strings.TrimSpace(string(local.run(t, nil, "env", "GOVERSION")))
	if _, ok := CSymbols(release, "linux", "amd64", "net"); !ok {
		testskip.Missing(t, "%s is not in the table: add it to cReleases and run with -fix", release)
	}
	for pkg, got := range local.measure(t, packages...) {
		want, _ := CSymbols(release, "linux", "amd64", pkg)
		if !slices.Equal(got.All, want.All) || !slices.Equal(got.Live, want.Live) {
			t.Errorf("%s in %s: got %q, want %q", pkg, release, got, want)
		}
	}
}

// cPlainCompiler skips the test where the names would be other ones than those
// of the table, for a reason that is not Go's.
func cPlainCompiler(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		testskip.Missing(t, "%s/%s: C names are measured on linux/amd64 alone", runtime.GOOS, runtime.GOARCH)
	}
	cmd := exec.Command("gcc", "-O2", "-dM", "-E", "-include", "features.h", "-")
	out, err := cmd.Output()
	if err != nil {
		testskip.Missing(t, "no gcc with the headers of a C library: %v", err)
	}
	if !bytes.Contains(out, []byte("#define __GLIBC__ ")) {
		testskip.Missing(t, "the C library is not glibc")
	}
	if bytes.Contains(out, []byte("#define _FORTIFY_SOURCE ")) {
		testskip.Missing(t, "gcc defines _FORTIFY_SOURCE by itself, which gives other names")
	}
}

func cWrite(t *testing.T) {
	rows := map[string]*cRow{}
	for _, release := range cReleases {
		minor, _, _ := cRelease(release)
		compilers := map[string]string{"amd64": "gcc"}
		if minor >= 21 {
			maps.Copy(compilers, cCompilers)
		}
		for _, arch := range slices.Sorted(maps.Keys(compilers)) {
			t.Log(release, arch)
			tool := cTool{toolchain: release, goarch: arch, cc: compilers[arch], dir: t.TempDir()}
			tool.plain = minor < 26 && arch != "amd64"
			for pkg, n := range tool.measure(t) {
				key := fmt.Sprint(pkg, n)
				if rows[key] == nil {
					rows[key] = &cRow{pkg: pkg, all: cWrap(n.All), dead: cWrap(cWithout(n.All, n.Live))}
				}
				rows[key].ports = cAdd(rows[key].ports, minor, arch)
			}
			os.RemoveAll(tool.dir)
		}
	}
	if t.Failed() {
		t.Fatal("zcsymbols.go stays as it was")
	}
	writeFile(t, "zcsymbols.go", cRender(t, slices.Collect(maps.Values(rows))))
}

func cRender(t *testing.T, rows []*cRow) string {
	t.Helper()
	for _, r := range rows {
		r.ports = cJoin(r.ports)
	}
	slices.SortFunc(rows, func(a, b *cRow) int {
		p, q := a.ports[0], b.ports[0]
		return cmp.Or(cmp.Compare(a.pkg, b.pkg), cmp.Compare(p.from, q.from), cmp.Compare(p.goarch, q.goarch))
	})
	var b bytes.Buffer
	fmt.Fprintf(&b, "// Code generated by go test ./internal/port -run CSymbolsMeasured -fix; DO NOT EDIT.\n\npackage port\n\n")
	fmt.Fprintf(&b, "// Measured with %s.\nvar cRows = []cRow{\n", strings.Join(cReleases, ", "))
	for _, r := range rows {
		fmt.Fprintf(&b, "{pkg: %q, ports: []cPorts{\n", r.pkg)
		for _, p := range r.ports {
			fmt.Fprintf(&b, "{%d, %d, %q, %q},\n", p.from, p.to, p.goos, p.goarch)
		}
		fmt.Fprintf(&b, "},\nall: `%s`,\ndead: `%s`},\n", r.all, r.dead)
	}
	b.WriteString("}\n")
	text, err := format.Source(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// cAdd adds one release, newer than those before, for one architecture.
func cAdd(ports []cPorts, minor int, arch string) []cPorts {
	for i, p := range ports {
		if p.goarch == arch && p.to == minor-1 {
			ports[i].to = minor
			return ports
		}
	}
	return append(ports, cPorts{minor, minor, "linux", arch})
}

// cJoin puts architectures with the same releases into one element.
func cJoin(ports []cPorts) []cPorts {
	var joined []cPorts
	for _, p := range ports {
		i := slices.IndexFunc(joined, func(j cPorts) bool { return j.from == p.from && j.to == p.to })
		if i < 0 {
			joined = append(joined, p)
			continue
		}
		joined[i].goarch += " " + p.goarch
	}
	return joined
}

func cWrap(names []string) string {
	var b strings.Builder
	width := 0
	for _, n := range names {
		if width+len(n) > 100 {
			b.WriteString("\n")
			width = 0
		} else if width > 0 {
			b.WriteString(" ")
		}
		b.WriteString(n)
		width += len(n) + 1
	}
	return b.String()
}
