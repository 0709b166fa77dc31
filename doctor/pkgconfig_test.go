package doctor_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/testcc"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// pkgConfigLines are #cgo pkg-config lines that some release refuses, or all, or none.
var pkgConfigLines = []string{
	"--log-file=${SRCDIR}/../../victim ${SRCDIR}/run.sh", "--log-file=${SRCDIR}/victim zlib",
	"--with-path=${SRCDIR} zlib", "--help zlib", "--define-variable=a=$b zlib",
	"--define-variable=prefix=/opt zlib", "--personality=triplet zlib", "-zlib", "@zlib", "./x.pc",
	"${SRCDIR}/x.pc", "../zlib", "x.pc", "--log-file=/x -zlib",
	"--static zlib", "--print-errors zlib", "zlib", "-- zlib",
}

// TestPkgConfigWords: of #cgo pkg-config lines, pkg-config gets no word that the
// strictest release refuses, whatever the release, and what a release refuses is
// what go build of it says.
func TestPkgConfigWords(t *testing.T) {
	testskip.Short(t, "builds programs")
	pkgConfigWords(t, "local", "go1.24.13", "go1.26.11") // one of each rule
}

// TestPkgConfigWordsLong does it for all releases.
func TestPkgConfigWordsLong(t *testing.T) {
	testskip.Long(t)
	pkgConfigWords(t, append([]string{"local"}, oracleToolchains...)...)
}

func pkgConfigWords(t *testing.T, releases ...string) {
	testcc.Need(t, "gcc")
	bin := t.TempDir()
	log := filepath.Join(bin, "log")
	testcc.Script(t, filepath.Join(bin, "pkg-config"), `echo "$*" >>`+log+"\n")
	for _, release := range releases {
		t.Run(release, func(t *testing.T) {
			env := slices.DeleteFunc(os.Environ(), func(kv string) bool {
				return strings.HasPrefix(kv, "CGO_") || strings.HasPrefix(kv, "PKG_") || strings.HasPrefix(kv, "GO111")
			})
			env = append(env, "GOTOOLCHAIN="+release, "GOFLAGS=-buildvcs=false", "GOENV=off", "GOWORK=off", "GOPROXY=off", "CGO_ENABLED=1", "CC=gcc", "PKG_CONFIG="+filepath.Join(bin, "pkg-config"))
			version := exec.Command("go", "version")
			if version.Env = env; version.Run() != nil {
				testskip.Missing(t, "%s is not in the module cache", release)
			}
			dir := t.TempDir()
			files := map[string]string{"go.mod": "module example.com/m\n\ngo 1.21\n"}
			for i, line := range pkgConfigLines {
				files[fmt.Sprintf("p%d/main.go", i)] = "package main\n\n// #cgo pkg-config: " + line + "\nimport \"C\"\n\nfunc main() {}\n"
			}
			for name, text := range files {
				file := filepath.Join(dir, name)
				if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			os.Remove(log)
			r, err := doctor.Predict(t.Context(), doctor.Options{Dir: dir, Env: env, Patterns: []string{"./..."}})
			if err != nil || len(r.Programs) != len(pkgConfigLines) {
				t.Fatalf("got %d programs, %v, want %d", len(r.Programs), err, len(pkgConfigLines))
			}
			asked, _ := os.ReadFile(log)
			for line := range strings.Lines(string(asked)) {
				if words := strings.Fields(line); !slices.Contains([]string{"zlib", "--static zlib", "--print-errors zlib", "--define-variable=prefix=/opt zlib"},
					strings.TrimSpace(strings.Replace(strings.Join(words[1:], " "), "-- ", "", 1))) {
					t.Errorf("got pkg-config run with %q", line)
				}
			}
			if len(asked) == 0 {
				t.Error("got pkg-config not run at all, want it run for plain names")
			}
			os.Remove(log)
			build := exec.Command("go", "build", "./...") // which links nothing
			build.Dir, build.Env = dir, env
			out, _ := build.CombinedOutput()
			for _, p := range r.Programs {
				var n int
				if _, err := fmt.Sscanf(p.Package, "example.com/m/p%d", &n); err != nil {
					t.Fatal(err)
				}
				said := ""
				for line := range strings.Lines(string(out)) {
					if words, ok := strings.CutPrefix(line, p.Package+": "); ok {
						said, _, _ = strings.Cut(strings.TrimSpace(words), " (see ")
					}
				}
				switch {
				case said != p.BuildError:
					t.Errorf("%s: got %q, go build says %q", pkgConfigLines[n], p.BuildError, said)
				case said == "" && p.Linkage.Certainty == link.Unknown && !strings.Contains(p.Linkage.Because, "it is not passed to pkg-config"):
					t.Errorf("%s: got unknown because %q", pkgConfigLines[n], p.Linkage.Because)
				}
			}
			verifyLogFile(t, doctor.Options{Dir: dir, Env: env, Patterns: []string{"./p1"}}, log)
		})
	}
}

// verifyLogFile verifies a program with --log-file, which is built only by a release
// that refuses it.
func verifyLogFile(t *testing.T, o doctor.Options, log string) {
	t.Helper()
	os.Remove(log)
	r, err := doctor.Verify(t.Context(), o)
	if refused := len(r.Programs) == 1 && r.Programs[0].BuildError != ""; refused != (err == nil) {
		t.Errorf("got refused %v and error %v, want it built only if it is refused", refused, err)
	}
	if asked, _ := os.ReadFile(log); strings.Contains(string(asked), "--log-file") {
		t.Errorf("got pkg-config run with %q", asked)
	}
}
