package doctor_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/capture"
	"github.com/goportdoctor/goportdoctor/internal/inspect"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/load"
	"github.com/goportdoctor/goportdoctor/internal/target"
	"github.com/goportdoctor/goportdoctor/internal/testhost"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

var writeStarts = flag.Bool("starts", false, "start every program in every build of the start test, and write docs/accuracy.md")

// A startBuild is a build whose executables are started. needs is the compiler
// that it asks for.
type startBuild struct {
	name, flags, env, needs string
	programs                string // "" for all
}

var startBuilds = []startBuild{
	{name: "cgo0", env: "CGO_ENABLED=0"},
	{name: "default", needs: "gcc"},
	{name: "external", flags: "-ldflags=-linkmode=external", needs: "gcc"},
	{name: "external static", flags: "-ldflags=-linkmode=external~-extldflags=-static", needs: "gcc", programs: "fmtonly net osuser"},
	{name: "pie", flags: "-buildmode=pie", needs: "gcc", programs: "fmtonly net"},
	{name: "cgo0 pie", flags: "-buildmode=pie", env: "CGO_ENABLED=0", programs: "fmtonly net purego"},
	{name: "cgo0 pie d", flags: "-buildmode=pie -ldflags=-d", env: "CGO_ENABLED=0", programs: "fmtonly"},
	{name: "cgo0 extlink=1", env: "CGO_ENABLED=0 GO_EXTLINK_ENABLED=1", needs: "gcc", programs: "fmtonly net"},
	{name: "cgo0 extlink=1 static", flags: "-ldflags=-extldflags=-static", env: "CGO_ENABLED=0 GO_EXTLINK_ENABLED=1", needs: "gcc", programs: "fmtonly net"},
	{name: "musl", env: "CC=musl-gcc", needs: "musl-gcc", programs: "net cgom"},
	{name: "clang", env: "CC=clang CXX=clang++", needs: "clang", programs: "net"},
	{name: "arm64", env: "GOARCH=arm64 CGO_ENABLED=0", programs: "fmtonly net"},
	{name: "arm64 cgo", env: "GOARCH=arm64 CGO_ENABLED=1 CC=aarch64-linux-gnu-gcc", needs: "aarch64-linux-gnu-gcc", programs: "net"},
	{name: "armhf cgo", env: "GOARCH=arm CGO_ENABLED=1 CC=arm-linux-gnueabihf-gcc", needs: "arm-linux-gnueabihf-gcc", programs: "net"},
	{name: "386 cgo", env: "GOARCH=386 CGO_ENABLED=1 CC=i686-linux-gnu-gcc", needs: "i686-linux-gnu-gcc", programs: "net"},
	{name: "riscv64 cgo", env: "GOARCH=riscv64 CGO_ENABLED=1 CC=riscv64-linux-gnu-gcc", needs: "riscv64-linux-gnu-gcc", programs: "net"},
	{name: "s390x cgo", env: "GOARCH=s390x CGO_ENABLED=1 CC=s390x-linux-gnu-gcc", needs: "s390x-linux-gnu-gcc", programs: "net"},
	{name: "ppc64le cgo", env: "GOARCH=ppc64le CGO_ENABLED=1 CC=powerpc64le-linux-gnu-gcc", needs: "powerpc64le-linux-gnu-gcc", programs: "net"},
}

// startPrograms say in one line that they work. The last ones take long to build.
var startPrograms = []string{"fmtonly", "net", "osuser", "cgom", "purego", "cgocxx", "tls", "nethttp", "sqlite", "pcap"}

// A start is one executable in one host: what was said of it before the build
// and after, and what happened.
type start struct {
	name                 string
	predicted, inspected target.Verdict
	happened             testhost.Outcome
	// refused is set where this machine's kernel starts no program of the kind, so
	// that what it says is not what other kernels say.
	refused bool
}

// plainStarts are those of a plain go test: programs by build.
var plainStarts = map[string]string{
	"cgo0": "net", "default": "net cgom", "external static": "fmtonly", "cgo0 pie": "purego", "musl": "net", "arm64": "fmtonly",
}

