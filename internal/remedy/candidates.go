package remedy

import (
	"go/version"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// has reports whether a package of the program uses cgo.
func (s Situation) has(path string) bool {
	return slices.ContainsFunc(s.Packages, func(p *link.Package) bool { return p.ImportPath == path && p.Cgo })
}

// foreign are the packages outside of the standard library that use cgo.
func (s Situation) foreign() []*link.Package {
	return slices.DeleteFunc(slices.Clone(s.Packages), func(p *link.Package) bool { return p.Standard || !p.Cgo })
}

func dropFlags(s Situation) []Change {
	var all []Change
	for _, f := range []struct {
		name string
		on   bool
		cost Cost
	}{{"race", s.Build.Race, NoRace}, {"msan", s.Build.MSan, NoSanitizer}, {"asan", s.Build.ASan, NoSanitizer}, {"linkshared", s.Build.LinkShared, LargerFile}} {
		if f.on {
			all = append(all, Change{Kind: DropFlag, Message: "without -" + f.name, Off: []string{f.name}, Costs: []Cost{f.cost}})
		}
	}
	for _, f := range []struct{ name, value, message string }{
		{"linkmode", "", "linked as Go itself would"}, {"I", "", "with the dynamic linker that it would have anyway"}, {"extldflags", "", "without flags for the C compiler's link"},
		{"r", "", "without a run path"}, {"d", "", "with the dynamic linker that it needs"},
	} {
		if slices.ContainsFunc(s.LDFlags, func(w string) bool { return flagName(w) == f.name }) {
			all = append(all, Change{Kind: DropFlag, Message: f.message, NoLink: []string{f.name}})
		}
	}
	if flag := func(name string) bool {
		return slices.ContainsFunc(s.LDFlags, func(w string) bool { return flagName(w) == name })
	}; flag("linkmode") && flag("extldflags") {
		all = append(all, Change{Kind: DropFlag, Message: "linked as Go itself would", NoLink: []string{"linkmode", "extldflags", "extld"}})
	}
	return all
}

// dropSettings leaves out variables.
func dropSettings(s Situation) []Change {
	var all []Change
	if s.Build.ExtLink != "" && s.Build.ExtLink != "0" {
		all = append(all, Change{Kind: DropFlag, Message: "without GO_EXTLINK_ENABLED", Env: []string{"GO_EXTLINK_ENABLED="}})
	}
	all = append(all, lesserProcessors(s.Build)...)
	all = append(all, dropCFlags(s)...)
	for _, name := range []string{"LD_RUN_PATH", "LIBRARY_PATH", "COMPILER_PATH", "GCC_EXEC_PREFIX"} {
		if where := s.Settings[name]; where != "" {
			all = append(all, Change{Kind: DropFlag, Message: "without " + name + " (" + where + ")", Unset: []string{name}})
		}
	}
	return all
}

// lesserProcessors builds for processors with less. GOARM=6 keeps the floating
// point hardware that GOARM=5 does without.
func lesserProcessors(b link.Build) []Change {
	v := link.LevelVariables[b.GOARCH]
	if b.Level == "" || b.Level == v.Least {
		return nil
	}
	any := Change{Kind: DropFlag, Message: "for every processor of its kind", Env: []string{v.Name + "=" + v.Least}, Costs: []Cost{AnyProcessor}}
	if b.GOARCH != "arm" {
		return []Change{any}
	}
	any.Costs = []Cost{NoFloatHardware}
	six := Change{Kind: DropFlag, Message: "for processors of ARMv6 as well", Env: []string{"GOARM=6"}, Costs: []Cost{OlderARM}}
	if strings.HasPrefix(b.Level, "7") {
		return []Change{six, any}
	}
	return []Change{any}
}

func plainExe(s Situation) []Change {
	if s.Program.BuildMode != "pie" {
		return nil
	}
	message := "not position-independent"
	if slices.Contains(s.Preset, "-buildmode=pie") && s.Settings["GOFLAGS"] != "" {
		message += " (GOFLAGS, " + s.Settings["GOFLAGS"] + ", asks for a PIE)"
	}
	return []Change{{Kind: PlainExe, Message: message, BuildMode: "exe", Costs: []Cost{NoASLR}}}
}

// stdTags are the tags by which packages of the standard library do without cgo.
var stdTags = []struct {
	pkg, tag string
	cost     Cost
}{{"net", "netgo", GoResolver}, {"os/user", "osusergo", FileUsers}}

// againstPure has net use C, and refuses netgo.
var againstPure = []string{"netcgo"}

// pureStd is no more than the tags of the packages that the program has.
func pureStd(s Situation) []Change {
	c := Change{Kind: PureStd, Message: "pure Go in the place of the standard library's C", NoTags: againstPure}
	for _, t := range stdTags {
		if s.has(t.pkg) {
			c.Tags, c.Costs = append(c.Tags, t.tag), append(c.Costs, t.cost)
		}
	}
	if len(c.Tags) == 0 || !s.Build.CgoEnabled {
		return nil
	}
	return []Change{c}
}

// noCgo is no remedy for a program that has a package which then only says that
// it needs cgo. On another port cgo may be on again.
func noCgo(s Situation) []Change {
	if !s.Build.CgoEnabled && len(s.Systems)+len(s.Arches) == 0 {
		return nil
	}
	if slices.ContainsFunc(s.Packages, isStub) {
		return nil
	}
	c := Change{Kind: NoCgo, Message: "pure Go in the place of C", Env: []string{"CGO_ENABLED=0"}, Costs: CostsWithoutCgo(s.Packages)}
	if s.Build.Race || s.Build.MSan || s.Build.ASan { // they want cgo
		for _, f := range dropFlags(s) {
			c.Off, c.Costs = append(c.Off, f.Off...), append(c.Costs, f.Costs...)
		}
	}
	return append([]Change{c}, keptWithoutCgo(s, c)...)
}

// keptWithoutCgo are modules' tags by which they keep without cgo what they lose.
func keptWithoutCgo(s Situation, c Change) []Change {
	var all []Change
	for _, p := range s.Packages {
		row, _ := Lookup(p)
		for _, sw := range row.Switches {
			if !sw.NoCgo || !p.Cgo {
				continue
			}
			kept := c
			kept.Message += ", and " + p.ImportPath + ": " + sw.Does
			kept.Tags = []string{sw.Tag}
			kept.Costs = slices.Clone(c.Costs)
			kept.Costs[slices.Index(kept.Costs, costOf(p))] = sw.cost(p, row)
			all = append(all, kept)
		}
	}
	return all
}

// CostsWithoutCgo are what packages cost a program once they do without cgo.
func CostsWithoutCgo(packages []*link.Package) (costs []Cost) {
	for _, p := range packages {
		switch {
		case !p.Cgo:
		case p.ImportPath == "net":
			costs = append(costs, GoResolver)
		case p.ImportPath == "os/user":
			costs = append(costs, FileUsers)
		case p.IsBoring():
			costs = append(costs, NoBoring)
		case !p.Standard:
			costs = append(costs, costOf(p))
		}
	}
	return costs
}

// isPlugin reports whether it is Go's plugin, of which programs load their parts.
func isPlugin(p *link.Package) bool { return p.ImportPath == "plugin" && p.Standard }

func isStub(p *link.Package) bool {
	if !p.Cgo {
		return false
	}
	if isPlugin(p) {
		return true
	}
	row, ok := Lookup(p)
	return ok && row.Without == Stub
}

// costOf is what a package outside of the standard library costs without cgo.
func costOf(p *link.Package) Cost {
	switch row, ok := Lookup(p); {
	case ok && row.Loses != "":
		return Cost{Text: p.ImportPath + ": " + row.Loses, Source: row.Source}
	case ok && row.Without == Fails: // so that the program builds only without it
		return Cost{Text: p.ImportPath + " is left out, and with it what it is for", Source: row.Source}
	}
	return Cost{Text: p.ImportPath + " does without C, or is left out: the program may be slower, or do less", Source: "files with //go:build !cgo"}
}

// withCgo is for what is nothing without.
func withCgo(s Situation) []Change {
	if s.Build.CgoEnabled || s.Program.BuildError == "" && !slices.ContainsFunc(s.Packages, isLeftOut) {
		return nil
	}
	all := []Change{{Kind: Cgo, Message: "with C", Env: []string{"CGO_ENABLED=1"}, Costs: []Cost{NeedsCompiler}}}
	for _, c := range s.Compilers {
		all = append(all, Change{Kind: Cgo, Message: "with C, by " + c.Title, Env: append([]string{"CGO_ENABLED=1"}, c.env(s)...), Costs: []Cost{NeedsCompiler}})
	}
	return all
}

// isLeftOut reports whether a package has lost files for want of cgo.
func isLeftOut(p *link.Package) bool { return len(p.LostFiles()) > 0 }

// otherPort is for targets of another system or processor, or of another both.
func otherPort(s Situation) []Change {
	var all []Change
	for _, arch := range s.Arches {
		here := Change{Kind: Port, Message: "for the target's processor", Env: []string{"GOARCH=" + arch}}
		all = append(all, here)
		for _, c := range s.Cross[arch] {
			all = append(all, Change{Kind: Port, Message: here.Message + ", by " + c.Title, Env: slices.Concat(here.Env, []string{"CGO_ENABLED=1"}, c.env(s)), Costs: []Cost{NeedsCompiler}})
		}
	}
	if len(s.Systems) == 0 {
		return all
	}
	arches, all := all, nil
	for _, system := range s.Systems {
		here := Change{Kind: Port, Message: "for the target's system", Env: []string{"GOOS=" + system}}
		for _, a := range arches {
			all = append(all, Change{Kind: Port, Message: here.Message + " and processor", Env: append(slices.Clone(here.Env), a.Env...)})
		}
		if len(arches) == 0 {
			all = append(all, here)
		}
	}
	return all
}

func cleanCache(s Situation) []Change {
	if !s.Stale {
		return nil
	}
	return []Change{{Kind: CleanCache, Message: "what the build cache has compiled by today's C compiler", First: "go clean -cache", Costs: []Cost{Recompile}}}
}

// env has C++ compiled by the same, where there is some.
func (c Compiler) env(s Situation) []string {
	env := []string{"CC=" + c.CC}
	if c.CXX != "" && s.cxx() {
		env = append(env, "CXX="+c.CXX)
	}
	return env
}

// cxx reports whether there is C++.
func (s Situation) cxx() bool {
	return slices.ContainsFunc(s.Packages, func(p *link.Package) bool { return p.CXX })
}

// otherCC leaves out compilers that cannot compile what the program has.
func otherCC(s Situation) []Change {
	if !s.Build.CgoEnabled {
		return nil
	}
	var all []Change
	for _, c := range s.Compilers {
		if s.cxx() && c.CXX == "" {
			continue
		}
		change := Change{Kind: OtherCC, Message: c.Title, Env: c.env(s)}
		if c.Musl {
			change.Costs = []Cost{Musl}
			if !muslCompiles(s) {
				change.Message += ", with which its C code has to compile"
			}
		}
		all = append(all, change)
	}
	return all
}

// muslCompiles reports whether there is no C but the standard library's, which
// is known to compile with musl: other C is not seen before it is compiled.
func muslCompiles(s Situation) bool { return len(s.foreign()) == 0 }

func loader(s Situation) []Change {
	if s.Program.Interpreter.Value == "" {
		return nil
	}
	var all []Change
	for _, path := range s.Loaders {
		if path != s.Program.Interpreter.Value {
			all = append(all, Change{Kind: Loader, Message: "names the target's dynamic linker", NoLink: []string{"I"}, Link: []string{"-I", path}, Costs: []Cost{OneLoader}})
		}
	}
	return all
}

// static is a link by the C compiler with all of its libraries in the program,
// with the tags that it is safe with: glibc's resolver and its users load parts
// of themselves at run time. It is no candidate where C code of others loads
// libraries itself.
// With cgo off nobody knows what C code asks for, but for modules that are known.
func static(s Situation) []Change {
	if slices.ContainsFunc(s.Packages, s.needsShared) {
		return nil
	}
	if !s.Build.CgoEnabled && (len(withCgo(s)) == 0 || slices.ContainsFunc(s.Packages, func(p *link.Package) bool {
		row, _ := Lookup(p)
		return isLeftOut(p) && !p.Standard && !row.Static
	})) {
		return nil
	}
	c := Change{Kind: Static, Message: "linked statically by the C compiler", NoTags: againstPure, NoLink: []string{"linkmode", "extldflags"}, Costs: []Cost{StaticC}}
	for _, t := range stdTags {
		if slices.ContainsFunc(s.Packages, func(p *link.Package) bool { return p.ImportPath == t.pkg && p.Standard }) {
			c.Tags, c.Costs = append(c.Tags, t.tag), append(c.Costs, t.cost)
		}
	}
	if slices.ContainsFunc(s.Packages, isPlugin) {
		c.Loses, c.Costs = true, append(c.Costs, NoPlugins)
	}
	mode := "-extldflags=-static"
	if s.pieAnywhere() {
		mode = "-extldflags=-static-pie"
	}
	c.Link = []string{"-linkmode=external", mode}
	for _, p := range s.Packages {
		if row, _ := Lookup(p); !row.Static && !p.Standard {
			c.Libs = append(c.Libs, libraries(p)...)
		}
	}
	return []Change{c}
}

// pieAnywhere reports whether the program is position-independent for the targets'
// systems too: what is the default here need not be there.
func (s Situation) pieAnywhere() bool {
	return s.Program.BuildMode == "pie" && (s.Build.BuildMode == "pie" || len(s.Systems) == 0)
}

// libraries are the words by which a package asks for libraries that are neither
// the C library's nor the compiler's own, and for folders of them.
func libraries(p *link.Package) []string {
	words := slices.Concat(p.Flags.LDFLAGS, p.PkgConfigLDFLAGS)
	words = slices.DeleteFunc(words, func(w string) bool {
		return !strings.HasPrefix(w, "-l") && !strings.HasPrefix(w, "-L") || slices.Contains(ownStatic, w)
	})
	if !slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, "-l") }) {
		return nil
	}
	return words
}

