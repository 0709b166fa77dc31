// Which package may import which: the layout of CONTRIBUTING.md, enforced.
//
// The imports are parsed here rather than asked of the go command, because a
// test that asks another program keeps its cached result when the code changes.
package goportdoctor_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
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
	"internal/gate":      {"internal/link"},
	"internal/group":     {},
	"internal/port":      {"internal/link"},
	"internal/load":      {"internal/gate", "internal/group", "internal/link"},
	"internal/toolchain": {"internal/gate", "internal/group", "internal/link", "internal/port"},
	"internal/predict":   {"internal/gate", "internal/link", "internal/port"},
	"internal/inspect":   {"internal/link"},
	"internal/cause":     {"internal/link"},
	"internal/target":    {"internal/link"},
	"internal/remedy":    {"internal/link"},
	"internal/untar":     {},
	"internal/oci":       {"internal/untar"},
	"internal/capture":   {"internal/link", "internal/inspect", "internal/target", "internal/oci"},

	"doctor": {"internal/link", "internal/port", "internal/load", "internal/toolchain",
		"internal/predict", "internal/inspect", "internal/cause", "internal/target", "internal/capture", "internal/remedy", "internal/untar"},
	"internal/report": {"doctor",
		"internal/link",   // its constants are those of doctor's programs
		"internal/target", // and of its verdicts
	},
	"analyzer":           {"internal/cause", "internal/link"},
	"analyzer/gclplugin": {"analyzer"},
	"cmd/goportdoctor": {"doctor", "internal/report", "analyzer",
		"internal/cause",     // parses patterns of packages
		"internal/load",      // parses the flags of go build
		"internal/toolchain", // knows the cache folder
	},

	"internal/testcc":            {},
	"internal/testhost":          {},
	"internal/testskip":          {},
	"internal/report/schematest": {"internal/report"}, // which holds the schema
}

// testsMayImport lists what only a package's tests may import, to hold its
// tables against those of others.
var testsMayImport = map[string][]string{
	"internal/cause":   {"internal/port", "internal/target"},
	"cmd/goportdoctor": {"internal/target", "internal/inspect"}, // which it measures
}

// forTests are the packages that no code but tests may import, and link, which
// every test may.
var forTests = []string{"internal/link", "internal/testcc", "internal/testhost", "internal/testskip", "internal/report/schematest"}

// pure are the packages that read no file and run no command; predict is that
// only if all that it imports is.
var pure = []string{"internal/predict", "internal/gate", "internal/port", "internal/link", "internal/cause", "internal/remedy", "analyzer"}

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
	for _, pkg := range []string{"analyzer", "internal/cause", "internal/link"} {
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

func reachesOutside(imp string) bool {
	return imp != "go/build/constraint" && slices.ContainsFunc(impure, func(p string) bool { return imp == p || strings.HasPrefix(imp, p+"/") })
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
