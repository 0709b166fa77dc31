package toolchain

import (
	"slices"
	"strings"
	"testing"
)

// A DefaultPIE that was patched is asked for every port, if it can be; of one
// that cannot be asked the function is named, and no more.
func TestDefaultPIE(t *testing.T) {
	const head, end = "func DefaultPIE(goos, goarch string, isRace bool) bool {", "\treturn false\n}\n\n// ExecutableHasDWARF"
	for _, c := range []struct {
		name, old, new string
		known          bool
		pie, exe       string // ports
		on             string // of the host's place, "" for none
	}{
		{"a case", `case "android", "ios":`, `case "android", "ios", "linux":`, true, "linux/amd64, linux/mips, linux/amd64 -race, darwin/arm64", "freebsd/amd64", "linux"},
		// As nixpkgs has it: the port of the toolchain, if it can have a PIE at all.
		{"a last word", end, "\treturn \"amd64\" == goarch && BuildModeSupported(\"gc\", \"pie\", goos, goarch)\n}\n\n// ExecutableHasDWARF", true,
			"linux/amd64, freebsd/amd64, linux/amd64 -race, windows/amd64", "linux/arm64, windows/amd64 -race, openbsd/386", "linux"},
		{"a first word", head, head + "\n\tif on := goos + \"/\" + goarch; !isRace && (on == \"linux/386\" || on == \"linux/arm\") {\n\t\treturn true\n\t}", true,
			"linux/386, linux/arm, darwin/amd64", "linux/386 -race, linux/amd64", ""},
		{"the same in other words", end, "\treturn !true\n}\n\n// ExecutableHasDWARF", true, "darwin/arm64", "linux/amd64", ""},
		{"another function", end, "\treturn hardened(goos)\n}\n\n// ExecutableHasDWARF", false, "", "", ""},
		{"a loop", end, "\tfor goos == \"linux\" {\n\t\treturn true\n\t}\n\treturn false\n}\n\n// ExecutableHasDWARF", false, "", "", ""},
		{"a name that hides another", end, "\t{\n\t\tgoos := \"linux\"\n\t\tif goos == \"linux\" {\n\t\t\treturn true\n\t\t}\n\t}\n\treturn false\n}\n\n// ExecutableHasDWARF", false, "", "", ""},
		{"a mixed comparison", end, "\treturn isRace == goos\n}\n\n// ExecutableHasDWARF", false, "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			goroot, version := localTree(t)
			editSource(t, goroot, platform, c.old, c.new)
			got, err := ReadSource(goroot, version, "linux/amd64")
			if err != nil {
				t.Fatal(err)
			}
			if _, known := got.Rules["DefaultPIE"]; known != c.known || slices.Contains(got.Strange, platform+": DefaultPIE") == c.known || (got.PIE != nil) != c.known {
				t.Errorf("got known %v, strange %q, PIE for %q, want known %v", known, got.Strange, got.PIE, c.known)
			}
			for _, port := range split(c.pie) {
				if !slices.Contains(got.PIE, port) {
					t.Errorf("%s: got no PIE, want one", port)
				}
			}
			for _, port := range split(c.exe) {
				if slices.Contains(got.PIE, port) {
					t.Errorf("%s: got a PIE, want none", port)
				}
			}
			if p := got.Defaults["DefaultPIE"]; p.Value != c.on || (p.Line > 0) != (c.on != "") {
				t.Errorf("got %+v, want the line for %q", p, c.on)
			}
		})
	}
}

func split(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ", ")
}

// Where the linker takes GO_LDSO from is asked of the one statement about it;
// the rest of the function has to be a known one.
func TestPatchedLDSO(t *testing.T) {
	const own = "buildcfg.GOARCH == runtime.GOARCH && buildcfg.GO_LDSO != \"\" {\n\t\t\tinterpreter = buildcfg.GO_LDSO\n\t\t}"
	const begin = `if interpreter == "" && buildcfg.GOOS == runtime.GOOS && `
	const nix = "if interpreter == \"\" {\n\t\t\tif own := os.Getenv(\"GO_LDSO\"); own != \"\" {\n\t\t\t\tinterpreter = own\n" +
		"\t\t\t} else if runtime.GOARCH == buildcfg.GOARCH && runtime.GOOS == buildcfg.GOOS {\n\t\t\t\tinterpreter = buildcfg.DefaultGO_LDSO\n\t\t\t}\n\t\t}"
	exported := [2]string{"const defaultGO_LDSO =", "const DefaultGO_LDSO ="}
	for _, c := range []struct {
		name, new  string
		boot       [2]string
		cfg        [2]string
		known, env bool
	}{
		{"nixpkgs", nix, exported, [2]string{"GO_LDSO", "GONE"}, true, true},
		{"nixpkgs without the constant", nix, [2]string{"", ""}, [2]string{"", ""}, false, false},
		{"the same in other words", "if interpreter == \"\" && buildcfg.GOOS == runtime.GOOS {\n\t\t\tif buildcfg.GOARCH == runtime.GOARCH {\n\t\t\t\tinterpreter = buildcfg.GO_LDSO\n\t\t\t}\n\t\t}", [2]string{"", ""}, [2]string{"", ""}, true, false},
		{"for any port", "if interpreter == \"\" {\n\t\t\tinterpreter = buildcfg.GO_LDSO\n\t\t}", [2]string{"", ""}, [2]string{"", ""}, false, false},
		{"for any architecture", "if interpreter == \"\" && buildcfg.GOOS == runtime.GOOS {\n\t\t\tinterpreter = buildcfg.GO_LDSO\n\t\t}", [2]string{"", ""}, [2]string{"", ""}, false, false},
		{"from a file", "if interpreter == \"\" {\n\t\t\tinterpreter = read(\"GO_LDSO\")\n\t\t}", [2]string{"", ""}, [2]string{"", ""}, false, false},
		{"and something else", nix + "\n\t\tprintln()", exported, [2]string{"GO_LDSO", "GONE"}, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			goroot, version := localTree(t)
			editSource(t, goroot, elfFile, begin+own, c.new)
			editSource(t, goroot, zcfg, c.boot[0], c.boot[1])
			editSource(t, goroot, "internal/buildcfg/cfg.go", c.cfg[0], c.cfg[1])
			got, err := ReadSource(goroot, version, "linux/amd64")
			if err != nil {
				t.Fatal(err)
			}
			_, known := got.Rules["asmbElf"]
			_, baked := got.Rules["GO_LDSO"]
			if known != c.known || got.GOLDSOEnv != c.env || c.known && !baked || slices.Contains(got.Strange, elfFile+": asmbElf") == c.known {
				t.Errorf("got known %v and %v, of the environment %v, strange %q, want %v and %v", known, baked, got.GOLDSOEnv, got.Strange, c.known, c.env)
			}
			if rest := slices.IndexFunc(got.Strange, func(s string) bool { return strings.HasSuffix(s, ldsoRest) }); rest >= 0 {
				t.Errorf("got %s, want what is no rule to be named nowhere", got.Strange[rest])
			}
		})
	}
}
