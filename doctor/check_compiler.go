package doctor

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/load"
	"github.com/goportdoctor/goportdoctor/internal/quote"
	"github.com/goportdoctor/goportdoctor/internal/toolchain"
)

var compilerChecks = []Check{{
	ID: "cc-missing", Title: "Is the C compiler there?", Since: "v0.1.0",
	Looks:   "CC on PATH, where cgo is on; who named it: the environment, go env -w, GOROOT/go.env, or the toolchain itself.",
	Means:   "cgo is on and its compiler is not there. A program that uses cgo will not build: cgo: C compiler \"…\" not found.",
	Remedy:  "Install it, name one that is there (`go env -w CC=gcc`), or do without cgo (`CGO_ENABLED=0`).",
	passed:  "CC is there, or cgo is off",
	machine: missingCC,
}, {
	ID: "cc-command", Title: "Which program is CC?", Since: "v0.1.0",
	Looks:   "CC and CXX with their symbolic links, compiler caches and scripts followed to the program that compiles.",
	Means:   "It tells what really compiles and links; nothing is wrong with it by itself.",
	Remedy:  "None is needed.",
	passed:  "cgo is off, so that no C compiler is run",
	machine: commandSteps,
}, {
	ID: "cc-probe", Title: "Does the C compiler link at all?", Since: "v0.1.0",
	Looks:   "A link of an empty program by CC, as the go command would run it. It is ended once it has done nothing for a minute, or used five minutes of processor time.",
	Means:   "CC failed, hung, or wrote no executable, so that nobody can tell how it would link. Whatever depends on it is unknown.",
	Remedy:  "Its own words say why. Try `echo 'int main(void) { return 0; }' | $CC -x c -`.",
	passed:  "CC and CXX link an empty program, or are not there",
	machine: probed,
}, {
	ID: "cc-loader", Title: "Which dynamic linker does the C compiler name?", Since: "v0.1.0",
	Looks: "The executable that CC, and CXX, make of an empty program, and where its dynamic linker comes from: a specs file, a script in front of the compiler or of its linker, CGO_LDFLAGS, or the compiler itself.",
	Means: "Programs name a dynamic linker that only this machine has. They run here, and elsewhere end in `no such file or directory`, which the kernel says of a missing dynamic linker too. " +
		"It is so for all that uses net or os/user with cgo on, and for all that has C code.",
	Remedy: "Build with the system's compiler (`CC=/usr/bin/gcc go build …`), or without cgo (`CGO_ENABLED=0 go build …`).",
	passed: "CC names the system's dynamic linker",
	program: func(e *examination, p Program) []note {
		notes := foreignLoader(e, p, link.SourceCC, link.SourceCCSpecs, link.SourceCCWrapper, link.SourceCCFlags, link.SourceLDWrapper)
		for i := range notes {
			notes[i].remedies = append(notes[i].remedies, e.otherCC(p)...)
		}
		return notes
	},
	machine: compilerLoader,
}, {
	ID: "cc-runpath", Title: "Do programs look for libraries in private folders?", Since: "v0.1.0",
	Looks: "RPATH and RUNPATH of every program, and of the executable that CC makes of an empty one; where they come from: a specs file, a script, LD_RUN_PATH, flags.",
	Means: "The dynamic linker looks into folders of this machine first. Where they are not there, libraries may be missing; where there is something else in them, that is loaded.",
	Remedy: "Build with the system's compiler, or without cgo. A program that is linked internally has no run path: leave out what makes it external " +
		"(-linkmode=external, C flags of a packager's).",
	passed:  "no program and no compiler names a private folder",
	program: privateRunPath,
	machine: compilerRunPath,
}, {
	ID: "cgo-flags", Title: "Do C flags change how Go links?", Since: "v0.1.0",
	Looks: "CGO_CFLAGS, CGO_LDFLAGS and their like: words outside the go command's list of harmless ones, -static, and the dynamic linker and run paths among them.",
	Means: "A word in CGO_CFLAGS that the go command does not know as harmless (-flto, -fcf-protection, -ffunction-sections) sends a program that only imports net to the external linker, " +
		"with all that the C compiler adds there. -static in CGO_LDFLAGS breaks internal linking up to Go 1.26.",
	Remedy:  "Unset them for Go: `CGO_CFLAGS= CGO_LDFLAGS= go build …`, or do without cgo.",
	passed:  "no C flag of the environment changes how Go links",
	program: distrustedFlag,
	machine: linkerFlags,
}, {
	ID: "linker-environment", Title: "Does the environment reach into the C link?", Since: "v0.1.0",
	Looks: "LD_RUN_PATH, LIBRARY_PATH, COMPILER_PATH and GCC_EXEC_PREFIX, which gcc and its linker read, and LDFLAGS and CFLAGS, which the go command does not.",
	Means: "LD_RUN_PATH becomes the RUNPATH of what GNU ld links without -rpath. LIBRARY_PATH puts its folders before the system's. COMPILER_PATH and GCC_EXEC_PREFIX choose another linker. " +
		"None of them is in the go command's cache keys. LDFLAGS does nothing: its name is CGO_LDFLAGS.",
	Remedy:  "`unset LD_RUN_PATH LIBRARY_PATH COMPILER_PATH GCC_EXEC_PREFIX` for the build.",
	passed:  "it sets none of the variables that do",
	machine: linkerEnvironment,
}}

