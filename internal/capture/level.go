package capture

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// levelFlags are the words of /proc/cpuinfo that each GOAMD64 asks for beyond
// the one before.
var levelFlags = []struct {
	level string
	flags []string
}{
	{"v2", []string{"cx16", "lahf_lm", "popcnt", "sse4_1", "sse4_2", "ssse3"}},
	{"v3", []string{"avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe", "xsave"}},
	{"v4", []string{"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}},
}

// amd64Level is the GOAMD64 of this machine's processor; false where it cannot
// be told.
func amd64Level() (level string, known bool) {
	data, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "", false
	}
	for line := range strings.Lines(string(data)) {
		name, value, _ := strings.Cut(line, ":")
		if strings.TrimSpace(name) == "flags" {
			return levelOf(strings.Fields(value)), true
		}
	}
	return "", false
}

// emulates reports whether a program is registered in the folder that starts
// files by their first bytes; what cannot be read may be one.
func emulates(dir string) bool {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false // not mounted: nothing is registered
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if e.Name() == "register" || e.Name() == "status" {
			continue
		}
		if err != nil || strings.HasPrefix(string(data), "enabled") && strings.Contains(string(data), "magic ") {
			return true
		}
	}
	return false
}

func levelOf(flags []string) string {
	level := "v1"
	for _, l := range levelFlags {
		for _, f := range l.flags {
			if !slices.Contains(flags, f) {
				return level
			}
		}
		level = l.level
	}
	return level
}