// ownStatic are libraries of glibc and gcc that these have static forms of.
var ownStatic = []string{"-lc", "-ldl", "-lm", "-lpthread", "-lrt", "-lresolv", "-lutil", "-lstdc++", "-lgcc", "-lgcc_eh"}

// needsShared reports whether a package's C code asks for what a static link
// cannot have, or opens libraries itself. With -ldl that may be what it links with,
// which is not read. A program that imports plugin starts, and has none.
func (s Situation) needsShared(p *link.Package) bool {
	if row, ok := Lookup(p); ok && row.Static || isPlugin(p) {
		return false
	}
	words := slices.Concat(p.Flags.LDFLAGS, p.PkgConfigLDFLAGS)
	return len(p.DynImports) > 0 && !p.Standard || p.PkgConfigUnknown != "" || p.Fortran || p.ObjC || s.Opens[p.ImportPath] ||
		slices.Contains(words, "-ldl") && !p.Standard && (len(libraries(p)) > 0 || len(p.Syso) > 0) ||
		slices.ContainsFunc(words, func(w string) bool {
			return strings.Contains(w, ".so") || strings.HasSuffix(w, ".a") && slices.Contains(words, "-ldl")
		})
}

// Boring reports whether the program has BoringCrypto, which goes with cgo: a
// smaller change than FIPS does not make that needless.
func (s Situation) Boring() bool { return slices.ContainsFunc(s.Packages, (*link.Package).IsBoring) }

