package doctor_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/load"
	"github.com/goportdoctor/goportdoctor/internal/report/schematest"
	"github.com/goportdoctor/goportdoctor/internal/testcc"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// plainEnv is this process's environment without settings of a developer's own.
func plainEnv(more ...string) []string {
	env := slices.DeleteFunc(os.Environ(), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return strings.HasPrefix(name, "CGO_") || slices.Contains([]string{"CC", "CXX", "GOFLAGS", "GOOS", "GOARCH", "GOENV", "GOROOT",
			"LD_RUN_PATH", "LIBRARY_PATH", "GO_EXTLINK_ENABLED", "GOEXPERIMENT", "CONDA_PREFIX", "GOTOOLCHAIN"}, name)
	})
	return append(append(env, "GOENV=off", "GOTOOLCHAIN=local", "GOWORK=off", "GOFLAGS=-buildvcs=false"), more...)
}

// jsonOf is a report as the command prints it.
func jsonOf(t *testing.T, r *doctor.Report) string {
	t.Helper()
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// reread writes facts as JSON and reads them back, as another machine would.
func reread(t *testing.T, f *doctor.Facts) *doctor.Facts {
	t.Helper()
	data, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := schematest.ValidateAs("facts", data); err != nil {
		t.Error(err)
	}
	again, err := doctor.ReadFacts(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// onlyGo is an environment with the go command on PATH and no compiler, with a
// build cache that has nothing and with settings that the facts must override.
func onlyGo(t *testing.T) []string {
	t.Helper()
	return plainEnv("PATH="+noCompilerPath(t, filepath.Join(t.TempDir(), "bin")), "CGO_ENABLED=0", "GOARCH=arm64",
		"GOFLAGS=-tags=netgo", "GOCACHE="+t.TempDir(), "LD_RUN_PATH=/nowhere")
}

// The facts of a machine answer for it elsewhere, byte for byte: for programs
// that the facts were recorded beside, and for others that ask no more than the
// usual ones.
func TestFactsAnswerElsewhere(t *testing.T) {
	brewed := testcc.Brew(t, filepath.Join(t.TempDir(), "brew"))
	for _, c := range []struct {
		name       string
		env, flags []string
		beside     bool // recorded in the program's folder
		programs   []string
	}{
		{"brewed", []string{"CC=" + brewed, "GOCACHE=" + t.TempDir()}, nil, false, []string{"fmtonly", "net", "osuser", "cgom", "prefer"}},
		{"as recorded", []string{"CC=" + brewed, "GOCACHE=" + t.TempDir(), "LD_RUN_PATH=/opt/run"}, []string{"ldflags=-linkmode=external"}, true, []string{"fmtonly", "rpathflag"}},
		{"no cgo", []string{"CGO_ENABLED=0"}, nil, false, []string{"net", "purego", "cgoonly"}},
	} {
		if testing.Short() && c.name != "brewed" {
			continue
		}
		var facts *doctor.Facts
		for _, name := range c.programs {
			o := doctor.Options{Dir: abs(t, "../testdata/programs/"+name), Env: plainEnv(c.env...), CacheDir: t.TempDir(), Flags: flagsOf(c.flags)}
			if c.beside || facts == nil {
				where := o
				if !c.beside {
					where.Dir = t.TempDir()
				}
				f, err := doctor.Record(context.Background(), where)
				if err != nil {
					t.Fatal(err)
				}
				facts = reread(t, f)
			}
			here := asked(t, o)
			o.Env, o.CacheDir, o.Facts = onlyGo(t), t.TempDir(), facts
			for what, there := range asked(t, o) {
				if there != here[what] {
					got, want := firstDifference(there, here[what])
					t.Errorf("%s, %s, %s: got\n%s\nwant\n%s", c.name, name, what, got, want)
				}
			}
			if strings.Contains(here["predict"], `"certainty": "unknown"`) && name != "cgoonly" {
				t.Errorf("%s, %s: got something unknown, so that the comparison tells little:\n%s", c.name, name, here["predict"])
			}
		}
	}
}

// firstDifference is the first line in which two texts differ.
func firstDifference(a, b string) (string, string) {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(as), len(bs)) {
		if as[i] != bs[i] {
			return as[i], bs[i]
		}
	}
	return as[len(as)-1], bs[len(bs)-1]
}

// asked are the JSON of predict and of the doctor.
func asked(t *testing.T, o doctor.Options) map[string]string {
	t.Helper()
	predicted, err := doctor.Predict(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	examined, err := doctor.Examine(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	schematest.Check(t, []byte(jsonOf(t, examined)))
	return map[string]string{"predict": jsonOf(t, predicted), "doctor": jsonOf(t, examined)}
}

func flagsOf(words []string) []load.Flag {
	var flags []load.Flag
	for _, w := range words {
		name, value, _ := strings.Cut(w, "=")
		flags = append(flags, load.Flag{Name: name, Value: value})
	}
	return flags
}

// What the facts do not say is unknown, with the way to have it said.
func TestFactsDoNotSay(t *testing.T) {
	testcc.Loader(t)
	f, err := doctor.Record(context.Background(), doctor.Options{Dir: t.TempDir(), Env: plainEnv(), CacheDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	o := doctor.Options{Dir: abs(t, "../testdata/programs/net"), Env: onlyGo(t), Facts: f,
		Flags: flagsOf([]string{"ldflags=-linkmode=external -extldflags=-Wl,-z,lazy"})}
	e := predictOne(t, o)
	if e.Interpreter.Certainty != link.Unknown || !strings.Contains(e.Interpreter.Because, "goportdoctor facts there") {
		t.Errorf("flags: got %+v, want it unknown", e.Interpreter)
	}
	if e.LinkMode.Value != link.ModeExternal || e.LinkMode.Certainty != link.Exact {
		t.Errorf("flags: got %+v, want external, exact", e.LinkMode)
	}
	o.Flags = flagsOf([]string{"gcflags=all=-N"})
	if e := predictOne(t, o); e.Interpreter.Certainty != link.Unknown || !strings.Contains(e.Interpreter.Because, "build cache") {
		t.Errorf("archives: got %+v, want it unknown", e.Interpreter)
	}
	o.Dir, o.Flags = abs(t, "../testdata/programs/pkgconf"), nil
	if e := predictOne(t, o); e.Interpreter.Certainty != link.Unknown || !strings.Contains(e.Interpreter.Because, "pkg-config") {
		t.Errorf("pkg-config: got %+v, want it unknown", e.Interpreter)
	}
}

// A go command of another release has another standard library to list.
func TestFactsOfAnotherRelease(t *testing.T) {
	f := &doctor.Facts{Version: 1, Environment: map[string]string{"GOVERSION": "go1.5.1", "GOOS": "linux", "GOARCH": "amd64"}}
	_, err := doctor.Predict(context.Background(), doctor.Options{Dir: abs(t, "../testdata/programs/net"), Env: onlyGo(t), Facts: f})
	if err == nil || !strings.Contains(err.Error(), "the facts are of go1.5.1") {
		t.Errorf("got %v, want that the facts are of another release", err)
	}
}

func TestFactsHoldNoSecret(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		testskip.Missing(t, "there is no go on PATH")
	}
	env := plainEnv("AWS_SECRET_ACCESS_KEY=sesame1", "GOPROXY=https://user:sesame2@example.com", "GOFLAGS=-ldflags=-X=main.key=sesame3", "CGO_ENABLED=0")
	f, err := doctor.Record(context.Background(), doctor.Options{Dir: t.TempDir(), Env: env})
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	if i := bytes.Index(data, []byte("sesame")); i >= 0 {
		t.Errorf("got …%s…, want no secret", data[max(0, i-80):i+10])
	}
}

func TestReadFacts(t *testing.T) {
	for text, want := range map[string]string{
		"":                 "no facts",
		"{}":               "goportdoctor facts writes them",
		`{"version": 9}`:   "facts of version 9",
		`[1]`:              "no facts",
		"\xff\xfe\x00":     "no facts",
		`{"version": "1"}`: "no facts",
	} {
		if _, err := doctor.ReadFacts(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func FuzzFacts(f *testing.F) {
	f.Add([]byte(`{"version": 1, "environment": {"GOVERSION": "go1.26.8", "GOOS": "linux", "GOARCH": "amd64", "CGO_ENABLED": "1"}, "settings": [{"name": "GOFLAGS", "value": "-buildmode=pie"}],
		"compilers": [{"variable": "CC", "path": "/x", "answer": {"interp": "/x/ld.so", "because": "/x:1: y"}}], "archives": [{"found": {"runtime/cgo": {"source": "build-cache", "loader": "/y"}}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		facts, err := doctor.ReadFacts(bytes.NewReader(data))
		if err != nil {
			return
		}
		for _, found := range doctor.CheckFacts(facts, nil) {
			if found.Severity == doctor.Unknown && strings.Contains(found.Message, "failed: ") {
				t.Errorf("got %s, want a check that does not panic", found.Message)
			}
		}
	})
}
