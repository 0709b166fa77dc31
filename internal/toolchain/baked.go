// What whoever built this Go put into it, other than Go's own: a compiler, cgo
// on or off, a loader in the linker. Each is told with its file and line.

package toolchain

import (
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/port"
)

const (
	zdefaultcc = "cmd/go/internal/cfg/zdefaultcc.go"
	zcgo       = "go/build/zcgo.go" // up to go1.24; the constant is in zcfg since
)

// generated are the files that the build of a toolchain writes.
var generated = []string{zcfg, zdefaultcc, zcgo}

// outside are the files that are read and have no mirrored function of a newer release.
var outside = append(slices.Clone(generated), platform119, zcfg116)

// readDefaults reads the compilers and the setting of cgo that were baked in,
// where they are not those of Go itself.
func readDefaults(t *link.Toolchain, files map[string]*source) {
	t.Defaults = map[string]link.Place{}
	goos, _, _ := strings.Cut(t.Host, "/")
	for name, usual := range map[string]string{"DefaultCC": usualCC(goos), "DefaultCXX": usualCXX(goos)} {
		if p, ok := files[zdefaultcc].returned(name, t.Host); ok && p.Value != usual {
			t.Defaults[name] = p
		}
	}
	for _, file := range []string{zcfg, zcgo} {
		if p, ok := files[file].constantPlace("defaultCGO_ENABLED"); ok && p.Value != "" {
			t.Defaults["DefaultCGO_ENABLED"] = p
		}
	}
	if _, known := t.Rules["DefaultPIE"]; !known {
		if p, ok := files[platform].caseOf("DefaultPIE", goos); ok {
			t.Defaults["DefaultPIE"] = p
		}
	}
}

// usualCC is what cmd/dist takes where nobody says otherwise.
func usualCC(goos string) string {
	if slices.Contains([]string{"darwin", "ios", "freebsd", "openbsd"}, goos) {
		return "clang"
	}
	return "gcc"
}

func usualCXX(goos string) string {
	if usualCC(goos) == "clang" {
		return "clang++"
	}
	return "g++"
}

// returned is what a function of zdefaultcc.go gives for a port: the string
// after the case of that port, or of its system, else the last one.
func (s *source) returned(function, host string) (link.Place, bool) {
	if s == nil || s.nodes[function] == nil {
		return link.Place{}, false
	}
	goos, _, _ := strings.Cut(host, "/")
	var last, of, exact ast.Expr
	ast.Inspect(s.nodes[function], func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CaseClause:
			for _, e := range n.List {
				name, _ := stringValue(e)
				if r, ok := onlyReturn(n.Body); ok && name == host {
					exact = r
				} else if ok && name == goos {
					of = r
				}
			}
			return false
		case *ast.ReturnStmt:
			if len(n.Results) == 1 {
				last = n.Results[0]
			}
		}
		return true
	})
	for _, e := range []ast.Expr{exact, of, last} {
		if e != nil {
			v, ok := stringValue(e)
			return s.place(e, v), ok
		}
	}
	return link.Place{}, false
}

func onlyReturn(body []ast.Stmt) (ast.Expr, bool) {
	if len(body) != 1 {
		return nil, false
	}
	r, ok := body[0].(*ast.ReturnStmt)
	if !ok || len(r.Results) != 1 {
		return nil, false
	}
	return r.Results[0], true
}

func (s *source) place(n ast.Node, value string) link.Place {
	at := s.fset.Position(n.Pos())
	return link.Place{Value: value, File: at.Filename, Line: at.Line}
}

// caseOf is the case of a function that lists a string.
func (s *source) caseOf(function, value string) (p link.Place, ok bool) {
	if s == nil || s.nodes[function] == nil {
		return p, false
	}
	ast.Inspect(s.nodes[function], func(n ast.Node) bool {
		c, is := n.(*ast.CaseClause)
		if is && slices.ContainsFunc(c.List, func(e ast.Expr) bool { v, _ := stringValue(e); return v == value }) {
			p, ok = s.place(c, value), true
		}
		return !ok
	})
	return p, ok
}

// recognizeLoaders looks at the functions of cmd/link that name loaders and are
// not known: where one is a known one but for the loader for Linux, it is that
// one, with a loader of the packager's.
func recognizeLoaders(t *link.Toolchain, files map[string]*source, digest map[string]string) {
	for _, m := range inits() {
		s, own := files[m.file], link.Place{}
		_, isKnown := find(knownDigests, m.key, digest[m.key])
		if s == nil || isKnown || s.nodes[m.names] == nil {
			continue
		}
		lit := s.linuxLoader(m.names)
		if lit == nil {
			continue
		}
		own = s.place(lit, "")
		own.Value, _ = stringValue(lit)
		for _, usual := range port.Loaders() {
			d := s.digestWith(m.names, lit, strconv.Quote(usual))
			if _, ok := find(knownDigests, m.key, d); ok {
				digest[m.key] = d
				if t.LinkerLoaders == nil {
					t.LinkerLoaders = map[string]link.Place{}
				}
				t.LinkerLoaders[m.key] = own
			}
		}
	}
}

func find(rows []known, key, digest string) (int, bool) {
	i := slices.IndexFunc(rows, func(r known) bool { return r.key == key && r.digest == digest })
	return i, i >= 0
}

// linuxLoader is the one string that a function gives as Linuxdynld, nil where
// there is none or more than one.
func (s *source) linuxLoader(function string) (found *ast.BasicLit) {
	n := 0
	ast.Inspect(s.nodes[function], func(node ast.Node) bool {
		if kv, ok := node.(*ast.KeyValueExpr); ok {
			name, isName := kv.Key.(*ast.Ident)
			lit, isLit := kv.Value.(*ast.BasicLit)
			if isName && isLit && name.Name == "Linuxdynld" && lit.Kind == token.STRING {
				found, n = lit, n+1
			}
		}
		return true
	})
	if n != 1 {
		return nil
	}
	return found
}

// digestWith is the digest of a function in which one literal is another.
func (s *source) digestWith(function string, lit *ast.BasicLit, text string) string {
	n := s.nodes[function]
	start, end := s.offset(n.Pos()), s.offset(n.End())
	at := s.offset(lit.Pos())
	whole := slices.Concat(s.text[start:at], []byte(text), s.text[at+len(lit.Value):end])
	return sumOf(appendTokens(nil, whole))
}

func (s *source) offset(p token.Pos) int { return s.fset.File(p).Offset(p) }
