package inspect

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// programs are the sources that the tests build, by name.
var programs = map[string]string{
	"hello": "package main\n\nfunc main() { println(1) }\n",
	"net":   "package main\n\nimport \"net\"\n\nfunc main() { println(net.LookupHost(\"x\")) }\n",
	"cgo":   "package main\n\n// int one(void) { return 1; }\n// #cgo LDFLAGS: -lm\nimport \"C\"\n\nfunc main() { println(C.one()) }\n",
	"lib":   "package main\n\nimport \"C\"\n\n//export One\nfunc One() int { return 1 }\n\nfunc main() {}\n",
}

// build builds a program with the go command on PATH and returns the file.
func build(t testing.TB, program string, env []string, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), "module example.com/"+program+"\n\ngo 1.20\n")
	write(t, filepath.Join(dir, "main.go"), programs[program])
	out := filepath.Join(dir, "out")
	cmd := exec.Command("go", append(append([]string{"build", "-o", out}, args...), ".")...)
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "GOFLAGS=", "GOWORK=off", "CGO_LDFLAGS="), env...)
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build %s: %v\n%s", strings.Join(args, " "), err, b)
	}
	return out
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// need skips the test where a program is not installed.
func need(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			testskip.Missing(t, "%s is not installed", name)
		}
	}
}
