package doctor_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/testcc"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// secret stands for a secret in the rows below; each gets one of its own.
const secret = "SECRET"

// A secretRow is a machine with secrets in its settings.
type secretRow struct {
	name   string
	env    []string // NAME=value
	goenv  string   // the file of go env -w
	flags  []string
	script string // of a compiler in front of gcc, "" for none
}

// secretRows give facts a secret in each shape and by each way that leads into
// them.
var secretRows = []secretRow{
	{name: "environment", env: []string{
		"GOFLAGS=" + strings.Join([]string{`'-ldflags=-X "main.k=abc -SECRET"'`, `'-ldflags=-s "-X" "main.k=SECRET"'`, "'-ldflags=-X\tmain.k=SECRET'",
			`"-ldflags=all=-X 'main.k=a SECRET'"`, `"-ldflags=-X main.k={'pw':SECRET}"`, "'-toolexec=env TOKEN=SECRET'", "'-exec=env TOKEN=SECRET'"}, " "),
		"CGO_CFLAGS=-DTOKEN=SECRET -D TOKEN=SECRET '-DNAME=\"a SECRET\"' -DNAME=\"b SECRET\" -Wp,-DNAME=SECRET -Xpreprocessor -DNAME=SECRET",
		"CGO_CPPFLAGS=-Wp,-D,NAME=SECRET -Xpreprocessor -D -Xpreprocessor NAME=SECRET", "CGO_CXXFLAGS=--define-macro=T=SECRET --define-macro T=SECRET",
		"CGO_FFLAGS=-DT=SECRET", "CGO_LDFLAGS=-DTOKEN=SECRET -D TOKEN=SECRET -lm",
		`CFLAGS=-DT=\"SECRET\"`, "CPPFLAGS=-DT='a SECRET b'", "CXXFLAGS=-DT=SECRET", "LDFLAGS=--token=SECRET", "NIX_LDFLAGS=-DT=SECRET", "NIX_CFLAGS_COMPILE=-DT=SECRET",
		"GOPROXY=https://u:SECRET@localhost", "LIBRARY_PATH=https://SECRET@localhost/x", "AWS_SECRET_ACCESS_KEY=SECRET"},
		flags: []string{"ldflags=-linkmode=external -X main.k=SECRET '-extldflags=-DTOKEN=SECRET -Wl,-rpath,/opt/x'", "asmflags=all=-D TOKEN=SECRET", "gcflags=all=-N"}},
	{name: "go env -w", goenv: "GOFLAGS='-ldflags=-X main.k=SECRET -X=main.l=SECRET' -run=SECRET\nCC=env TOKEN=SECRET gcc\nCGO_CFLAGS=-DTOKEN=SECRET\n"},
	{name: "compilers", env: []string{"CC=env TOKEN=SECRET gcc -DTOKEN=SECRET", "CXX=env -u HOME TOKEN=SECRET g++ -D TOKEN=SECRET", "FC=env TOKEN=SECRET gfortran",
		"PKG_CONFIG=env TOKEN=SECRET pkg-config", "PKG_CONFIG_PATH=DIR:https://u:SECRET@localhost"},
		flags: []string{"ldflags=-linkmode=external '-extld=env TOKEN=SECRET gcc -DT=SECRET'"}},
	{name: "no compiler", env: []string{"CC=TOKEN=SECRET gcc"}},
	{name: "broken compiler", env: []string{"CC=gcc -DTOKEN=SECRET -fno-such-flag /no/such/file", "CGO_LDFLAGS=-DTOKEN=SECRET", "PKG_CONFIG=env TOKEN=SECRET no-such-pkg-config"}},
	{name: "script", script: "export TOKEN=SECRET\nlogin SECRET; TOKEN=SECRET exec gcc -DT=SECRET --token=SECRET -Wl,--dynamic-linker=DIR/ld.so \"$@\"\n"},
}

// secretProgram is a module whose pkg-config lines lead to secrets too.
func secretProgram(t *testing.T) string {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module example.com/secret\n\ngo 1.21\n",
		"main.go": "package main\n\n// #cgo pkg-config: --define-variable=token=SECRETV withsecret\n// #cgo LDFLAGS: -lm\nimport \"C\"\n\nimport _ \"net\"\n\n" +
			"func main() {}\n",
		"withsecret.pc": "token=\nName: x\nDescription: x\nVersion: 1\nCflags: -DTOKEN=SECRETC${token}\nLibs: -lm -DTOKEN=SECRETL\n",
		"missing/m.go":  "package main\n\n// #cgo pkg-config: no-such-package\nimport \"C\"\n\nfunc main() {}\n",
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(text, secret, "sesamepc")), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// options sets a machine up, with a secret of its own wherever the row has one.
func (r secretRow) options(t *testing.T, dir string) doctor.Options {
	n := 0
	fill := func(s string) string {
		s = strings.ReplaceAll(s, "DIR", dir)
		return regexp.MustCompile(secret+`(?:_\w+)?`).ReplaceAllStringFunc(s, func(m string) string {
			if m != secret {
				return m
			}
			n++
			return fmt.Sprintf("sesame%d", n)
		})
	}
	o := doctor.Options{Dir: dir, CacheDir: t.TempDir()}
	var env []string
	for _, kv := range r.env {
		name, value, _ := strings.Cut(kv, "=")
		env = append(env, name+"="+fill(value))
	}
	if r.goenv != "" {
		file := filepath.Join(t.TempDir(), "env")
		if err := os.WriteFile(file, []byte(fill(r.goenv)), 0o666); err != nil {
			t.Fatal(err)
		}
		env = append(env, "GOENV="+file, "GOFLAGS=")
	}
	if r.script != "" {
		env = append(env, "CC="+testcc.Script(t, filepath.Join(t.TempDir(), "cc"), fill(r.script)))
	}
	o.Env = plainEnv(env...)
	for _, f := range r.flags {
		o.Flags = append(o.Flags, flagsOf([]string{fill(f)})...)
	}
	return o
}

