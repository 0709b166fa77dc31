package main

import (
	"flag"
	"go/version"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

var allToolchains = flag.Bool("toolchains", false, "hold go vet of every toolchain against what it is to report")

// vetToolchains are go vet's whose reports are compared. A plain go test has the
// first.
var vetToolchains = []string{"go1.21.13", "go1.27.4", "go1.22.12", "go1.23.12", "go1.24.13", "go1.25.12", "go1.26.11"}

const vettedModule = `
-- go.mod --
module example.com/app

go 1.21
-- who/who.go --
package who

import "os/user"

var Me = user.Current
-- own/own.go --
package own

// static int one(void) { return 1; }
import "C"

var One = int(C.one())
-- main.go --
package main

import "example.com/app/who"

func main() { _, _ = who.Me() }
`

// TestVetToolchains has the go vet of one release run this tool.
func TestVetToolchains(t *testing.T) {
	testskip.Short(t, "compiles for another toolchain")
	holdVet(t, vetToolchains[:1])
}

// TestVetToolchainsLong has the go vet of each release run this tool.
func TestVetToolchainsLong(t *testing.T) {
	testskip.Long(t, *allToolchains)
	holdVet(t, vetToolchains)
}

// holdVet has the go vet of releases run this tool, built with the go command that
// runs the tests, or if the release is newer, with that one. The go vet of go1.21
// names no module, and os/user is known to be of another all the same.
func holdVet(t *testing.T, toolchains []string) {
	if _, err := exec.LookPath("gcc"); err != nil {
		testskip.Missing(t, "there is no gcc")
	}
	dir := t.TempDir()
	module, err := txtar.FS(txtar.Parse([]byte(vettedModule)))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, module); err != nil {
		t.Fatal(err)
	}
	for _, v := range toolchains {
		t.Run(v, func(t *testing.T) { vetWith(t, v, dir) })
	}
}

func vetWith(t *testing.T, v, dir string) {
	goTool := func(dir string, args ...string) (string, error) {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOENV=off", "GOFLAGS=", "GOWORK=off", "GOPROXY=off", "CGO_ENABLED=1", "GOTOOLCHAIN="+v)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := goTool(dir, "go", "version"); err != nil {
		testskip.Missing(t, "there is no toolchain %s: %s", v, out)
	}
	tool, err := exec.LookPath("goportdoctor")
	if err != nil {
		t.Fatal(err)
	}
	if version.Compare(version.Lang(v), version.Lang(runtime.Version())) > 0 {
		out, err := goTool(dir, "go", "vet", "-vettool="+tool, "./who")
		if lines := strings.Count("\n"+out, "\ngoportdoctor: "); err == nil || lines != 1 || !strings.Contains(out, "which is older than the "+v) || !strings.Contains(out, "go install ") {
			t.Errorf("a tool that is older: got %v, %d lines of it, want one that says so\n%s", err, lines, out)
		}
		tool = filepath.Join(t.TempDir(), "goportdoctor")
		if out, err := goTool(".", "go", "build", "-buildvcs=false", "-o", tool, "."); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	out, err := goTool(dir, "go", "vet", "-vettool="+tool, "./...")
	for _, want := range []string{
		`^who/who.go:3:8: import "os/user" links with cgo: os/user$`,
		`^own/own.go:4:8: import "C" links with cgo$`,
	} {
		if !regexp.MustCompile("(?m)" + want).MatchString(out) {
			t.Errorf("got %v, want %s\n%s", err, want, out)
		}
	}
	if err == nil || strings.Count(out, "links with cgo") != 2 {
		t.Errorf("got %v, want two reports\n%s", err, out)
	}
	if out, err := goTool(dir, "go", "vet", "-vettool="+tool, "-cgoimport.main", "."); err == nil || !strings.Contains(out, `main.go:3:8: import "example.com/app/who" links with cgo: example.com/app/who → os/user`) {
		t.Errorf("-cgoimport.main: got %v\n%s", err, out)
	}
	if out, err := goTool(dir, "go", "vet", "-vettool="+tool, "-cgoimport.allow=os/user,example.com/app/own", "./..."); err != nil {
		t.Errorf("-cgoimport.allow: got %v\n%s", err, out)
	}
}
