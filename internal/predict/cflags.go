package predict

import (
	"go/version"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// safeNext mirrors cmd/go/internal/load.SafeArg: what may follow a flag as a
// word of its own.
func safeNext(s string) bool {
	if s == "" {
		return false
	}
	c := s[0]
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || c == '.' || c == '_' || c == '/' || c >= 0x80
}

// invalidFlag is cmd/go's refusal of a flag on a #cgo line or from pkg-config.
func (d *decision) invalidFlag(p *link.Package) string {
	if p.Standard {
		return ""
	}
	if d.t.Flags == nil || !d.relies("checkFlags", "checkCompilerFlags", "checkLinkerFlags", "CFlags") {
		return ""
	}
	f := d.t.Flags
	compiler := [2][]string{f.ValidCompiler, f.InvalidCompiler}
	linker := [2][]string{f.ValidLinker, f.InvalidLinker}
	for _, c := range []struct {
		name, source string
		words        []string
		lists        [2][]string
		next         []string
	}{
		{"CFLAGS", "pkg-config --cflags", p.PkgConfigCFLAGS, compiler, f.CompilerNext},
		{"LDFLAGS", "pkg-config --libs", p.PkgConfigLDFLAGS, linker, f.LinkerNext},
		{"CPPFLAGS", "#cgo CPPFLAGS", p.Flags.CPPFLAGS, compiler, f.CompilerNext},
		{"CFLAGS", "#cgo CFLAGS", p.Flags.CFLAGS, compiler, f.CompilerNext},
		{"CXXFLAGS", "#cgo CXXFLAGS", p.Flags.CXXFLAGS, compiler, f.CompilerNext},
		{"FFLAGS", "#cgo FFLAGS", p.Flags.FFLAGS, compiler, f.CompilerNext},
		{"LDFLAGS", "#cgo LDFLAGS", p.Flags.LDFLAGS, linker, f.LinkerNext},
	} {
		if bad := firstBad(c.words, c.lists[1], c.lists[0], c.next, d.limit(c.name, "ALLOW"), d.limit(c.name, "DISALLOW")); bad != "" {
			return "invalid flag in " + c.source + ": " + bad
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
		return compiled(s)
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
	f := d.t.Flags
	cc := [][]string{
		slices.Concat(d.b.Cgo.CFLAGS, p.Flags.CFLAGS),
		slices.Concat(d.b.Cgo.CXXFLAGS, p.Flags.CXXFLAGS),
		slices.Concat(d.b.Cgo.FFLAGS, p.Flags.FFLAGS),
	}
	if d.checksCPPFLAGS() {
		cc = append(cc, slices.Concat(d.b.Cgo.CPPFLAGS, p.Flags.CPPFLAGS, p.PkgConfigCFLAGS))
	}
	for i, words := range cc {
		bad := firstBad(words, f.InvalidCompiler, f.ValidCompiler, f.CompilerNext, nil, nil)
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
	f := d.t.Flags
	if bad := firstBad(words, f.InvalidLinker, f.ValidLinker, f.LinkerNext, nil, nil); bad != "" {
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

// firstBad mirrors cmd/go/internal/work.checkFlags: the first word that no
// pattern of valid matches whole, with the word that it takes along.
func firstBad(words, invalid, valid, next []string, allow, disallow *regexp.Regexp) string {
	for i := 0; i < len(words); i++ {
		w := words[i]
		switch {
		case disallow != nil && whole(disallow, w):
			return w
		case allow != nil && whole(allow, w):
			continue
		case anyWhole(invalid, w):
			return w
		case anyWhole(valid, w) || pushState(w, invalid, valid):
			continue
		case slices.Contains(next, w):
			if i+1 == len(words) {
				return w + " without argument"
			}
			if !takes(w, words[i+1]) {
				return w + " " + words[i+1]
			}
			i++
		default:
			return w
		}
	}
	return ""
}

// takes reports whether flag may be followed by arg as its argument.
func takes(flag, arg string) bool {
	if safeNext(arg) {
		return true
	}
	if rest, ok := strings.CutPrefix(arg, "-Wl,"); ok && strings.HasPrefix(flag, "-Wl,") {
		return safeNext(rest) && !strings.Contains(rest, ",")
	}
	if flag == "-I" && (strings.HasPrefix(arg, "=") || strings.HasPrefix(arg, "$SYSROOT")) {
		return safeNext(arg[1:])
	}
	return false
}

// pushState takes -Wl,--push-state,--as-needed apart.
func pushState(w string, invalid, valid []string) bool {
	if !strings.HasPrefix(w, "-Wl,--push-state,") {
		return false
	}
	for _, part := range strings.Split(w, ",")[1:] {
		if part = "-Wl," + part; !anyWhole(valid, part) || anyWhole(invalid, part) {
			return false
		}
	}
	return true
}

// anyWhole compiles no more than the patterns that begin as w does: there are
// hundreds, and compiling them takes longer than all else.
func anyWhole(patterns []string, w string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		if !strings.HasPrefix(w, literalPrefix(p)) {
			return false
		}
		re := compiled(p)
		return re != nil && whole(re, w)
	})
}

// literalPrefix is what every whole match of a pattern begins with, as far as
// its text tells.
func literalPrefix(p string) string {
	if hasChoice(p) {
		return ""
	}
	end := strings.IndexAny(p, `\.+*?()|[]{}^$`)
	switch {
	case end < 0:
		return p
	case end > 0 && strings.IndexByte("*?{", p[end]) >= 0:
		end-- // which may not be there at all
	}
	return p[:end]
}

// hasChoice reports whether a pattern may have alternatives as a whole.
func hasChoice(p string) bool {
	depth := 0
	for i := 0; i < len(p); i++ {
		switch p[i] {
		case '\\':
			i++
		case '[':
			rest := strings.TrimPrefix(p[i+1:], "^")
			end := strings.IndexByte(rest[min(1, len(rest)):], ']')
			if end < 0 || strings.Contains(rest[:end+1], `\]`) || strings.Contains(rest[:end+1], "[:") {
				return true // for all that is known here
			}
			i = len(p) - len(rest) + 1 + end
		case '(':
			depth++
		case ')':
			depth--
		case '|':
			if depth == 0 {
				return true
			}
		}
	}
	return false
}

// whole reports whether the leftmost match of re is all of w, which is how
// cmd/go matches.
func whole(re *regexp.Regexp, w string) bool { return re.FindString(w) == w && w != "" }

var patterns sync.Map // of string to *regexp.Regexp

func compiled(s string) *regexp.Regexp {
	if re, ok := patterns.Load(s); ok {
		return re.(*regexp.Regexp)
	}
	re, err := regexp.Compile(s)
	if err != nil {
		re = nil
	}
	patterns.Store(s, re)
	return re
}
