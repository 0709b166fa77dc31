// Package predict says how cmd/go and cmd/link will link an executable.
// It is a pure function of its arguments: it reads no file and runs no command.
//
// What depends on the machine comes in as answers. Questions names the links
// that the C compiler has to be asked for; Executable takes what came of them.
package predict

import (
	"slices"
	"strconv"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// A Machine is what one machine answers.
type Machine struct {
	// Answers holds, by Question.Key, what the C compiler made of the questions.
	Answers map[string]link.Answer
	// Archives holds the cgo packages of the standard library that the build
	// would take compiled as they are, by import path.
	Archives map[string]link.CgoArchive
	// ArchivesUnknown says why Archives could not be found out; "" where a
	// package that is not in it would be compiled anew.
	ArchivesUnknown string
	// Unasked is why a question has no answer, "" where there was nobody to ask.
	Unasked string
	// Missing says of C compilers that cannot be run why, by command, in the words
	// of os/exec: executable file not found in $PATH.
	Missing map[string]string
}

// A Plan is how far the go command and the linker come with one program before
// the C compiler is asked.
type Plan struct{ d *decision }

// New makes the plan of a build of a program by a toolchain.
func New(b link.Build, p link.Program, t link.Toolchain) Plan { return Plan{decide(b, p, t)} }

// open reports whether the plan still depends on the C compiler.
func (p Plan) open() bool {
	d := p.d
	return d.buildError == "" && d.doubt == "" && isELF(d) && (d.external || d.iscgo)
}

func isELF(d *decision) bool { return d.port.Format == link.FormatELF }

// Questions are the links that the answer for the program depends on.
func (p Plan) Questions() []link.Question {
	d := p.d
	switch {
	case !p.open() || d.buildmode == "c-archive" || d.old:
		return nil
	case d.external:
		return []link.Question{d.hostLink()}
	}
	var qs []link.Question
	for _, p := range d.internalCgo() {
		qs = append(qs, d.testLink(p))
	}
	return qs
}

// Archives are the cgo packages whose compiled archives the answer depends on.
func (p Plan) Archives() []string {
	if !p.open() || p.d.external || p.d.b.All {
		return nil
	}
	return p.d.cgoNames()
}

// Linker is the program that an external link of the plan would run, "" where
// there is none.
func (p Plan) Linker() string {
	if !p.d.external || p.d.buildmode == "c-archive" || len(p.d.extld()) == 0 {
		return ""
	}
	return p.d.extld()[0]
}

// Tools are the programs besides C compilers that the plan's packages want.
func (p Plan) Tools() []string {
	var tools []string
	for _, dep := range p.d.deps {
		tools = append(tools, p.d.tools(dep)...)
	}
	return tools
}

// tools are the programs that turn a package's other sources into C or objects.
func (d *decision) tools(p *link.Package) []string {
	var tools []string
	if p.Swig {
		tools = append(tools, "swig") // which no variable can change
	}
	if p.Fortran && len(d.fortran()) > 0 {
		tools = append(tools, d.fortran()[0])
	}
	return tools
}

// fortran mirrors cmd/go/internal/work.Builder.fcExe.
func (d *decision) fortran() []string {
	if d.b.FC == nil {
		return []string{"gfortran"}
	}
	return d.b.FC
}

// Executable is the program as the build will link it on a machine, whose
// toolchain is the plan's.
func (p Plan) Executable(m Machine) link.Executable {
	copied := *p.d
	d := &copied
	d.machine = m
	e := d.blank()
	e.BuildError, e.BuildErrorCertainty = d.buildError, d.buildErrorCertainty
	if e.BuildError == "" {
		d.missingCompiler(&e)
	}
	if e.BuildError == "" {
		d.otherMachine(&e, p.Questions())
	}
	switch {
	case e.BuildError != "":
		e.unknown("the build fails")
	case d.doubt != "":
		e.unknown(d.doubt)
	case d.buildmode == "c-archive":
		d.archive(&e)
	case d.port.Format == link.FormatWasm || d.port.Format == link.FormatPlan9:
		d.plain(&e)
	case d.port.Format != link.FormatELF:
		d.foreign(&e)
	case d.old:
		d.oldLink(&e)
	case d.external:
		d.externalLink(&e)
	case d.cachedOtherwise() != "":
		e.unknown(d.cachedOtherwise())
	default:
		d.internalLink(&e)
	}
	if e.BuildError != "" {
		e.unknown("the build fails")
	}
	e.Causes = d.causes(e.Executable)
	return e.Executable
}

// executable is an Executable in the making.
type executable struct{ link.Executable }

func (d *decision) blank() executable {
	return executable{link.Executable{
		Package: d.main.ImportPath, Dir: d.main.Dir, Build: d.b,
		BuildErrorCertainty: link.Exact,
		Format:              d.port.Format, BuildMode: d.buildmode,
		Needed: list("", link.Exact), RPath: list("", link.Exact), RunPath: list("", link.Exact),
		Interpreter: link.Interpreter{Source: link.SourceNone, Certainty: link.Exact},
		LinkMode:    link.Text{Certainty: link.Exact}, Linkage: link.Text{Certainty: link.Exact},
		Glibc:  link.Text{Certainty: link.Exact},
		Causes: []link.Cause{},
		Uses:   d.uses(),
	}}
}

// uses are the linked packages that ask for files of the system.
func (d *decision) uses() []string {
	found := []string{}
	for _, p := range d.deps {
		switch p.ImportPath {
		case link.UsesTLS, link.UsesUsers, link.UsesNet, link.UsesZoneData, link.UsesLambda:
			found = append(found, p.ImportPath)
		}
	}
	return found
}

func list(because string, c link.Certainty, values ...string) link.List {
	if values == nil {
		values = []string{}
	}
	return link.List{Value: values, Because: because, Certainty: c}
}

// unknown makes every fact unknown for one reason.
func (e *executable) unknown(because string) {
	text := link.Text{Because: because, Certainty: link.Unknown}
	e.LinkMode, e.Linkage, e.Glibc = text, text, text
	e.unknownPaths(because)
}

// unknownPaths leaves link mode, linkage and glibc.
func (e *executable) unknownPaths(because string) {
	e.Interpreter = link.Interpreter{Source: link.SourceNone, Because: because, Certainty: link.Unknown}
	e.Needed = list(because, link.Unknown)
	e.RPath, e.RunPath = e.Needed, e.Needed
}

// archive is a c-archive: cmd/link makes it without linking anything.
func (d *decision) archive(e *executable) {
	e.LinkMode = link.Text{Value: link.ModeExternal, Because: "buildmode=c-archive", Certainty: link.Exact}
	e.Linkage = link.Text{Value: link.LinkageNone, Because: "an archive is linked by whoever uses it", Certainty: link.Exact}
}

// plain are the formats that know no dynamic linking.
func (d *decision) plain(e *executable) {
	e.LinkMode = link.Text{Value: link.ModeInternal, Because: d.reason, Certainty: link.Exact}
	value, because := link.LinkageNone, "wasm runs in its host"
	if d.port.Format == link.FormatPlan9 {
		value, because = link.LinkageStatic, "plan9 has no dynamic executables"
	}
	e.Linkage = link.Text{Value: value, Because: because, Certainty: link.Exact}
}

// foreign are Mach-O, PE and XCOFF: always dynamic, by the system's own
// libraries.
func (d *decision) foreign(e *executable) {
	e.LinkMode = d.linkMode()
	e.Linkage = link.Text{Value: link.LinkageDynamic, Because: d.b.GOOS + " programs go through the system's libraries", Certainty: link.Exact}
	if d.port.Format == link.FormatMachO {
		e.Interpreter = link.Interpreter{Value: "/usr/lib/dyld", Source: link.SourcePort,
			Because: "cmd/link/internal/ld/macho.go", Certainty: link.Exact}
		if d.b.BuildMode == "c-shared" || d.b.BuildMode == "plugin" {
			e.Interpreter = link.Interpreter{Source: link.SourceNone, Because: "a shared library has none", Certainty: link.Exact}
		}
	}
	e.Needed = d.foreignLibs()
	if d.port.Format == link.FormatXCOFF {
		e.RunPath = list("cmd/link/internal/ld/xcoff.go", link.Exact, "/usr/lib", "/lib")
	}
	if d.external || d.flags.rpath != "" {
		e.RPath = list("run paths of an external link are told for ELF ports only", link.Unknown)
		e.RunPath = e.RPath
	}
}

// foreignLibs are the libraries that the standard library imports by itself.
// For Mach-O cmd/link takes every one that is named; for PE and XCOFF those of
// the names that are left, which the runtime's own always are.
func (d *decision) foreignLibs() link.List {
	if d.external || d.iscgo {
		return list("libraries of C code are told for ELF ports only", link.Unknown)
	}
	libs, certain := []string{}, map[string]bool{}
	for _, p := range d.deps {
		for _, i := range p.DynImports {
			lib := i.Lib
			if d.port.Format == link.FormatPE {
				lib = strings.ToLower(lib)
			}
			if lib != "" && !slices.Contains(libs, lib) {
				libs = append(libs, lib)
			}
			certain[lib] = certain[lib] || p.ImportPath == "runtime" || d.port.Format == link.FormatMachO
		}
	}
	left := slices.DeleteFunc(slices.Clone(libs), func(lib string) bool { return !certain[lib] })
	if len(left) < len(libs) {
		return list("which others are left is known after the link only", link.AtLeast, left...)
	}
	return list("imported by the standard library", link.Exact, libs...)
}

func (d *decision) linkMode() link.Text {
	value := link.ModeInternal
	if d.external {
		value = link.ModeExternal
	}
	return link.Text{Value: value, Because: d.reason, Certainty: link.Exact}
}

// missingCompiler is cmd/go's refusal where CC, or CXX, is not on PATH. It is
// made for any cgo package, compiled already or not, since the compiler's
// version goes into every cgo package's action ID.
func (d *decision) missingCompiler(e *executable) {
	for _, p := range d.deps {
		if !p.Cgo || d.precompiled(p) {
			continue
		}
		if name := d.empty(p); name != "" {
			// The go command takes the first word of it, and panics.
			e.BuildError, e.BuildErrorCertainty = name+" is empty, and "+p.ImportPath+" uses cgo", link.AtLeast
			return
		}
		if cc := d.b.CC; len(cc) > 0 && d.machine.Missing[cc[0]] != "" {
			e.BuildError = "cgo: C compiler " + strconv.Quote(cc[0]) + " not found: " + d.notFound(cc[0])
			return
		}
		if cxx := d.b.CXX; p.CXX && len(cxx) > 0 && d.machine.Missing[cxx[0]] != "" {
			e.BuildError = p.ImportPath + ": "
			if !since(d.t.Version, "go1.22") {
				e.BuildError += cxx[0] + ": "
			}
			e.BuildError += d.notFound(cxx[0])
			return
		}
		if d.missingTool(e, p); e.BuildError != "" {
			return
		}
	}
	if d.external && d.buildmode != "c-archive" {
		if ld := d.extld(); len(ld) > 0 && d.machine.Missing[ld[0]] != "" {
			e.BuildError = "running " + ld[0] + " failed: " + d.notFound(ld[0])
		}
	}
}

// empty is the variable that a package wants a compiler of and that has nothing
// but white space, "" where there is none.
func (d *decision) empty(p *link.Package) string {
	switch {
	case len(d.b.CC) == 0:
		return "CC"
	case p.CXX && len(d.b.CXX) == 0:
		return "CXX"
	}
	return ""
}

// missingTool is for SWIG and Fortran. Of SWIG nothing is in a package's action
// ID, so that the build cache may have what it made.
func (d *decision) missingTool(e *executable, p *link.Package) {
	for _, tool := range d.tools(p) {
		if d.machine.Missing[tool] == "" {
			continue
		}
		e.BuildError = p.ImportPath + ": " + d.notFound(tool)
		if tool == "swig" && !d.b.All {
			e.BuildErrorCertainty = link.AtLeast
		}
		return
	}
}

// otherMachine is for a C compiler of another processor than GOARCH: it cannot
// compile runtime/cgo, nor link what the go command has compiled. Its own words
// are not foreseen.
func (d *decision) otherMachine(e *executable, asked []link.Question) {
	for _, q := range asked {
		if arch := d.machine.Answers[q.Key()].GOARCH; arch != "" && arch != d.b.GOARCH {
			e.BuildError = strings.Join(q.Driver, " ") + " is a C compiler for " + arch + ", and GOARCH is " + d.b.GOARCH
			e.BuildErrorCertainty = link.AtLeast
			return
		}
	}
}

// cachedOtherwise says which package of an internal link the build cache has as
// flags made it that send a program to the external linker; "" where none is.
func (d *decision) cachedOtherwise() string {
	if d.b.All || d.flags.linkmode == "internal" || d.extLink() == "0" {
		return ""
	}
	for _, p := range d.internalCgo() {
		if a := d.machine.Archives[p.ImportPath]; a.External {
			return p.ImportPath + " was compiled earlier, with C flags that send programs to the external linker, as " + a.File + " of the build cache (go build -a compiles it anew)"
		}
	}
	return ""
}

// precompiled reports whether the build takes a package as it is, and asks no
// compiler for it. Since go1.20 it asks for the version in any case.
func (d *decision) precompiled(p *link.Package) bool {
	_, compiled := d.machine.Archives[p.ImportPath]
	rule, known := d.t.Rules["cgo"]
	return compiled && (d.old || known && !since(rule, "go1.20"))
}

// notFound are the words of exec.LookPath's error.
func (d *decision) notFound(command string) string {
	return "exec: " + strconv.Quote(command) + ": " + d.machine.Missing[command]
}