func missingCC(e *examination) []note {
	f := e.facts
	cc := f.compiler("CC")
	if f.Environment["CGO_ENABLED"] != "1" || cc.Path != "" || len(cc.Words) == 0 {
		return nil
	}
	n := note{severity: Warning, cause: "missing", evidence: f.whereSet("CC"),
		message: fmt.Sprintf("cgo is on, and its C compiler %q is not there", cc.Words[0])}
	if !slices.ContainsFunc(e.programs, func(p Program) bool { return p.WithoutCgo != nil && !p.doesWithoutCgo() }) {
		n.remedies = []Remedy{f.set("CGO_ENABLED", "0", "without cgo")}
	}
	for _, spare := range f.Spare {
		n.remedies = append(n.remedies, f.set("CC", asCC(spare.Path), "a compiler that is there"))
	}
	if precompiles(e.tool.Version) {
		n.message += "; net and os/user came compiled with this " + e.tool.Version + " and make programs dynamic all the same"
	}
	if p, ok := e.tool.Defaults["DefaultCC"]; ok && n.evidence == nil {
		n.evidence = []Evidence{{File: p.File, Line: p.Line, Text: "DefaultCC is " + p.Value}}
	}
	return []note{n}
}

func commandSteps(e *examination) (notes []note) {
	for _, c := range e.facts.Compilers {
		if c.Path == "" || e.facts.Environment["CGO_ENABLED"] != "1" {
			continue
		}
		n := note{severity: OK, cause: c.Variable, message: fmt.Sprintf("%s is %s", c.Variable, c.Path)}
		if last := len(c.Steps) - 1; last >= 0 && c.Steps[last].File != c.Path {
			n.message += ", which runs " + c.Steps[last].File
		}
		if c.Packager.Name != "" {
			n.message += ", of " + c.Packager.Name
		}
		if c.Version != "" {
			n.message += ": " + c.Version
		}
		for _, s := range c.Steps {
			n.evidence = append(n.evidence, Evidence{File: s.File, Line: s.Line, Text: strings.TrimSpace(s.Kind + " " + s.Text)})
		}
		n.evidence = append(n.evidence, e.facts.whereSet(c.Variable)...)
		notes = append(notes, n)
	}
	return notes
}

func probed(e *examination) (notes []note) {
	for _, c := range e.facts.Compilers {
		if c.Path == "" || c.Answer.Error == "" || e.facts.Environment["CGO_ENABLED"] != "1" {
			continue
		}
		message := c.Answer.Error
		if c.Answer.Reason != "" {
			message += ": " + c.Answer.Reason
		}
		notes = append(notes, note{severity: Unknown, cause: c.Variable, evidence: []Evidence{{File: c.Path, Text: c.Answer.Reason}},
			message: fmt.Sprintf("it cannot be told how %s links: %s", c.Variable, message)})
	}
	return notes
}

// set gives a variable another value, where it is set: what the environment says,
// go env -w does not override.
func (f *Facts) set(name, value, message string) Remedy {
	command := "go env -w "
	if s, ok := f.setting(name); ok && s.From == load.FromEnvironment {
		command = "export "
	}
	r := newRemedy(message, command+quote.Setting(name+"="+value))
	r.Env = []string{name + "=" + value}
	return r
}

// asCC returns a value of CC that the go command splits into path alone. A path
// with both kinds of quotes has none, and stays as it is.
func asCC(path string) string {
	if value, ok := link.JoinWords([]string{path}); ok {
		return value
	}
	return path
}

