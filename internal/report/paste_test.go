package report_test

import (
	"bytes"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/remedy"
	"github.com/goportdoctor/goportdoctor/internal/report"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// TestPaste has a shell read the commands of remedies, for one program and for
// several, with hostile names in every place. The go command that it runs is a
// function which prints its arguments.
func TestPaste(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		testskip.Missing(t, "there is no bash, whose quotes the commands may have")
	}
	const prelude = `go() { printf '<%s>' "$CC" "$@"; }
cd() { printf 'cd <%s>' "${@: -1}"; [[ $1 != -* ]]; }
env() { shift 2; while [[ $1 == CC=* || $1 == GOOS=* ]]; do local "$1"; shift; done; "$@"; }
`
	for _, word := range hostiles {
		dir := "./" + word
		place := remedy.Place{Dir: word, Release: "go1.26.8", With: []string{"GOOS=" + word}}
		plan := remedy.Plan{Flags: []string{"-ldflags=" + word}, Env: []string{"CC=" + word}, Unset: []string{"GOFLAGS"}}
		for _, c := range []struct {
			place    remedy.Place
			programs []string
			want     string
		}{
			{remedy.Place{}, []string{dir}, "\x00<build><-ldflags=" + word + "><" + dir + ">"},
			{place, []string{dir}, "\x00<-C><" + word + "><build><-ldflags=" + word + "><" + dir + ">"},
			{remedy.Place{Dir: word, Release: "go1.19"}, []string{dir}, "cd <" + cdArgument(word) + ">\x00<build><-ldflags=" + word + "><" + dir + ">"},
			{remedy.Place{}, []string{dir, "./plain"}, "\x00<build><-ldflags=" + word + "><" + dir + ">\x00<build><-ldflags=" + word + "><./plain>"},
		} {
			c.want = strings.ReplaceAll(c.want, "\x00", "<"+word+">")
			var r doctor.Report
			for _, program := range c.programs {
				var p doctor.Program
				p.Package = "example.com/" + strings.TrimPrefix(program, "./")
				p.Remedies = []doctor.Remedy{{Commands: plan.Command(c.place, program), Message: "m"}}
				r.Programs = append(r.Programs, p)
			}
			got := run(t, bash, prelude+strings.Join(printed(t, &r), "\n"))
			if got != c.want {
				t.Errorf("%q: got %q, want %q, of %q", word, got, c.want, printed(t, &r))
			}
		}
	}
}

func cdArgument(dir string) string {
	if strings.HasPrefix(dir, "-") {
		return "./" + dir
	}
	return dir
}

// printed are the commands as the text has them.
func printed(t *testing.T, r *doctor.Report) []string {
	t.Helper()
	var b bytes.Buffer
	if err := report.Text(&b, r); err != nil {
		t.Fatal(err)
	}
	var commands []string
	for line := range strings.Lines(b.String()) {
		if command, _, ok := strings.Cut(line, " — m"); ok {
			command = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(command), "what helps"))
			commands = append(commands, command)
		}
	}
	return slices.Compact(commands)
}

func run(t *testing.T, bash, script string) string {
	t.Helper()
	out, err := exec.Command(bash, "--norc", "-c", script).CombinedOutput()
	if err != nil {
		t.Errorf("got %v and %q of %q", err, out, script)
	}
	return string(out)
}
