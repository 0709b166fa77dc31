package doctor_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// TestWithoutCgo holds what is said of a program without cgo, and whether that is
// offered as a remedy, against a build of it. The modules are what syntax and names
// alone do not tell.
func TestWithoutCgo(t *testing.T) {
	testskip.Short(t, "builds programs")
	if _, err := exec.LookPath("gcc"); err != nil {
		testskip.Missing(t, "there is no gcc")
	}
	files, err := filepath.Glob("testdata/withoutcgo/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no modules: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			holdWithout(t, file)
		})
	}
}

// column is the place in a line that go/types and the compiler may see otherwise.
var column = regexp.MustCompile(`^\S+:\d+:\d+: `)

func holdWithout(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	module, err := txtar.FS(archive)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, module); err != nil {
		t.Fatal(err)
	}
	env := plainEnv("PWD=" + dir)
	o := doctor.Options{Dir: dir, Env: append(env, "CGO_ENABLED=1"), CacheDir: t.TempDir(), Checks: []string{"cgo-unpinned"}}
	r, err := doctor.Examine(t.Context(), o)
	if err != nil || len(r.Programs) != 1 || r.Programs[0].WithoutCgo == nil {
		t.Fatalf("nothing is said of it without cgo: %v, %+v", err, r)
	}
	said := r.Programs[0].WithoutCgo
	if out, err := run(dir, append(env, "CGO_ENABLED=1"), "go", "build", "-o", filepath.Join(dir, "app"), "."); err != nil {
		t.Fatalf("it does not build with cgo: %s", out)
	}
	out, err := run(dir, append(env, "CGO_ENABLED=0"), "go", "build", "-o", filepath.Join(dir, "app"), ".")
	if (said.Value == doctor.BuildFails) != (err != nil) {
		t.Errorf("got %+v, want what happens: %v: %s", *said, err, out)
	}
	if said.Value == doctor.BuildFails && said.Certainty == doctor.Certain && !strings.HasSuffix(file, "/syntax.txtar") && !strings.Contains(out, column.ReplaceAllString(said.Because, "")) {
		t.Errorf("got %q, want words of %s", said.Because, out)
	}
	for _, c := range r.Programs[0].Causes {
		if c.WithoutCgo == "fails" && err == nil {
			t.Errorf("got the cause %+v, want what happens: %v", c, err)
		}
	}
	o.Checks = nil
	if o.Wants, err = doctor.Wants([]string{"scratch"}); err != nil {
		t.Fatal(err)
	}
	r, predictError := doctor.Predict(t.Context(), o)
	if predictError != nil || len(r.Programs) != 1 {
		t.Fatalf("no prediction: %v", predictError)
	}
	offered := slices.ContainsFunc(r.Programs[0].Remedies, func(r doctor.Remedy) bool { return slices.Contains(r.Env, "CGO_ENABLED=0") })
	if offered && said.Value == doctor.BuildFails {
		t.Errorf("got %+v offered, want none of it that does not build", r.Programs[0].Remedies)
	}
}
