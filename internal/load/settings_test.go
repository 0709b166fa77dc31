package load

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSettings(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return file
	}
	goenv := write("env", "# mine\nCGO_ENABLED=1\nGOFLAGS=-buildmode=pie\nCC=clang\nCGO_ENABLED=0\nAWS_SECRET=x\n")
	write("root/go.env", "GOTOOLCHAIN=auto\nCC=other\nGOPROXY=https://user:secret@host\n")
	conda := write("conda/etc/conda/activate.d/a.sh", "# CC=no\n\nexport CC=/x/cc\n  CGO_LDFLAGS=-ly; export CGO_LDFLAGS\n")
	env := Env{"GOENV": goenv, "GOROOT": filepath.Join(dir, "root")}
	for _, c := range []struct {
		name    string
		environ []string
		want    map[string]Setting
	}{
		{"files", nil, map[string]Setting{
			"CGO_ENABLED": {"CGO_ENABLED", "0", FromGoEnv, goenv, 5},
			"GOFLAGS":     {"GOFLAGS", "-buildmode=pie", FromGoEnv, goenv, 3},
			"CC":          {"CC", "clang", FromGoEnv, goenv, 4},
			"GOTOOLCHAIN": {"GOTOOLCHAIN", "auto", FromGOROOT, filepath.Join(dir, "root/go.env"), 1},
		}},
		{"environment", []string{"CC=gcc", "LD_RUN_PATH=/x", "SECRET=y", "GOFLAGS=-ldflags=-X=main.token=abc -race", "CGO_ENABLED="}, map[string]Setting{
			"CGO_ENABLED": {"CGO_ENABLED", "0", FromGoEnv, goenv, 5},
			"GOFLAGS":     {"GOFLAGS", "-ldflags=-X=main.token=… -race", FromEnvironment, "", 0},
			"CC":          {"CC", "gcc", FromEnvironment, "", 0},
			"LD_RUN_PATH": {"LD_RUN_PATH", "/x", FromEnvironment, "", 0},
			"GOTOOLCHAIN": {"GOTOOLCHAIN", "auto", FromGOROOT, filepath.Join(dir, "root/go.env"), 1},
		}},
		{"activation", []string{"CC=/x/cc", "CGO_LDFLAGS=-ly", "CONDA_PREFIX=" + filepath.Join(dir, "conda"), "GOFLAGS=-v", "CGO_ENABLED=1"}, map[string]Setting{
			"CGO_ENABLED":  {"CGO_ENABLED", "1", FromEnvironment, "", 0},
			"GOFLAGS":      {"GOFLAGS", "-v", FromEnvironment, "", 0},
			"CC":           {"CC", "/x/cc", FromActivation, conda, 3},
			"CGO_LDFLAGS":  {"CGO_LDFLAGS", "-ly", FromActivation, conda, 4},
			"CONDA_PREFIX": {"CONDA_PREFIX", filepath.Join(dir, "conda"), FromEnvironment, "", 0},
			"GOTOOLCHAIN":  {"GOTOOLCHAIN", "auto", FromGOROOT, filepath.Join(dir, "root/go.env"), 1},
		}},
	} {
		got := Settings(c.environ, env)
		if len(got) != len(c.want) {
			t.Errorf("%s: got %+v, want %d settings", c.name, got, len(c.want))
		}
		for _, s := range got {
			if s != c.want[s.Name] {
				t.Errorf("%s: got %+v, want %+v", c.name, s, c.want[s.Name])
			}
		}
	}
	if got := Settings(nil, Env{"GOENV": "off", "GOROOT": filepath.Join(dir, "none")}); got != nil {
		t.Errorf("got %+v, want none", got)
	}
}

func TestVariables(t *testing.T) {
	got := strings.Join(Variables([]string{"HOME=/root", "CC=gcc", "GOPROXY=https://u:p@h", "CC=clang", `GOFLAGS='-ldflags=-s -X main.key=k1'`}), " ")
	if got != `GOFLAGS='-ldflags=-s -X main.key=…' CC=clang` {
		t.Errorf("got %s, want no secret and no variable that changes nothing", got)
	}
}

func FuzzSettingLines(f *testing.F) {
	f.Add([]byte("A=1\n#B=2\nC"))
	f.Fuzz(func(t *testing.T, text []byte) {
		file := filepath.Join(t.TempDir(), "env")
		if err := os.WriteFile(file, text, 0o666); err != nil {
			t.Fatal(err)
		}
		for _, s := range settingLines(file) {
			if s.Line < 1 || strings.ContainsAny(s.Name+s.Value, "\n") {
				t.Errorf("got %+v, want a name and a value of one line", s)
			}
		}
	})
}
