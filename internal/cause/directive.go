package cause

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
	"unicode"
)

const (
	allowMark  = "//goportdoctor:allow"
	targetMark = "//goportdoctor:target"
)

// An Allow is a directive //goportdoctor:allow PACKAGE reason, which stands
// beside an import: on its line, or in the lines right above.
type Allow struct {
	Pos     token.Pos
	Package string // cause, or imported package; "C" is the package's own
	Reason  string
	Beside  bool // there is an import that it stands beside
	OwnC    bool // that is the one of "C"
}

// A Target is a directive //goportdoctor:target NAME… of a main package: where
// the program has to run.
type Target struct {
	Pos       token.Pos
	Names     []string
	Test      bool // in a _test.go file, where it counts for nothing
	Misplaced bool // below the imports, where it counts for nothing
}

// A Stray is a directive of ours that is none of the known ones.
type Stray struct {
	Pos  token.Pos
	Text string
}

// directives are the allow directives of one file, by the line that they stand
// beside.
type directives struct {
	fset *token.FileSet
	on   map[int][]int // indexes of Package.Allows
}

// readDirectives takes those up to the end of the imports, for none further down
// stands beside one; but any that names targets, which somebody relies on.
func (s *Syntax) readDirectives(p *Package, f *ast.File) *directives {
	d := &directives{fset: s.Fset, on: map[int][]int{}}
	end := d.line(endOfImports(f))
	imports := map[int]bool{} // lines with one
	for _, spec := range f.Imports {
		imports[d.line(spec.End())] = true
	}
	for _, g := range f.Comments {
		last := d.line(g.End())
		for _, c := range g.List {
			if t, ok := ParseTarget(c); ok {
				t.Test, t.Misplaced = s.isTest(f), d.line(c.Pos()) > end
				p.Targets = append(p.Targets, t)
				continue
			}
			if d.line(c.Pos()) > end || !strings.HasPrefix(c.Text, "//goportdoctor:") {
				continue
			}
			if a, ok := parseAllow(c); ok {
				// At the end of an import's line it is for that one alone. In a group
				// of comments the last line decides what all stand above.
				at := d.line(c.Pos())
				if !imports[at] {
					at = last + 1
				}
				d.on[at] = append(d.on[at], len(p.Allows))
				p.Allows = append(p.Allows, a)
			} else {
				p.Strays = append(p.Strays, Stray{c.Pos(), c.Text})
			}
		}
	}
	return d
}

func endOfImports(f *ast.File) token.Pos {
	end := f.Name.End()
	for _, d := range f.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
			end = max(end, g.End())
		}
	}
	return end
}

// line is that of the file as it was parsed, for cgo's own //line comments move
// nothing by lines.
func (d *directives) line(pos token.Pos) int { return d.fset.PositionFor(pos, false).Line }

// beside marks and gives the directives beside an import at pos.
func (d *directives) beside(p *Package, pos token.Pos) []int {
	found := d.on[d.line(pos)]
	for _, i := range found {
		p.Allows[i].Beside = true
	}
	return found
}

func parseAllow(c *ast.Comment) (Allow, bool) {
	words, ok := directiveWords(c.Text, allowMark)
	a := Allow{Pos: c.Pos()}
	if len(words) > 0 {
		a.Package, a.Reason = words[0], strings.Join(words[1:], " ")
	}
	return a, ok
}

// MisplacedTarget is what is wrong with a target directive that stands with the
// code rather than with the build constraints.
const MisplacedTarget = "is misplaced: it counts only ahead of the imports"

// ParseTarget reads a comment, and reports whether it is a target directive.
func ParseTarget(c *ast.Comment) (Target, bool) {
	names, ok := directiveWords(c.Text, targetMark)
	return Target{Pos: c.Pos(), Names: names}, ok
}

// directiveWords are those after the mark. A second comment on the line, as a
// test's "// want", is none of them.
func directiveWords(text, mark string) ([]string, bool) {
	rest, ok := strings.CutPrefix(text, mark)
	if !ok || rest != "" && rest[0] != ' ' && rest[0] != '\t' {
		return nil, false
	}
	rest, _, _ = strings.Cut(rest, " // ")
	return strings.FieldsFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || mark == targetMark && r == ',' }), true
}

// NoLibc reports whether a target is known to have no C library, nor a dynamic
// linker.
func NoLibc(target string) bool {
	return target == "scratch" || target == "distroless-static" || strings.HasPrefix(target, "distroless-static-")
}

// targets are the names of those that are known, which internal/target has in
// full.
var targets = strings.Fields(`scratch chainguard-static busybox1.38-musl distroless-static-debian12 distroless-static-debian13 distroless-base-nossl-debian12
distroless-base-nossl-debian13 distroless-base-debian12 distroless-base-debian13 distroless-cc-debian12 distroless-cc-debian13 alpine3.18 alpine3.19
alpine3.20 alpine3.21 alpine3.22 alpine3.23 alpine-gcompat3.18 alpine-gcompat3.19 alpine-gcompat3.20 alpine-gcompat3.21 alpine-gcompat3.22
alpine-gcompat3.23 debian10 debian11 debian12 debian13 ubuntu18.04 ubuntu20.04 ubuntu22.04 ubuntu24.04 ubuntu26.04 rhel7 rhel8 rhel9 rhel10 rocky8
rocky9 rocky10 amazonlinux2 amazonlinux2023 lambda-al2 lambda-al2023 chainguard-glibc-dynamic busybox1.38-glibc nixos`)

// isTarget reports whether a name may be one of a target: of those that are known,
// or of the user's own.
func isTarget(name string) bool {
	kind, _, own := strings.Cut(name, ":")
	return name == "host" || NoLibc(name) || own && slices.Contains([]string{"rootfs", "oci", "file"}, kind) || slices.Contains(targets, name)
}
