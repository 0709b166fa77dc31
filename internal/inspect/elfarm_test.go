package inspect

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// TestARMLevel reads what a C compiler was told of the processor.
func TestARMLevel(t *testing.T) {
	const gcc = "arm-linux-gnueabihf-gcc"
	if _, err := exec.LookPath(gcc); err != nil {
		testskip.Missing(t, "there is no %s", gcc)
	}
	for flags, want := range map[string]string{
		"-march=armv5te -mfloat-abi=soft": "5", "-march=armv5te+fp -mfloat-abi=softfp": "6", "-march=armv6 -mfloat-abi=soft": "6",
		"-march=armv6kz+fp": "6", "-march=armv7-a -mfloat-abi=soft": "7", "-march=armv7-a+fp": "7", "-march=armv7-a+neon-vfpv4": "7", "-march=armv8-a+simd": "8",
	} {
		dir := t.TempDir()
		source, lib := filepath.Join(dir, "f.c"), filepath.Join(dir, "lib.so")
		if err := os.WriteFile(source, []byte("double f(double x) { return x * 3; }"), 0o666); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("sh", "-c", gcc+" -marm -shared -nostdlib -fPIC "+flags+" -o "+lib+" "+source).CombinedOutput()
		if err != nil {
			t.Logf("%s: not linked: %s", flags, out)
			continue
		}
		f, err := os.Open(lib)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		info, _ := f.Stat()
		o, err := Object(f, info.Size())
		if err != nil {
			t.Fatal(err)
		}
		if o.Level != want {
			t.Errorf("%s: got %q, want %q", flags, o.Level, want)
		}
	}
}

// TestARMAttributes: lists that have no end, or lengths that are none.
func TestARMAttributes(t *testing.T) {
	whole := "\x15\x00\x00\x00aeabi\x00\x01\x0b\x00\x00\x00\x06\x0a\x0a\x04\x08\x01"
	vendor := "\x09\x00\x00\x00gnu\x00\x01"
	for text, want := range map[string]string{
		whole: "7", vendor + whole: "7", "": "", "\x15\x00\x00": "", whole[:20]: "", vendor: "",
		"\x00\x00\x00\x00aeabi\x00":                                     "",
		"\x0f\x00\x00\x00aeabi\x00\x01\x00\x00\x00\x00":                 "",
		"\x12\x00\x00\x00aeabi\x00\x01\x08\x00\x00\x00\x06\xff\xff":     "",
		"\x13\x00\x00\x00aeabi\x00\x01\x09\x00\x00\x00\x05\x41\x00\x06": "",
	} {
		if got := armLevelOf([]byte(text), binary.LittleEndian); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
