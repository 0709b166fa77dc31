package cause

import (
	"go/ast"
	"go/build/constraint"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// stdWithout is what becomes of the standard library's cgo packages; the others
// of them do not build.
var stdWithout = map[string]string{
	"net": link.WithoutPureGo, "os/user": link.WithoutPureGo,
	"crypto/internal/boring": link.WithoutPureGo, "crypto/x509": link.WithoutPureGo,
	"plugin": link.WithoutStub, // every Open fails
}

// stubs are packages that build without cgo and then only say that they need it.
var stubs = []string{"github.com/mattn/go-sqlite3", "github.com/mutecomm/go-sqlcipher/v4"}

// Without is what becomes of a package with cgo files once cgo is off, as far
// as the names of packages tell it: "" where its files have to.
func Without(path, module string) string {
	switch {
	case module == Std && stdWithout[path] != "":
		return stdWithout[path]
	case module == Std:
		return link.WithoutFails
	case slices.Contains(stubs, path):
		return link.WithoutStub
	}
	return ""
}

// without goes by the files. Those that are left without cgo make a package if
// they use nothing of the others'; of SWIG's nobody knows what it declares, so
// something is taken to be lacking. What they lack, a file that this build leaves
// out may have: only its name is known here, so it is taken to be for that,
// unless its name says that it is for another port, or a generator.
func (s *Syntax) without(p *Package) string {
	if known := Without(p.Path, p.Module); known != "" {
		return known
	}
	left, lost := []*ast.File{}, map[string]bool{}
	for _, f := range s.Files {
		switch {
		case !s.isSource(f) || s.isTest(f):
		case importOfC(f) != nil || wantsCgo(f):
			declare(lost, f)
		default:
			left = append(left, f)
		}
	}
	whole := len(left) > 0 && !s.Swig && !slices.ContainsFunc(left, func(f *ast.File) bool {
		return slices.ContainsFunc(s.Uses(f), func(name string) bool { return lost[name] })
	})
	if whole || slices.ContainsFunc(s.Ignored, s.mayReplace) {
		return link.WithoutPureGo
	}
	return link.WithoutFails
}

// wantsCgo reports whether the build constraints of a file exclude it where cgo
// is off.
func wantsCgo(f *ast.File) bool {
	for _, g := range f.Comments {
		if g.Pos() > f.Package {
			break
		}
		for _, c := range g.List {
			if !constraint.IsGoBuild(c.Text) && !constraint.IsPlusBuild(c.Text) {
				continue
			}
			if x, err := constraint.Parse(c.Text); err == nil && !holdsWithoutCgo(x) {
				return true
			}
		}
	}
	return false
}

// holdsWithoutCgo reports whether some choice of the other tags meets x.
func holdsWithoutCgo(x constraint.Expr) bool {
	switch x := x.(type) {
	case *constraint.AndExpr:
		return holdsWithoutCgo(x.X) && holdsWithoutCgo(x.Y)
	case *constraint.OrExpr:
		return holdsWithoutCgo(x.X) || holdsWithoutCgo(x.Y)
	case *constraint.TagExpr:
		return x.Tag != "cgo"
	}
	return true // a negation
}

// declare adds the names that a file declares for its package.
func declare(names map[string]bool, f *ast.File) {
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				names[d.Name.Name] = true
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					names[spec.Name.Name] = true
				case *ast.ValueSpec:
					for _, id := range spec.Names {
						names[id.Name] = true
					}
				}
			}
		}
	}
	delete(names, "init")
	delete(names, "_")
}

func hasGo(names []string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.HasSuffix(n, ".go") && !strings.HasSuffix(n, "_test.go") })
}

// mayReplace reports whether a file that is left out may be for want of cgo.
func (s *Syntax) mayReplace(ignored string) bool {
	if !hasGo([]string{ignored}) || generator(ignored) {
		return false
	}
	port := portOf(ignored)
	return port == "" || slices.ContainsFunc(s.Files, func(f *ast.File) bool { return portOf(s.fileName(f)) == port })
}

// generators are the first words of the names that programs have which stand
// beside a package to write parts of it, and which no build takes
// (//go:build ignore).
var generators = []string{"gen", "generate", "generator", "mkall", "mktables", "maketables"}

func generator(file string) bool {
	first, _, _ := strings.Cut(strings.TrimSuffix(file[strings.LastIndexAny(file, `/\`)+1:], ".go"), "_")
	return slices.Contains(generators, first)
}

// portOf is what a file's name says of the port that it is for (go/build's
// goodOSArchFile), "" where it says nothing.
func portOf(file string) string {
	name := strings.TrimSuffix(strings.TrimSuffix(file[strings.LastIndexAny(file, `/\`)+1:], ".go"), "_test")
	words := strings.Split(name, "_")
	for _, ends := range [][]string{ports.systems, ports.machines} {
		if last := words[len(words)-1]; len(words) > 1 && slices.Contains(ends, last) {
			if before := words[len(words)-2]; len(words) > 2 && slices.Contains(ports.systems, before) {
				return before + "_" + last
			}
			return last
		}
	}
	return ""
}

// ports are the systems and machines that go/build knows in file names
// (internal/syslist).
var ports = struct{ systems, machines []string }{
	strings.Fields("aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris wasip1 windows zos"),
	strings.Fields("386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm"),
}
