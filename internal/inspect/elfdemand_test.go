package inspect

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// TestDemands reads what linkers were asked to write.
func TestDemands(t *testing.T) {
	if _, err := exec.LookPath("gcc"); err != nil {
		testskip.Missing(t, "there is no gcc")
	}
	for flag, want := range map[string]link.Object{
		"-Wl,-z,lazy":                  {},
		"-Wl,-z,nodefaultlib":          {NoDefault: true},
		"-Wl,-z,pack-relative-relocs":  {PackedRel: true},
		"-Wl,-z,x86-64-v2":             {Level: "v2"},
		"-Wl,-z,x86-64-v3":             {Level: "v3"},
		"-Wl,-z,x86-64-v4,-z,nodeflib": {Level: "v4"},
	} {
		dir := t.TempDir()
		source, exe := filepath.Join(dir, "main.c"), filepath.Join(dir, "exe")
		if err := os.WriteFile(source, []byte("static int x; int *p = &x; int main(void) { return *p; }"), 0o666); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("gcc", "-m64", "-fPIE", "-pie", "-o", exe, source, flag).CombinedOutput()
		if err != nil {
			t.Logf("%s: not linked: %s", flag, out)
			continue
		}
		e, err := File(exe)
		if err != nil {
			t.Fatal(err)
		}
		got := e.Object
		if got.NoDefault != want.NoDefault || got.PackedRel != want.PackedRel || got.Level != want.Level {
			t.Errorf("%s: got %t, %t, %q, want %t, %t, %q", flag, got.NoDefault, got.PackedRel, got.Level, want.NoDefault, want.PackedRel, want.Level)
		}
	}
}
