// Package toolchain asks the go command, the C compiler and libc who they are.
package toolchain

import (
	"fmt"
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/port"
)

// ReadSource reads from GOROOT/src which of the known rules the toolchain in
// goroot follows, and what was baked into it. release is its version, as
// go1.26.8, and host the GOOS/GOARCH that it runs on.
//
// Without an error every function that predict mirrors is either in Rules or
// in Strange.
func ReadSource(goroot, release, host string) (link.Toolchain, error) {
	t := link.Toolchain{Version: release, GOROOT: goroot, Host: host, Packager: PackagerOf(goroot).Name,
		Rules: map[string]string{}, Loaders: loaders(nil)}
	src := filepath.Join(goroot, "src")
	if _, err := os.Stat(src); goroot == "" || err != nil {
		return t, fmt.Errorf("GOROOT %q has no src folder, so the rules of its go command and linker are not known", goroot)
	}
	files := readSources(src)
	digest := digests(files)
	recognizeLoaders(&t, files, digest)
	t.Loaders = loaders(t.LinkerLoaders)
	t.Rules, t.Strange = recognize(digest, release, knownDigests)
	readBaked(&t, files[zcfg])
	readDefaults(&t, files)
	recognizePIE(&t, files[platform])
	recognizeLDSO(&t, files)
	if t.Flags = flagLists(files[security]); t.Flags == nil {
		t.Strange = append(t.Strange, security+": validCompilerFlags")
	} else {
		pkgConfigRules(t.Flags, files[workDir+"exec.go"])
	}
	return t, nil
}

// loaders tells which loaders that cmd/link may look for are on this machine,
// those that a packager wrote into it among them.
func loaders(own map[string]link.Place) map[string]bool {
	here := map[string]bool{}
	paths := port.Loaders()
	for _, p := range own {
		paths = append(paths, p.Value)
	}
	for _, path := range paths {
		_, err := os.Stat(path)
		here[path] = err == nil
	}
	return here
}

// readBaked reads what the build of the toolchain put into zbootstrap.go.
func readBaked(t *link.Toolchain, s *source) {
	p, ok := s.constantPlace("defaultGO_LDSO")
	if !ok {
		t.Strange = append(t.Strange, zcfg+": defaultGO_LDSO")
	}
	if p.File != "" {
		t.GOLDSO, t.GOLDSOAt = p.Value, fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	if p, ok = s.constantPlace("defaultGO_EXTLINK_ENABLED"); !ok {
		t.Strange = append(t.Strange, zcfg+": defaultGO_EXTLINK_ENABLED")
	}
	t.ExtLinkDefault = p.Value
}

// constantPlace finds a string constant by its name in any case, since nixpkgs
// exports Go's, and says where it is.
func (s *source) constantPlace(name string) (link.Place, bool) {
	if s == nil {
		return link.Place{}, false
	}
	for n, node := range s.nodes {
		spec, isValue := node.(*ast.ValueSpec)
		if !isValue || !strings.EqualFold(n, name) || len(spec.Values) != 1 {
			continue
		}
		value, ok := stringValue(spec.Values[0])
		return s.place(spec, value), ok
	}
	return link.Place{}, false
}

// stringValue is the value of an expression made of string literals.
func stringValue(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		s, err := strconv.Unquote(e.Value)
		return s, err == nil
	case *ast.ParenExpr:
		return stringValue(e.X)
	case *ast.BinaryExpr:
		x, okX := stringValue(e.X)
		y, okY := stringValue(e.Y)
		return x + y, okX && okY && e.Op == token.ADD
	}
	return "", false
}

// flagLists reads cmd/go's lists of C flags, nil where there is an entry that
// is not plain text. The lists of refused flags are younger than the others.
func flagLists(s *source) *link.FlagLists {
	if s == nil {
		return nil
	}
	var l link.FlagLists
	for _, list := range []struct {
		to       *[]string
		name     string
		optional bool
	}{
		{&l.ValidCompiler, "validCompilerFlags", false},
		{&l.InvalidCompiler, "invalidCompilerFlags", true},
		{&l.ValidLinker, "validLinkerFlags", false},
		{&l.InvalidLinker, "invalidLinkerFlags", true},
		{&l.CompilerNext, "validCompilerFlagsWithNextArg", false},
		{&l.LinkerNext, "validLinkerFlagsWithNextArg", false},
		{&l.PkgConfig, "validPkgConfigFlags", true},
	} {
		var ok bool
		if *list.to, ok = s.strings(list.name); !ok && !(list.optional && s.nodes[list.name] == nil) {
			return nil
		}
	}
	return &l
}

// pkgConfigRules finds out how the go command checks the words of #cgo pkg-config
// lines. A rule that is not known stays "".
func pkgConfigRules(l *link.FlagLists, s *source) {
	if s == nil || s.nodes["Builder.getPkgConfigFlags"] == nil {
		return
	}
	checks := map[string]bool{} // functions, with their last argument
	ast.Inspect(s.nodes["Builder.getPkgConfigFlags"], func(n ast.Node) bool {
		if c, ok := n.(*ast.CallExpr); ok && len(c.Args) > 0 {
			checks[spelling(c.Fun)+" "+spelling(c.Args[len(c.Args)-1])] = true
		}
		return true
	})
	switch safe, strict := checks["load.SafeArg pkg"], checks["validPkgConfigName pkg"]; {
	case strict && !safe:
		l.PkgConfigNames = link.NamesStrict
	case safe && !strict:
		l.PkgConfigNames = link.NamesSafe
	}
	switch listed, compiler := checks["checkPkgConfigFlags pcflags"], checks["checkCompilerFlags pcflags"]; {
	case listed && !compiler && l.PkgConfig != nil:
		l.PkgConfigFlags = link.FlagsListed
	case compiler && !listed:
		l.PkgConfigFlags = link.FlagsCompiler
	case !listed && !compiler && l.PkgConfig == nil:
		l.PkgConfigFlags = link.FlagsUnchecked
	}
}

// strings are the elements of a slice variable: string literals, or calls with
// one as the only argument.
func (s *source) strings(name string) ([]string, bool) {
	spec, ok := s.nodes[name].(*ast.ValueSpec)
	if !ok || len(spec.Values) != 1 {
		return nil, false
	}
	lit, ok := spec.Values[0].(*ast.CompositeLit)
	if !ok {
		return nil, false
	}
	var list []string
	for _, e := range lit.Elts {
		if c, ok := e.(*ast.CallExpr); ok && len(c.Args) == 1 {
			e = c.Args[0]
		}
		v, ok := stringValue(e)
		if !ok {
			return nil, false
		}
		list = append(list, v)
	}
	return list, true
}
