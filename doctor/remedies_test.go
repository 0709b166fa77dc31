package doctor_test

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/inspect"
	"github.com/goportdoctor/goportdoctor/internal/load"
	"github.com/goportdoctor/goportdoctor/internal/report/schematest"
	"github.com/goportdoctor/goportdoctor/internal/testcc"
	"github.com/goportdoctor/goportdoctor/internal/testhost"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

var wholeRemedies = flag.Bool("remedies", false, "carry out every remedy that is offered over all programs, failing builds and hosts, and look for those that are missed; writes docs/accuracy.md")

var onlyRemedies = flag.String("remedies-of", "", "with -remedies, only cases whose name (program/build/host) this regular expression matches")

// remedyBuilds are builds whose programs do not run everywhere. CC=brew stands
// for a compiler that links as Homebrew's does.
var remedyBuilds = []startBuild{
	{name: "default", needs: "gcc"},
	{name: "external", flags: "-ldflags=-linkmode=external", needs: "gcc"},
	{name: "pie", flags: "-buildmode=pie", needs: "gcc"},
	{name: "brew", env: "CC=brew", needs: "gcc"},
	{name: "cgo0 pie", flags: "-buildmode=pie", env: "CGO_ENABLED=0"},
	{name: "cgo0 extlink=1", env: "CGO_ENABLED=0 GO_EXTLINK_ENABLED=1", needs: "gcc"},
	{name: "race", flags: "-race", needs: "gcc"},
	{name: "GOFLAGS pie", env: "GOFLAGS=-buildmode=pie CGO_ENABLED=0"},
	{name: "loader", flags: "-ldflags=-s~-I~/opt/none/ld.so", needs: "gcc"},
	{name: "CGO_CFLAGS", env: "CGO_CFLAGS=-fcf-protection", needs: "gcc"},
	{name: "brew external LD_RUN_PATH", flags: "-ldflags=-linkmode=external", env: "CC=brew LD_RUN_PATH=/opt/none", needs: "gcc"},
	{name: "musl", env: "CC=musl-gcc", needs: "musl-gcc"},
	{name: "cgo0", env: "CGO_ENABLED=0"},
	{name: "no compiler", env: "CC=/opt/none/cc", needs: "gcc"},
	{name: "arm64", env: "GOARCH=arm64"},
	{name: "boringcrypto", env: "GOEXPERIMENT=boringcrypto", needs: "gcc", programs: "nethttp fmtonly"},
	{name: "extldflags", flags: "-ldflags=-extldflags=-static", needs: "gcc"},
	{name: "windows", env: "GOOS=windows"},
}

// remedyPrograms say in one line that they work; the last take long to build.
var remedyPrograms = []string{"fmtonly", "net", "osuser", "cgom", "purego", "cgocxx", "tls", "nethttp", "cgodep", "cgoonly", "cgostub", "prefer", "plugin", "syso", "sqlite", "pcap"}

// remedyHosts are those of this machine's processor.
var remedyHosts = []string{"scratch", "deb11", "deb12", "musl", "static"}

// A treated program is one in one build for one host.
type treated struct {
	name              string
	offered, wrong    int
	missed, incurable bool
}

// TestRemedies carries out the remedies of a few programs, or by flag of all.
func TestRemedies(t *testing.T) {
	testskip.Short(t, "builds programs and starts them")
	if !*wholeRemedies {
		holdRemedies(t, func(build, program, host int) bool {
			return slices.Contains(plainRemedies, [3]int{build, program, host})
		})
		return
	}
	cases := 0
	table := holdRemedies(t, func(build, program, host int) bool {
		cases++
		return cases%*everyCell == 0 || inRemedySample(build, program, host)
	})
	if *onlyRemedies == "" {
		writeAccuracy(t, "Remedies", table)
	}
}

// plainRemedies are the cases of a plain go test, by the index of the build, the
// program and the host.
var plainRemedies = [][3]int{{0, 0, 0}, {0, 1, 0}, {0, 3, 2}, {2, 0, 0}, {3, 1, 1}, {5, 1, 1}, {8, 1, 0}}

