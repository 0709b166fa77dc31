package toolchain

import (
	"crypto/sha256"
	"encoding/hex"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/version"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
	"github.com/goportdoctor/goportdoctor/internal/parallel"
)

// A mirrored function, or variable, is one that predict follows.
type mirrored struct {
	key  string // in link.Toolchain.Rules
	file string // below GOROOT/src
	// names are those it has had, methods as "Type.Method". Where a release
	// has several of them, they count as one.
	names string
}

// A known row says that the releases from first to last which were looked at
// hold one digest of a function; "" where they have no such function.
type known struct{ key, digest, first, last string }

const (
	ldDir    = "cmd/link/internal/ld/"
	workDir  = "cmd/go/internal/work/"
	platform = "internal/platform/supported.go"
	// platform119 is where go1.19 has what is in platform since.
	platform119 = "cmd/internal/sys/supported.go"
	// zcfg116 is where go1.16 has what is in zcfg since.
	zcfg116  = "cmd/internal/objabi/zbootstrap.go"
	zosarch  = "internal/platform/zosarch.go"
	security = workDir + "security.go"
	cgoOut   = "cmd/cgo/out.go"
	zcfg     = "internal/buildcfg/zbootstrap.go"
	elfFile  = ldDir + "elf.go"
)

var mirrors = append([]mirrored{
	{"mustLinkExternal", ldDir + "config.go", "mustLinkExternal"},
	{"determineLinkMode", ldDir + "config.go", "determineLinkMode"},
	{"Set", ldDir + "config.go", "BuildMode.Set"},
	{"internalpkg", ldDir + "lib.go", "internalpkg"},
	{"ldhostobj", ldDir + "lib.go", "ldhostobj"},
	{"ldobj", ldDir + "lib.go", "ldobj"},
	{"loadobjfile", ldDir + "lib.go", "loadobjfile"},
	{"loadlib", ldDir + "lib.go", "Link.loadlib"},
	{"linksetup", ldDir + "lib.go", "Link.linksetup"},
	{"hostlink", ldDir + "lib.go", "Link.hostlink"},
	{"hostlinkArchArgs", ldDir + "lib.go", "hostlinkArchArgs"},
	{"setCgoAttr", ldDir + "go.go", "setCgoAttr"},
	{"asmbElf", elfFile, "asmbElf"},
	{ldsoRest, elfFile, "asmbElf"}, // but for one statement
	{"GO_LDSO", "internal/buildcfg/cfg.go", "GO_LDSO"},
	{"distInfo", zosarch, "distInfo"},
	{"MustLinkExternal", platform, "MustLinkExternal MustLinkExternalGo121"},
	{"InternalLinkPIESupported", platform, "InternalLinkPIESupported"},
	{"DefaultPIE", platform, "DefaultPIE"},
	{"BuildModeSupported", platform, "BuildModeSupported"},
	{"RaceDetectorSupported", platform, "RaceDetectorSupported"},
	{"MSanSupported", platform, "MSanSupported"},
	{"ASanSupported", platform, "ASanSupported"},
	{"LinkerDeps", "cmd/go/internal/load/pkg.go", "LinkerDeps"},
	{"externalLinkingReason", "cmd/go/internal/load/pkg.go", "externalLinkingReason externalLinkingForced"},
	{"instrumentInit", workDir + "init.go", "instrumentInit"},
	{"buildModeInit", workDir + "init.go", "buildModeInit"},
	{"ld", workDir + "gc.go", "gcToolchain.ld"},
	{"setextld", workDir + "gc.go", "setextld"},
	{"CFlags", workDir + "exec.go", "Builder.CFlags"},
	{"cgo", workDir + "exec.go", "Builder.cgo Builder.runCgo Builder.processCgoOutputs"},
	{"flagsNotCompatibleWithInternalLinking", workDir + "exec.go", "flagsNotCompatibleWithInternalLinking"},
	{"dynimport", workDir + "exec.go", "Builder.dynimport"},
	{"checkFlags", security, "checkFlags"},
	{"checkCompilerFlags", security, "checkCompilerFlags"},
	{"checkLinkerFlags", security, "checkLinkerFlags"},
	{"checkCompilerFlagsForInternalLink", security, "checkCompilerFlagsForInternalLink"},
	{"checkLinkerFlagsForInternalLink", security, "checkLinkerFlagsForInternalLink"},
	{"dynimport/cgo", cgoOut, "dynimport"},
	{"elfImportedSymbols", cgoOut, "elfImportedSymbols"},
	{"defaultContext", "cmd/go/internal/cfg/cfg.go", "defaultContext"},
}, inits()...)

// inits are cmd/link's functions that name the loaders, one per architecture.
func inits() []mirrored {
	var ms []mirrored
	for _, arch := range []string{"amd64", "arm", "arm64", "loong64", "mips", "mips64", "ppc64", "riscv64", "s390x", "wasm", "x86"} {
		ms = append(ms, mirrored{"Init/" + arch, "cmd/link/internal/" + arch + "/obj.go", "Init"})
	}
	return ms
}

