package predict

import (
	"cmp"
	"errors"
	"fmt"
	"go/version"
	"slices"
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
	msan, asan  bool
	header      string            // -H
	values      map[string]string // of flags that are looked at once all are read
	err         string
}

// linkerSwitches are cmd/link's boolean flags (link -h).
var linkerSwitches = map[string]bool{
	"V": true, "a": true, "asan": true, "aslr": true, "bindnow": true, "c": true, "checklinkname": true, "compressdwarf": true, "d": true,
	"debugnosplit": true, "dumpdep": true, "e": true, "f": true, "g": true, "h": true, "linkshared": true, "msan": true, "n": true,
	"pruneweakmap": true, "race": true, "s": true, "v": true, "w": true,
}

// linkerValues are those that take a value.
var linkerValues = map[string]bool{
	"B": true, "D": true, "E": true, "H": true, "I": true, "L": true, "R": true, "T": true, "X": true,
	"benchmark": true, "benchmarkprofile": true, "buildid": true, "buildmode": true, "capturehostobjs": true,
	"cpuprofile": true, "debugtextsize": true, "debugtramp": true, "extar": true, "extld": true,
	"extldflags": true, "fipso": true, "funcalign": true, "importcfg": true, "installsuffix": true, "k": true,
	"libgcc": true, "linkmode": true, "macos": true, "macsdk": true, "memprofile": true, "memprofilerate": true, "o": true,
	"pluginpath": true, "r": true, "randlayout": true, "strictdups": true, "tmpdir": true,
}

// LinkerFlag reports whether some release's linker has a flag, and whether the
// flag takes a value.
func LinkerFlag(name string) (known, value bool) {
	return linkerSwitches[name] || linkerValues[name], linkerValues[name]
}

// linkerSince are the first releases that have a flag, of those after go1.21.
var linkerSince = map[string]string{"D": "go1.26", "bindnow": "go1.23", "checklinkname": "go1.23", "e": "go1.25", "fipso": "go1.24", "funcalign": "go1.25",
	"macos": "go1.27", "macsdk": "go1.27", "randlayout": "go1.23"}

// newestFlags is the release whose flags are known last; one after it may have
// more.
const newestFlags = "go1.27"

// knownTo reports whether a release's linker has a flag.
func knownTo(release, name string) bool {
	known := linkerSwitches[name] || linkerValues[name]
	lang := version.Lang(release)
	switch {
	case lang == "" || version.Compare(lang, newestFlags) > 0:
		return true
	case version.Compare(lang, "go1.21") < 0:
		return known // which of them, nobody looked up
	}
	return known && version.Compare(lang, linkerSince[name]) >= 0
}

// parseLDFlags reads the words of -ldflags as a release's linker does; the last of
// several flags of one name counts. The go command has -extld=CC follow them
// (work.setextld), which a flag at the end without its value takes for that.
func parseLDFlags(words []string, cc []string, release string) ldflags {
	f := ldflags{linkmode: "auto"}
	given := func(w string) bool { return w == "-extld" || strings.HasPrefix(w, "-extld=") }
	extld := ""
	if !slices.ContainsFunc(words, given) {
		extld = "-extld=" + strings.Join(cc, " ")
		words = append(slices.Clip(words), extld)
	}
	for len(words) > 0 {
		w := words[0]
		words = words[1:]
		if len(words) == 0 && w == extld {
			return f
		}
		if len(w) < 2 || w[0] != '-' {
			f.err = fmt.Sprintf("the linker takes %q for a file", w)
			return f
		}
		name, value, given := strings.Cut(strings.TrimPrefix(w[1:], "-"), "=")
		if !knownTo(release, name) {
			f.err = cmp.Or(f.err, "flag provided but not defined: -"+name)
			return f
		}
		if linkerValues[name] && !given {
			if len(words) == 0 {
				f.err = "flag needs an argument: -" + name
				return f
			}
			if value, words = words[0], words[1:]; len(words) == 0 && value == extld {
				f.extld = []string{"gcc"} // the linker's default
			}
		}
		on, err := strconv.ParseBool(value)
		if _, notCount := strconv.Atoi(value); name == "v" && notCount == nil {
			err = nil
		}
		if given && err != nil && !linkerValues[name] && name != "V" {
			f.err = cmp.Or(f.err, fmt.Sprintf("invalid boolean value %q for -%s", value, name))
		}
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
	case "V":
		err = errors.New("-V has the linker print its version, and link nothing")
	case "I":
		f.interpreter = value
	case "r":
		f.rpath = value
	case "d":
		f.static = on
	case "buildmode":
		if f.buildmode = value; !slices.Contains(linkerModes, value) {
			err = fmt.Errorf("invalid value %q for flag -buildmode: invalid buildmode: %q", value, value)
		}
	case "o":
		err = errors.New("-o has the linker write to another file than the go command looks for")
	case "linkshared":
		f.linkshared = on
	case "X":
		if at := strings.IndexByte(value, '='); at < 0 || !strings.Contains(value[:at], ".") {
			err = errors.New("-X flag requires argument of the form importpath.name=value")
		}
	case "msan":
		f.msan = on
	case "asan":
		f.asan = on
	case "H":
		f.header = value
	case "bindnow":
		f.bindnow = on
	}
	if linkerNumbers[name] {
		err = checkNumber(name, value)
	}
	if looksAt[name] {
		if f.values == nil {
			f.values = map[string]string{}
		}
		f.values[name] = value
	}
	if err != nil && f.err == "" {
		f.err = err.Error()
	}
}