// TestRemediesLong carries out the remedies of each build.
func TestRemediesLong(t *testing.T) {
	testskip.Long(t)
	holdRemedies(t, inRemedySample)
}

// holdRemedies carries out each remedy that is offered in the cases that are
// wanted: the command is run as a user would paste it, and what it builds is
// started where it is said to run. If none is offered, single changes are tried
// one after the other, and none may make the program run. It returns the table
// for docs/accuracy.md.
func holdRemedies(t *testing.T, wanted func(build, program, host int) bool) string {
	if runtime.GOARCH != "amd64" {
		testskip.Missing(t, "the hosts are for amd64")
	}
	hosts := map[string]testhost.Host{}
	for _, name := range remedyHosts {
		hosts[name] = testhost.Make(t, name)
	}
	brew := testcc.Brew(t, filepath.Join(t.TempDir(), "brew"))
	only, cache := regexp.MustCompile(*onlyRemedies), t.TempDir()
	var all []treated
	cases := 0
	for bi, b := range remedyBuilds {
		if _, err := exec.LookPath(b.needs); b.needs != "" && err != nil {
			testskip.LeftOut(t, "%s: there is no %s", b.name, b.needs)
			continue
		}
		b.env = strings.Replace(b.env, "CC=brew", "CC="+brew, 1)
		for pi, p := range remedyPrograms {
			if b.programs != "" && !slices.Contains(strings.Fields(b.programs), p) {
				continue
			}
			made := &pasted{dir: filepath.Join(cache, "pasted"), said: map[string]string{}}
			for hi, h := range remedyHosts {
				cases++
				if wanted(bi, pi, hi) && only.MatchString(p+"/"+b.name+"/"+h) {
					all = append(all, treat(t, hosts[h], b, p, cache, made))
				}
			}
			made.remove(t)
		}
	}
	if len(all) == 0 && *onlyRemedies != "" {
		t.Errorf("got no case for -remedies-of=%q, want it to match the name (program/build/host) of one", *onlyRemedies)
	}
	table := remedyTable(all, cases)
	t.Log("\n" + table)
	return table
}

// inRemedySample takes each build once, and four programs in the commonest one.
func inRemedySample(build, program, host int) bool {
	return build == 0 && program < 4 && host == 0 || program == 1 && host == build%2 || program == build%4 && host == 0 && build%3 == 0
}

func treat(t *testing.T, h testhost.Host, b startBuild, program, cache string, made *pasted) treated {
	all := treated{name: program + "/" + b.name + "/" + h.Name}
	o := doctor.Options{Dir: abs(t, "../testdata/programs/"+program), Env: plainEnv(strings.Fields(b.env)...), CacheDir: cache}
	for _, f := range strings.Fields(b.flags) {
		name, value, _ := strings.Cut(strings.ReplaceAll(f[1:], "~", " "), "=")
		if value == "" {
			value = "true"
		}
		o.Flags = append(o.Flags, load.Flag{Name: name, Value: value})
	}
	var err error
	if o.Wants, err = doctor.Wants([]string{"rootfs:" + h.Dir}); err != nil {
		t.Fatal(err)
	}
	r, err := doctor.Predict(t.Context(), o)
	if err != nil || len(r.Programs) != 1 {
		t.Errorf("%s: no prediction: %v", all.name, err)
		return all
	}
	if err := schematest.Validate([]byte(jsonOf(t, r))); err != nil {
		t.Errorf("%s: %v", all.name, err)
	}
	p := r.Programs[0]
	if len(p.Targets) == 1 && p.Targets[0].Verdict == "runs" {
		return all
	}
	for _, remedy := range p.Remedies {
		if len(remedy.Commands) == 0 {
			continue
		}
		all.offered++
		if said, ok := made.carryOut(t, h, o, remedy.Commands[len(remedy.Commands)-1]); !ok {
			all.wrong++
			t.Errorf("%s: got %q offered, which ends in: %s", all.name, remedy.Commands, said)
		}
	}
	if all.offered == 0 {
		all.incurable = true
		if *wholeRemedies {
			all.missed = missed(t, h, o, all.name, made)
		}
	}
	return all
}

