package load

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

func TestParseFlags(t *testing.T) {
	own := func(name string) (known, value bool) {
		return name == "v" || name == "format" || name == "json", name == "format"
	}
	for _, c := range []struct{ args, flags, own, rest, err string }{
		{"./...", "", "", "./...", ""},
		{"", "", "", "", ""},
		{"-race -tags=a,b ./cmd", "-race -tags=a,b", "", "./cmd", ""},
		{"-tags a,b ./cmd", "-tags=a,b", "", "./cmd", ""},
		{"--race x", "-race", "", "x", ""},
		{"-race=false x", "-race=false", "", "x", ""},
		{"-trimpath -o out x -race", "-trimpath -o=out", "", "x -race", ""},
		{"-format text -v -race x", "-race", "format=text v=true", "x", ""},
		{"-format=text -json=false", "", "format=text json=false", "", ""},
		{"-race -- -x", "-race", "", "-x", ""},
		{"-- -x", "", "", "-x", ""},
		{"- -race", "", "", "- -race", ""},
		{"-tags -race x", "-tags=-race", "", "x", ""},
		{"-rece x", "", "", "", "flag provided but not defined: -rece"},
		{"---race", "", "", "", "flag provided but not defined: --race"},
		{"-tags", "", "", "", "flag needs an argument: -tags"},
		{"-format", "", "", "", "flag needs an argument: -format"},
		{"-asan=maybe x", "", "", "", `invalid boolean value "maybe" for -asan: parse error`},
		{"-buildvcs=bogus", "", "", "", `invalid boolean value "bogus" for -buildvcs: value is neither 'auto' nor a valid bool`},
		{"-buildvcs=auto -compiler=gc -p=4", "-buildvcs=auto -compiler=gc -p=4", "", "", ""},
		{"-compiler=foo", "", "", "", `invalid value "foo" for flag -compiler: unknown compiler "foo"`},
		{"-covermode foo", "", "", "", `invalid value "foo" for flag -covermode: valid modes are "set", "count", or "atomic"`},
		{"-tags=a,,b", "-tags=a,,b", "", "", ""},
		{"-tags='a,b", "", "", "", `invalid value "'a,b" for flag -tags: unterminated ' string`},
		{"-tags='a,b'", "", "", "", "-tags space-separated list contains comma"},
		{"-p=x", "", "", "", `invalid value "x" for flag -p: parse error`},
		{"-p=0", "", "", "", "-p must be a positive integer: 0"},
		{"-ldflags=foo", "", "", "", `invalid value "foo" for flag -ldflags: missing =<value> in <pattern>=<value>`},
		{"-gcflags==-l", "", "", "", `invalid value "=-l" for flag -gcflags: missing <pattern> in <pattern>=<value>`},
		{`-asmflags="a"=-D`, "", "", "", `invalid value "\"a\"=-D" for flag -asmflags: parameter may not start with quote character "`},
		{"-ldflags=all='-s", "", "", "", `invalid value "all='-s" for flag -ldflags: unterminated ' string`},
		{"-ldflags= -ldflags=all=-s -gcflags=-N", "-ldflags= -ldflags=all=-s -gcflags=-N", "", "", ""},
		{"-format=bad", "", "", "", `invalid value "bad" for flag -format: no such format`},
	} {
		var mine []string
		flags, rest, err := ParseFlags(strings.Fields(c.args), own, func(name, value string) error {
			if value == "bad" {
				return errors.New("no such format")
			}
			mine = append(mine, name+"="+value)
			return nil
		})
		var texts []string
		for _, f := range flags {
			texts = append(texts, f.String())
		}
		if got := fmt.Sprint(err); err != nil && got != c.err || err == nil && c.err != "" {
			t.Errorf("%s: got error %v, want %q", c.args, err, c.err)
		}
		if err != nil {
			continue
		}
		if got := strings.Join(texts, " "); got != c.flags {
			t.Errorf("%s: got flags %q, want %q", c.args, got, c.flags)
		}
		if got := strings.Join(mine, " "); got != c.own {
			t.Errorf("%s: got flags of its own %q, want %q", c.args, got, c.own)
		}
		if got := strings.Join(rest, " "); got != c.rest {
			t.Errorf("%s: got rest %q, want %q", c.args, got, c.rest)
		}
	}
}