// otherCC offers a compiler of the system's.
func (e *examination) otherCC(p Program) []Remedy {
	if e.facts == nil || len(e.facts.Spare) == 0 {
		return nil
	}
	c := e.facts.Spare[0]
	cc := "CC=" + asCC(c.Path)
	r := newRemedy("the system's C compiler", p.command(quote.Setting(cc)))
	r.Env, r.Linkage, r.Interpreter = []string{cc}, link.LinkageDynamic, c.Answer.Interp
	return []Remedy{r}
}

func compilerLoader(e *examination) (notes []note) {
	for _, c := range e.facts.Compilers {
		i := c.Answer.Interp
		switch {
		case c.Path != "" && c.Answer.Error != "":
			notes = append(notes, note{severity: OK, cause: c.Variable, message: c.Variable + " does not link, so it names none"})
		case i == "":
		case common(i):
			notes = append(notes, note{severity: OK, cause: c.Variable, evidence: []Evidence{evidenceOf(c.Answer.Because)}, message: c.Variable + " names " + i})
		default:
			n := note{severity: Warning, cause: c.Variable + " " + string(c.Answer.Source), evidence: append([]Evidence{evidenceOf(c.Answer.Because)}, e.facts.aboutLoader(i)...),
				message: fmt.Sprintf("%s=%s names %s, which no other machine has: %s; no program here takes it", c.Variable, strings.Join(c.Words, " "), i, c.Answer.Because)}
			for _, spare := range e.facts.Spare {
				n.remedies = append(n.remedies, e.facts.set("CC", asCC(spare.Path), "the system's C compiler"))
			}
			notes = append(notes, n)
		}
	}
	return notes
}

// runPaths are the folders of a program, and why they are there.
func runPaths(e link.Executable) (dirs []string, because string) {
	for _, l := range []link.List{e.RPath, e.RunPath} {
		if l.Certainty == link.Unknown || len(l.Value) == 0 {
			continue
		}
		dirs = append(dirs, l.Value...)
		because = l.Because
	}
	return dirs, because
}

// private are the folders that other machines do not have; $ORIGIN is where the
// program is.
func private(dirs []string) (found []string) {
	for _, d := range dirs {
		if strings.HasPrefix(d, "$ORIGIN") || strings.HasPrefix(d, "${ORIGIN}") || systemLibraries(d) {
			continue
		}
		if !slices.Contains(found, d) {
			found = append(found, d)
		}
	}
	return found
}

func systemLibraries(dir string) bool {
	dir = path.Clean(dir)
	for _, d := range []string{"/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64"} {
		if dir == d || strings.HasPrefix(dir, d+"/") && strings.HasSuffix(dir, "-linux-gnu") {
			return true
		}
	}
	return false
}

// personal reports whether a folder is in a packager's or a user's own tree,
// rather than one that somebody might have chosen for all machines.
func personal(dir string) bool {
	for _, d := range []string{"/home/", "/root/", "/Users/", "/tmp/", "/var/"} {
		if strings.HasPrefix(dir, d) {
			return true
		}
	}
	p := toolchain.PackagerOf(path.Join(dir, "x"))
	return p.Name != "" && p.Name != toolchain.System
}

func privateRunPath(e *examination, p Program) []note {
	dirs, because := runPaths(p.Executable)
	dirs = private(dirs)
	if p.BuildError != "" || p.Format != link.FormatELF || len(dirs) == 0 {
		return nil
	}
	n := note{severity: Problem, cause: "runpath", evidence: []Evidence{evidenceOf(because)},
		message: fmt.Sprintf("%s looks for libraries in %s first, which only this machine has", p.Package, strings.Join(dirs, ", "))}
	if because != "" {
		n.message += ": " + because
	}
	if asked(p.Build, dirs) && !slices.ContainsFunc(dirs, personal) {
		n.severity, n.message = Warning, fmt.Sprintf("%s looks for libraries in %s first, as its flags say", p.Package, strings.Join(dirs, ", "))
	}
	if e.facts != nil {
		n.remedies = e.withoutCgo(p)
	}
	return []note{n}
}

// asked reports whether the build's own flags name all the folders.
func asked(b link.Build, dirs []string) bool {
	flags := strings.Join(b.Flags, " ")
	return !slices.ContainsFunc(dirs, func(d string) bool { return !strings.Contains(flags, d) })
}

func compilerRunPath(e *examination) (notes []note) {
	for _, c := range e.facts.Compilers {
		dirs := private(append(slices.Clone(c.Answer.RPath), c.Answer.RunPath...))
		if len(dirs) == 0 {
			continue
		}
		notes = append(notes, note{severity: Warning, cause: c.Variable, evidence: []Evidence{evidenceOf(c.Answer.PathBecause)},
			message: fmt.Sprintf("an external link by %s=%s looks for libraries in %s first: %s; no program here is one", c.Variable, strings.Join(c.Words, " "), strings.Join(dirs, ", "), c.Answer.PathBecause)})
	}
	return notes
}

