// Values that the linker refuses before it links anything.

package predict

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// linkerNumbers are cmd/link's flags whose value is an integer.
var linkerNumbers = map[string]bool{
	"D": true, "R": true, "T": true, "debugtextsize": true, "debugtramp": true, "funcalign": true, "memprofilerate": true, "randlayout": true, "strictdups": true,
}

// looksAt are the flags that flagValues looks at.
var looksAt = map[string]bool{"B": true, "D": true, "E": true, "R": true, "T": true, "aslr": true, "benchmark": true, "buildid": true, "funcalign": true,
	"importcfg": true, "strictdups": true}

// doubtful are flags of which it depends on what is linked what comes of them.
var doubtful = []struct{ name, does string }{
	{"D", "gives an address that the linker may refuse"},
	{"E", "names an entry that may not be there"},
	{"T", "gives an address that executables may not bear"},
	{"importcfg", "names packages besides the go command's"},
	{"strictdups", "may refuse what is linked"},
}

// linkerModes are the build modes that the linker knows by name.
var linkerModes = []string{"exe", "pie", "c-archive", "c-shared", "shared", "plugin"}

// checkNumber says, as package flag does, what is wrong with an integer.
func checkNumber(name, value string) error {
	_, err := strconv.ParseInt(value, 0, 64)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, strconv.ErrRange):
		err = errors.New("value out of range")
	default:
		err = errors.New("parse error")
	}
	return fmt.Errorf("invalid value %q for flag -%s: %w", value, name, err)
}

// flagValues mirrors what cmd/link/internal/ld.Main has against the values of
// flags once it has read all of them; -d on systems that want a dynamic
// executable is looked at elsewhere.
func (d *decision) flagValues() {
	v, release := d.flags.values, d.t.Version
	number := func(name string) int64 { n, _ := strconv.ParseInt(v[name], 0, 64); return n }
	powerOfTwo := func(n int64) bool { return n > 0 && n&(n-1) == 0 }
	if on, err := strconv.ParseBool(v["aslr"]); err == nil && !on && d.buildmode != "c-shared" {
		d.fail("-aslr=false is only allowed for -buildmode=c-shared")
	}
	if n := number("R"); v["R"] != "" && since(release, "go1.22") && n != -1 && (n < 4096 || !powerOfTwo(n)) {
		d.fail(fmt.Sprintf("invalid -R value 0x%x", n))
	}
	if n := number("funcalign"); n != 0 && !powerOfTwo(n) {
		d.fail(fmt.Sprintf("invalid -funcalign value %d", n))
	}
	d.fail(d.buildInfo(v["B"]))
	if b := v["benchmark"]; b != "" && b != "mem" && b != "cpu" {
		d.fail(fmt.Sprintf("unknown benchmark flag: %q", b))
	}
	for _, f := range doubtful {
		if value, given := v[f.name]; given && !(f.name == "strictdups" && number(f.name) < 2) && d.doubt == "" {
			d.doubt = "-ldflags=-" + f.name + "=" + value + " " + f.does
		}
	}
	if m := d.flags.buildmode; m != "" && m != d.compiledFor && (m != "exe" && m != "pie" || d.compiledFor != "exe" && d.compiledFor != "pie") && d.doubt == "" {
		d.doubt = "-ldflags=-buildmode=" + m + " is not the mode that the packages are compiled for"
	}
}

// buildInfo mirrors cmd/link/internal/ld.addbuildinfo.
func (d *decision) buildInfo(note string) string {
	release := d.t.Version
	buildID, own := d.flags.values["buildid"]
	digits, hexadecimal := strings.CutPrefix(note, "0x")
	most := 32
	if d.b.GOOS == "darwin" && since(release, "go1.22") {
		most = 16
	}
	switch {
	case note == "", note == "none" && since(release, "go1.24"):
		return ""
	case note == "gobuildid" && since(release, "go1.22"):
		if own && buildID == "" {
			return "-B gobuildid requires a Go build ID supplied via -buildid"
		}
		return ""
	case !hexadecimal:
		return "-B argument must start with 0x: " + note
	case hex.DecodedLen(len(digits)) > most:
		return fmt.Sprintf("-B option too long (max %d digits): %s", most, note)
	}
	_, err := hex.DecodeString(digits)
	var invalid hex.InvalidByteError
	switch {
	case errors.Is(err, hex.ErrLength):
		return "-B argument must have even number of digits: " + note
	case errors.As(err, &invalid):
		return fmt.Sprintf("-B argument contains invalid hex digit %c: %s", byte(invalid), note)
	}
	return ""
}
