package predict

import (
	"go/version"
	"regexp"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/gate"
	"github.com/goportdoctor/goportdoctor/internal/link"
)

// refusedPkgConfig returns the go command's refusal of a package's #cgo pkg-config
// lines, or "". What the strictest release refuses, and this one does not, was not
// asked of pkg-config, which load says in PkgConfigUnknown. All known releases take
// lines of nothing but names that the strictest takes.
func (d *decision) refusedPkgConfig(p *link.Package) string {
	flags, _ := gate.SplitPkgConfig(p.PkgConfig)
	if p.Standard || len(flags) == 0 && p.PkgConfigWithheld == "" {
		return ""
	}
	l := d.t.Flags
	if l == nil || l.PkgConfigFlags == "" || l.PkgConfigNames == "" {
		d.doubtOf("check of #cgo pkg-config lines")
		return ""
	}
	if !d.relies("checkFlags", "checkCompilerFlags") {
		return ""
	}
	return gate.RefusedPkgConfig(p.PkgConfig, l, d.limit("CFLAGS", "ALLOW"), d.limit("CFLAGS", "DISALLOW"))
}

// Withheld returns the words of a #cgo pkg-config line that this toolchain passes to
// pkg-config although the strictest release refuses them, with their package, or "".
func (p Plan) Withheld() string {
	d := *p.d // whose doubts stay as they are
	for _, q := range d.deps {
		if q.PkgConfigWithheld != "" && d.refusedPkgConfig(q) == "" {
			return q.ImportPath + ": " + q.PkgConfigWithheld
		}
	}
	return ""
}

// A flagSource is a kind of line that brings C flags into a build.
type flagSource struct {
	name, source string // of CGO_name_ALLOW, and in the error
	words        []string
	list         gate.Flags
}

// flagSources lists where a package's C flags come from, in the go command's order.
func flagSources(p *link.Package, l *link.FlagLists, hardened bool) []flagSource {
	compiler, linker := gate.Compiler(l, hardened), gate.Linker(l, hardened)
	return []flagSource{
		{"CFLAGS", "pkg-config --cflags", p.PkgConfigCFLAGS, compiler},
		{"LDFLAGS", "pkg-config --libs", p.PkgConfigLDFLAGS, linker},
		{"CPPFLAGS", "#cgo CPPFLAGS", p.Flags.CPPFLAGS, compiler},
		{"CFLAGS", "#cgo CFLAGS", p.Flags.CFLAGS, compiler},
		{"CXXFLAGS", "#cgo CXXFLAGS", p.Flags.CXXFLAGS, compiler},
		{"FFLAGS", "#cgo FFLAGS", p.Flags.FFLAGS, compiler},
		{"LDFLAGS", "#cgo LDFLAGS", p.Flags.LDFLAGS, linker},
	}
}

// invalidFlag returns cmd/go's refusal of a flag on a #cgo line or from pkg-config.
// Where this toolchain's lists are not known, whether it builds is not known either.
func (d *decision) invalidFlag(p *link.Package) string {
	if p.Standard {
		return ""
	}
	lists := d.t.Flags
	if lists == nil {
		lists = &link.FlagLists{}
	}
	sources := flagSources(p, lists, hardened(d.t.Rules["checkFlags"]))
	sources = slices.DeleteFunc(sources, func(f flagSource) bool { return len(f.words) == 0 })
	if len(sources) == 0 {
		return ""
	}
	if d.t.Flags == nil {
		d.doubtOf("list of safe C flags")
		return ""
	}
	if !d.relies("checkFlags", "checkCompilerFlags", "checkLinkerFlags", "CFlags") {
		return ""
	}
	for _, f := range sources {
		if bad := f.list.FirstBad(f.words, d.limit(f.name, "ALLOW"), d.limit(f.name, "DISALLOW")); bad != "" {
			return "invalid flag in " + f.source + ": " + bad
		}
	}
	return ""
}