// What was pasted has been built once for all hosts of a program in a build.
type pasted struct {
	dir  string
	said map[string]string // by command, what it said where it failed
}

// carryOut builds by a command and starts what comes out.
func (p *pasted) carryOut(t *testing.T, h testhost.Host, o doctor.Options, command string) (said string, ok bool) {
	exe := filepath.Join(p.dir, fmt.Sprintf("%x", sha256.Sum256([]byte(command))), "app")
	if _, done := p.said[command]; !done {
		cmd := exec.Command("sh", "-c", strings.Replace(command, "go build ", "go build -o "+exe+" ", 1))
		cmd.Dir, cmd.Env = o.Dir, append(slices.Clone(o.Env), "PWD="+o.Dir)
		p.said[command] = ""
		if out, err := cmd.CombinedOutput(); err != nil {
			p.said[command] = fmt.Sprintf("%s%v", out, err)
		}
	}
	if p.said[command] != "" {
		return p.said[command], false
	}
	happened, err := h.Run(exe)
	if err != nil {
		testskip.Missing(t, "nothing can be started in namespaces of its own here: %v", err)
	}
	return happened.Message, happened.Runs
}

func (p *pasted) remove(t *testing.T) {
	if err := os.RemoveAll(p.dir); err != nil {
		t.Error(err)
	}
}

// singleChanges are tried where nothing is offered.
var singleChanges = []string{"CGO_ENABLED=0 go build FLAGS .", "go build FLAGS -tags=netgo,osusergo .", "go build FLAGS -buildmode=exe .", "go build .", "GO_EXTLINK_ENABLED= go build FLAGS .",
	"go build FLAGS -tags=netgo,osusergo '-ldflags=-linkmode=external -extldflags=-static' .", "CC=/usr/bin/gcc go build FLAGS .", "CC=musl-gcc go build FLAGS .", "CGO_CFLAGS='-g -O2' go build FLAGS .",
	"env -u LD_RUN_PATH go build FLAGS .", "CGO_ENABLED=1 go build FLAGS .", "GOARCH=amd64 go build FLAGS .", "go build FLAGS '-ldflags=-I /lib64/ld-linux-x86-64.so.2' .", "go build FLAGS '-ldflags=-I /lib/ld-musl-x86_64.so.1' ."}

// missed reports whether some single change has the program run after all.
func missed(t *testing.T, h testhost.Host, o doctor.Options, name string, made *pasted) bool {
	var flags []string
	for _, f := range o.Flags {
		flags = append(flags, "'"+f.String()+"'")
	}
	for _, c := range singleChanges {
		command := strings.Replace(c, "FLAGS", strings.Join(flags, " "), 1)
		if _, ok := made.carryOut(t, h, o, command); ok {
			t.Logf("%s: nothing was offered, and %q has it run", name, command)
			return true
		}
	}
	return false
}

// remedyTable counts what came of them.
func remedyTable(all []treated, cases int) string {
	var offered, wrong, ill, without, missed int
	for _, r := range all {
		offered, wrong = offered+r.offered, wrong+r.wrong
		if r.offered > 0 || r.incurable {
			ill++
		}
		if r.incurable {
			without++
		}
		if r.missed {
			missed++
		}
	}
	return fmt.Sprintf("Generated by `go test ./doctor -run TestRemedies -remedies -timeout 6h`, with `-every N` for a part of the cases; do not edit.\n\n"+
		"Each case is one program in one build for one of %d root file systems made of Debian's packages. Each remedy was run as it is\n"+
		"printed, and what it built was started there. Where none was offered, %d single changes were tried. %d of %d cases.\n\n"+
		"| cases | that do not run | remedies offered | wrong | cases without a remedy | of these, a single change helps |\n|---|---|---|---|---|---|\n| %d | %d | %d | %d | %d | %d (%.1f %%) |\n",
		len(remedyHosts), len(singleChanges), len(all), cases, len(all), ill, offered, wrong, without, missed, 100*float64(missed)/float64(max(ill, 1)))
}

