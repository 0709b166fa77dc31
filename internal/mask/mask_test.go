package mask_test

import (
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/mask"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

func TestGOFLAGS(t *testing.T) {
	for value, want := range map[string]string{
		"-ldflags=-X=a.b=c":                                              "-ldflags=-X=a.b=…",
		"'-ldflags=-X a.b=c d -X e=f -s' -race":                          "'-ldflags=-X a.b=… … -X e=… -s' -race",
		`'-ldflags=-X "main.k=abc -SECRET"'`:                             "'-ldflags=-X main.k=…'",
		`'-ldflags="-X" "main.k=SECRET"'`:                                "-ldflags=…",
		"'-ldflags=-s \"-X\" \"main.k=SECRET\"'":                         "'-ldflags=-s -X main.k=…'",
		"'-ldflags=-X\tmain.k=SECRET'":                                   "'-ldflags=-X main.k=…'",
		`"-ldflags=all=-X 'main.k=a b'"`:                                 "'-ldflags=all=-X main.k=…'",
		`'-ldflags=-X "main.k={''pw'':SECRET}"'`:                         "-ldflags=… … …",
		`"-ldflags=-X main.k={'pw':SECRET}"`:                             "'-ldflags=-X main.k=…'",
		`'-ldflags=-X "main.k=unclosed'`:                                 "-ldflags=…",
		"-ldflags=--X=main.k=SECRET":                                     "-ldflags=--X=main.k=…",
		"'-ldflags=-X -X main.k=SECRET'":                                 "'-ldflags=-X -X main.k=…'",
		"'-ldflags=-X -buildid=SECRET'":                                  "'-ldflags=-X -buildid=…'",
		"-ldflags=-X -SECRET":                                            "-ldflags=-X -…",
		"-tags=X -ldflags=-linkmode=external":                            "-tags=X -ldflags=-linkmode=external",
		"'-ldflags=-s -w -r /opt/lib'":                                   "'-ldflags=-s -w -r /opt/lib'",
		`"-ldflags=-linkmode=external '-extldflags=-static -DA=SECRET'"`: `"-ldflags=-linkmode=external '-extldflags=-static -DA=…'"`,
		"'-ldflags=-extld=env TOKEN=SECRET gcc'":                         "'-ldflags=-extld=env … …'",
		"'-toolexec=env TOKEN=SECRET wrap' -exec=ssh":                    "'-toolexec=env TOKEN=… …' -exec=ssh",
		"'-asmflags=all=-D TOKEN=SECRET -DA'":                            "'-asmflags=all=-D TOKEN=… -DA'",
		"'-asmflags=all=--D TOKEN=SECRET --D=T=SECRET --DA=SECRET'":      "'-asmflags=all=--D TOKEN=… --D=… --DA=…'",
		"'-gcflags=all=-N -l -d=checkptr=0'":                             "'-gcflags=all=-N -l -d=checkptr=0'",
		"-run=SECRET -count=1 -short":                                    "-run=… -count=1 -short",
		"-modfile=https://u:SECRET@h/go.mod":                             "-modfile=https://…@h/go.mod",
		"SECRET -v":                                                      "… -v",
		"-v 'SECRET":                                                     "…",
		"":                                                               "",
	} {
		if got := mask.Setting("GOFLAGS", value); got != want {
			t.Errorf("%s: got %s, want %s", value, got, want)
		}
	}
}

func TestSetting(t *testing.T) {
	for _, c := range []struct{ name, value, want string }{
		{"CC", "gcc -m32 -static", "gcc -m32 -static"},
		{"CC", "env TOKEN=SECRET gcc", "env TOKEN=… gcc"},
		{"CC", "'/opt/my compilers/gcc' -DTOKEN=SECRET", "'/opt/my compilers/gcc' -DTOKEN=…"},
		{"CC", "TOKEN=SECRET gcc", "TOKEN=… gcc"},
		{"CC", "env -S 'TOKEN=SECRET gcc'", "env -S TOKEN=…"},
		{"CC", "env '-STOKEN=SECRET gcc'", "env -S…"},
		{"CC", `sh -c 'TOKEN=SECRET exec gcc "$@"' cc`, "sh -c TOKEN=… cc"},
		{"CC", "sh -c 'export TOKEN=SECRET; exec gcc'", "sh -c …"},
		{"CC", "ccache gcc-12", "ccache gcc-12"},
		{"CC", "zig cc -target x86_64-linux-gnu", "zig cc -target x86_64-linux-gnu"},
		{"CC", "sccache --token=SECRET gcc", "sccache --token=… gcc"},
		{"CC", "wrap --password SECRET gcc", "wrap --password … gcc"},
		{"CC", "'gcc -DTOKEN=SECRET", "…"},
		{"PKG_CONFIG", "env TOKEN=SECRET pkg-config", "env TOKEN=… pkg-config"},
		{"CGO_CFLAGS", "-O2 -DTOKEN=SECRET -I/usr/include", "-O2 -DTOKEN=… -I/usr/include"},
		{"CGO_CFLAGS", "-D TOKEN=SECRET -DNDEBUG -D X", "-D TOKEN=… -DNDEBUG -D X"},
		{"CGO_CFLAGS", `-DTOKEN="a SECRET b" -g`, `-DTOKEN=… … … -g`},
		{"CGO_CFLAGS", `'-DTOKEN="a SECRET"' -g`, `-DTOKEN=… -g`},
		{"CGO_CFLAGS", `-D'NAME="a SECRET"' -g`, `-D=… … -g`},
		{"CGO_CFLAGS", `"-DTOKEN SECRET"`, `-DTOKEN…`},
		{"CGO_CFLAGS", `-DF(x)=SECRET`, `-DF…`},
		{"CGO_CPPFLAGS", "-Wp,-DTOKEN=SECRET,-DB=c -Xpreprocessor -DTOKEN=SECRET", "-Wp,-DTOKEN=…,-DB=… -Xpreprocessor -DTOKEN=…"},
		{"CGO_CPPFLAGS", "-Wp,-D,TOKEN=SECRET -Xpreprocessor -D -Xpreprocessor TOKEN=SECRET", "-Wp,-D,TOKEN=… -Xpreprocessor -D -Xpreprocessor TOKEN=…"},
		{"CGO_CXXFLAGS", "--define-macro=T=SECRET --define-macro T=SECRET -A T=SECRET", "--define-macro=T=… --define-macro T=… -A T=…"},
		{"CGO_CXXFLAGS", "-fplugin-arg-x-key=SECRET -fplugin=/p.so", "-fplugin-arg-x-key=… -fplugin=/p.so"},
		{"CGO_CFLAGS", "-DT=a-SECRET", "-DT=…-"},
		{"CGO_LDFLAGS", "-L/opt/lib -lz -Wl,-rpath,/opt/lib -Wl,-z,now libx.a -framework Foo -T x.ld", "-L/opt/lib -lz -Wl,-rpath,/opt/lib -Wl,-z,now libx.a -framework Foo -T x.ld"},
		{"CGO_LDFLAGS", "-DTOKEN=SECRET --sysroot=/x -fuse-ld=lld", "-DTOKEN=… --sysroot=/x -fuse-ld=lld"},
		{"CFLAGS", `-DTOKEN=\"SECRET\"`, "-DTOKEN=…"},
		{"NIX_CFLAGS_COMPILE", "-DT=SECRET -isystem /nix/x", "-DT=… -isystem /nix/x"},
		{"PKG_CONFIG_PATH", "/x:https://user:SECRET@h/y", "/x:https://…@h/y"},
		{"PKG_CONFIG_PATH", "https://u:a@SECRET@h/y", "https://…@h/y"},
		{"LD_RUN_PATH", "/a:/b", "/a:/b"},
	} {
		got := mask.Setting(c.name, c.value)
		if got != c.want {
			t.Errorf("%s=%s: got %s, want %s", c.name, c.value, got, c.want)
		}
		if again := mask.Setting(c.name, got); again != got {
			t.Errorf("%s=%s: got %s of what is masked, want the same", c.name, got, again)
		}
		if hidden := strings.Join(mask.Values(c.name, c.value), " "); strings.Contains(c.value, "SECRET") && !strings.Contains(hidden, "SECRET") {
			t.Errorf("%s=%s: got values %s, want the secret among them", c.name, c.value, hidden)
		}
	}
}

// TestLine: what a line is shown for stays, and nothing else that may be a secret.
func TestLine(t *testing.T) {
	const path = "/opt/ld.so"
	for line, want := range map[string]string{
		"+ --dynamic-linker /opt/ld.so -rpath /opt/lib":                    "+ --dynamic-linker /opt/ld.so -rpath /opt/lib",
		`exec gcc -Wl,--dynamic-linker,/opt/ld.so "$@"`:                    `exec gcc -Wl,--dynamic-linker,/opt/ld.so "$@"`,
		`TOKEN=SECRET exec gcc -Wl,--dynamic-linker,/opt/ld.so`:            `TOKEN=… exec gcc -Wl,--dynamic-linker,/opt/ld.so`,
		`TOKEN="a SECRET b" exec gcc -Wl,-I,/opt/ld.so`:                    `TOKEN=… exec gcc -Wl,-I,/opt/ld.so`,
		`curl -H "SECRET" x; exec gcc -Wl,-I,/opt/ld.so; echo SECRET`:      `exec gcc -Wl,-I,/opt/ld.so`,
		`exec gcc -Wl,-I,/opt/ld.so "$@" # SECRET`:                         `exec gcc -Wl,-I,/opt/ld.so "$@"`,
		`login SECRET && exec gcc -Wl,-I,/opt/ld.so || echo SECRET`:        `exec gcc -Wl,-I,/opt/ld.so`,
		`exec gcc -DT=SECRET -D T=SECRET '-DT=SECRET x' -Wl,-I,/opt/ld.so`: `exec gcc -DT=… -D T=… '-DT=… -Wl,-I,/opt/ld.so`,
		`LDFLAGS="-DT=SECRET -Wl,-I,/opt/ld.so"`:                           `LDFLAGS=… -Wl,-I,/opt/ld.so"`,
		`exec gcc --token=SECRET -Wl,-I,/opt/ld.so`:                        `exec gcc --token=… -Wl,-I,/opt/ld.so`,
		`exec gcc -DT=SECRET,/opt/ld.so`:                                   `exec gcc -DT=…/opt/ld.so`,
		`extra+=(-dynamic-linker /opt/ld.so)`:                              `extra+=(-dynamic-linker /opt/ld.so)`,
		`exec https://u:SECRET@h -I /opt/ld.so`:                            `exec https://…@h -I /opt/ld.so`,
	} {
		got, at := mask.Command(line, strings.Index(line, path))
		if got != want {
			t.Errorf("%s: got %s, want %s", line, got, want)
		} else if !strings.HasPrefix(got[at:], path) {
			t.Errorf("%s: got the byte at %d, want it at the path", line, at)
		}
	}
}

func FuzzLine(f *testing.F) {
	f.Add(`T="a b" exec 'x`, 3)
	f.Fuzz(func(t *testing.T, line string, at int) {
		if at < -1 || at >= len(line) {
			return
		}
		got, moved := mask.Line(line, at)
		if at >= 0 && (moved < 0 || moved > len(got)) {
			t.Errorf("%q at %d: got %q at %d", line, at, got, moved)
		}
		mask.Command(line, max(at, 0))
	})
}

// safeFlags are the patterns of cmd/go's list of safe C flags.
func safeFlags(t *testing.T) []*regexp.Regexp {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		testskip.Missing(t, "there is no go command: %v", err)
	}
	file := filepath.Join(strings.TrimSpace(string(root)), "src/cmd/go/internal/work/security.go")
	source, err := os.ReadFile(file)
	if err != nil {
		testskip.Missing(t, "there is no source of the go command: %v", err)
	}
	_, list, _ := strings.Cut(string(source), "\nvar validCompilerFlags = ")
	text, _, _ := strings.Cut(list, "\n}")
	var all []*regexp.Regexp
	for _, m := range regexp.MustCompile("re\\(`(.*)`\\)").FindAllStringSubmatch(text, -1) {
		all = append(all, regexp.MustCompile("^(?:"+m[1]+")$"))
	}
	return all
}

