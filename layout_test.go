// Which package may import which: the layout of CONTRIBUTING.md, enforced.
//
// The imports are parsed here rather than asked of the go command, because a
// test that asks another program keeps its cached result when the code changes.
package goportdoctor_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/goportdoctor/goportdoctor"

// mayImport lists, for each package, which of the others its code may import;
// its tests may import these and those of forTests.
var mayImport = map[string][]string{
	".": {},

	"internal/link":      {},
	"internal/quote":     {},
	"internal/parallel":  {},
	"internal/process":   {"internal/parallel"},
	"internal/bounded":   {},
	"internal/store":     {"internal/bounded", "internal/quote"},
	"internal/gate":      {"internal/link"},
	"internal/port":      {"internal/link"},
	"internal/predict":   {"internal/gate", "internal/link", "internal/port"},
	"internal/mask":      {"internal/link", "internal/predict"},
	"internal/load":      {"internal/bounded", "internal/gate", "internal/link", "internal/mask", "internal/parallel", "internal/process", "internal/store"},
	"internal/inspect":   {"internal/bounded", "internal/link"},
	"internal/toolchain": {"internal/bounded", "internal/gate", "internal/link", "internal/mask", "internal/parallel", "internal/port", "internal/process", "internal/store"},
	"internal/cause":     {"internal/link"},
	"internal/target":    {"internal/link"},
	"internal/remedy":    {"internal/link", "internal/quote"},
	"internal/untar":     {},
	"internal/oci":       {"internal/bounded", "internal/process", "internal/untar"},
	"internal/capture":   {"internal/bounded", "internal/inspect", "internal/link", "internal/oci", "internal/target"},

	"doctor": {"internal/link", "internal/port", "internal/load", "internal/toolchain", "internal/predict", "internal/inspect",
		"internal/cause", "internal/target", "internal/capture", "internal/remedy", "internal/untar", "internal/bounded",
		"internal/mask", "internal/parallel", "internal/process",
		"internal/quote", // writes commands to be pasted
	},
	"internal/report": {"doctor", "internal/quote",
		"internal/link",   // its constants are those of doctor's programs
		"internal/mask",   // hides values in a build's flags and environment
		"internal/target", // and of its verdicts
	},
	"analyzer":           {"internal/cause", "internal/link", "internal/quote"},
	"analyzer/gclplugin": {"analyzer"},
	"cmd/goportdoctor": {"doctor", "internal/report", "analyzer", "internal/quote",
		"internal/cause",    // parses patterns of packages
		"internal/load",     // parses the flags of go build
		"internal/store",    // finds the cache folder
		"internal/bounded",  // opens files
		"internal/parallel", // brings panics here
		"internal/process",  // ends with this program
	},

	"internal/testskip":          {},
	"internal/testcc":            {"internal/testskip"},
	"internal/testhost":          {"internal/testskip"},
	"internal/report/schematest": {"internal/report"}, // which holds the schema
}

// testsMayImport lists what only a package's tests may import, to hold its
// tables against those of others.
var testsMayImport = map[string][]string{
	"internal/report":  {"internal/cause", "internal/remedy"}, // of which reports are made
	"internal/cause":   {"internal/port", "internal/target"},
	"cmd/goportdoctor": {"internal/target", "internal/inspect"}, // which it measures
}

// forTests are the packages that no code but tests may import, and link, which
// every test may.
var forTests = []string{"internal/link", "internal/testcc", "internal/testhost", "internal/testskip", "internal/report/schematest"}

// pure are the packages that read no file and run no command; predict is that
// only if all that it imports is.
var pure = []string{"internal/predict", "internal/gate", "internal/port", "internal/link", "internal/quote", "internal/cause",
	"internal/remedy", "internal/mask", "analyzer"}

// impure are the packages of the standard library that reach outside, with all
// below them.
var impure = []string{"os", "net", "io/fs", "io/ioutil", "syscall", "plugin", "go/build", "go/importer"}

func TestImports(t *testing.T) {
	for file, imports := range importsOf(t, ".") {
		pkg := path.Dir(file)
		allowed, known := mayImport[pkg]
		if !known {
			t.Errorf("%s: got a package %q that the layout does not have, want a row in layout_test.go and one in CONTRIBUTING.md", file, pkg)
			continue
		}
		if strings.HasSuffix(file, "_test.go") {
			allowed = slices.Concat(allowed, forTests, testsMayImport[pkg], []string{pkg})
		}
		for _, imp := range imports {
			if ours, ok := strings.CutPrefix(imp, module+"/"); ok && !slices.Contains(allowed, ours) {
				t.Errorf("%s: got an import of %q, want none but of %q", file, ours, allowed)
			}
		}
	}
}