// fips is for crypto that takes a C module: since go1.24 Go has one of its own.
func fips(s Situation) []Change {
	if !s.Boring() || version.Compare(s.GoVersion, "go1.24") < 0 {
		return nil
	}
	return []Change{{Kind: FIPS, Message: "Go's own FIPS 140-3 module in the place of BoringCrypto",
		Env: []string{"GOEXPERIMENT=" + strings.Replace(s.Build.Experiment, "boringcrypto", "noboringcrypto", 1), "GOFIPS140=v1.0.0", "CGO_ENABLED=0"}, Costs: []Cost{OtherModule}}}
}

// moduleSwitches are tags of modules that the program has.
func moduleSwitches(s Situation) []Change {
	var all []Change
	for _, p := range s.Packages {
		row, ok := Lookup(p)
		if !ok {
			continue
		}
		for _, sw := range row.Switches {
			if !sw.NoCgo && (sw.Musl == s.musl() || !sw.Musl) {
				all = append(all, Change{Kind: ModuleSwitch, Message: p.ImportPath + ": " + sw.Does, Tags: []string{sw.Tag}, Costs: []Cost{sw.cost(p, row)}})
			}
		}
	}
	return all
}

// musl reports whether CC links with musl.
func (s Situation) musl() bool {
	return strings.Contains(strings.Join(s.Build.CC, " "), "musl") || strings.Contains(s.Program.Interpreter.Value, "musl")
}