// TestSafeFlagsStay: a flag that is masked is as safe to the go command as it was,
// since an unsafe one of CGO_CFLAGS changes how a program is linked.
func TestSafeFlagsStay(t *testing.T) {
	safe := safeFlags(t)
	matches := func(w string) bool {
		return slices.ContainsFunc(safe, func(re *regexp.Regexp) bool { return re.MatchString(w) })
	}
	if len(safe) < 50 || !matches("-DX=1") {
		t.Fatalf("got %d patterns, want those of cmd/go", len(safe))
	}
	for _, w := range []string{"-DX=1", "-DX=a-b", "-DX=a@b", "-DX", "-D1=2", "-DF(x)=1", `-DX="a b"`, "-DX y", "-Wp,-DX=1", "-Wp,-DX=a-b", "-Wp,-DX=1,-DY=2",
		"-Wp,-UX", "--token=x", "-token=x", "-std=c11", "--sysroot=/x", "-isysroot", "-fplugin-arg-x-y=z", "-fdebug-prefix-map=a=b", "-march=native", "word", "a=b", "-A", "-O2", "-flto=auto"} {
		if got := mask.CFlags([]string{w})[0]; matches(got) != matches(w) {
			t.Errorf("%s: got %s, which is safe: %v; want %v", w, got, matches(got), matches(w))
		}
	}
}