func TestPure(t *testing.T) {
	for _, pkg := range pure {
		for file, imports := range importsOf(t, pkg) {
			for _, imp := range imports {
				if !strings.HasSuffix(file, "_test.go") && reachesOutside(imp) {
					t.Errorf("%s/%s: got an import of %q, want a package that reads no file and runs no command", pkg, file, imp)
				}
			}
		}
	}
}

// The analyzer is for other people's drivers: besides the standard library it
// brings x/tools' definition of an analyzer with it, which has that alone.
func TestAnalyzerBringsLittle(t *testing.T) {
	for _, pkg := range []string{"analyzer", "internal/cause", "internal/link", "internal/quote"} {
		for file, imports := range importsOf(t, pkg) {
			for _, imp := range imports {
				first, _, _ := strings.Cut(imp, "/")
				foreign := strings.Contains(first, ".") && imp != "golang.org/x/tools/go/analysis" && !strings.HasPrefix(imp, module+"/")
				if foreign && path.Dir(file) == "." && !strings.HasSuffix(file, "_test.go") {
					t.Errorf("%s/%s: got an import of %q, want the standard library and x/tools/go/analysis only", pkg, file, imp)
				}
			}
		}
	}
}

// writers are the files that may write an output, by the folder whose other files
// must not: what is written anywhere else is not quoted.
var writers = map[string]string{"internal/report": "write.go", "cmd/goportdoctor": "main.go"}

func TestOneWriter(t *testing.T) {
	for dir, writer := range writers {
		for file := range importsOf(t, dir) {
			if strings.HasSuffix(file, "_test.go") || strings.Contains(file, "/") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, file), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok && file != writer && writes(call) {
					t.Errorf("%s/%s: got a call of %s, want that in %s alone, which quotes", dir, file, types.ExprString(call.Fun), writer)
				}
				return true
			})
		}
	}
}

// writes reports whether a call writes JSON, a string as it is, or to standard error.
func writes(call *ast.CallExpr) bool {
	name := types.ExprString(call.Fun)
	toStderr := len(call.Args) > 0 && strings.HasSuffix(types.ExprString(call.Args[0]), "stderr")
	return name == "json.NewEncoder" || name == "io.WriteString" || toStderr && strings.HasPrefix(name, "fmt.Fprint")
}

// opening are the functions of the standard library that open or read a file by
// its name, or a folder, and set no limit. internal/bounded does it for all others.
var opening = map[string][]string{
	"os":            {"Open", "OpenFile", "ReadFile", "ReadDir", "DirFS"},
	"io/ioutil":     {"ReadFile", "ReadDir"},
	"path/filepath": {"Walk", "WalkDir", "Glob"},
	"debug/elf":     {"Open"}, "debug/macho": {"Open", "OpenFat"}, "debug/pe": {"Open"}, "debug/plan9obj": {"Open"},
	"debug/buildinfo": {"ReadFile"},
	"archive/zip":     {"OpenReader"},
	"go/parser":       {"ParseDir"},
	"go/build":        {"Import", "ImportDir"},
}

// mayOpen are the packages whose code may call what is in opening; internal/process
// opens what is the kernel's or its own: /proc, the terminal, a folder to lock.
var mayOpen = slices.Concat(forTests, []string{"internal/bounded", "internal/process"})

