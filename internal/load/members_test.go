package load

import (
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// withC is a package whose file with cgo has more than the one in its place.
var withC = map[string]string{
	"p/c.go": `package p

import "C"

type Conn struct{ Handle, hidden int }

func (c *Conn) Exec() int   { return c.hidden }
func (c *Conn) Backup() int { return 0 }
func (*Row) Scan() int      { return 0 }
func (*List[T]) Len() int   { return 0 }

type Only struct{ Field int }

func (Only) Method() {}
`,
	"p/nocgo.go": "//go:build !cgo\n\npackage p\n\ntype Conn struct{}\n\nfunc (c *Conn) Exec() int { return 0 }\n",
	"p/p.go": `package p

type Row struct{ Embedded }
type Embedded struct{ Backup string }
type List[T any] struct{}
type Wide struct{ *Conn }
type Named Conn

func Open() (*Conn, error) { return new(Conn), nil }
func Rows() []*Row         { return nil }
`,
	"near/near.go":      "package near\n\nimport \"example.com/m/p\"\n\ntype DB struct{ Conn *p.Conn }\n\nfunc Get() (c *p.Conn) { return }\n",
	"farther/far.go":    "package farther\n\nimport \"example.com/m/base\"\n\ntype T struct{ base.Kept }\n",
	"base/base.go":      "package base\n\ntype Base struct{}\ntype Kept struct{}\n\nfunc (Base) Backup() int { return 1 }\n\nvar Conn struct{ Backup, Handle int }\n",
	"promotes/c.go":     "package promotes\n\nimport \"C\"\n\nfunc (*Conn) Backup() int { return 0 }\n",
	"promotes/plain.go": "package promotes\n\nimport \"example.com/m/base\"\n\ntype Conn struct{ base.Base }\n",
}

// users are main packages, by their bodies: those below "fails" do not build
// without cgo, those below "silent" neither, of which too little is known, and those
// below "builds" do.
var users = map[string]map[string]string{
	"fails": {
		"method":         `import "example.com/m/p"; func main() { c, _ := p.Open(); println(c.Backup()) }`,
		"field":          `import "example.com/m/p"; var c p.Conn; func main() { c.Handle = 1 }`,
		"renamed":        `import q "example.com/m/p"; func main() { new(q.Conn).Backup() }`,
		"expression":     `import "example.com/m/p"; var f = (*p.Conn).Backup; func main() { f(nil) }`,
		"element":        `import "example.com/m/p"; func main() { for _, r := range p.Rows() { r.Scan() } }`,
		"generic":        `import "example.com/m/p"; func main() { new(p.List[int]).Len() }`,
		"literal":        `import "example.com/m/p"; var c = p.Conn{Handle: 1}; func main() { _ = c }`,
		"embedded":       `import "example.com/m/p"; type mine struct { p.Conn }; func main() { new(mine).Backup() }`,
		"wide":           `import "example.com/m/p"; func main() { println(p.Wide{}.Handle) }`,
		"interface":      `import "example.com/m/p"; type backs interface{ Backup() int }; func main() { c, _ := p.Open(); var b backs = c; b.Backup() }`,
		"assertion":      `import "example.com/m/p"; type backs interface{ Backup() int }; func main() { var b backs; _, ok := b.(*p.Conn); println(ok) }`,
		"through":        `import ("example.com/m/near"; _ "example.com/m/p"); func main() { near.Get().Backup(); _ = near.DB{}.Conn.Exec() }`,
		"dot":            `import . "example.com/m/p"; func main() { c, _ := Open(); c.Backup() }`,
		"unknown":        `import ("os"; "example.com/m/p"); func main() { os.Exit(new(p.Conn).Backup()) }`,
		"closure":        `import ("sync"; "example.com/m/p"); var once sync.Once; func main() { once.Do(func() { new(p.Conn).Backup() }) }`,
		"alias":          `import "example.com/m/p"; type c = *p.Conn; func main() { var x c; x.Backup() }`,
		"type switch":    `import "example.com/m/p"; func f(x any) int { switch c := x.(type) { case *p.Conn: return c.Backup() }; return 0 }; func main() { f(nil) }`,
		"dot of another": `import . "example.com/m/base"; import "example.com/m/p"; var _ Base; func main() { new(p.Conn).Backup() }`,
		"beside":         `import ("sync"; "example.com/m/p"); type mine struct { sync.Mutex; p.Conn }; func main() { new(mine).Backup() }`,
		"with another":   `import ("example.com/m/base"; "example.com/m/p"); func main() { _ = base.Conn.Backup; new(p.Conn).Backup() }`,
	},
	"silent": {
		"embedded farther": `import "example.com/m/farther"; import "example.com/m/p"; type mine struct { *p.Conn; farther.T }; func main() { new(mine).Backup() }`,
	},
	"builds": {
		"kept":         `import "example.com/m/p"; func main() { c, _ := p.Open(); c.Exec() }`,
		"other":        `import "example.com/m/p"; type T struct{ Backup int }; func main() { _ = T{}.Backup; new(p.Conn).Exec() }`,
		"promoted":     `import "example.com/m/promotes"; func main() { new(promotes.Conn).Backup() }`,
		"row":          `import "example.com/m/p"; func main() { _ = p.Row{}.Backup }`,
		"of unknown":   `import ("example.com/m/base"; _ "example.com/m/p"); func main() { _ = base.Conn.Backup }`,
		"shadows":      `import "example.com/m/p"; type mine struct { *p.Conn }; func (mine) Backup() {}; func main() { mine{}.Backup() }`,
		"beside":       `import ("example.com/m/base"; "example.com/m/p"); type mine struct { *p.Conn; base.Base }; func main() { mine{}.Backup() }`,
		"key of a map": `import "example.com/m/p"; const Handle = 1; var m = map[int]*p.Conn{Handle: nil}; func main() { _ = m }`,
		"reassigned":   `import "example.com/m/p"; func main() { p := struct{ Backup int }{}; _ = p.Backup }; var _ p.Conn`,
	},
}

// TestLostMembers holds what is foreseen of methods and fields that went with cgo
// files against what go build says, in its words.
func TestLostMembers(t *testing.T) {
	texts := maps.Clone(withC)
	for kind, those := range users {
		for name, body := range those {
			texts[kind+"/"+strings.ReplaceAll(name, " ", "-")+"/main.go"] = "package main\n\n" + body + "\n"
		}
	}
	// In the package itself, what has lost a member is its own.
	texts["fails/own/main.go"], texts["fails/own/c.go"] = "package main\n\ntype t struct{}\n\nfunc main() { t{}.close() }\n", "package main\n\nimport \"C\"\n\nfunc (t) close() {}\n"
	// A file that asks for cgo by a constraint alone is gone as well.
	texts["fails/by-tag/main.go"], texts["fails/by-tag/c.go"] = "package main\n\nfunc main() { println(more()) }\n", "//go:build cgo\n\npackage main\n\nfunc more() int { return 1 }\n"
	w := newWorkspace(t, texts, "CGO_ENABLED=0")
	r := w.list(t)
	said := goBuildSays(t, w)
	if r.Err != nil || len(r.Programs) != len(texts)-len(withC)-3 { // go.mod, and two of c.go
		t.Fatalf("got %d programs, %v", len(r.Programs), r.Err)
	}
	for _, p := range r.Programs {
		name := strings.TrimPrefix(p.Main.ImportPath, "example.com/m/")
		kind, _, _ := strings.Cut(name, "/")
		want := map[string]link.Certainty{"fails": link.Exact}[kind]
		got := p.Main.Undefined
		switch {
		case (said[name] == "") != (kind == "builds"):
			t.Errorf("%s: go build says %q", name, said[name])
		case p.Main.UndefinedCertainty != want || (got == "") != (want == ""):
			t.Errorf("%s: got %q, %q, want certainty %q: go build says %q", name, got, p.Main.UndefinedCertainty, want, said[name])
		case got != "" && !strings.Contains(said[name], got):
			t.Errorf("%s: got %q, want words of go build: %q", name, got, said[name])
		case got != "" && p.Main.UndefinedIn != "example.com/m/p" && name != "fails/own" && name != "fails/by-tag":
			t.Errorf("%s: got it lost by %q, want p", name, p.Main.UndefinedIn)
		}
	}
}

// goBuildSays is what go build says of each package that does not build.
func goBuildSays(t *testing.T, w workspace) map[string]string {
	t.Helper()
	cmd := exec.Command("go", "build", "./...")
	cmd.Dir, cmd.Env = w.dir, w.env
	out, _ := cmd.CombinedOutput()
	said := map[string]string{}
	for part := range strings.SplitSeq("\n"+string(out), "\n# example.com/m/") {
		if name, words, ok := strings.Cut(part, "\n"); ok {
			said[name] = words
		}
	}
	return said
}

// What is gone of nothing that is left, or of an interface, is no lost member.
func TestMembersOf(t *testing.T) {
	dir := files(t, map[string]string{
		"a.go": "package p\n\ntype T struct{ A, b int; T2 }\ntype T2 struct{}\ntype I interface{ M(); T3 }\ntype T3 interface{}\n\nfunc (t *T) F() {}\nfunc (T2) F() {}\nfunc F() {}\n",
		"b.go": "package p\n\ntype T struct{ A int }\n\ntype I interface{}\n\nfunc (*T2) G() {}\n",
	})
	p := &link.Package{ImportPath: "p", Dir: dir, GoFiles: []string{"b.go"}, CgoLeftOut: []string{"a.go"}}
	got := slices.Sorted(maps.Keys(new(scans).lostMembers(p)))
	if want := []string{"I.M", "T.F", "T.b"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
