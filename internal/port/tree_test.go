package port

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"go/version"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A tree is the GOROOT of one release, whose source tells the facts.
type tree struct{ release, goroot string }

func (tr tree) minor() string { return version.Lang(tr.release) }

// probeSource asks Go's internal/platform for all that a Port says. The two
// names it calls that Go has not are in probe120 or probe121.
const probeSource = `package platform

func Probe(goos, goarch string) map[string]any {
	var modes []string
	for _, m := range []string{"archive", "c-archive", "c-shared", "default", "exe", "pie", "plugin", "shared"} {
		if BuildModeSupported("gc", m, goos, goarch) {
			modes = append(modes, m)
		}
	}
	return map[string]any{
		"GOOS": goos, "GOARCH": goarch,
		"MustLinkExternal": probeExternal(goos, goarch, false),
		"MustLinkExternalCgo": probeExternal(goos, goarch, true),
		"GoInternalPIE": InternalLinkPIESupported(goos, goarch),
		"DefaultPIE": probePIE(goos, goarch, false),
		"DefaultPIERace": probePIE(goos, goarch, true),
		"Race": RaceDetectorSupported(goos, goarch),
		"MSan": MSanSupported(goos, goarch),
		"ASan": ASanSupported(goos, goarch),
		"BuildModes": modes,
	}
}
`

const probe121 = `
var probeExternal, probePIE = MustLinkExternal, DefaultPIE
`

// probe120 says DefaultPIE as go1.20 does in
// cmd/go/internal/work/init.go:buildModeInit.
const probe120 = `
var probeExternal = MustLinkExternalGo121

func probePIE(goos, goarch string, race bool) bool {
	return goos == "android" || goos == "ios" || goos == "windows" && !race
}
`

// probe119 says what go1.19 has elsewhere: in buildModeInit, and in
// cmd/link/internal/ld/config.go:mustLinkExternal.
const probe119 = `
func probeExternal(goos, goarch string, cgo bool) bool {
	switch {
	case MustLinkExternal(goos, goarch):
		return true
	case !cgo:
		return false
	}
	switch goarch {
	case "loong64", "mips", "mipsle", "mips64", "mips64le", "riscv64", "ppc64":
		return true
	}
	return goos == "android" || goos == "dragonfly" || goos == "windows" && goarch == "arm64"
}

func probePIE(goos, goarch string, race bool) bool {
	return goos == "android" || goos == "ios" || goos == "windows" && !race
}
`

// copyPlatform makes a package of the tree's internal/platform and the probe.
func (tr tree) copyPlatform(t *testing.T, dir string) {
	t.Helper()
	sources, _ := filepath.Glob(filepath.Join(tr.goroot, "src/internal/platform/*.go"))
	probe := probeSource + probe121
	if len(sources) == 0 {
		sources = []string{filepath.Join(tr.goroot, "src/cmd/internal/sys/supported.go")}
		probe = probeSource + probe119
	}
	for _, name := range sources {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "func MustLinkExternalGo121(") {
			probe = probeSource + probe120
		}
		writeFile(t, filepath.Join(dir, filepath.Base(name)), strings.Replace(string(text), "\npackage sys\n", "\npackage platform\n", 1))
	}
	writeFile(t, filepath.Join(dir, "probe.go"), probe)
}

// list is go tool dist list with the broken ports, which go build takes as
// well, but for linux/sparc64, which has no linker. go1.20 has no -broken.
func (tr tree) list(t *testing.T) []Port {
	t.Helper()
	args := []string{"tool", "dist", "list", "-json", "-broken"}
	if tr.minor() == "go1.20" || tr.minor() == "go1.19" {
		args = args[:4]
	}
	var ports []Port
	if err := json.Unmarshal(goCommand(t, filepath.Join(tr.goroot, "bin/go"), tr.goroot, args...), &ports); err != nil {
		t.Fatal(err)
	}
	folders := tr.folders(t)
	ports = slices.DeleteFunc(ports, func(p Port) bool { return folders[p.GOARCH] == "" })
	slices.SortFunc(ports, func(a, b Port) int {
		return strings.Compare(a.GOOS+"/"+a.GOARCH, b.GOOS+"/"+b.GOARCH)
	})
	return ports
}

// complete adds to the answers of the probe what is not in internal/platform.
func (tr tree) complete(t *testing.T, answers map[string]Port) []Port {
	t.Helper()
	folders := tr.folders(t)
	config := parse(t, filepath.Join(tr.goroot, "src/cmd/link/internal/ld/config.go"))
	exe := cases(config, "Set", `"exe"`)
	pie := cases(config, "mustLinkExternal", "BuildModePIE")
	var ports []Port
	for _, listed := range tr.list(t) {
		name := listed.GOOS + "/" + listed.GOARCH
		p := answers[tr.release+" "+name]
		p.Release, p.CgoSupported = tr.minor(), listed.CgoSupported
		p.Format = formatOf(p.GOOS)
		p.ExePIE = slices.Contains(exe, name)
		p.DefaultPIE = p.DefaultPIE || p.ExePIE // default is exe where it is not pie
		p.DefaultPIERace = p.DefaultPIERace || p.ExePIE
		p.InternalPIE = p.GoInternalPIE
		if len(pie) > 0 { // go1.20's cmd/link has a list of its own
			p.InternalPIE = slices.Contains(pie, name)
		}
		p.Loader, p.MuslLoader = tr.loaders(t, folders[p.GOARCH], p.GOOS, p.GOARCH)
		ports = append(ports, p)
	}
	return ports
}