// A file of other people's may be a named pipe, a device or without an end.
func TestOpensBounded(t *testing.T) {
	for file := range importsOf(t, ".") {
		if strings.HasSuffix(file, "_test.go") || slices.Contains(mayOpen, path.Dir(file)) {
			continue
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, filepath.FromSlash(file), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		names := map[string]string{} // of imports, their paths
		for _, i := range f.Imports {
			imp := strings.Trim(i.Path.Value, "`\"")
			names[path.Base(imp)] = imp
			if i.Name != nil {
				names[i.Name.Name] = imp
			}
		}
		ast.Inspect(f, func(n ast.Node) bool {
			sel, is := n.(*ast.SelectorExpr)
			if !is {
				return true
			}
			if x, is := sel.X.(*ast.Ident); is && slices.Contains(opening[names[x.Name]], sel.Sel.Name) {
				t.Errorf("%v: got a use of %s.%s, want internal/bounded", fset.Position(sel.Pos()), x.Name, sel.Sel.Name)
			}
			return true
		})
		ast.Inspect(f, func(n ast.Node) bool {
			call, is := n.(*ast.CallExpr)
			if !is || len(call.Args) < 3 {
				return true
			}
			sel, is := call.Fun.(*ast.SelectorExpr)
			if src, isName := call.Args[2].(*ast.Ident); is && isName && sel.Sel.Name == "ParseFile" && src.Name == "nil" {
				t.Errorf("%v: got a ParseFile that reads a file, want one of what internal/bounded read", fset.Position(call.Pos()))
			}
			return true
		})
	}
}

func reachesOutside(imp string) bool {
	return imp != "go/build/constraint" && slices.ContainsFunc(impure, func(p string) bool { return imp == p || strings.HasPrefix(imp, p+"/") })
}

// owners lists what only one package of the product may use, so that what it sees
// to is seen to everywhere; exempt lists other files that may.
var owners = []struct {
	uses   string // a selector, or go for the statement
	owner  string
	exempt []string
	why    string
}{
	{"exec.Command", "internal/process", nil, "commands end with the program, with all that they started"},
	{"exec.CommandContext", "internal/process", nil, "commands end with the program, with all that they started"},
	{"os.StartProcess", "internal/process", nil, "commands end with the program, with all that they started"},
	{"os.MkdirTemp", "internal/process", []string{
		"internal/toolchain/ccprobe.go", // in a folder of process's
	}, "temporary folders are removed when the program ends"},
	{"os.CreateTemp", "internal/process", nil, "temporary files are removed when the program ends"},
	{"go", "internal/parallel", []string{
		"internal/process/start_linux.go", // keeps a thread
		"cmd/goportdoctor/end.go",         // waits for signals
	}, "a panic in a goroutine goes to its caller"},
	{"sync.WaitGroup", "internal/parallel", nil, "a panic in a goroutine goes to its caller"},
	{"time.AfterFunc", "internal/parallel", []string{"cmd/goportdoctor/end.go"}, "a panic in a goroutine goes to its caller"},
	{"context.WithTimeout", "internal/process", nil, "a limit counts what a command does, not the clock"},
	{"context.WithDeadline", "internal/process", nil, "a limit counts what a command does, not the clock"},
}

func TestOwners(t *testing.T) {
	for file := range importsOf(t, ".") {
		pkg := path.Dir(file)
		if strings.HasSuffix(file, "_test.go") || slices.Contains(forTests[1:], pkg) {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.FromSlash(file), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		used := map[string]bool{}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				used["go"] = true
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok {
					used[x.Name+"."+n.Sel.Name] = true
				}
			}
			return true
		})
		for _, o := range owners {
			if used[o.uses] && pkg != o.owner && !slices.Contains(o.exempt, file) {
				t.Errorf("%s: got a use of %s, want none outside of %s: %s", file, o.uses, o.owner, o.why)
			}
		}
	}
}

// importsOf are the imports of every Go file below dir, whatever its build
// constraints, by the file's path in dir. Programs under examination and hidden
// folders are left out.
func importsOf(t *testing.T, dir string) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(file string, e fs.DirEntry, err error) error {
		switch name := path.Base(file); {
		case err != nil:
			return err
		case e.IsDir() && file != "." && (name == "testdata" || strings.ContainsRune("._", rune(name[0]))):
			return fs.SkipDir
		case e.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, filepath.FromSlash(file)), nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		found[file] = []string{}
		for _, s := range f.Imports {
			found[file] = append(found[file], strings.Trim(s.Path.Value, "`\""))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Fatalf("got no Go file in %s, want some", dir)
	}
	return found
}

// TestPinned: what CI takes from elsewhere is named by digest, which no tag can
// move, and its token may read only.
func TestPinned(t *testing.T) {
	files, err := filepath.Glob(".github/workflows/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("got no workflow, %v", err)
	}
	pinned := regexp.MustCompile(`^[^@\s]+@(sha256:[0-9a-f]{64}|[0-9a-f]{40} # v[\d.]+)$`)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			name, value, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "- "), ": ")
			if slices.Contains([]string{"uses", "container", "image"}, name) && !pinned.MatchString(value) {
				t.Errorf("%s: got %s: %s, want a digest", file, name, value)
			}
		}
		text := string(data)
		if !strings.Contains(text, "\npermissions:\n  contents: read\n") || strings.Contains(text, ": write") {
			t.Errorf("%s: got other permissions than contents: read", file)
		}
		if strings.Count(text, "actions/checkout@") != strings.Count(text, "persist-credentials: false") {
			t.Errorf("%s: got a checkout that leaves its token in the work tree", file)
		}
	}
}
