package target

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// A Verdict says whether a program starts on a target.
type Verdict struct {
	Name    string   `json:"name"`
	Verdict string   `json:"verdict"` // runs, fails, unknown
	Because string   `json:"because"`
	Message string   `json:"message"` // what the user would see
	Notes   []string `json:"notes"`

	Kind Kind `json:"-"` // of a failure
}

const (
	Runs    = "runs"
	Fails   = "fails"
	Unknown = "unknown"
)

// A Place is where an executable lies on a target.
type Place struct {
	Path       string // without links; "" where it is not known
	Refused    bool   // nobody may execute it
	Privileged bool   // setuid, setgid or with capabilities
}

// Judge says whether an executable starts on a target, wherever it is put there.
// Nothing is executed and, but for a Root's files, nothing read.
func Judge(e *link.Executable, t *Target) Verdict { return JudgeAt(e, t, Place{}) }

// JudgeAt says whether it starts from a place on the target.
func JudgeAt(e *link.Executable, t *Target, at Place) Verdict {
	if v, several := eachSystem(e, t, at); several {
		return v
	}
	j := judgement{e: e, t: t, at: at, file: cmp.Or(at.Path, t.place(programName(e)))}
	if at.Path != "" && !at.Privileged {
		j.origin = path.Dir(at.Path)
	}
	v := j.decide()
	v.Name, v.Notes = t.Name, []string{}
	if v.Verdict == Runs {
		v.Notes = append(v.Notes, j.notes...)
		v.Notes = append(v.Notes, notes(e, t, j.sys)...)
	}
	return v
}

// eachSystem judges by every system of the executable's architecture, where a
// target has several: images of variants. Who starts it takes one of them.
func eachSystem(e *link.Executable, t *Target, at Place) (Verdict, bool) {
	other := func(s System) bool { return s.GOARCH != e.Build.GOARCH }
	systems := slices.DeleteFunc(slices.Clone(t.Systems), other)
	if len(systems) < 2 {
		return Verdict{}, false
	}
	var all []Verdict
	for _, s := range systems {
		one := *t
		one.Systems = []System{s}
		all = append(all, JudgeAt(e, &one, at))
	}
	for _, v := range all[1:] {
		if v.Verdict != all[0].Verdict {
			return Verdict{Name: t.Name, Verdict: Unknown, Notes: []string{}, Because: fmt.Sprintf("it has several systems for %s, and they differ: %s, or %s: %s",
				e.Build.GOARCH, all[0].Verdict, v.Verdict, cmp.Or(v.Because, all[0].Because))}, true
		}
	}
	return all[0], true
}

// A judgement is one executable on one target.
type judgement struct {
	e      *link.Executable
	t      *Target
	at     Place
	sys    *System
	file   string // what the executable is called there
	origin string // the folder that it is in there, "" where that is not known
	notes  []string
}

func (j *judgement) note(text string) {
	if !slices.Contains(j.notes, text) {
		j.notes = append(j.notes, text)
	}
}