// badLimit is cmd/go's refusal of CGO_CFLAGS_ALLOW and its like, which it reads
// for every cgo package in this order (work.Builder.CFlags).
func (d *decision) badLimit() string {
	for _, name := range []string{"CPPFLAGS", "CFLAGS", "CXXFLAGS", "FFLAGS", "LDFLAGS"} {
		for _, kind := range []string{"ALLOW", "DISALLOW"} {
			variable := "CGO_" + name + "_" + kind
			if _, err := regexp.Compile(d.b.Limits[variable]); err != nil {
				return "parsing $" + variable + ": " + err.Error()
			}
		}
	}
	return ""
}

func (d *decision) limit(name, kind string) *regexp.Regexp {
	if s := d.b.Limits["CGO_"+name+"_"+kind]; s != "" {
		return gate.Compile(s)
	}
	return nil
}

// distrusted is the flag for which cmd/go marks a cgo package preferlinkext
// (work.flagsNotCompatibleWithInternalLinking): one outside the lists, of the
// environment's and the package's own.
func (d *decision) distrusted(p *link.Package) string {
	if d.t.Flags == nil {
		d.doubtOf("list of safe C flags")
		return ""
	}
	if !d.relies("flagsNotCompatibleWithInternalLinking", "checkCompilerFlagsForInternalLink",
		"checkLinkerFlagsForInternalLink", "checkFlags", "cgo") {
		return ""
	}
	compiler := gate.Compiler(d.t.Flags, hardened(d.t.Rules["checkFlags"]))
	cc := [][]string{
		slices.Concat(d.b.Cgo.CFLAGS, p.Flags.CFLAGS),
		slices.Concat(d.b.Cgo.CXXFLAGS, p.Flags.CXXFLAGS),
		slices.Concat(d.b.Cgo.FFLAGS, p.Flags.FFLAGS),
	}
	if d.checksCPPFLAGS() {
		cc = append(cc, slices.Concat(d.b.Cgo.CPPFLAGS, p.Flags.CPPFLAGS, p.PkgConfigCFLAGS))
	}
	for i, words := range cc {
		bad := compiler.FirstBad(words, nil, nil)
		for _, w := range words {
			if bad == "" && (strings.HasPrefix(w, "-flto") || d.checksLDFLAGS() && (w == "-static" || w == "--static")) {
				bad = w
			}
		}
		if name := []string{"", "CGO_CXXFLAGS", "CGO_FFLAGS", ""}[i]; bad != "" && name != "" && !d.b.All {
			d.doubt = name + " has " + bad + ", which sends " + p.ImportPath + " to the external linker if it is compiled, and is no part of what the build cache knows it by"
			return ""
		}
		if bad != "" {
			return bad
		}
	}
	if d.checksLDFLAGS() {
		return d.distrustedLDFLAG(slices.Concat(d.b.Cgo.LDFLAGS, p.Flags.LDFLAGS, p.PkgConfigLDFLAGS))
	}
	return ""
}

// distrustedLDFLAG mirrors checkLinkerFlagsForInternalLink of go1.27.
func (d *decision) distrustedLDFLAG(words []string) string {
	if bad := gate.Linker(d.t.Flags, hardened(d.t.Rules["checkFlags"])).FirstBad(words, nil, nil); bad != "" {
		return bad
	}
	for _, w := range words {
		switch w {
		case "-static", "--static", "-Wl,-static", "-Wl,--static", "-Wl,-Bstatic":
			return w
		}
	}
	return ""
}

// checksLDFLAGS tells the releases that have checkLinkerFlagsForInternalLink.
func (d *decision) checksLDFLAGS() bool { return since(d.t.Rules["cgo"], "go1.27") }

// checksCPPFLAGS tells the releases that look at CPPFLAGS too.
func (d *decision) checksCPPFLAGS() bool { return hardened(d.t.Rules["cgo"]) }

// hardened tells the releases with the stricter rules for C flags and -I, which
// came with go1.26.11 and go1.27.4 together.
func hardened(release string) bool {
	return since(release, "go1.27.4") || since(release, "go1.26.11") && !since(release, "go1.27")
}

func since(release, first string) bool {
	return release != "" && version.Compare(release, first) >= 0
}