// TestStarts starts a few executables, or by flag all of every build.
func TestStarts(t *testing.T) {
	testskip.Short(t, "builds programs and starts them in seventeen systems")
	table := holdStarts(t, func(b startBuild, program string) bool {
		return *writeStarts || slices.Contains(strings.Fields(plainStarts[b.name]), program)
	})
	if *writeStarts {
		writeAccuracy(t, "Starts", table)
	}
}

// TestStartsLong starts the programs that take little to build, of every build.
func TestStartsLong(t *testing.T) {
	testskip.Long(t)
	holdStarts(t, func(_ startBuild, program string) bool { return slices.Index(startPrograms, program) < 5 })
}

// holdStarts starts executables in root file systems of real systems, and holds
// the verdicts on the prediction and on the file against what happened. It returns
// the table for docs/accuracy.md.
func holdStarts(t *testing.T, wanted func(b startBuild, program string) bool) string {
	var hosts []testhost.Host
	for _, name := range testhost.Names() {
		hosts = append(hosts, testhost.Make(t, name))
	}
	var all []start
	for _, b := range startBuilds {
		if b.needs != "" {
			if _, err := exec.LookPath(b.needs); err != nil {
				testskip.LeftOut(t, "%s: there is no %s", b.name, b.needs)
				continue
			}
		}
		for _, p := range startPrograms {
			if p == "sqlite" && strings.Contains(b.env, "CGO_ENABLED=0") {
				continue // it starts everywhere, to say that it is a stub
			}
			if b.programs != "" && !slices.Contains(strings.Fields(b.programs), p) || !wanted(b, p) {
				continue
			}
			all = append(all, startIn(t, hosts, b, p)...)
		}
	}
	if len(all) == 0 {
		testskip.Missing(t, "nothing could be built to start")
	}
	for _, s := range all {
		for what, v := range map[string]target.Verdict{"prediction": s.predicted, "file": s.inspected} {
			if v.Verdict == target.Runs && !s.happened.Runs || v.Verdict == target.Fails && s.happened.Runs {
				t.Errorf("%s: %s: got %s (%s), want what happened: %+v", s.name, what, v.Verdict, v.Because, s.happened)
			}
		}
	}
	noteRefused(t, hosts, all)
	table := startTable(t, all)
	t.Log("\n" + table)
	return table
}

// startIn predicts and builds one program, and starts it in all hosts that are
// of its machine, and in amd64's, which refuse every other.
func startIn(t *testing.T, hosts []testhost.Host, b startBuild, program string) []start {
	o := doctor.Options{Dir: abs(t, "../testdata/programs/"+program), Flags: []load.Flag{{Name: "buildvcs", Value: "false"}}}
	o.Env = append(os.Environ(), append(strings.Fields(b.env), "GOFLAGS=", "GOENV=off", "GOWORK=off")...)
	for _, f := range strings.Fields(b.flags) {
		name, value, _ := strings.Cut(f[1:], "=")
		o.Flags = append(o.Flags, load.Flag{Name: name, Value: strings.ReplaceAll(value, "~", " ")})
	}
	r, err := doctor.Predict(t.Context(), o)
	if err != nil || len(r.Programs) != 1 {
		t.Errorf("%s/%s: no prediction: %v", program, b.name, err)
		return nil
	}
	exe := filepath.Join(t.TempDir(), "app")
	args := []string{"build", "-o", exe}
	for _, f := range o.Flags {
		args = append(args, f.String())
	}
	cmd := exec.Command("go", append(args, ".")...)
	cmd.Dir, cmd.Env = o.Dir, append(o.Env, "PWD="+o.Dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Logf("%s/%s is not built: %s", program, b.name, out)
		return nil
	}
	actual, err := inspect.File(exe)
	if err != nil {
		t.Fatal(err)
	}
	var all []start
	for _, h := range hosts {
		// A root without any loader does not tell its machine, and one of another
		// machine has this one's kernel here.
		bare := h.Name == "scratch" || h.Name == "static" || h.Name == "nix"
		if h.GOARCH != actual.Build.GOARCH && (h.GOARCH != "amd64" || bare) || runtime.GOARCH != "amd64" {
			continue
		}
		// Debian 12's qemu-i386 crashes in every Go program, static ones as well,
		// so nothing of it tells of a real system.
		if h.GOARCH == "386" && h.Emulated() {
			continue
		}
		all = append(all, startOn(t, h, exe, program+"/"+b.name, r.Programs[0].Executable, actual))
	}
	os.Remove(exe)
	return all
}

