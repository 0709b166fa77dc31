package capture

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
	"github.com/goportdoctor/goportdoctor/internal/target"
)

// levelBy is what the processors have that can run the loader of a system, as far
// as it notes what that is.
func levelBy(goarch string, loader *target.File) string {
	if levels := target.Levels(goarch); slices.Contains(levels, loader.Level) {
		return loader.Level
	}
	return ""
}

// levelOfVariant is the level in the variant of an image's platform, which is any
// text of the image's maker: v2 for amd64, v6 for arm.
func levelOfVariant(goarch, variant string) string {
	if goarch == "arm" {
		variant = strings.TrimPrefix(strings.Replace(variant, "v8", "v7", 1), "v")
	}
	if (goarch == "amd64" || goarch == "arm") && slices.Contains(target.Levels(goarch), variant) {
		return variant
	}
	return ""
}

// A leaf is what the CPUID instruction says for one number.
type leaf struct{ eax, ebx, ecx, edx uint32 }

// A processor answers the CPUID instruction, and tells what the system saves of
// its registers (XCR0).
type processor struct {
	cpuid func(eax, ecx uint32) leaf
	xcr0  func() uint32
}

// level is the processor's GOAMD64, "" where it is not even v1. It wants what
// the runtime does when a program starts (runtime/asm_amd64.s, and the psABI).
// /proc/cpuinfo would not do: a virtual machine's may leave out what is there.
func (p processor) level() string {
	has := func(word uint32, bits ...int) bool {
		for _, b := range bits {
			if word>>b&1 == 0 {
				return false
			}
		}
		return true
	}
	one, more := p.cpuid(1, 0), leaf{}
	if p.cpuid(0x80000000, 0).eax >= 0x80000001 {
		more = p.cpuid(0x80000001, 0)
	}
	if !has(one.edx, 0, 8, 15, 23, 24, 25, 26) { // fpu cx8 cmov mmx fxsr sse sse2
		return ""
	}
	if !has(one.ecx, 0, 9, 13, 19, 20, 23) || !has(more.ecx, 0) { // sse3 ssse3 cx16 sse4.1 sse4.2 popcnt, lahf
		return "v1"
	}
	if p.cpuid(0, 0).eax < 7 || !has(one.ecx, 12, 22, 26, 27, 28, 29) || !has(more.ecx, 5) { // fma movbe xsave osxsave avx f16c, lzcnt
		return "v2"
	}
	seven, saved := p.cpuid(7, 0), p.xcr0()
	if !has(seven.ebx, 3, 5, 8) || !has(saved, 1, 2) { // bmi1 avx2 bmi2, registers of sse and avx
		return "v2"
	}
	if !has(seven.ebx, 16, 17, 28, 30, 31) || !has(saved, 5, 6, 7) { // avx512 f dq cd bw vl, its registers
		return "v3"
	}
	return "v4"
}

// emulates reports whether a program is registered in the folder that starts
// files by their first bytes; what cannot be read may be one.
func emulates(dir string) bool {
	entries, err := bounded.ReadDir(dir, bounded.Entries)
	if err != nil {
		return false // not mounted: nothing is registered
	}
	for _, e := range entries {
		data, err := bounded.ReadFile(filepath.Join(dir, e.Name()), bounded.Settings)
		if e.Name() == "register" || e.Name() == "status" {
			continue
		}
		if err != nil || strings.HasPrefix(string(data), "enabled") && strings.Contains(string(data), "magic ") {
			return true
		}
	}
	return false
}