func TestSplitTags(t *testing.T) {
	for value, want := range map[string]string{"": "", "a,b": "a|b", ",a,": "a", "a b": "a|b", "'a b' c": "a b|c", "'a'": "a", "a b,c": "a|b,c"} {
		tags, err := splitTags(value)
		if got := strings.Join(tags, "|"); got != want || err != nil {
			t.Errorf("%s: got %q, %v, want %q", value, got, err, want)
		}
	}
	for value, wrong := range map[string]bool{"a,b": false, "a b": false, "a b,c": true, "'a b',c": true} {
		if _, err := NewBuild(Request{}, Env{"GOFLAGS": `"-tags=` + value + `"`}); (err != nil) != wrong {
			t.Errorf("%s: got error %v, want one: %t", value, err, wrong)
		}
	}
}

// TestTagWithSpace: one that is quoted goes into no list of tags.
func TestTagWithSpace(t *testing.T) {
	b, err := NewBuild(Request{Flags: []Flag{{"tags", "'a b' c"}}}, Env{})
	if err != nil || !slices.Equal(b.Tags, []string{"c"}) {
		t.Errorf("got %q, %v, want c", b.Tags, err)
	}
}

func TestParseGOFLAGS(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []Flag
	}{
		{"", nil},
		{"-race --tags=a", []Flag{{"race", "true"}, {"tags", "a"}}},
		{`'-ldflags=-s -linkmode=external' -mod=mod`, []Flag{{"ldflags", "-s -linkmode=external"}, {"mod", "mod"}}},
		{`"-ldflags=-extldflags '-static -lm'"`, []Flag{{"ldflags", "-extldflags '-static -lm'"}}},
		{"-count=1 -race=0", []Flag{{"race", "0"}}}, // -count is go test's
		{"-tags", nil},
		{`"-tags=a`, nil},
	} {
		if got := parseGOFLAGS(c.in); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.in, got, c.want)
		}
	}
}

func TestMatchWild(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"a/b", "a/b", true},
		{"a/b", "a/bc", false},
		{"a/b", "a", false},
		{"a/...", "a", true},
		{"a/...", "a/b/c", true},
		{"a/...", "ab", false},
		{"a...", "ab", true},
		{"...", "a/b", true},
		{".../cmd", "a/b/cmd", true},
		{".../cmd", "a/b/cmd/x", false},
		{"a/.../c", "a/b/c", true},
		{"a/.../c/...", "a/b/c", false},
		{"a...b...c", "a1b2c", true},
		{"a...b...c", "a1c", false},
		{"a...b...", "ab", true},
	} {
		if got := matchWild(c.pattern, c.name); got != c.want {
			t.Errorf("%s of %s: got %v, want %v", c.pattern, c.name, got, c.want)
		}
	}
}

// TestLDFlags is about -ldflags with package patterns, for example.com/m/cmd/a
// in /w/cmd/a, asked from /w.
func TestLDFlags(t *testing.T) {
	for _, c := range []struct {
		values []string
		want   string
	}{
		{nil, ""},
		{[]string{"-s -w"}, "-s|-w"},
		{[]string{`-extldflags "-static -lm"`}, "-extldflags|-static -lm"},
		{[]string{`'-extldflags=-static -lm'`}, ""}, // no pattern may begin with a quote
		{[]string{"-s", "-w"}, "-w"},
		{[]string{"-s", ""}, ""},
		{[]string{"-s", "  -w "}, "-w"},
		{[]string{"all=-s"}, "-s"},
		{[]string{"-s", "all=-w"}, "-w"},
		{[]string{"all=-w", "-s"}, "-s"},
		{[]string{"all=-w", "all="}, ""},
		{[]string{"std=-s"}, ""},
		{[]string{"cmd=-s"}, ""},
		{[]string{"main=-s"}, ""}, // an import path, not a kind of package
		{[]string{"./...=-s"}, "-s"},
		{[]string{"./cmd/...=-s"}, "-s"},
		{[]string{"./cmd/a=-s"}, "-s"},
		{[]string{" ./cmd/a = -s"}, "-s"},
		{[]string{"./cmd=-s"}, ""},
		{[]string{".=-s"}, ""},
		{[]string{"../w/cmd/...=-s"}, "-s"},
		{[]string{"../x/...=-s"}, ""},
		{[]string{"/w/...=-s"}, ""}, // only relative patterns are of folders
		{[]string{"example.com/m/cmd/a=-s"}, "-s"},
		{[]string{"example.com/m/...=-s"}, "-s"},
		{[]string{"example.com/other/...=-s"}, ""},
		{[]string{"-s", "example.com/other/...=-w"}, "-s"},
		{[]string{"net=-s"}, ""},
		{[]string{"work=-s"}, "-s"},
		{[]string{"tool=-s"}, ""},
	} {
		p := &link.Package{ImportPath: "example.com/m/cmd/a", Dir: "/w/cmd/a", Module: "example.com/m", Main: true}
		if got := strings.Join(perPackage(c.values, p, true, matcher{dir: "/w", release: "go1.26.8"}), "|"); got != c.want {
			t.Errorf("%q: got %q, want %q", c.values, got, c.want)
		}
	}
}

