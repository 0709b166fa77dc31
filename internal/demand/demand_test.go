package demand

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

var amd64 = link.Machine{GOARCH: "amd64", Number: 62, Wide: true}

// TestAdd reads what linkers were asked to write.
func TestAdd(t *testing.T) {
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("there is no gcc")
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
		got := link.Object{Machine: amd64}
		File(&got, exe)
		if got.NoDefault != want.NoDefault || got.PackedRel != want.PackedRel || got.Level != want.Level {
			t.Errorf("%s: got %t, %t, %q, want %t, %t, %q", flag, got.NoDefault, got.PackedRel, got.Level, want.NoDefault, want.PackedRel, want.Level)
		}
	}
}

// FuzzDemand reads mutated headers of both widths and byte orders.
func FuzzDemand(f *testing.F) {
	self, err := os.ReadFile(os.Args[0])
	if err != nil {
		f.Fatal(err)
	}
	f.Add(self[:4096], true, false)
	f.Fuzz(func(t *testing.T, data []byte, wide, big bool) {
		o := link.Object{Machine: amd64}
		o.Machine.Wide, o.Machine.Big = wide, big
		Add(&o, bytes.NewReader(data), int64(len(data)))
		if o.Level > "v4" {
			t.Errorf("got the level %q", o.Level)
		}
	})
}
