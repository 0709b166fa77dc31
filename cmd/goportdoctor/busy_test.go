package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/testcc"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// netProgram writes a module with a program that imports net and one that does not.
func netProgram(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":        "module example.com/m\n\ngo 1.21\n",
		"net/main.go":   "package main\n\nimport _ \"net\"\n\nfunc main() {}\n",
		"hello/main.go": "package main\n\nfunc main() {}\n",
	} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// inModule is a run of goportdoctor that remembers nothing.
func inModule(dir, cc string, args ...string) *exec.Cmd {
	cmd := exec.Command("goportdoctor", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOENV=off", "GOTOOLCHAIN=local", "CGO_ENABLED=1", "CC="+cc, "GOPORTDOCTOR_CACHE=off")
	return cmd
}

// Many doctors at once on few processors give the answer that one gives.
func TestBusyLong(t *testing.T) {
	testskip.Long(t)
	gcc, dir := testcc.Need(t, "gcc"), netProgram(t)
	// CC sleeps, and waits for its turn, as it does on a busy machine.
	cc := testcc.Script(t, filepath.Join(t.TempDir(), "cc"), "sleep 0.5\nexec "+gcc+" \"$@\"\n")
	alone, err := inModule(dir, cc, "-json", "-target", "scratch").Output()
	if err != nil || !json.Valid(alone) {
		t.Fatalf("%v: %s", err, alone)
	}
	answers := make([][]byte, 20)
	var wait sync.WaitGroup
	for i := range answers {
		wait.Go(func() { answers[i], _ = inModule(dir, cc, "-json", "-target", "scratch").Output() })
	}
	wait.Wait()
	for i, got := range answers {
		if !bytes.Equal(got, alone) {
			t.Errorf("doctor %d: got %s, want %s", i, got, alone)
		}
	}
}

// A C compiler that hangs is ended once, and costs no answer but those that depend
// on it.
func TestHangingCompilerLong(t *testing.T) {
	testskip.Long(t)
	if runtime.GOOS != "linux" {
		testskip.Missing(t, "the executables are not ELF, and no one says what a process does")
	}
	dir := netProgram(t)
	pids := filepath.Join(t.TempDir(), "pid")
	cc := testcc.Script(t, filepath.Join(t.TempDir(), "cc"), "echo $$ >"+pids+"\nexec sleep 6000\n")
	cmd := inModule(dir, cc, "predict", "./net", "./hello")
	cmd.Env = append(cmd.Env, "GOCACHE="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), " — CC did not answer: it did nothing for 1m0s\n") ||
		!strings.Contains(string(out), "example.com/m/hello\n") || !strings.Contains(string(out), "  linkage      static") {
		t.Errorf("got %v and %s, want what hangs said, and the other program", err, out)
	}
	testcc.Ended(t, pids)
}
