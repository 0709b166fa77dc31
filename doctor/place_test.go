package doctor_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/testcc"
)

// TestPlace: a file that lies in the root that is asked about has its own folder
// for $ORIGIN, and so has one on this machine, which is started here; elsewhere
// nobody knows where it will lie.
func TestPlace(t *testing.T) {
	gcc, dir := testcc.Need(t, "gcc"), t.TempDir()
	app, elsewhere := filepath.Join(dir, "root", "opt", "app"), filepath.Join(dir, "elsewhere")
	for name, text := range map[string]string{"root/opt/a.c": "int a(void) { return 0; }\n", "root/opt/app.c": "int a(void);\nint main(void) { return a(); }\n", "elsewhere/x": ""} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"-shared", "-fPIC", "-o", "liba.so", "a.c"}, {"-o", "app", "app.c", "-L.", "-la", "-Wl,-rpath,$ORIGIN"}} {
		cmd := exec.Command(gcc, args...)
		cmd.Dir = filepath.Dir(app)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	if out, err := exec.Command(app).CombinedOutput(); err != nil {
		t.Fatalf("it does not start here: %v\n%s", err, out)
	}
	for _, c := range []struct{ target, want string }{
		{"host", "runs"},
		{"rootfs:/", "runs"},
		{"rootfs:" + elsewhere, "fails"}, // which has no loader
		{"debian13", "unknown"},
	} {
		wants, err := doctor.Wants([]string{c.target})
		if err != nil {
			t.Fatal(err)
		}
		r := doctor.Inspect([]string{app}, wants)
		if v := r.Programs[0].Targets[0]; v.Verdict != c.want {
			t.Errorf("%s: got %s (%s), want %s", c.target, v.Verdict, v.Because, c.want)
		}
	}
	if err := os.Chmod(app, 0o644); err != nil {
		t.Fatal(err)
	}
	wants, err := doctor.Wants([]string{"rootfs:/"})
	if err != nil {
		t.Fatal(err)
	}
	if v := doctor.Inspect([]string{app}, wants).Programs[0].Targets[0]; v.Verdict != "fails" || !strings.HasSuffix(v.Message, "permission denied") {
		t.Errorf("nobody may execute it: got %s (%s) %q, want that said", v.Verdict, v.Because, v.Message)
	}
}
