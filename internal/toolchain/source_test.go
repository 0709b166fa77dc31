package toolchain

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// localTree copies what ReadSource reads of the local GOROOT, for a test to
// change, and gives its release.
func localTree(t *testing.T) (goroot, version string) {
	t.Helper()
	r := localRelease(t)
	goroot = t.TempDir()
	for _, m := range append(slices.Clone(mirrors), mirrored{file: zcfg}) {
		text, err := os.ReadFile(filepath.Join(r.goroot, "src", m.file))
		if err != nil {
			testskip.Missing(t, "the local toolchain has no source: %v", err)
		}
		writeSource(t, goroot, m.file, string(text))
	}
	return goroot, r.version
}

func writeSource(t *testing.T, goroot, file, text string) {
	t.Helper()
	name := filepath.Join(goroot, "src", file)
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// editSource replaces the first old in a file below src.
func editSource(t *testing.T, goroot, file, old, new string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(goroot, "src", file))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		testskip.Missing(t, "%s of the local toolchain has no %q", file, old)
	}
	writeSource(t, goroot, file, strings.Replace(string(text), old, new, 1))
}

func TestPatchIsNamed(t *testing.T) {
	for _, c := range []struct {
		name, file, old, new string
		want                 []string // strange functions, beyond those of the local toolchain
	}{
		{"default PIE", platform, "isRace bool) bool {", "isRace bool) bool {\n\tif pieByDefault() {\n\t\treturn true\n\t}", []string{platform + ": DefaultPIE"}},
		{
			"loader", "cmd/link/internal/amd64/obj.go", `"/lib64/ld-linux-x86-64.so.2"`, `loader()`,
			[]string{"cmd/link/internal/amd64/obj.go: Init/amd64"},
		},
		{
			"nixpkgs", "internal/buildcfg/cfg.go", "= defaultGO_LDSO", `= envOr("GO_LDSO", DefaultGO_LDSO)`,
			[]string{"internal/buildcfg/cfg.go: GO_LDSO"},
		},
		{"method", ldDir + "lib.go", "func (ctxt *Link) linksetup() {", "func (ctxt *Link) linksetup() {\n\tprintln()", []string{ldDir + "lib.go: linksetup"}},
		{"variable", ldDir + "lib.go", `"net",`, `"net", "plugin",`, []string{ldDir + "lib.go: internalpkg"}},
		{"renamed", platform, "func DefaultPIE(", "func DefaultPIE2(", []string{platform + ": DefaultPIE"}},
		{"comment", platform, "func DefaultPIE(", "// Ours.\n\n\nfunc DefaultPIE( /* where? */ ", nil},
		{"layout", platform, "func InternalLinkPIESupported(goos, goarch string) bool {", "func InternalLinkPIESupported( goos,   goarch string) bool {\n\n\n", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			goroot, version := localTree(t)
			before, err := ReadSource(goroot, version, "linux/amd64")
			if err != nil {
				t.Fatal(err)
			}
			editSource(t, goroot, c.file, c.old, c.new)
			after, err := ReadSource(goroot, version, "linux/amd64")
			if err != nil {
				t.Fatal(err)
			}
			got := slices.DeleteFunc(after.Strange, func(s string) bool { return slices.Contains(before.Strange, s) })
			if !slices.Equal(got, c.want) {
				t.Errorf("got strange %q, want %q", got, c.want)
			}
			for _, s := range c.want {
				_, key, _ := strings.Cut(s, ": ")
				if r, ok := after.Rules[key]; ok {
					t.Errorf("%s follows the rules of %s, want none", key, r)
				}
			}
		})
	}
}