// TestFactsHoldNoSecret: whatever leads into facts, no value of a setting that may
// be a secret is in the file.
func TestFactsHoldNoSecret(t *testing.T) {
	t.Parallel()
	holdNoSecret(t, secretRows[0])
}

// TestFactsHoldNoSecretLong is TestFactsHoldNoSecret with every row.
func TestFactsHoldNoSecretLong(t *testing.T) {
	testskip.Long(t)
	for _, r := range secretRows {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			holdNoSecret(t, r)
		})
	}
}

func holdNoSecret(t *testing.T, r secretRow) {
	testcc.Need(t, "gcc")
	testcc.Need(t, "pkg-config")
	f, err := doctor.Record(context.Background(), r.options(t, secretProgram(t)))
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	if i := bytes.Index(data, []byte("sesame")); i >= 0 {
		t.Errorf("%s: got …%s…, want no secret", r.name, data[max(0, i-200):min(len(data), i+20)])
	}
	reread(t, f)
}

// TestFactsRefuse: an expression that needs the value of a macro cannot be
// recorded without it.
func TestFactsRefuse(t *testing.T) {
	for value, refused := range map[string]bool{"-DTOKEN=sesame": true, "-DTOKEN=.*|-f.*": false} {
		_, err := doctor.Record(context.Background(), doctor.Options{Dir: t.TempDir(), Env: plainEnv("CGO_CFLAGS_ALLOW="+value, "CGO_ENABLED=0")})
		if got := err != nil && strings.Contains(err.Error(), "CGO_CFLAGS_ALLOW spells out"); got != refused || err != nil && strings.Contains(err.Error(), "sesame") {
			t.Errorf("%s: got %v, want a refusal: %v", value, err, refused)
		}
	}
}

// TestMaskedFactsAnswerLong: facts answer as the machine does, although the questions
// that they hold are masked.
func TestMaskedFactsAnswerLong(t *testing.T) {
	testskip.Long(t)
	testcc.Loader(t)
	for _, r := range []secretRow{
		{name: "compilers", env: []string{"CC=env TOKEN=SECRET gcc -DTOKEN=SECRET", "CGO_LDFLAGS=-DTOKEN=SECRET -lm", "CGO_CFLAGS=-DTOKEN=SECRET"}},
		{name: "unsafe value", env: []string{"CC=gcc", "CGO_CFLAGS=-O2 -DTOKEN=SECRET-1"}},
		{name: "flags", env: []string{"CC=gcc", "GOFLAGS='-asmflags=all=-D T=SECRET'"}, flags: []string{"ldflags=-linkmode=external -X main.k=SECRET '-extldflags=-DTOKEN=SECRET -Wl,-rpath,/opt/x'"}},
	} {
		here := r.options(t, abs(t, "../testdata/programs/net"))
		here.Env = append(slices.Clip(here.Env), "GOCACHE="+t.TempDir())
		f, err := doctor.Record(context.Background(), here)
		if err != nil {
			t.Fatal(err)
		}
		there := here
		there.Env, there.CacheDir, there.Facts = onlyGo(t), t.TempDir(), reread(t, f)
		for _, program := range []string{"net", "cgom"} {
			here.Dir = abs(t, "../testdata/programs/"+program)
			there.Dir = here.Dir
			want, got := predictOne(t, here), predictOne(t, there)
			if diffs := link.Diff(got, want); len(diffs) > 0 {
				t.Errorf("%s, %s: got %v, want no difference", r.name, program, diffs)
			}
			if got.Interpreter.Certainty != want.Interpreter.Certainty || got.LinkMode.Certainty != want.LinkMode.Certainty || want.Interpreter.Certainty != link.Exact {
				t.Errorf("%s, %s: got %+v, %+v, want %+v, %+v, exact", r.name, program, got.Interpreter, got.LinkMode, want.Interpreter, want.LinkMode)
			}
		}
	}
}

// TestNoMaskedCommand: no command that is advised sets a value that was left out.
func TestNoMaskedCommand(t *testing.T) {
	for value, advised := range map[string]bool{"-buildmode=pie '-ldflags=-X a.b=…'": false, "-buildmode=pie -trimpath": true} {
		data, err := json.Marshal(map[string]any{"version": 1,
			"environment": map[string]string{"GOVERSION": "go1.26.8", "GOOS": "linux", "GOARCH": "amd64", "CGO_ENABLED": "1"},
			"settings":    []map[string]any{{"name": "GOFLAGS", "value": value, "from": "go env -w"}}})
		if err != nil {
			t.Fatal(err)
		}
		f, err := doctor.ReadFacts(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, found := range doctor.CheckFacts(f, nil) {
			for _, r := range found.Remedies {
				got += strings.Join(r.Commands, "\n") + "\n"
			}
		}
		if strings.Contains(got, "…") || strings.Contains(got, "go env -w GOFLAGS=") != advised {
			t.Errorf("%s: got %q, want a command with all values, or none", value, got)
		}
	}
}