func startOn(t *testing.T, h testhost.Host, exe, name string, predicted, actual link.Executable) start {
	system, err := capture.Dir(h.Name, h.Dir)
	if err != nil {
		t.Fatal(err)
	}
	s := start{name: name + "/" + h.Name, predicted: target.Judge(&predicted, system), inspected: target.Judge(&actual, system)}
	if s.happened, err = h.Run(exe); err != nil {
		testskip.Missing(t, "nothing can be started in namespaces of its own here: %v", err)
	}
	return s
}

// noteRefused finds out whether this kernel starts programs for 386 at all: one
// that was built without says so, where others look for the interpreter.
func noteRefused(t *testing.T, hosts []testhost.Host, all []start) {
	exe := filepath.Join(t.TempDir(), "app")
	cmd := exec.Command("go", "build", "-o", exe, ".")
	cmd.Dir, cmd.Env = abs(t, "../testdata/programs/fmtonly"), append(os.Environ(), "GOARCH=386", "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("fmtonly for 386: %v\n%s", err, out)
	}
	i := slices.IndexFunc(hosts, func(h testhost.Host) bool { return h.Name == "scratch" })
	if happened, err := hosts[i].Run(exe); err != nil || happened.Runs {
		return
	}
	for i := range all {
		all[i].refused = strings.Contains(all[i].name, "/386 ")
	}
}

// startTable counts the verdicts.
func startTable(t *testing.T, all []start) string {
	hosts, left := map[string]bool{}, ""
	for _, s := range all {
		hosts[path.Base(s.name)] = true
	}
	if !hosts["i386"] {
		left = "; i386 is left out: this kernel starts no program for it, and qemu-i386 of Debian 12 crashes in every Go program"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Generated by `go test ./doctor -run TestStarts -starts -timeout 1h`; do not edit.\n\n"+
		"Each cell is one executable, started for real in one of %d root file systems made of Debian's packages (other processors'\nunder qemu%s), and judged on the prediction and on the file. The message is the first line that was said, paths aside.\n\n"+
		"| verdict on | starts | wrong `runs` | wrong `fails` | unknown | failures told in the same words |\n|---|---|---|---|---|---|\n", len(hosts), left)
	for _, what := range []string{"prediction", "file"} {
		var wrongRuns, wrongFails, unknown, failures, same, refused int
		for _, s := range all {
			v := s.inspected
			if what == "prediction" {
				v = s.predicted
			}
			switch {
			case v.Verdict == target.Unknown:
				unknown++
			case v.Verdict == target.Runs && !s.happened.Runs:
				wrongRuns++
			case v.Verdict == target.Fails && s.happened.Runs:
				wrongFails++
			case v.Verdict == target.Fails && s.refused:
				refused++
			case v.Verdict == target.Fails:
				failures++
				if sameMessage(v.Message, s.happened.Message) {
					same++
				} else {
					t.Logf("%s: %s: got %q, want %q", s.name, what, v.Message, s.happened.Message)
				}
			}
			if v.Verdict == target.Unknown {
				t.Logf("%s: %s: unknown: %s", s.name, what, v.Because)
			}
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d (%.1f %%) | %d of %d (%.1f %%)%s |\n", what, len(all), wrongRuns, wrongFails, unknown,
			100*float64(unknown)/float64(len(all)), same, failures, 100*float64(same)/float64(max(failures, 1)), kernelRefuses(refused))
	}
	return b.String()
}

func kernelRefuses(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("; %d more not compared: this kernel starts no program for 386", n)
}

// sameMessage compares without the words that hold a path.
func sameMessage(a, b string) bool {
	pathless := func(s string) string {
		words := strings.Fields(s)
		return strings.Join(slices.DeleteFunc(words, func(w string) bool { return strings.Contains(w, "/") }), " ")
	}
	return pathless(a) == pathless(b)
}
