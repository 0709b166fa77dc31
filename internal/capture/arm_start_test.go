package capture

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/inspect"
	"github.com/goportdoctor/goportdoctor/internal/target"
	"github.com/goportdoctor/goportdoctor/internal/testhost"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// armProcessors are processors of each level, in the emulator's words.
var armProcessors = map[string]string{"5": "pxa250", "6": "arm1176", "7": "cortex-a8"}

// TestARMProcessors starts programs of every GOARM on processors of every level,
// and has a target of that level judge them.
func TestARMProcessors(t *testing.T) {
	testskip.Short(t, "compiles the runtime for six processors")
	h := testhost.Make(t, "armhf")
	dir := t.TempDir()
	put(t, filepath.Join(dir, "main.go"), []byte("package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Sprint(1.5) }\n"))
	for _, goarm := range []string{"5", "6", "7", "5,hardfloat", "6,softfloat", "7,softfloat"} {
		exe := filepath.Join(dir, goarm)
		build := exec.Command("go", "build", "-o", exe, "main.go")
		build.Dir, build.Env = dir, append(build.Environ(), "GOARCH=arm", "GOARM="+goarm, "CGO_ENABLED=0", "GOFLAGS=", "GO111MODULE=off")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		e, err := inspect.File(exe)
		if err != nil {
			t.Fatal(err)
		}
		for level, cpu := range armProcessors {
			h.CPU = cpu
			happened, err := h.Run(exe)
			if err != nil {
				testskip.Missing(t, "nothing can be started in namespaces of its own here: %v", err)
			}
			for _, exactly := range []bool{true, false} {
				on := target.Target{Name: cpu, GOOS: "linux", Launcher: target.Runtime, Systems: []target.System{{GOARCH: "arm", Level: level, Exactly: exactly}}}
				v := target.Judge(&e, &on)
				want := target.Runs
				if !happened.Runs {
					want = map[bool]string{true: target.Fails, false: target.Unknown}[exactly]
				}
				if v.Verdict != want || v.Verdict == target.Fails && !strings.Contains(strings.ToLower(happened.Output), strings.TrimPrefix(v.Message, "signal: ")) {
					t.Errorf("GOARM=%s on %s: got %s %q (%s), want %s; what happened: %+v", goarm, cpu, v.Verdict, v.Message, v.Because, want, happened)
				}
			}
		}
	}
}

// TestARMLevelOfRoot: a root file system has the processors that can run its own
// loader, and a program with C code those that it was compiled for.
func TestARMLevelOfRoot(t *testing.T) {
	h := testhost.Make(t, "armhf")
	const gcc = "arm-linux-gnueabihf-gcc"
	if _, err := exec.LookPath(gcc); err != nil {
		testskip.Missing(t, "there is no %s", gcc)
	}
	on, err := Dir("armhf", h.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := on.For("arm").Level; got != "7" {
		t.Errorf("got the level %q of Debian's armhf, want 7", got)
	}
	dir := t.TempDir()
	put(t, filepath.Join(dir, "main.c"), []byte("int main(void) { return 0; }\n"))
	exe := filepath.Join(dir, "exe")
	if out, err := exec.Command(gcc, "-o", exe, filepath.Join(dir, "main.c")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	e, err := inspect.File(exe)
	if err != nil {
		t.Fatal(err)
	}
	for level, cpu := range armProcessors {
		lesser := *on
		lesser.Systems = []target.System{*on.For("arm")}
		lesser.Systems[0].Level, h.CPU = level, cpu
		happened, err := h.Run(exe)
		if err != nil {
			testskip.Missing(t, "nothing can be started in namespaces of its own here: %v", err)
		}
		if v := target.Judge(&e, &lesser); (v.Verdict == target.Runs) != happened.Runs || v.Verdict == target.Fails {
			t.Errorf("GOARM=%s: got %s (%s), want what happened: %+v", level, v.Verdict, v.Because, happened)
		}
	}
}
