package main

import (
	"debug/elf"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/goportdoctor/goportdoctor/internal/report/schematest"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"goportdoctor": main, "crashing": crashing})
}

// TestScript runs the command end to end.
func TestScript(t *testing.T) { runScripts(t, "script") }

// TestScriptLong runs scripts of programs that compile goportdoctor themselves.
func TestScriptLong(t *testing.T) {
	testskip.Long(t)
	runScripts(t, "scriptlong")
}

// runScripts runs the scripts of a folder of testdata. They share this machine's
// build cache, and nothing else with the user: no settings of go env -w, no
// network, no other toolchain, no remembered answers.
func runScripts(t *testing.T, folder string) {
	t.Helper()
	cache, modules := goEnv(t, "GOCACHE"), goEnv(t, "GOMODCACHE")
	self, err := exec.LookPath("goportdoctor")
	if err != nil {
		t.Fatal(err)
	}
	top, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	testscript.RunT(scriptT{t}, testscript.Params{
		Dir:                 filepath.Join("testdata", folder),
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", filepath.Join(e.WorkDir, "home"))
			e.Setenv("GOCACHE", cache)
			e.Setenv("GOENV", "off")
			e.Setenv("GOPROXY", "off")
			e.Setenv("GOTOOLCHAIN", "local")
			e.Setenv("GOPORTDOCTOR_CACHE", filepath.Join(e.WorkDir, "cache"))
			e.Setenv("MODCACHE", modules)
			e.Setenv("SELF", self) // for a PATH of a script's own
			e.Setenv("PROGRAMS", filepath.Join(top, "testdata", "programs"))
			e.Setenv("DOCS", filepath.Join(top, "docs"))
			e.Defer(func() { leavesNothing(e) })
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": status, "schema": schema, "sarif": sarif, "interp": interp, "json": field, "overlay": overlay,
			"checkout": checkout, "modproxy": modproxy,
		},
	})
}

// scriptT is the test of a script. It skips a script that needs something missing.
type scriptT struct{ *testing.T }

func (t scriptT) Run(name string, f func(testscript.T)) {
	t.T.Run(name, func(t *testing.T) { f(scriptT{t}) })
}

func (t scriptT) Skip(why ...any) {
	if testing.Short() {
		testskip.Short(t.T, fmt.Sprint(why...)) // whose Skip is not this one
	}
	testskip.Missing(t.T, "%s", fmt.Sprint(why...))
}

func (t scriptT) Verbose() bool { return testing.Verbose() }

// leavesNothing wants the folder for temporary files empty of goportdoctor's.
func leavesNothing(e *testscript.Env) {
	left, err := filepath.Glob(filepath.Join(e.Getenv("TMPDIR"), "goportdoctor*"))
	if err != nil || len(left) > 0 {
		e.T().Fatal("got temporary files left behind, want none:", left, err)
	}
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	if err != nil {
		testskip.Missing(t, "there is no go command to ask for %s: %v", name, err)
	}
	return strings.TrimSpace(string(out))
}

// status runs goportdoctor, and wants an exit status: status 3 goportdoctor predict.
// The output goes where stdout and stderr look.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N program [args...]")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	if exit := (*exec.ExitError)(nil); err != nil && !asExit(err, &exit) {
		ts.Fatalf("%v", err)
	} else if exit != nil {
		got = exit.ExitCode()
	}
	if want, _ := strconv.Atoi(args[0]); got != want {
		ts.Fatalf("got exit status %d, want %d", got, want)
	}
}

func asExit(err error, to **exec.ExitError) bool {
	e, ok := err.(*exec.ExitError)
	*to = e
	return ok
}

// schema wants a file, or stdout, to be JSON such as a schema promises, that of
// the report where none is named: schema stdout, schema stdout facts.
func schema(ts *testscript.TestScript, neg bool, args []string) {
	name := "report"
	if len(args) == 2 {
		name, args = args[1], args[:1]
	}
	if neg || len(args) != 1 {
		ts.Fatalf("usage: schema file [name]")
	}
	ts.Check(schematest.ValidateAs(name, []byte(ts.ReadFile(args[0]))))
}

// sarif wants a file, or stdout, to be SARIF such as the public schema has it,
// where that is at hand; TestSARIFSchema says where it is not.
func sarif(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: sarif file")
	}
	data := []byte(ts.ReadFile(args[0]))
	if schematest.SARIFSchema() != "" {
		ts.Check(schematest.ValidateSARIF(data))
	} else if !json.Valid(data) {
		ts.Fatalf("%s is no JSON", args[0])
	}
}

// interp sets a variable to the interpreter that a file names, as the reader of
// ELF in the standard library sees it: interp NAME file.
func interp(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: interp NAME file")
	}
	f, err := elf.Open(ts.MkAbs(args[1]))
	ts.Check(err)
	defer f.Close()
	i := slices.IndexFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP })
	if i < 0 {
		ts.Fatalf("%s names no interpreter", args[1])
	}
	path, err := io.ReadAll(f.Progs[i].Open())
	ts.Check(err)
	ts.Setenv(args[0], strings.TrimRight(string(path), "\x00"))
}

// field wants a value in a JSON file, or stdout, to print as a word does: jq stdout
// json stdout programs.0.linkage.value static.
func field(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: jq file path value")
	}
	var v any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &v))
	for _, key := range strings.Split(args[1], ".") {
		switch at := v.(type) {
		case map[string]any:
			v = at[key]
		case []any:
			if i, err := strconv.Atoi(key); err == nil && i < len(at) {
				v = at[i]
			} else {
				v = nil
			}
		default:
			v = nil
		}
	}
	if got := fmt.Sprint(v); (got == args[2]) == neg {
		ts.Fatalf("%s: got %q, want it to be %q: %v", args[1], got, args[2], !neg)
	}
}

// overlay writes a file for -overlay: overlay FILE path replacement...
func overlay(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 || len(args)%2 == 0 {
		ts.Fatalf("usage: overlay file path replacement...")
	}
	replace := map[string]string{}
	for i := 1; i < len(args); i += 2 {
		replace[ts.MkAbs(args[i])] = ts.MkAbs(args[i+1])
	}
	data, err := json.Marshal(map[string]any{"Replace": replace})
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o666))
}
