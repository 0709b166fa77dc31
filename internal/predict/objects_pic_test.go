package predict

import (
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// What comes after the go command's -fPIC may make objects that Go's linker does not
// take, or that are not linked on trial; CC's own words come before it.
func TestNotPIC(t *testing.T) {
	for _, c := range []struct {
		cc, cflags, ldflags string
		doubt               bool
	}{
		{"gcc", "-O2", "", false}, {"gcc", "-fPIC", "", false}, {"gcc -fPIE", "-O2", "", false},
		{"gcc", "-fno-pie", "", true}, {"gcc", "-fPIE", "", true}, {"gcc", "-mcmodel=large", "", true},
		{"gcc", "", `-Wl,-rpath,\$ORIGIN`, true}, {"gcc", "", "-Wl,-rpath,$ORIGIN", false},
	} {
		cc, err := link.SplitWords(c.cc)
		if err != nil {
			t.Fatal(err)
		}
		d := &decision{b: link.Build{CgoEnabled: true, GOOS: "linux", GOARCH: "amd64", CC: cc}, iscgo: true, t: link.Toolchain{Version: "go1.26.8"},
			deps: []*link.Package{{ImportPath: "net", Standard: true, Cgo: true}}}
		d.b.Cgo.CFLAGS, d.b.Cgo.LDFLAGS = []string{c.cflags}, []string{c.ldflags}
		if d.strangeObjects(); (d.doubt != "") != c.doubt {
			t.Errorf("%+v: got %q", c, d.doubt)
		}
	}
}