// TestEveryFunctionIsAccountedFor: what is neither known nor strange would be
// taken for known.
func TestEveryFunctionIsAccountedFor(t *testing.T) {
	goroot, version := localTree(t)
	if err := os.Remove(filepath.Join(goroot, "src", security)); err != nil {
		t.Fatal(err)
	}
	writeSource(t, goroot, ldDir+"config.go", "package ld\nfunc mustLinkExternal( {")
	got, err := ReadSource(goroot, version, "linux/amd64")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mirrors {
		_, known := got.Rules[m.key]
		strange := slices.Contains(got.Strange, m.file+": "+m.key)
		if m.key == ldsoRest { // no more than a means to know asmbElf by
			if known || strange {
				t.Errorf("%s: got known %v, strange %v, want it told of asmbElf alone", m.key, known, strange)
			}
			continue
		}
		if known == strange {
			t.Errorf("%s: got known %v, strange %v, want one of them", m.key, known, strange)
		}
		if (m.file == security || m.file == ldDir+"config.go") && known {
			t.Errorf("%s: got rules of %s from a file that cannot be read, want none", m.key, got.Rules[m.key])
		}
	}
	if got.Flags != nil {
		t.Errorf("got flags %+v, want none", got.Flags)
	}
}

func TestAbsentFunction(t *testing.T) {
	rows := []known{{"DefaultPIE", "", "go1.20", "go1.20.14"}, {"DefaultPIE", "d", "go1.21", "go1.27.4"}}
	for release, want := range map[string]string{
		"go1.20.3": "go1.20.14", "go1.20.15": "go1.20.14", "go1.20.3 X:boringcrypto": "go1.20.14",
		"go1.21.0": "", "go1.28": "", "devel go1.28-0123456": "", "": "",
	} {
		rules, strange := recognize(map[string]string{"DefaultPIE": ""}, release, rows)
		if rules["DefaultPIE"] != want {
			t.Errorf("%q without DefaultPIE: got rules of %q, want %q", release, rules["DefaultPIE"], want)
		}
		if got := slices.Contains(strange, platform+": DefaultPIE"); got != (want == "") {
			t.Errorf("%q without DefaultPIE: got strange %v, want %v", release, got, want == "")
		}
	}
}

func TestNoSource(t *testing.T) {
	for _, goroot := range []string{t.TempDir(), ""} {
		got, err := ReadSource(goroot, "go1.26.8", "linux/amd64")
		if err == nil || !strings.Contains(err.Error(), "has no src folder") {
			t.Errorf("ReadSource(%q): got error %v, want one that says there is no src folder", goroot, err)
		}
		if got.Version != "go1.26.8" || len(got.Rules) != 0 {
			t.Errorf("ReadSource(%q): got %+v, want the version and no rules", goroot, got)
		}
	}
}

func TestBaked(t *testing.T) {
	const ext = "const defaultGO_EXTLINK_ENABLED = `1`\n"
	for _, c := range []struct {
		text, ldso string
		line       string
		strange    []string
	}{
		{ext + "const defaultGO_LDSO = ``\n", "", ":3", nil},
		{ext + "const defaultGO_LDSO = `/lib/ld.so`\n", "/lib/ld.so", ":3", nil},
		{ext + "const defaultGO_LDSO = \"/lib/\\x6cd.so\"\n", "/lib/ld.so", ":3", nil},
		{ext + "\nconst DefaultGO_LDSO = `/nix/store/x/ld.so`\n", "/nix/store/x/ld.so", ":4", nil},
		{ext + "const (\n\tx = 1\n\tdefaultGO_LDSO = (`/a` + \"/b\")\n)\n", "/a/b", ":5", nil},
		{ext + "const defaultGO_LDSO = runtime.GOOS\n", "", ":3", []string{zcfg + ": defaultGO_LDSO"}},
		{ext + "const version = `go1.26.8`\n", "", "", []string{zcfg + ": defaultGO_LDSO"}},
		{"const defaultGO_LDSO = ``\n", "", ":2", []string{zcfg + ": defaultGO_EXTLINK_ENABLED"}},
		{"", "", "", []string{zcfg + ": defaultGO_LDSO", zcfg + ": defaultGO_EXTLINK_ENABLED"}},
	} {
		goroot := t.TempDir()
		writeSource(t, goroot, zcfg, "package buildcfg\n"+c.text)
		got, err := ReadSource(goroot, "go1.26.8", "linux/amd64")
		if err != nil {
			t.Fatal(err)
		}
		at := c.line
		if at != "" {
			at = filepath.Join(goroot, "src", zcfg) + at
		}
		if got.GOLDSO != c.ldso || got.GOLDSOAt != at {
			t.Errorf("%q: got %q at %q, want %q at %q", c.text, got.GOLDSO, got.GOLDSOAt, c.ldso, at)
		}
		if want := strings.Contains(c.text, ext); (got.ExtLinkDefault == "1") != want {
			t.Errorf("%q: got GO_EXTLINK_ENABLED %q, want 1: %v", c.text, got.ExtLinkDefault, want)
		}
		strange := slices.DeleteFunc(got.Strange, func(s string) bool { return !strings.HasPrefix(s, zcfg) })
		if !slices.Equal(strange, c.strange) {
			t.Errorf("%q: got strange %q, want %q", c.text, strange, c.strange)
		}
	}
}