// digests gives the digest of each mirrored function in files, "" where it is
// not there. A file that could not be read has no digests at all.
func digests(files map[string]*source) map[string]string {
	all := map[string]string{}
	for _, m := range mirrors {
		if f := files[m.file]; f != nil && m.key == ldsoRest {
			all[m.key] = f.digestBut(m.names, f.ldsoStatement())
		} else if f != nil {
			all[m.key] = f.digest(strings.Fields(m.names))
		}
	}
	return all
}

// recognize compares the digests of a toolchain with rows of known ones.
//
// A function that is not there is recognized in the minor releases before it
// came only: a newer one that lacks it has moved the decision somewhere else.
func recognize(digest map[string]string, release string, rows []known) (rules map[string]string, strange []string) {
	rules = map[string]string{}
	for _, m := range mirrors {
		d, read := digest[m.key]
		i := slices.IndexFunc(rows, func(r known) bool { return r.key == m.key && r.digest == d })
		if !read || i < 0 || d == "" && newer(release, rows[i].last) {
			strange = append(strange, m.file+": "+m.key)
			continue
		}
		rules[m.key] = rows[i].last
	}
	return rules, strange
}

// newer reports whether release, as runtime.Version has it, may be of a newer
// minor release than known is.
func newer(release, known string) bool {
	release, _, _ = strings.Cut(release, " ") // "go1.26.8 X:boringcrypto"
	return !version.IsValid(release) || version.Compare(version.Lang(release), version.Lang(known)) > 0
}

// A source is one parsed file of Go's own.
type source struct {
	text  []byte
	file  *ast.File
	fset  *token.FileSet
	nodes map[string]ast.Node // top-level functions, variables and constants
}

// readSources parses the files that the mirrored functions are in. A file that
// is missing or does not parse is absent from the result.
func readSources(src string) map[string]*source {
	names := slices.Clone(generated)
	for _, m := range mirrors {
		names = append(names, m.file)
	}
	slices.Sort(names)
	names = slices.Compact(names)

	parsed := make([]*source, len(names))
	parallel.Each(len(names), func(i int) { parsed[i] = readSource(filepath.Join(src, filepath.FromSlash(names[i]))) })

	files := map[string]*source{}
	for i, name := range names {
		if parsed[i] != nil {
			files[name] = parsed[i]
		}
	}
	// internal/platform came with go1.20, out of another package.
	if files[platform] == nil {
		if s := readSource(filepath.Join(src, filepath.FromSlash(platform119))); s != nil {
			files[platform] = s
		}
	}
	if files[zcfg] == nil {
		if s := readSource(filepath.Join(src, filepath.FromSlash(zcfg116))); s != nil {
			files[zcfg] = s
		}
	}
	// zosarch.go came with go1.21: that it is not there says as much as a file
	// without the declaration.
	if files[platform] != nil && files[zosarch] == nil {
		files[zosarch] = &source{}
	}
	return files
}

func readSource(name string) *source {
	text, err := bounded.ReadFile(name, bounded.Source)
	if err != nil {
		return nil
	}
	s := &source{text: text, fset: token.NewFileSet(), nodes: map[string]ast.Node{}}
	if s.file, err = parser.ParseFile(s.fset, name, text, parser.SkipObjectResolution); err != nil {
		return nil
	}
	for _, d := range s.file.Decls {
		s.add(d)
	}
	return s
}

func (s *source) add(d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		s.nodes[funcName(d)] = d
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			if v, ok := spec.(*ast.ValueSpec); ok {
				for _, name := range v.Names {
					s.nodes[name.Name] = v
				}
			}
		}
	}
}

// funcName is the name of d, "Type.Method" for a method.
func funcName(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) != 1 {
		return d.Name.Name
	}
	t := d.Recv.List[0].Type
	if p, ok := t.(*ast.StarExpr); ok {
		t = p.X
	}
	if id, ok := t.(*ast.Ident); ok {
		return id.Name + "." + d.Name.Name
	}
	return d.Name.Name
}

// digest is a digest of the tokens of all declarations of these names, so that
// comments, layout and the version of go/printer do not count; "" where there
// is no such declaration.
func (s *source) digest(names []string) string {
	var text []byte
	for _, name := range names {
		if n := s.nodes[name]; n != nil {
			text = appendTokens(text, s.text[s.offset(n.Pos()):s.offset(n.End())])
		}
	}
	if text == nil {
		return ""
	}
	return sumOf(text)
}

func sumOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// appendTokens appends the tokens of Go text, each with a zero byte after it.
func appendTokens(to, text []byte) []byte {
	var sc scanner.Scanner
	sc.Init(token.NewFileSet().AddFile("", -1, len(text)), text, nil, 0)
	for {
		_, tok, lit := sc.Scan()
		if tok == token.EOF {
			return to
		}
		if tok == token.SEMICOLON || lit == "" { // a line's end is a semicolon as well
			lit = tok.String()
		}
		to = append(append(to, lit...), 0)
	}
}
