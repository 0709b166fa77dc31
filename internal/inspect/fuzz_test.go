package inspect

import (
	"encoding/binary"
	"os"
	"testing"
)

// FuzzInspect has files of every format mutated. Real ones are built where
// time allows; the hand-made ones reach deep with few bytes. Real ones are
// large: give -short, or -fuzzminimizetime=10x, or it will minimize all day.
func FuzzInspect(f *testing.F) {
	f.Add([]byte("!<arch>\ngo.o/           0           0     0     644     2         `\nxx"))
	f.Add([]byte("\x00asm\x01\x00\x00\x00"))
	f.Add(plain().bytes())
	big := plain()
	big.order = binary.BigEndian
	f.Add(big.bytes())
	narrow := plain()
	narrow.wide = false
	f.Add(narrow.bytes())
	f.Add(smallMachO())
	f.Add(smallPE())
	for _, path := range []string{"/bin/true", os.Args[0]} {
		addFile(f, path)
	}
	if !testing.Short() {
		for _, port := range [][2]string{
			{"linux", "amd64"}, {"linux", "386"}, {"linux", "s390x"}, {"darwin", "arm64"}, {"windows", "amd64"},
			{"aix", "ppc64"}, {"plan9", "amd64"}, {"wasip1", "wasm"},
		} {
			args := []string{"-ldflags=-s -w"}
			if port[0] == "linux" && port[1] == "amd64" {
				args = append(args, "-buildmode=pie") // has a dynamic segment
			}
			addFile(f, build(f, "hello", []string{"CGO_ENABLED=0", "GOOS=" + port[0], "GOARCH=" + port[1]}, args...))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		exe, err := inBounds(t, b)
		if err != nil {
			return
		}
		if exe.Needed.Value == nil || exe.RPath.Value == nil || exe.RunPath.Value == nil ||
			exe.Build.Tags == nil || exe.Build.Flags == nil || exe.Build.Env == nil || exe.Causes == nil {
			t.Errorf("got a nil list, want empty ones: %+v", exe)
		}
		if exe.Linkage.Value == "" {
			t.Errorf("linkage: got \"\", want a value")
		}
	})
}

// addFile adds a file's first 64 KB, and all of it where it is not too large.
func addFile(f *testing.F, path string) {
	b, err := os.ReadFile(path)
	if err != nil {
		f.Logf("no seed: %v", err)
		return
	}
	f.Add(b[:min(len(b), 64<<10)])
	if len(b) <= 2<<20 {
		f.Add(b)
	}
}
