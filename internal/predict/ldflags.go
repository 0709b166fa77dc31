package predict

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// ldflags are those of cmd/link's flags (cmd/link/internal/ld/main.go) that
// bear on how an executable is linked.
type ldflags struct {
	linkmode    string // auto, internal, external
	extld       []string
	extldflags  []string
	interpreter string // -I
	rpath       string // -r
	static      bool   // -d
	buildmode   string
	linkshared  bool
	bindnow     bool
	err         string
}

// linkerValues are cmd/link's flags that take a value; the others are boolean.
var linkerValues = map[string]bool{
	"B": true, "D": true, "E": true, "H": true, "I": true, "L": true, "R": true, "T": true, "X": true,
	"benchmark": true, "benchmarkprofile": true, "buildid": true, "buildmode": true, "capturehostobjs": true,
	"cpuprofile": true, "debugtextsize": true, "debugtramp": true, "extar": true, "extld": true,
	"extldflags": true, "fipso": true, "funcalign": true, "importcfg": true, "installsuffix": true, "k": true,
	"libgcc": true, "linkmode": true, "memprofile": true, "memprofilerate": true, "o": true,
	"pluginpath": true, "r": true, "randlayout": true, "strictdups": true, "tmpdir": true, "fuzzhash": true,
}

// parseLDFlags reads the words of -ldflags as the linker does; the last of
// several flags of one name counts.
func parseLDFlags(words []string) ldflags {
	f := ldflags{linkmode: "auto"}
	for len(words) > 0 {
		w := words[0]
		words = words[1:]
		if len(w) < 2 || w[0] != '-' {
			f.err = fmt.Sprintf("the linker takes %q for a file", w)
			return f
		}
		name, value, given := strings.Cut(strings.TrimPrefix(w[1:], "-"), "=")
		if linkerValues[name] && !given {
			if len(words) == 0 {
				f.err = "flag needs an argument: -" + name
				return f
			}
			value, words = words[0], words[1:]
		}
		on, err := strconv.ParseBool(value)
		f.set(name, value, !given || on && err == nil)
	}
	return f
}

func (f *ldflags) set(name, value string, on bool) {
	var err error
	switch name {
	case "linkmode":
		if f.linkmode = value; value != "auto" && value != "internal" && value != "external" {
			err = fmt.Errorf("invalid value %q for flag -linkmode: invalid linkmode: %q", value, value)
		}
	case "extld":
		f.extld, err = link.SplitWords(value)
	case "extldflags":
		f.extldflags, err = link.SplitWords(value)
	case "I":
		f.interpreter = value
	case "r":
		f.rpath = value
	case "d":
		f.static = on
	case "buildmode":
		f.buildmode = value
	case "linkshared":
		f.linkshared = on
	case "bindnow":
		f.bindnow = on
	}
	if err != nil && f.err == "" {
		f.err = err.Error()
	}
}
