package capture

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// TestLevel: a program that is compiled for a level starts where the processor is
// said to have it, and nowhere else.
func TestLevel(t *testing.T) {
	testskip.Short(t, "compiles the runtime for four processors")
	dir, level := t.TempDir(), amd64Level()
	put(t, filepath.Join(dir, "main.go"), []byte("package main\n\nfunc main() {}\n"))
	for _, want := range []string{"v1", "v2", "v3", "v4"} {
		exe := filepath.Join(dir, want)
		build := exec.Command("go", "build", "-o", exe, "main.go")
		build.Dir, build.Env = dir, append(build.Environ(), "GOAMD64="+want, "CGO_ENABLED=0", "GOFLAGS=", "GO111MODULE=off")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if out, err := exec.Command(exe).CombinedOutput(); (err == nil) != (want <= level) {
			t.Errorf("the processor is said to have %s; a program for %s: %v %s", level, want, err, out)
		}
	}
}

// TestLevelOfOthers: what a processor lacks, on others than this machine's, which
// are made up.
func TestLevelOfOthers(t *testing.T) {
	all := map[uint32]leaf{0: {eax: 7}, 1: {ecx: ^uint32(0), edx: ^uint32(0)}, 7: {ebx: ^uint32(0)}, 0x80000000: {eax: 0x80000001}, 0x80000001: {ecx: ^uint32(0)}}
	for _, without := range []struct {
		leaf uint32
		say  leaf
		xcr0 uint32
		want string
	}{
		{99, leaf{}, 0xe7, "v4"},
		{99, leaf{}, 7, "v3"}, // the system does not save AVX-512's registers
		{7, leaf{ebx: 1<<3 | 1<<5 | 1<<8}, 0xe7, "v3"},
		{99, leaf{}, 1, "v2"},
		{0x80000001, leaf{ecx: 1}, 0xe7, "v2"}, // no lzcnt
		{0, leaf{eax: 6}, 0xe7, "v2"},          // no leaf 7
		{0x80000000, leaf{eax: 1}, 0xe7, "v1"}, // nor one for lahf
		{1, leaf{edx: ^uint32(0)}, 0xe7, "v1"}, // no sse3
		{1, leaf{edx: 1 << 25}, 0xe7, ""},
	} {
		p := processor{
			cpuid: func(eax, _ uint32) leaf {
				if eax == without.leaf {
					return without.say
				}
				return all[eax]
			},
			xcr0: func() uint32 { return without.xcr0 },
		}
		if got := p.level(); got != without.want {
			t.Errorf("leaf %#x %+v, xcr0 %#x: got %q, want %q", without.leaf, without.say, without.xcr0, got, without.want)
		}
	}
}