func programName(e *link.Executable) string {
	name := cmp.Or(e.File, e.Package, "app")
	if e.Package == "command-line-arguments" && e.File == "" {
		name = "app"
	}
	return name[strings.LastIndexAny(name, `/\`)+1:]
}

func runs(because string) Verdict    { return Verdict{Verdict: Runs, Because: because} }
func unknown(because string) Verdict { return Verdict{Verdict: Unknown, Because: because} }

func fails(k Kind, message, because string, args ...any) Verdict {
	return Verdict{Verdict: Fails, Kind: k, Message: message, Because: fmt.Sprintf(because, args...)}
}

// decide goes the way of a start: the kernel looks at the format and the
// machine, then for the interpreter, and that for the libraries.
func (j *judgement) decide() Verdict {
	e := j.e
	switch {
	case e.BuildError != "":
		return unknown("it does not build")
	case e.Format != link.FormatELF && e.Format != "":
		return j.foreign()
	case slices.Contains([]string{"c-archive", "c-shared", "plugin", "shared", "archive"}, e.BuildMode):
		return unknown("-buildmode=" + e.BuildMode + " makes no program: whoever loads it decides")
	case e.Build.GOOS != j.t.GOOS:
		return j.otherSystem()
	}
	if j.at.Refused {
		return fails(NotPermitted, j.t.kernel(NotPermitted, j.file, ""), "nobody may execute it: its mode has no x")
	}
	if v, decided := j.machine(); decided {
		return v
	}
	if e.Linkage.Certainty == link.Unknown {
		return unknown(e.Linkage.Because)
	}
	switch e.Linkage.Value {
	case link.LinkageStatic, link.LinkageStaticPIE:
		if v, decided := j.static(); decided {
			return v
		}
		return j.level(runs(e.Linkage.Value + ": it needs nothing"))
	case link.LinkageDynamic:
		return j.level(j.dynamic())
	}
	return unknown("not a program")
}

// foreign is a file of another system's format.
func (j *judgement) foreign() Verdict {
	if j.t.Emulates {
		return unknown("it is a file of " + j.e.Build.GOOS + ", and what is registered in binfmt_misc may start it")
	}
	return fails(WrongFormat, j.t.kernel(WrongFormat, j.file, ""), "%s is not a format of %s: it is for %s/%s",
		j.e.Format, j.t.GOOS, j.e.Build.GOOS, j.e.Build.GOARCH)
}

// otherSystem is an ELF file for another kernel. Linux starts it all the same
// where it finds the machine and the interpreter; system calls then mean
// something else.
func (j *judgement) otherSystem() Verdict {
	if v, decided := j.machine(); decided {
		return v
	}
	i := j.e.Interpreter
	if i.Certainty == link.Exact && i.Value != "" {
		if _, there := j.sys.file(i.Value); there == Absent {
			return j.noInterpreter(i.Value)
		}
	}
	return fails("", "", "it is for %s: on %s its system calls mean something else", j.e.Build.GOOS, j.t.GOOS)
}

// compatible are the machines that processors of another run as well, where the
// kernel is built for it.
var compatible = map[string]string{"386": "amd64", "arm": "arm64", "mips": "mips64", "mipsle": "mips64le", "ppc64": "ppc64le"}

// machine finds the target's system for the executable's machine.
func (j *judgement) machine() (Verdict, bool) {
	arch := j.e.Build.GOARCH
	if j.sys = j.t.For(arch); j.sys != nil {
		return Verdict{}, false
	}
	if arch == "" {
		return unknown("its machine has no name here"), true
	}
	only := strings.Join(j.t.Arches(), ", ")
	host := compatible[arch]
	if j.sys = j.t.For(host); (host == "" || j.sys == nil) && j.t.Emulates {
		return unknown(fmt.Sprintf("it is for %s, and what is registered in binfmt_misc may start it", arch)), true
	}
	if host == "" || j.sys == nil {
		return fails(WrongFormat, j.t.kernel(WrongFormat, j.file, ""), "it is for %s, and %s is %s", arch, j.t.Name, only), true
	}
	if i := j.e.Interpreter; i.Certainty == link.Exact && i.Value != "" {
		if _, there := j.sys.file(i.Value); there == Absent {
			return j.noInterpreter(i.Value), true
		}
	}
	return unknown(fmt.Sprintf("it is for %s; whether a kernel for %s starts it depends on how the kernel was built", arch, host)), true
}

func (j *judgement) noInterpreter(path string) Verdict {
	return fails(NoInterpreter, j.t.kernel(NoInterpreter, j.file, path), "%s has no %s, the interpreter that the executable names", j.t.Name, path)
}

// static finds the static executables that start and die: Go's linker makes
// position-independent ones without the loader that they need, and without
// runtime/cgo a C library does not get its thread storage.
func (j *judgement) static() (Verdict, bool) {
	e := j.e
	goMade := e.GoVersion != "" || e.File == ""
	if needed := e.Needed.Value; e.Needed.Certainty == link.Exact && len(needed) > 0 {
		if slices.Contains(needed, "libc.so.6") || slices.Contains(needed, "libc.so") {
			return fails(Segfault, j.t.signal(Segfault), "it needs %s, and names no interpreter that would load it", needed[0]), true
		}
		return unknown("it needs " + needed[0] + ", and names no interpreter that would load it"), true
	}
	if e.Linkage.Value == link.LinkageStaticPIE && e.LinkMode.Value == link.ModeInternal && e.LinkMode.Certainty == link.Exact {
		return fails(Segfault, j.t.signal(Segfault), "a position-independent executable that Go's linker made needs an interpreter to relocate it, and names none (-ldflags=-d)"), true
	}
	if !goMade || e.LinkMode.Value != link.ModeExternal || e.Build.CgoEnabled {
		if e.LinkMode.Certainty == link.Unknown && e.Linkage.Value == link.LinkageStaticPIE {
			return unknown("who linked it cannot be told, and a static PIE of Go's own linker would die: " + e.LinkMode.Because), true
		}
		return Verdict{}, false
	}
	if e.File != "" && e.Settings["CGO_ENABLED"] == "" {
		return unknown("it was linked externally, and its build information does not say whether with cgo"), true
	}
	if e.Build.GOARCH == "amd64" {
		return fails(Trap, j.t.signal(Trap), "linked externally with cgo off (GO_EXTLINK_ENABLED=1) it has no runtime/cgo, and static C start code without that does not give Go its thread storage"), true
	}
	return unknown("linked externally with cgo off (GO_EXTLINK_ENABLED=1) it has no runtime/cgo; on amd64 such a static executable dies at start"), true
}

// dynamic follows the interpreter and the libraries.
func (j *judgement) dynamic() Verdict {
	i := j.e.Interpreter
	if i.Certainty != link.Exact {
		if j.sys.root == nil && len(j.sys.Files)+len(j.sys.Open) == 0 {
			return fails(NoInterpreter, j.t.kernel(NoInterpreter, j.file, ""), "%s has no interpreter at all", j.t.Name)
		}
		return unknown(i.Because)
	}
	if i.Value == "" {
		return unknown("a dynamic executable that names no interpreter: " + j.e.Linkage.Because)
	}
	if !strings.HasPrefix(i.Value, "/") {
		return unknown("the interpreter's path " + i.Value + " depends on the folder that it is started in")
	}
	if strings.HasSuffix(i.Value, "/") {
		return unknown("the interpreter's path " + i.Value + " is that of a folder")
	}
	f, there := j.sys.file(i.Value)
	switch {
	case there == Absent:
		return j.noInterpreter(i.Value)
	case there == Unstated, f != nil && f.Fault == Unread:
		return unknown("whether " + j.t.Name + " has " + i.Value + " is not known")
	case f != nil && f.NotExecutable:
		return fails(NotPermitted, j.t.kernel(NotPermitted, j.file, i.Value), "nobody may execute %s of %s, the interpreter: its mode has no x", i.Value, j.t.Name)
	case f != nil && f.Fault != NoFault:
		return j.faultyInterpreter(i.Value, f.Fault)
	case f == nil || f.Loader == nil:
		return unknown(i.Value + " there is not a loader that is known here")
	}
	if m := f.Machine().GOARCH; m != "" && j.e.Build.GOARCH != "" && m != j.e.Build.GOARCH {
		return fails(BadInterpreter, j.t.kernel(BadInterpreter, j.file, i.Value), "%s of %s, the interpreter, is for %s", i.Value, j.t.Name, m)
	}
	return j.libraries(f)
}

// libraries asks what comes of what the executable needs for certain, and of
// the most that it may need.
func (j *judgement) libraries(loader *File) Verdict {
	least := j.e.Object
	if least == nil {
		least = leastOf(j.e)
	}
	first := j.start(loader, least)
	if first.Verdict == Fails || j.e.Most == nil && (first.Verdict == Unknown || allKnown(j.e)) {
		return first
	}
	why := cmp.Or(doubt(j.e), "which symbols are left of those that it may need is not known")
	if j.e.Most == nil {
		return unknown(why)
	}
	j.notes = nil
	switch most := j.start(loader, j.e.Most); most.Verdict {
	case Runs:
		return most
	case Fails:
		return unknown(why + "; it fails if " + most.Because)
	default:
		return most
	}
}

func allKnown(e *link.Executable) bool {
	for _, c := range []link.Certainty{e.Needed.Certainty, e.RPath.Certainty, e.RunPath.Certainty, e.Glibc.Certainty} {
		if c != link.Exact {
			return false
		}
	}
	return true
}

func doubt(e *link.Executable) string {
	for _, l := range []link.List{e.Needed, e.RPath, e.RunPath} {
		if l.Certainty != link.Exact {
			return l.Because
		}
	}
	if e.Glibc.Certainty != link.Exact {
		return e.Glibc.Because
	}
	return ""
}

// leastOf is what the printed facts tell of a prediction.
func leastOf(e *link.Executable) *link.Object {
	o := &link.Object{Machine: link.Machine{GOARCH: e.Build.GOARCH}, Interp: e.Interpreter.Value}
	if e.Needed.Certainty != link.Unknown {
		o.Needed = e.Needed.Value
	}
	o.RPath, o.RunPath = e.RPath.Value, e.RunPath.Value
	if e.Glibc.Certainty != link.Unknown && e.Glibc.Value != "" && slices.Contains(o.Needed, "libc.so.6") {
		o.Needs = []link.Need{{Lib: "libc.so.6", Version: "GLIBC_" + e.Glibc.Value}}
	}
	return o
}

func (j *judgement) start(loader *File, o *link.Object) Verdict {
	p := process{j: j, loader: loader}
	switch loader.Loader.Libc {
	case "glibc":
		return p.glibc(o)
	case "musl":
		return p.musl(o)
	case "gcompat":
		return p.gcompat(o)
	case "stub-ld":
		return fails(NixStub, "Could not start dynamically linked executable: "+j.file, "NixOS has a loader at %s that only says so", loader.Path)
	}
	return unknown("how the loader " + loader.Path + " looks for libraries is not known")
}
