package doctor_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/testcc"
)

var recordFacts = flag.Bool("facts", false, "record testdata/facts anew, on machines that are made for it")

// factsPrefix is where these machines were when their facts were recorded.
const factsPrefix = "/tmp/goportdoctor-facts"

// recordings are machines that were made for real and whose facts goportdoctor
// recorded, but for the links that were tried, which are left out; and what the
// checks say of each. Some are edited after that, into what cannot be made.
var recordings = []struct {
	name  string
	env   func(t *testing.T, dir string) []string
	edit  func(facts string) string // nil where nothing is
	wants [][3]string               // id, severity, words
}{
	{"brewed-gcc", func(t *testing.T, dir string) []string {
		return []string{"CC=" + testcc.Brew(t, filepath.Join(dir, "brew"))}
	}, nil, [][3]string{
		{"cc-loader", doctor.Warning, "specs"}, {"cc-loader", doctor.Warning, "here a symbolic link to"}, {"cc-command", doctor.OK, "of Homebrew"},
		{"cc-runpath", doctor.Warning, factsPrefix + "/brewed-gcc/brew/lib/gcc/current"}}},
	{"conda", func(t *testing.T, dir string) []string { return testcc.Conda(t, dir) }, nil, [][3]string{
		{"go-settings", doctor.Warning, factsPrefix + "/conda/etc/conda/activate.d/activate-go.sh"}, {"cc-command", doctor.OK, "of conda"},
		{"cgo-flags", doctor.Warning, "-rpath," + factsPrefix + "/conda/lib"}}},
	{"debian-go1.19", func(t *testing.T, dir string) []string { return []string{"PATH+=" + go119 + "/bin"} }, nil, [][3]string{
		{"goroot-archive", doctor.OK, "precompiled by the distribution, names /lib64/"}, {"goroot", doctor.OK, "go1.19.8"}}},
	// The machine of the case: what Linuxbrew's Go was in its owner's home, which
	// nobody else has.
	{"debian-go1.19", nil, func(facts string) string {
		facts = strings.ReplaceAll(facts, `"loader":"/lib64/ld-linux-x86-64.so.2"`, `"loader":"/home/sarisia/.linuxbrew/lib/ld.so"`)
		facts = strings.ReplaceAll(facts, `"packager":"the distribution"`, `"packager":"Homebrew"`)
		return strings.ReplaceAll(facts, "/usr/lib/go-1.19", "/home/sarisia/.linuxbrew/Cellar/go/1.19.8/libexec")
	}, [][3]string{{"goroot-archive", doctor.Warning, "runtime/cgo.a of this go1.19.8, precompiled by Homebrew, names /home/sarisia/.linuxbrew/lib/ld.so"},
		{"goroot-archive", doctor.Warning, "/home/sarisia/.linuxbrew/Cellar/go/1.19.8/libexec/pkg/linux_amd64/runtime/cgo.a"}}},
}

// The checks say of a recorded machine what they said there, with nothing of it
// here.
func TestRecordedFacts(t *testing.T) {
	for _, r := range recordings {
		file := filepath.Join("testdata", "facts", r.name+".json")
		if *recordFacts && r.env != nil {
			recordTo(t, file, row{program: "net", env: r.env(t, freshDir(t, r.name))}.options(t))
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		if r.edit != nil {
			text = r.edit(text)
		}
		f, err := doctor.ReadFacts(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		report := &doctor.Report{Findings: doctor.CheckFacts(f, nil)}
		for _, w := range r.wants {
			wantFinding(t, report, w[0], w[1], w[2])
		}
	}
}

func freshDir(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join(factsPrefix, name)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(factsPrefix) })
	return dir
}

func recordTo(t *testing.T, file string, o doctor.Options) {
	t.Helper()
	f, err := doctor.Record(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	f.Answers = []doctor.Answered{}
	data, err := json.Marshal(reread(t, f))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(data, '\n'), 0o666); err != nil {
		t.Fatal(err)
	}
}
