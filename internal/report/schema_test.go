package report_test

import (
	"bytes"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/report"
	"github.com/goportdoctor/goportdoctor/internal/report/schematest"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

var fix = flag.Bool("fix", false, "write docs/schema and docs/checks.md")

func TestSchemaFile(t *testing.T) {
	for _, name := range report.SchemaNames() {
		want, err := report.SchemaOf(name)
		if err != nil {
			t.Fatal(err)
		}
		generated(t, filepath.Join("..", "..", "docs", "schema", name+".schema.json"), want)
	}
	if _, err := report.SchemaOf("nosuch"); err == nil {
		t.Error("got a schema that there is not, want an error")
	}
}

// TestChecksPage writes docs/checks.md from the records.
func TestChecksPage(t *testing.T) {
	generated(t, filepath.Join("..", "..", "docs", "checks.md"), []byte(report.ChecksPage(doctor.Checks())))
}

// generated wants a file to be what the code says, and with -fix makes it so.
func generated(t *testing.T, file string, want []byte) {
	t.Helper()
	if *fix {
		if err := os.WriteFile(file, want, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the code says: run go test ./internal/report -fix", file)
	}
}

// TestSchemaWords finds the words of internal/link that the schema leaves out.
func TestSchemaWords(t *testing.T) {
	schema, err := report.Schema()
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range constants(t, filepath.Join("..", "link", "executable.go")) {
		if !bytes.Contains(schema, []byte(`"`+value+`"`)) {
			t.Errorf("got no %q (%s) in the schema, want it among the examples", value, name)
		}
	}
}

// constants are the string constants of a file, by name.
func constants(t *testing.T, file string) map[string]string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if lit, ok := spec.Values[0].(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if s, err := strconv.Unquote(lit.Value); err == nil {
				found[spec.Names[0].Name] = s
			}
		}
		return true
	})
	if len(found) < 20 {
		t.Fatalf("got %d constants in %s, want all", len(found), file)
	}
	return found
}

func TestReportsKeepSchema(t *testing.T) {
	programs := filepath.Join("..", "..", "testdata", "programs")
	for _, name := range []string{"fmtonly", "net"} {
		o := doctor.Options{Dir: filepath.Join(programs, name), Env: environment(t)}
		t.Run("predict "+name, func(t *testing.T) {
			r, err := doctor.Predict(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			check(t, r, 1)
		})
		t.Run("verify "+name, func(t *testing.T) {
			r, err := doctor.Verify(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			check(t, r, 1)
		})
	}
	t.Run("predict nothing", func(t *testing.T) {
		r, err := doctor.Predict(t.Context(), doctor.Options{Dir: t.TempDir(), Env: environment(t)})
		if err == nil {
			t.Error("got no error in an empty folder, want one")
		}
		check(t, r, 0)
	})
	t.Run("verify a build that fails", func(t *testing.T) {
		o := doctor.Options{Dir: filepath.Join(programs, "cgom"), Env: append(environment(t), "CGO_ENABLED=0")}
		r, err := doctor.Verify(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		check(t, r, 1)
	})
	t.Run("inspect", func(t *testing.T) {
		exe, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		check(t, doctor.Inspect([]string{exe, "schema_test.go"}, nil), 1)
	})
}

// environment is this process's, with the toolchain at hand and no flags of a
// developer's own.
func environment(t *testing.T) []string {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		testskip.Missing(t, "there is no go on PATH")
	}
	return append(os.Environ(), "GOFLAGS=", "GOENV=off", "GOTOOLCHAIN=local", "GOWORK=off")
}

func check(t *testing.T, r *doctor.Report, programs int) {
	t.Helper()
	if len(r.Programs) != programs {
		t.Errorf("got %d programs, want %d", len(r.Programs), programs)
	}
	var b bytes.Buffer
	if err := report.JSON(&b, r); err != nil {
		t.Fatal(err)
	}
	schematest.Check(t, b.Bytes())
}

// TestSchemaRefuses shows that the schema is no empty promise.
func TestSchemaRefuses(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := report.JSON(&b, doctor.Inspect([]string{exe}, nil)); err != nil {
		t.Fatal(err)
	}
	good := b.String()
	for _, change := range [][2]string{
		{`"version": 1`, `"version": 2`},
		{`"findings": []`, `"findings": null`},
		{`"certainty": "exact"`, `"certainty": "certain"`},
		{`"linkage": {`, `"linking": {`},
		{`"cgo_enabled": `, `"cgo_enabled": "yes", "was": `},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		if bad == good {
			t.Fatalf("got no %s in the JSON, want one", change[0])
		}
		if schematest.Validate([]byte(bad)) == nil {
			t.Errorf("got no complaint with %s, want one", change[1])
		}
	}
	more := strings.Replace(good, `"source": "`, `"more": [null], "source": "new-`, 1)
	if err := schematest.Validate([]byte(more)); err != nil {
		t.Errorf("got %v for a new property and a new source, want no complaint", err)
	}
}