// TestMatchKinds: names for kinds of packages, which are import paths up to go1.24.
func TestMatchKinds(t *testing.T) {
	gomod := filepath.Join(files(t, map[string]string{
		"go.mod": "module example.com/m\n\ntool example.com/t // used\n\ntool (\n\texample.com/u/cmd\n\t\"example.com/v\"\n)\n\nrequire example.com/w v1.0.0\n"}), "go.mod")
	for _, c := range []struct {
		pattern, release string
		p                link.Package
		want             bool
	}{
		{"std", "go1.26.8", link.Package{ImportPath: "cmd/go", Module: "std", Standard: true}, true},
		{"cmd", "go1.26.8", link.Package{ImportPath: "cmd/go", Module: "std", Standard: true}, true},
		{"cmd", "go1.26.8", link.Package{ImportPath: "cmd/x", Module: "cmd", Main: true}, false},
		{"work", "go1.26.8", link.Package{ImportPath: "example.com/m", Module: "example.com/m", Main: true}, true},
		{"work", "go1.26.8", link.Package{ImportPath: "example.com/t", Module: "example.com/t"}, false},
		{"work", "go1.26.8", link.Package{ImportPath: "command-line-arguments", Main: true}, false},
		{"work", "go1.24.13", link.Package{ImportPath: "example.com/m", Module: "example.com/m", Main: true}, false},
		{"work", "go1.24.13", link.Package{ImportPath: "work", Module: "work", Main: true}, true},
		{"tool", "go1.26.8", link.Package{ImportPath: "example.com/t", Module: "example.com/t"}, true},
		{"tool", "go1.26.8", link.Package{ImportPath: "example.com/u/cmd", Module: "example.com/u"}, true},
		{"tool", "go1.26.8", link.Package{ImportPath: "example.com/v", Module: "example.com/v"}, true},
		{"tool", "go1.26.8", link.Package{ImportPath: "example.com/w", Module: "example.com/w"}, false},
		{"tool", "go1.24.13", link.Package{ImportPath: "example.com/t", Module: "example.com/t"}, false},
	} {
		if got := (matcher{"/w", c.release, gomod}).matches(c.pattern, &c.p); got != c.want {
			t.Errorf("%s of %s, %s: got %t", c.pattern, c.p.ImportPath, c.release, got)
		}
	}
}

func TestPkgConfigWords(t *testing.T) {
	for _, c := range []struct{ in, want, err string }{
		{"", "", ""},
		{"-lfoo  -L/opt/lib\t-lbar \n", "-lfoo|-L/opt/lib|-lbar", ""},
		{`-I/a\ b -lx`, "-I/a b|-lx", ""},
		{`-DX="a b" '-DY=c d'`, "-DX=a b|-DY=c d", ""},
		{`-DX=\"a\"`, `-DX="a"`, ""},
		{`"-DX=\"a\" \n \\"`, `-DX="a" \n \`, ""},
		{`'-DX=\"$a'`, `-DX=\"$a`, ""},
		{"-la\\\n -lb", "-la|-lb", ""},
		{`-I/\é`, "-I/é", ""},
		{`"" -la`, "|-la", ""},
		{"-l$x", "", `unexpected shell character '$' in pkgconf output`},
		{"\"`x`\"", "", "unexpected shell character '`' in pkgconf output"},
		{"-la;-lb", "", `unexpected shell character ';' in pkgconf output`},
		{`"-la`, "", "unterminated quoted string in pkgconf output"},
		{`-la\`, "", "broken character escaping in pkgconf output"},
	} {
		words, err := pkgConfigWords(c.in)
		if got := strings.Join(words, "|"); got != c.want {
			t.Errorf("%s: got %q, want %q", c.in, got, c.want)
		}
		if (err != nil || c.err != "") && fmt.Sprint(err) != c.err {
			t.Errorf("%s: got error %v, want %q", c.in, err, c.err)
		}
	}
}
