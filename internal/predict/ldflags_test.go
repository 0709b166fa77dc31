package predict

import (
	"maps"
	"os/exec"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

func TestParseLDFlags(t *testing.T) {
	for _, c := range []struct {
		in   string
		want ldflags
	}{
		{"", ldflags{}},
		{"-s -w -X main.v=1", ldflags{}},
		{"-X main.linkmode=-linkmode=external", ldflags{}},
		{"-linkmode=external", ldflags{linkmode: "external"}},
		{"--linkmode=external", ldflags{linkmode: "external"}},
		{"-linkmode external", ldflags{linkmode: "external"}},
		{"-linkmode=external -linkmode=internal", ldflags{linkmode: "internal"}},
		{"-linkmode=internal -linkmode auto", ldflags{}},
		{"-linkmode=never", ldflags{linkmode: "never", err: `invalid value "never" for flag -linkmode: invalid linkmode: "never"`}},
		{"-linkmode", ldflags{linkmode: "-extld=gcc -m64", extld: []string{"gcc"}, err: `invalid value "-extld=gcc -m64" for flag -linkmode: invalid linkmode: "-extld=gcc -m64"`}},
		{"-s -extldflags", ldflags{extld: []string{"gcc"}, extldflags: []string{"-extld=gcc", "-m64"}}},
		{"-extld=clang -extldflags", ldflags{extld: []string{"clang"}, err: "flag needs an argument: -extldflags"}},
		{"-static", ldflags{err: "flag provided but not defined: -static"}},
		{"-macos=12", ldflags{err: "flag provided but not defined: -macos"}},
		{"-v=2", ldflags{}},
		{"-v=maybe", ldflags{err: `invalid boolean value "maybe" for -v`}},
		{"-s=maybe", ldflags{err: `invalid boolean value "maybe" for -s`}},
		{"-X main", ldflags{err: "-X flag requires argument of the form importpath.name=value"}},
		{"-s main.o", ldflags{err: `the linker takes "main.o" for a file`}},
		{"-I /lib/a -I=/lib/b", ldflags{interpreter: "/lib/b"}},
		{"-r /opt/a", ldflags{rpath: "/opt/a"}},
		{`-extld 'clang -m64'`, ldflags{extld: []string{"clang", "-m64"}}},
		{`-linkmode=external '-extldflags=-static "-Wl,-z,a b"'`, ldflags{linkmode: "external", extldflags: []string{"-static", "-Wl,-z,a b"}}},
		{`-extldflags=-static -extldflags=-lm`, ldflags{extldflags: []string{"-lm"}}},
		{`'-extldflags=-static "'`, ldflags{err: `unterminated " string`}},
		{"-buildmode=never", ldflags{buildmode: "never", err: `invalid value "never" for flag -buildmode: invalid buildmode: "never"`}},
		{"-o out", ldflags{err: "-o has the linker write to another file than the go command looks for"}},
		{"-d", ldflags{static: true}},
		{"-d=true", ldflags{static: true}},
		{"-d=T", ldflags{static: true}},
		{"-d -d=false", ldflags{}},
		{"-buildmode=pie -linkshared -bindnow=1", ldflags{buildmode: "pie", linkshared: true, bindnow: true}},
	} {
		words, err := link.SplitWords(c.in)
		if err != nil {
			t.Fatal(err)
		}
		if c.want.linkmode == "" {
			c.want.linkmode = "auto"
		}
		if got := parseLDFlags(words, []string{"gcc", "-m64"}, "go1.26.8"); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", c.in, got, c.want)
		}
	}
}

// TestLinkerFlags holds the names against those that linkers themselves print.
func TestLinkerFlags(t *testing.T) {
	for _, release := range []string{"go1.27.4", "go1.26.11", "go1.25.12", "go1.24.13", "go1.23.12", "go1.22.12", "go1.21.13"} {
		cmd := exec.Command("go", "tool", "link", "-h")
		cmd.Dir = t.TempDir()
		cmd.Env = append(cmd.Environ(), "GOTOOLCHAIN="+release, "GOPROXY=off", "GOFLAGS=")
		out, err := cmd.CombinedOutput()
		if _, ran := err.(*exec.ExitError); !ran || !strings.Contains(string(out), "usage: link") {
			testskip.Missing(t, "%s is not in the module cache (GOTOOLCHAIN=%s go version fetches it): %v %.200s", release, release, err, out)
		}
		theirs := map[string]bool{}
		for _, m := range regexp.MustCompile(`(?m)^  -(\w+)`).FindAllStringSubmatch(string(out), -1) {
			theirs[m[1]] = true
			if !knownTo(release, m[1]) {
				t.Errorf("%s has -%s, which is said to be unknown to it", release, m[1])
			}
		}
		names := maps.Clone(linkerValues)
		maps.Copy(names, linkerSwitches)
		for name := range names {
			if knownTo(release, name) && !theirs[name] {
				t.Errorf("%s has no -%s, which is said to be known to it", release, name)
			}
		}
		for name := range linkerValues {
			// A boolean flag has no word for its value beside its name.
			if theirs[name] && !regexp.MustCompile(`(?m)^  -`+name+` \S+`).Match(out) {
				t.Errorf("%s: -%s takes no value", release, name)
			}
		}
	}
}
