package predict

import (
	"reflect"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
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
		{"-linkmode", ldflags{err: "flag needs an argument: -linkmode"}},
		{"-s main.o", ldflags{err: `the linker takes "main.o" for a file`}},
		{"-I /lib/a -I=/lib/b", ldflags{interpreter: "/lib/b"}},
		{"-r /opt/a", ldflags{rpath: "/opt/a"}},
		{`-extld 'clang -m64'`, ldflags{extld: []string{"clang", "-m64"}}},
		{`-linkmode=external '-extldflags=-static "-Wl,-z,a b"'`, ldflags{linkmode: "external", extldflags: []string{"-static", "-Wl,-z,a b"}}},
		{`-extldflags=-static -extldflags=-lm`, ldflags{extldflags: []string{"-lm"}}},
		{`'-extldflags=-static "'`, ldflags{err: `unterminated " string`}},
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
		if got := parseLDFlags(words); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", c.in, got, c.want)
		}
	}
}
