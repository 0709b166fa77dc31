package toolchain

import (
	"path/filepath"
	"strconv"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// A Libc is the C library that a compiler links programs with.
type Libc struct {
	Name    string `json:"name"`    // glibc, musl, or "" where nothing tells
	Version string `json:"version"` // as 2.36, "" where nothing tells
	File    string `json:"file"`    // where it was read
}

// libc finds the C library behind an answer: its name by what the probe needs,
// its version in the library's own file.
func (s *ccSession) libc(a link.Answer, dirs []string) Libc {
	for _, lib := range a.Needed {
		switch {
		case lib == "libc.so.6":
			file := s.libcFile(dirs, "libc.so.6")
			return Libc{Name: "glibc", Version: glibcVersion(file), File: file}
		case strings.HasPrefix(lib, "libc.musl-"), lib == "libc.so" && strings.Contains(a.Interp, "ld-musl"):
			file := executable(a.Interp) // musl's loader is its libc
			if file == "" {
				file = s.libcFile(dirs, lib)
			}
			return Libc{Name: "musl", Version: muslVersion(file), File: file}
		}
	}
	return Libc{}
}

// libcFile is a library as the compiler would find it.
func (s *ccSession) libcFile(dirs []string, name string) string {
	for _, dir := range dirs {
		if file := joinAsIs(dir, name); filepath.IsAbs(dir) && s.stamp(file).Size > 0 {
			return tidy(file)
		}
	}
	return ""
}

// glibcVersion is the newest version that a libc.so.6 defines names for.
func glibcVersion(file string) string {
	f, err := openELF(file)
	if err != nil {
		return ""
	}
	defer f.Close()
	versions, _ := f.DynamicVersions()
	newest := ""
	for _, v := range versions {
		if n, ok := strings.CutPrefix(v.Name, "GLIBC_"); ok && link.CompareVersions(n, newest) > 0 {
			newest = n
		}
	}
	return newest
}

var muslRelease = lazily(`\x00(1\.\d+\.\d+)\x00`)

// muslVersion is the one that musl's loader prints, a string among its data.
func muslVersion(file string) string {
	f, err := openELF(file)
	if err != nil {
		return ""
	}
	defer f.Close()
	section := f.Section(".rodata")
	if section == nil || section.Size > 4<<20 {
		return ""
	}
	data, err := section.Data()
	if m := muslRelease().FindSubmatch(data); err == nil && m != nil {
		return string(m[1])
	}
	return ""
}

// targetLibc is the glibc that the words of a zig cc ask for, as 2.17 of
// x86_64-linux-gnu.2.17.
func targetLibc(target string) string {
	_, v, ok := strings.Cut(target, "-gnu.")
	if _, err := strconv.ParseFloat(v, 64); !ok || err != nil {
		return ""
	}
	return v
}
