// Patches of packagers that are understood: a PIE by default, and where the
// linker takes GO_LDSO from. What a patched function decides is found out by
// asking it, and holds whatever its wording is.

package toolchain

import (
	"cmp"
	"go/ast"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/port"
)

// recognizePIE asks a DefaultPIE that is not known for every port.
func recognizePIE(t *link.Toolchain, s *source) {
	const rule = "DefaultPIE"
	modes, known := t.Rules["BuildModeSupported"]
	if _, is := t.Rules[rule]; is || !known || s == nil {
		return
	}
	f, ok := s.nodes[rule].(*ast.FuncDecl)
	if !ok {
		return
	}
	pie, at := []string{}, ast.Node(nil)
	for _, p := range port.All(modes) {
		for _, race := range []bool{false, true} {
			is, from, ok := asksPIE(f, p, race)
			if !ok {
				return
			}
			if is {
				pie = append(pie, link.PIEPort(p.GOOS, p.GOARCH, race))
			}
			if is && p.GOOS+"/"+p.GOARCH == t.Host && at == nil {
				at = from
			}
		}
	}
	t.PIE = pie
	know(t, rule, modes)
	if at != nil {
		t.Defaults[rule] = s.place(at, strings.Split(t.Host, "/")[0])
	}
}

// know has a rule be that of a release, forget has it be neither known nor
// strange.
func know(t *link.Toolchain, rule, release string) {
	forget(t, rule)
	t.Rules[rule] = release
}

func forget(t *link.Toolchain, rule string) {
	delete(t.Rules, rule)
	t.Strange = slices.DeleteFunc(t.Strange, func(s string) bool { return strings.HasSuffix(s, ": "+rule) })
}

// asksPIE has the function decide for a port, and gives the statement that does.
func asksPIE(f *ast.FuncDecl, p port.Port, race bool) (pie bool, at ast.Node, ok bool) {
	args := []any{p.GOOS, p.GOARCH, race}
	s := scope{names: map[string]any{}, calls: map[string]func([]any) (any, bool){
		"BuildModeSupported": func(args []any) (any, bool) { return supportsMode(p.Release, args) },
	}}
	i := 0
	for _, field := range f.Type.Params.List {
		for _, name := range field.Names {
			if i < len(args) {
				s.names[name.Name] = args[i]
			}
			i++
		}
	}
	v, ok := s.run(f.Body.List)
	pie, isBool := v.(bool)
	return pie, s.at, ok && isBool && i == len(args) && len(s.names) >= i
}

// supportsMode is internal/platform.BuildModeSupported(compiler, mode, goos,
// goarch) of a release.
func supportsMode(release string, args []any) (any, bool) {
	var words []string
	for _, a := range args {
		if w, ok := a.(string); ok {
			words = append(words, w)
		}
	}
	if len(words) != 4 || words[0] != "gc" {
		return nil, false
	}
	p, ok := port.Lookup(release, words[2], words[3])
	return ok && slices.Contains(p.BuildModes, words[1]), true
}

// ldsoRest is the rule that cmd/link's asmbElf is a known one but for the
// statement about GO_LDSO.
const ldsoRest = "asmbElf/rest"

// recognizeLDSO asks the statement about GO_LDSO of an asmbElf that is not known
// in every situation there is. Go's own takes what is baked in, for the host's
// own port; that of nixpkgs takes the environment's first, for any.
func recognizeLDSO(t *link.Toolchain, files map[string]*source) {
	rest, known := t.Rules[ldsoRest]
	forget(t, ldsoRest)
	if _, is := t.Rules["asmbElf"]; is || !known || files[elfFile] == nil || files[zcfg] == nil {
		return
	}
	stmt := files[elfFile].ldsoStatement()
	if stmt == nil {
		return
	}
	baked := []string{}
	if _, is := t.Rules["GO_LDSO"]; is {
		baked = append(baked, "buildcfg.GO_LDSO")
	}
	if files[zcfg].nodes["DefaultGO_LDSO"] != nil {
		baked = append(baked, "buildcfg.DefaultGO_LDSO")
	}
	switch asksLDSO(stmt, baked) {
	case "baked baked none none none none": // Go's own, in other words
	case "baked environ none environ none environ":
		t.GOLDSOEnv = true
	default:
		return
	}
	know(t, "asmbElf", rest)
	know(t, "GO_LDSO", rest)
}

// asksLDSO tells what the statement makes the interpreter: for the host's port,
// for another system and for another architecture, each without and with
// GO_LDSO in the environment; "" where it is not understood.
func asksLDSO(stmt ast.Stmt, baked []string) string {
	var answers []string
	for _, port := range [][2]string{{"linux", "amd64"}, {"freebsd", "amd64"}, {"linux", "arm64"}} {
		for _, environ := range []string{"", "environ"} {
			s := scope{names: map[string]any{"interpreter": "", "runtime.GOOS": "linux", "runtime.GOARCH": "amd64",
				"buildcfg.GOOS": port[0], "buildcfg.GOARCH": port[1]}, calls: map[string]func([]any) (any, bool){
				"os.Getenv": func(args []any) (any, bool) { return environ, slices.Equal(args, []any{"GO_LDSO"}) },
			}}
			for _, name := range baked {
				s.names[name] = "baked"
			}
			if v, ok := s.step(stmt); v != nil || !ok {
				return ""
			}
			answers = append(answers, cmp.Or(s.names["interpreter"].(string), "none"))
		}
	}
	return strings.Join(answers, " ")
}

// ldsoStatement is asmbElf's statement about GO_LDSO: the outermost one that
// asks about the interpreter and has all that speaks of it.
func (s *source) ldsoStatement() (found ast.Stmt) {
	f, ok := s.nodes["asmbElf"].(*ast.FuncDecl)
	if !ok {
		return nil
	}
	all := countLDSO(f)
	ast.Inspect(f, func(n ast.Node) bool {
		if c, ok := n.(*ast.IfStmt); ok && found == nil && all > 0 && countLDSO(c) == all && mentions(c.Cond, "interpreter") {
			found = c
		}
		return found == nil
	})
	return found
}

func countLDSO(n ast.Node) (count int) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			if strings.HasSuffix(n.Name, "GO_LDSO") {
				count++
			}
		case *ast.BasicLit:
			if v, ok := stringValue(n); ok && v == "GO_LDSO" {
				count++
			}
		}
		return true
	})
	return count
}

func mentions(e ast.Expr, name string) (found bool) {
	ast.Inspect(e, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && id.Name == name
		return !found
	})
	return found
}

// digestBut is the digest of a function without one of its statements, "" where
// either is not there.
func (s *source) digestBut(function string, stmt ast.Stmt) string {
	n := s.nodes[function]
	if n == nil || stmt == nil {
		return ""
	}
	text := appendTokens(nil, s.text[s.offset(n.Pos()):s.offset(stmt.Pos())])
	return sumOf(appendTokens(text, s.text[s.offset(stmt.End()):s.offset(n.End())]))
}