// linkerFlags are the flags of the linker at hand, true for those with a value.
func linkerFlags(t testing.TB) map[string]bool {
	said, _ := exec.Command("go", "tool", "link", "-h").CombinedOutput()
	flags := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^  -(\w+)( \w+)?`).FindAllStringSubmatch(string(said), -1) {
		flags[m[1]] = m[2] != ""
	}
	if len(flags) < 30 {
		testskip.Missing(t, "there is no go tool link")
	}
	return flags
}

// definitions are the values of -X that the linker would get from GOFLAGS: words
// as the go command splits them, a value of -ldflags as PerPackageFlag takes it,
// flags as package flag reads them.
func definitions(goflags string, flags map[string]bool) (values []string) {
	words, err := link.SplitWords(goflags)
	if err != nil {
		return nil
	}
	for _, w := range words {
		value, ok := strings.CutPrefix(strings.TrimPrefix(w, "-"), "-ldflags=")
		if !ok {
			if value, ok = strings.CutPrefix(w, "-ldflags="); !ok {
				continue
			}
		}
		if value = strings.TrimSpace(value); value != "" && value[0] != '-' {
			pattern, rest, found := strings.Cut(value, "=")
			if !found || pattern == "" || pattern[0] == '\'' || pattern[0] == '"' {
				continue
			}
			value = rest
		}
		args, err := link.SplitWords(value)
		if err != nil {
			continue
		}
		values = append(values, parsed(args, flags)...)
	}
	return values
}

func parsed(args []string, flags map[string]bool) (values []string) {
	set := flag.NewFlagSet("link", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	for name, takes := range flags {
		switch {
		case name == "X":
			set.Func("X", "", func(s string) error {
				_, value, _ := strings.Cut(s, "=")
				values = append(values, value)
				return nil
			})
		case takes:
			set.String(name, "", "")
		default:
			set.Bool(name, false, "")
		}
	}
	set.Parse(args)
	return values
}

// FuzzDefinitions: no value that the linker would get from -X is in GOFLAGS once
// that is masked. A # in the input stands for the secret.
func FuzzDefinitions(f *testing.F) {
	for _, s := range []string{`'-ldflags=-X "main.k=abc -#"'`, `'-ldflags="-X" "main.k=#"'`, "'-ldflags=-X\tmain.k=#'", `"-ldflags=all=-X 'main.k=#'"`,
		`"-ldflags=-X main.k={'pw':#}"`, "'-ldflags=-o -X -X main.k=#'", "'-ldflags=-s -X -X=main.k=#'", "--ldflags=-s=true -ldflags=--X=a.b=#",
		"'-ldflags=-X  a.b=c=#'", "'-ldflags=-w -extldflags \"-X\" -X a.#=b'", "'-ldflags= a/...=-X a.b=#'", "'-ldflags=-X a=-X=b=#'", "'-ldflags=-X -buildid=#'"} {
		f.Add(s)
	}
	flags := linkerFlags(f)
	f.Fuzz(func(t *testing.T, text string) {
		const secret = "hunter2"
		before, after, found := strings.Cut(text, "#")
		if !found || strings.Contains(text, secret) {
			return
		}
		goflags := before + secret + strings.ReplaceAll(after, "#", "")
		got := mask.Setting("GOFLAGS", goflags)
		if again := mask.Setting("GOFLAGS", got); again != got {
			t.Errorf("%q: got %q, and then %q", goflags, got, again)
		}
		for _, value := range definitions(goflags, flags) {
			if strings.Contains(value, secret) && strings.Contains(got, secret) {
				t.Errorf("%q: got %q, want it without %q", goflags, got, value)
			}
		}
	})
}
