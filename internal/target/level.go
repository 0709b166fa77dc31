// The processor that a program is compiled for, and those that a target promises.

package target

import (
	"cmp"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// Levels are the levels of a system's processors, the least in front: the values
// of GOAMD64, and of GOARM. GOARM=6 has floating point hardware, and GOARM=7 that
// of VFPv3 (runtime/os_linux_arm.go: checkgoarm).
func Levels(goarch string) []string {
	if goarch == "arm" {
		return []string{"5", "6", "7"}
	}
	return []string{"v1", "v2", "v3", "v4"}
}

// beyond reports whether what is asked for is more than a system has.
func beyond(want string, sys *System, goarch string) bool {
	levels := Levels(goarch)
	if want == "" || want == levels[0] {
		return false
	}
	have, asked := slices.Index(levels, sys.Level), slices.Index(levels, want)
	return asked < 0 || asked > max(have, 0)
}

// level holds the processor that the program was compiled for against those
// that the target promises.
func (j *judgement) level(v Verdict) Verdict {
	arch := j.e.Build.GOARCH
	want, perhaps := levelOf(j.e)
	variable := link.LevelVariables[arch]
	switch {
	case v.Verdict != Runs || !beyond(want, j.sys, arch):
		return v
	case perhaps != "":
		return unknown(perhaps + ", and not every processor of " + j.t.Name + " has all of " + variable.Name + "=" + want)
	case !j.sys.Exactly:
		return unknown("it was built for processors of " + variable.Name + "=" + want + ", and " + j.t.Name + " runs on lesser ones too")
	case arch == "arm":
		return fails(IllegalInstruction, j.t.signal(IllegalInstruction), "it was built for processors of GOARM=%s, and this one is of GOARM=%s", want, cmp.Or(j.sys.Level, variable.Least))
	}
	return fails(WeakProcessor, "This program can only be run on AMD64 processors with "+want+" microarchitecture support.",
		"it was built with GOAMD64=%s, and the processor has %s only", want, cmp.Or(j.sys.Level, variable.Least))
}

// levelOf is what the program asks of the processor, "" for the least; perhaps is
// why it may be less than that.
func levelOf(e *link.Executable) (want, perhaps string) {
	v := link.LevelVariables[e.Build.GOARCH]
	want = cmp.Or(e.Build.Level, e.Settings[v.Name])
	if e.Build.GOARCH == "arm" {
		return levelOfARM(e, want)
	}
	if want == v.Least {
		want = ""
	}
	return want, ""
}

// levelOfARM adds what C code asks for, which its compiler notes in the file and
// Go's linker leaves out.
func levelOfARM(e *link.Executable, goarm string) (want, perhaps string) {
	noted := ""
	if e.Object != nil {
		noted = e.Object.Level
	}
	goMade := e.GoVersion != "" || e.File == "" || e.LinkMode.Value != link.ModeNone
	hasC := e.Linkage.Value == link.LinkageDynamic || e.LinkMode.Value == link.ModeExternal
	switch {
	case goMade && goarm == "":
		return max("7", noted), "which GOARM it was built with is not known"
	case goMade && noted == "" && hasC:
		return "7", "for which processors its C code is compiled is not known"
	}
	version, floats, _ := strings.Cut(goarm, ",")
	if version == "5" && floats == "hardfloat" {
		version = "6" // for the floating point hardware
	}
	return max(version, noted), ""
}