func TestFlagLists(t *testing.T) {
	const lists = "package work\nvar validCompilerFlags = []*lazyregexp.Regexp{re(`-O`), re(`-W` + `all`)}\n" +
		"var validLinkerFlags = []*lazyregexp.Regexp{re(`-l(.+)`)}\n" +
		"var validCompilerFlagsWithNextArg = []string{\"-arch\"}\nvar validLinkerFlagsWithNextArg = []string{\"-F\"}\n"
	goroot := t.TempDir()
	writeSource(t, goroot, security, lists)
	got, err := ReadSource(goroot, "go1.26.8", "linux/amd64")
	if err != nil || got.Flags == nil {
		t.Fatalf("got flags %v and error %v, want flags", got.Flags, err)
	}
	f := *got.Flags
	all := [][]string{f.ValidCompiler, f.InvalidCompiler, f.ValidLinker, f.InvalidLinker, f.CompilerNext, f.LinkerNext}
	want := [][]string{{"-O", "-Wall"}, nil, {"-l(.+)"}, nil, {"-arch"}, {"-F"}}
	if !reflect.DeepEqual(all, want) {
		t.Errorf("got %q, want %q", all, want)
	}
	for _, bad := range []string{
		strings.Replace(lists, "re(`-O`)", "re(opt)", 1),
		strings.Replace(lists, "validLinkerFlags ", "linkerFlags ", 1),
		lists + "var invalidLinkerFlags = lists()\n",
	} {
		writeSource(t, goroot, security, bad)
		got, err := ReadSource(goroot, "go1.26.8", "linux/amd64")
		if err != nil || got.Flags != nil || !slices.Contains(got.Strange, security+": validCompilerFlags") {
			t.Errorf("%q: got %+v, strange %q, error %v, want no lists, and a word on it", bad, got.Flags, got.Strange, err)
		}
	}
}

func TestLocalToolchain(t *testing.T) {
	r := localRelease(t)
	got, err := ReadSource(r.goroot, r.version, "linux/amd64")
	if err != nil {
		testskip.Missing(t, "%v", err)
	}
	if len(got.Strange) > 0 {
		t.Logf("%s is not quite a known release: %q", r.version, got.Strange)
	}
	if got.Flags == nil || !slices.Contains(got.Flags.LinkerNext, "-framework") || len(got.Flags.ValidLinker) < 40 {
		t.Errorf("got flags %+v, want those of cmd/go", got.Flags)
	}
	if !strings.HasPrefix(got.GOLDSOAt, r.goroot) {
		t.Errorf("got GO_LDSO at %q, want a line of %s", got.GOLDSOAt, r.goroot)
	}
	for path, here := range got.Loaders {
		if _, err := os.Stat(path); (err == nil) != here {
			t.Errorf("%s: got %v, want %v", path, here, !here)
		}
	}
	if !slices.Contains(slices.Collect(maps.Keys(got.Loaders)), "/lib/ld-musl-x86_64.so.1") {
		t.Errorf("got loaders %v, want the musl one among them", got.Loaders)
	}
}

func BenchmarkReadSource(b *testing.B) {
	r := localRelease(b)
	for b.Loop() {
		if _, err := ReadSource(r.goroot, r.version, "linux/amd64"); err != nil {
			testskip.Missing(b, "%v", err)
		}
	}
}