// A dynamic linker that is baked into the toolchain: another toolchain that is
// here is offered, and one that is not is named.
func TestRemedyToolchain(t *testing.T) {
	testskip.Short(t, "compiles the standard library anew")
	testcc.Loader(t)
	tree := filepath.Join(t.TempDir(), "go")
	const boot = "src/internal/buildcfg/zbootstrap.go"
	testcc.GoTree(t, goRoot(t), tree, boot, "VERSION")
	patch(t, filepath.Join(tree, boot), "const defaultGO_LDSO = ``", "const defaultGO_LDSO = `/opt/go/ld.so`")
	r := row{program: "fmtonly", env: []string{"PATH+=" + filepath.Join(tree, "bin"), "CGO_ENABLED=0"}, flags: []string{"buildmode=pie"}}
	o := r.options(t)
	var err error
	if o.Wants, err = doctor.Wants([]string{"debian12"}); err != nil {
		t.Fatal(err)
	}
	named := remedyOf(t, o, "Go's own ")
	here := ""
	for _, release := range oracleToolchains[:2] {
		if haveToolchain(t, release) {
			here = release
		}
	}
	if here == "" {
		if len(named.Commands) > 0 || !strings.Contains(named.Message, "nothing was fetched") {
			t.Errorf("got %+v, want a toolchain named, and no command", named)
		}
		testskip.Missing(t, "there is no other toolchain in the module cache")
	}
	exe := filepath.Join(t.TempDir(), "app")
	cmd := exec.Command("sh", "-c", strings.Replace(strings.Join(named.Commands, " && "), "go build ", "go build -o "+exe+" ", 1))
	cmd.Dir, cmd.Env = o.Dir, append(slices.Clone(o.Env), "PWD="+o.Dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%q: %s", named.Commands, out)
	}
	if e, err := inspect.File(exe); err != nil || e.Interpreter.Value != named.Interpreter || e.Interpreter.Value == "/opt/go/ld.so" {
		t.Errorf("got %s, %v by %q, want %s", e.Interpreter.Value, err, named.Commands, named.Interpreter)
	}
	o.Env = append(o.Env, "GOMODCACHE="+t.TempDir())
	if named := remedyOf(t, o, "Go's own "); len(named.Commands) > 0 || !strings.Contains(named.Message, "nothing was fetched") {
		t.Errorf("got %+v where there is none, want a toolchain named, and no command", named)
	}
}

// zig is a C compiler with C libraries of its own, of which musl runs everywhere.
func TestRemedyZig(t *testing.T) {
	testskip.ByFlag(t, *zig != "", "-zig=FILE", "npm has it")
	h := testhost.Make(t, "deb11")
	o := row{program: "cgom", env: []string{"PATH+=" + filepath.Dir(*zig), "CGO_ENABLED=1"}}.options(t)
	var err error
	if o.Wants, err = doctor.Wants([]string{"rootfs:" + h.Dir}); err != nil {
		t.Fatal(err)
	}
	r := remedyOf(t, o, "zig cc for musl")
	made := &pasted{dir: t.TempDir(), said: map[string]string{}}
	if said, ok := made.carryOut(t, h, o, strings.Join(r.Commands, " && ")); !ok {
		t.Errorf("got %q offered, which ends in: %s", r.Commands, said)
	}
}

// remedyOf is the remedy of the one program whose message begins so.
func remedyOf(t *testing.T, o doctor.Options, message string) doctor.Remedy {
	t.Helper()
	report, err := doctor.Predict(t.Context(), o)
	if err != nil || len(report.Programs) != 1 {
		t.Fatalf("no prediction: %v", err)
	}
	i := slices.IndexFunc(report.Programs[0].Remedies, func(r doctor.Remedy) bool { return strings.HasPrefix(r.Message, message) })
	if i < 0 {
		t.Fatalf("got %+v, want a remedy that says %q", report.Programs[0].Remedies, message)
	}
	return report.Programs[0].Remedies[i]
}