// folders tells which folder of cmd/link/internal serves a GOARCH.
func (tr tree) folders(t *testing.T) map[string]string {
	t.Helper()
	folders := map[string]string{}
	ast.Inspect(parse(t, filepath.Join(tr.goroot, "src/cmd/link/main.go")), func(n ast.Node) bool {
		c, ok := n.(*ast.CaseClause)
		if !ok || len(c.Body) == 0 {
			return true
		}
		if as, ok := c.Body[0].(*ast.AssignStmt); ok {
			init := as.Rhs[0].(*ast.CallExpr).Fun.(*ast.SelectorExpr)
			for _, arch := range c.List {
				folders[unquote(arch)] = init.X.(*ast.Ident).Name
			}
		}
		return true
	})
	return folders
}

// loaders reads Init of a folder of cmd/link/internal as it runs for goarch.
func (tr tree) loaders(t *testing.T, folder, goos, goarch string) (loader, musl string) {
	t.Helper()
	field := map[string]string{
		"android": "Androiddynld", "dragonfly": "Dragonflydynld", "freebsd": "Freebsddynld", "illumos": "Solarisdynld",
		"linux": "Linuxdynld", "netbsd": "Netbsddynld", "openbsd": "Openbsddynld", "solaris": "Solarisdynld",
	}[goos]
	values := initFields(parse(t, filepath.Join(tr.goroot, "src/cmd/link/internal", folder, "obj.go")), goarch)
	if goos == "linux" {
		musl = values["LinuxdynldMusl"]
	}
	return strings.TrimPrefix(values[field], "XXX"), musl
}

// initFields are the string fields that Init sets when GOARCH is goarch.
func initFields(f *ast.File, goarch string) map[string]string {
	values := map[string]string{}
	set := func(k, v ast.Expr) {
		name, ok := k.(*ast.Ident)
		if !ok {
			return
		}
		if s := unquote(v); s != "" {
			values[name.Name] = s
		} else if from, ok := v.(*ast.Ident); ok {
			values[name.Name] = values[from.Name]
		}
	}
	ast.Inspect(function(f, "Init"), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			return unquote(n.Cond.(*ast.BinaryExpr).Y) == goarch
		case *ast.AssignStmt:
			set(n.Lhs[0], n.Rhs[0])
		case *ast.KeyValueExpr:
			set(n.Key, n.Value)
		}
		return true
	})
	return values
}

// cases are the string cases of the switch inside the case clause label of a
// function: all but the last, default clause.
func cases(f *ast.File, name, label string) []string {
	var list []string
	ast.Inspect(function(f, name), func(n ast.Node) bool {
		c, ok := n.(*ast.CaseClause)
		if !ok || len(c.List) != 1 || len(c.Body) == 0 || text(c.List[0]) != label {
			return true
		}
		if sw, ok := c.Body[0].(*ast.SwitchStmt); ok {
			for _, inner := range sw.Body.List {
				for _, e := range inner.(*ast.CaseClause).List {
					list = append(list, unquote(e))
				}
			}
		}
		return false
	})
	return list
}

// internalPackages reads cmd/link/internal/ld/lib.go:internalpkg.
func (tr tree) internalPackages(t *testing.T) []string {
	t.Helper()
	var paths []string
	ast.Inspect(parse(t, filepath.Join(tr.goroot, "src/cmd/link/internal/ld/lib.go")), func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && v.Names[0].Name == "internalpkg" {
			for _, e := range v.Values[0].(*ast.CompositeLit).Elts {
				paths = append(paths, unquote(e))
			}
		}
		return true
	})
	return paths
}

var parsed = map[string]*ast.File{}

func parse(t *testing.T, name string) *ast.File {
	t.Helper()
	if parsed[name] == nil {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		parsed[name] = f
	}
	return parsed[name]
}

// function finds the first function or method of that name.
func function(f *ast.File, name string) ast.Node {
	for _, d := range f.Decls {
		if fd, ok := d.(*ast.FuncDecl); ok && fd.Name.Name == name {
			return fd
		}
	}
	return f
}

func text(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.BasicLit:
		return e.Value
	}
	return ""
}

func unquote(e ast.Expr) string {
	s, _ := strconv.Unquote(text(e))
	return s
}