// preferred is how a prediction says that C flags make a link external.
const preferred = "external linking prefer list has "

// distrustedFlag finds a program that is linked externally for the sake of a
// word in the environment's C flags.
func distrustedFlag(e *examination, p Program) []note {
	rest, ok := strings.CutPrefix(p.LinkMode.Because, preferred)
	if p.BuildError != "" || !ok || e.facts == nil {
		return nil
	}
	pkg, flag, _ := strings.Cut(rest, ": ")
	variable := e.facts.variableWith(flag)
	if variable == "" {
		return nil // of a #cgo line, as its author wants it
	}
	n := note{severity: Warning, cause: variable, evidence: e.facts.whereSet(variable), remedies: e.withoutCgo(p),
		message: fmt.Sprintf("%s is linked externally for %s in %s, which %s was to be compiled with", p.Package, flag, variable, pkg)}
	plain := newRemedy("the go command's own C flags", p.command(variable+"="))
	plain.Env, plain.Linkage = []string{variable + "="}, p.Linkage.Value
	n.remedies = append(n.remedies, plain)
	return []note{n}
}

// variableWith is the variable of C flags that has a word.
func (f *Facts) variableWith(word string) string {
	for _, name := range []string{"CGO_CFLAGS", "CGO_CPPFLAGS", "CGO_CXXFLAGS", "CGO_FFLAGS", "CGO_LDFLAGS"} {
		words, _ := link.SplitWords(f.Environment[name])
		if slices.Contains(words, word) {
			return name
		}
	}
	return ""
}

func linkerFlags(e *examination) (notes []note) {
	f := e.facts
	if f.Environment["CGO_ENABLED"] != "1" {
		return nil
	}
	words, _ := link.SplitWords(f.Environment["CGO_LDFLAGS"])
	warn := func(word, text string) {
		notes = append(notes, note{severity: Warning, cause: word, evidence: f.whereSet("CGO_LDFLAGS"), message: "CGO_LDFLAGS has " + word + ": " + text,
			remedies: []Remedy{newRemedy("without it", e.buildAll("CGO_LDFLAGS="))}})
	}
	for _, w := range words {
		switch {
		case w == "-static" || w == "--static":
			warn(w, "up to Go 1.26 a program with net or os/user then does not link (relocation target not defined), from 1.27 on it is linked externally and static")
		case strings.Contains(w, "-gc-sections"):
			warn(w, "cgo's test link then drops what it should find, and internal linking fails (relocation target not defined)")
		case strings.Contains(w, "dynamic-linker"):
			warn(w, "every program with cgo names that dynamic linker")
		case strings.Contains(w, "-rpath,") || strings.Contains(w, "-rpath="):
			dirs := strings.FieldsFunc(w, func(r rune) bool { return r == ',' || r == '=' || r == ':' })
			if len(private(slices.DeleteFunc(dirs, func(d string) bool { return strings.HasPrefix(d, "-") }))) > 0 {
				warn(w, "programs that are linked externally look for libraries there first")
			}
		}
	}
	return notes
}

func linkerEnvironment(e *examination) (notes []note) {
	does := map[string]string{
		"LD_RUN_PATH":     "becomes the RUNPATH of programs that GNU ld links externally without -rpath",
		"LIBRARY_PATH":    "puts its folders before the system's when C libraries are looked for",
		"COMPILER_PATH":   "chooses the linker that gcc runs",
		"GCC_EXEC_PREFIX": "chooses the parts that gcc runs",
	}
	for _, s := range e.facts.Settings {
		switch text := does[s.Name]; {
		case text != "":
			notes = append(notes, note{severity: Warning, cause: s.Name, evidence: e.facts.whereSet(s.Name), message: s.Name + "=" + s.Value + " " + text,
				remedies: []Remedy{newRemedy("without it", e.buildAll("env -u "+s.Name))}})
		case s.Name == "LDFLAGS" && effect(s.Value):
			notes = append(notes, note{severity: Warning, cause: s.Name, evidence: e.facts.whereSet(s.Name),
				message: "LDFLAGS=" + s.Value + " does nothing: the go command reads CGO_LDFLAGS"})
		}
	}
	return notes
}

// effect reports whether linker flags would change what this program tells of.
func effect(flags string) bool {
	return strings.Contains(flags, "-static") || strings.Contains(flags, "dynamic-linker") || strings.Contains(flags, "-rpath")
}
