package predict

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// TestFlagValues holds what linkers of each release are said to refuse against
// what they say of it: one that takes the flags goes on to miss its input.
func TestFlagValues(t *testing.T) {
	values := []string{
		"-B xyz", "-B 0x12", "-B 0x123", "-B 0x1g", "-B none", "-B gobuildid", "-B gobuildid -buildid=", "-B=0x" + strings.Repeat("0", 66),
		"-R 4095", "-R 4096", "-R 5000", "-R -1", "-R x", "-R 0x2000", "-T 0x500000", "-T 99999999999999999999",
		"-aslr=false", "-aslr=false -buildmode=c-shared", "-aslr", "-benchmark=mem", "-benchmark=no",
		"-strictdups=2", "-strictdups=two", "-debugtramp=", "-memprofilerate 1.5", "-V", "-V=full", "-V=false", "-V -B xyz", "-s=maybe -V",
	}
	newer := map[string][]string{
		"go1.22": {"-B=", "-B xyz -B=0x12"}, // before, each -B was looked at by itself
		"go1.23": {"-randlayout=x", "-randlayout=5"},
		"go1.25": {"-funcalign=3", "-funcalign=32", "-funcalign=0", "-funcalign=-4"},
		"go1.26": {"-D=x"},
	}
	for _, release := range []string{"go1.27.4", "go1.26.11", "go1.25.12", "go1.24.13", "go1.23.12", "go1.22.12", "go1.21.13"} {
		rows := values
		for first, more := range newer {
			if since(release, first) {
				rows = append(rows[:len(rows):len(rows)], more...)
			}
		}
		dir := t.TempDir()
		env := exec.Command("go", "env", "GOTOOLDIR")
		env.Dir, env.Env = dir, append(env.Environ(), "GOTOOLCHAIN="+release, "GOPROXY=off", "GOFLAGS=")
		tools, err := env.Output()
		if err != nil {
			testskip.Missing(t, "%s is not in the module cache (GOTOOLCHAIN=%s go version fetches it): %v", release, release, err)
		}
		for _, row := range rows {
			words, err := link.SplitWords(row)
			if err != nil {
				t.Fatal(err)
			}
			args := append(append([]string{"-o", filepath.Join(dir, "out"), "-buildid=x"}, words...), "-extld=gcc", "missing.a")
			out, _ := exec.Command(filepath.Join(strings.TrimSpace(string(tools)), "link"), args...).CombinedOutput()
			said := string(out)
			b := build()
			if strings.Contains(row, "c-shared") {
				b.BuildMode = "c-shared"
			}
			p := program(true, mainOf("fmt"))
			p.LDFlags = words
			got := New(b, p, known(release)).d.buildError
			if strings.HasPrefix(got, "-V ") {
				got = "link version " + release
			}
			if got == "" {
				got = "missing.a"
			}
			if !strings.Contains(said, got) {
				t.Errorf("%s of %s: got %q, want %.200q", row, release, got, said)
			}
		}
	}
}

// TestDoubtfulFlags: what comes of these hangs on addresses and symbols.
func TestDoubtfulFlags(t *testing.T) {
	for _, c := range []struct{ flags, mode, want string }{
		{"-T=0x500000", "default", "-ldflags=-T=0x500000 gives an address that executables may not bear"},
		{"-D 0x1000000", "default", "-ldflags=-D=0x1000000 gives an address that the linker may refuse"},
		{"-E main.main", "default", "-ldflags=-E=main.main names an entry that may not be there"},
		{"-importcfg=x", "default", "-ldflags=-importcfg=x names packages besides the go command's"},
		{"-strictdups=2", "default", "-ldflags=-strictdups=2 may refuse what is linked"},
		{"-strictdups=1", "default", ""},
		{"-buildmode=c-shared", "default", "-ldflags=-buildmode=c-shared is not the mode that the packages are compiled for"},
		{"-buildmode=exe", "c-shared", "-ldflags=-buildmode=exe is not the mode that the packages are compiled for"},
		{"-buildmode=c-shared", "c-shared", ""},
		{"-buildmode=pie", "exe", ""},
		{"-buildmode=exe", "pie", ""},
	} {
		p := program(true, mainOf("fmt"))
		p.LDFlags = strings.Fields(c.flags)
		if d := New(build(mode(c.mode)), p, known("go1.26.8")).d; d.doubt != c.want || d.buildError != "" {
			t.Errorf("%s, -buildmode=%s: got %q, %q, want %q", c.flags, c.mode, d.doubt, d.buildError, c.want)
		}
	}
}
