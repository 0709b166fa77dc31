// What a dynamic loader has built in: it is read from the loader's own text, as
// the C library's build left it there.

package capture

import (
	"bytes"
	"encoding/binary"
	"io"
	"regexp"
	"strings"
	"sync"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/target"
)

const maxLoader = 4 << 20 // bytes; real ones have less than one million

// Compiling these takes longer than most runs of a command that needs none.
var (
	loaderName   = lazily(`^ld(-linux[-a-z0-9_]*|64|)\.so\.[0-9]+$`)
	glibcDirs    = lazily(`(?:/[!-~]{0,250}/\x00)+`)
	glibcRelease = lazily(`release version ([0-9]+\.[0-9]+)`)
	glibcCache   = lazily(`/[!-~]{0,250}/ld\.so\.cache\x00`)
	muslDirs     = lazily(`\x00(/[^\x00\n]*:/[^\x00\n]*)\x00`)
	muslRelease  = lazily(`\x00(1\.[0-9]+\.[0-9]+)[-_+~.a-z0-9]*\x00`)
)

var (
	gcompatStarts  = lazily(`\x00(/[!-~]{0,250}/ld-musl-[!-~]{1,50})\x00`)
	gcompatPreload = lazily(`\x00(/[!-~]{0,250}/libgcompat\.so[!-~]{0,50}) \x00`)
)

// lazily gives an expression that is compiled when it is first asked for.
func lazily(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

// loaderOf is the loader in an ELF file, nil where there is none.
func loaderOf(o *link.Object, r io.ReaderAt, size int64) *target.Loader {
	musl := o.Soname == "libc.so" || strings.HasPrefix(o.Soname, "libc.musl-") || o.Soname == "" && !o.Fixed
	glibc := loaderName().MatchString(o.Soname)
	if o.Interp != "" || len(o.Needed) > 0 || !musl && !glibc || size > maxLoader {
		return nil
	}
	text := make([]byte, size)
	if n, err := r.ReadAt(text, 0); n < len(text) && err != nil {
		return nil
	}
	switch {
	case glibc:
		return glibcLoader(text)
	case bytes.Contains(text, []byte("gcompat ELF interpreter stub")):
		return gcompatLoader(text)
	case bytes.Contains(text, []byte("musl libc")):
		return muslLoader(text)
	}
	return nil
}

func glibcLoader(text []byte) *target.Loader {
	l := &target.Loader{Libc: "glibc", CacheFile: "/etc/ld.so.cache"}
	if m := glibcRelease().FindSubmatch(text); m != nil {
		l.Version = string(m[1])
	}
	if m := glibcCache().Find(text); m != nil {
		l.CacheFile = strings.TrimSuffix(string(m), "\x00")
	}
	for _, m := range glibcDirs().FindAll(text, -1) {
		if dirs := strings.Split(strings.TrimSuffix(string(m), "\x00"), "\x00"); strings.Contains(string(m), "/lib") && len(l.Search) == 0 {
			for _, d := range dirs {
				l.Search = append(l.Search, strings.TrimSuffix(d, "/"))
			}
		}
	}
	return l
}

func muslLoader(text []byte) *target.Loader {
	l := &target.Loader{Libc: "musl"}
	if m := muslRelease().FindSubmatch(text); m != nil {
		l.Version = string(m[1])
	}
	for _, m := range muslDirs().FindAllSubmatch(text, -1) {
		if dirs := string(m[1]); strings.Contains(dirs, "lib") {
			l.Search = strings.Split(dirs, ":")
			break
		}
	}
	return l
}

// gcompatLoader reads what a gcompat's stub was built with.
func gcompatLoader(text []byte) *target.Loader {
	l := &target.Loader{Libc: "gcompat"}
	if m := gcompatStarts().FindSubmatch(text); m != nil {
		l.Starts = string(m[1])
	}
	if m := gcompatPreload().FindSubmatch(text); m != nil {
		l.Preload = string(m[1])
	}
	return l
}

// muslArch is musl's name of a machine, in its files' names.
func muslArch(m link.Machine) string {
	if name, ok := map[string]string{"amd64": "x86_64", "386": "i386", "arm64": "aarch64", "arm": "armhf", "ppc64le": "powerpc64le",
		"loong64": "loongarch64", "mips64le": "mips64el", "mipsle": "mipsel"}[m.GOARCH]; ok {
		return name
	}
	return m.GOARCH
}

const maxCacheEntries = 1 << 16

// parseCache reads /etc/ld.so.cache, in the format that glibc has written since
// 2.2, alone since 2.32 and after the old one before. A name that has entries only
// for processors with more than the common features gets an empty path.
func parseCache(data []byte, m link.Machine) map[string]string {
	const magic, header, entry = "glibc-ld.so.cache1.1", 48, 24
	start := bytes.Index(data, []byte(magic))
	if start < 0 || len(data)-start < header {
		return nil
	}
	data = data[start:]
	var order binary.ByteOrder = binary.LittleEndian
	if m.Big {
		order = binary.BigEndian
	}
	n := min(int64(order.Uint32(data[20:])), int64(len(data)-header)/entry, maxCacheEntries)
	found := map[string]string{}
	for i := range n {
		e := data[header+i*entry:]
		name, file := cstring(data, order.Uint32(e[4:])), cstring(data, order.Uint32(e[8:]))
		if name == "" || found[name] != "" || !strings.HasPrefix(file, "/") || !sameABI(order.Uint32(e), m) {
			continue
		}
		if order.Uint64(e[16:]) != 0 {
			file = ""
		}
		found[name] = file
	}
	return found
}

// sameABI tells by the flags of an entry whether the library is of the loader's
// ABI, which the loader takes no other of (_dl_cache_check_flags of glibc's ports).
func sameABI(flags uint32, m link.Machine) bool {
	const soft, hard, double = 0x200, 0x400, 4 // of ARM, and of RISC-V
	pick := func(first bool, a, b uint32) uint32 {
		if first {
			return a
		}
		return b
	}
	kind, nan2008 := flags>>8, m.ABI&0x400 != 0 // of MIPS
	switch m.GOARCH {
	case "amd64":
		return kind == 0x3
	case "s390x":
		return kind == 0x4
	case "ppc64", "ppc64le":
		return kind == 0x5
	case "arm64":
		return kind == 0xa
	case "386":
		return kind == 0
	case "arm":
		return kind == 0 || kind == 0x9 && m.ABI != soft || kind == 0xb && m.ABI != hard
	case "riscv64":
		return kind == pick(m.ABI&6 == double, 0x10, 0xf)
	case "mips64", "mips64le":
		return kind == pick(nan2008, 0xe, 0x7)
	}
	return true
}

func cstring(data []byte, at uint32) string {
	if uint64(at) >= uint64(len(data)) {
		return ""
	}
	data = data[at:]
	if i := bytes.IndexByte(data[:min(len(data), 4096)], 0); i > 0 {
		return string(data[:i])
	}
	return ""
}
