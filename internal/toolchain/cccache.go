// An answer is kept with the stamps of all files it depends on, so that a warm
// one starts no process. It is used only while every stamp is as it was; what
// cannot be told to be unchanged, as a script's doing, is not kept.

package toolchain

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/store"
)

// ccFormat is the cache's; a change in what an answer says is a change of it.
const ccFormat = "goportdoctor cc 4"

// A ccKept is one file of the cache.
type ccKept struct {
	Format string
	Files  []ccStamp
	Answer link.Answer
	About  *About `json:",omitempty"`
}

// A ccStamp is how a file or folder was found. Size and Time are -1 where there
// was none.
type ccStamp struct {
	Path  string
	Links []string `json:",omitempty"` // targets of the symbolic links that Path is
	Size  int64
	Time  int64
}

func (a ccStamp) equal(b ccStamp) bool {
	return a.Path == b.Path && a.Size == b.Size && a.Time == b.Time && slices.Equal(a.Links, b.Links)
}

// stamp looks at a file, once in a session.
func (s *ccSession) stamp(path string) ccStamp {
	return s.stamps.get(path, func() ccStamp { return stampOf(path) })
}

func stampOf(path string) ccStamp {
	st := ccStamp{Path: path, Size: -1, Time: -1}
	for range 16 {
		info, err := os.Lstat(path)
		if err != nil {
			return st
		}
		if info.Mode()&os.ModeSymlink == 0 {
			st.Time = info.ModTime().UnixNano()
			if st.Size = info.Size(); info.IsDir() {
				st.Size = 0 // a folder's says nothing, and not the same on all file systems
			}
			return st
		}
		target, err := os.Readlink(path)
		if err != nil {
			return st
		}
		st.Links = append(st.Links, target)
		if !filepath.IsAbs(target) {
			target = path[:strings.LastIndexByte(path, filepath.Separator)+1] + target
		}
		path = target
	}
	return st
}

// entry names the store's entry for an answer, "" if it cannot have one.
func (s *ccSession) entry(d ccDriver, q judged) string {
	if s.cache == "" || slices.Contains(words(q), "-wrapper") || !isProgram(d.path) {
		return ""
	}
	h := sha256.New()
	st := s.stamp(d.real)
	fmt.Fprintf(h, "%s\n%s/%s\n%q\n%q %q %d %d\n", ccFormat, runtime.GOOS, runtime.GOARCH, q.Key(), d.path, d.real, st.Size, st.Time)
	for _, kv := range s.telling() {
		fmt.Fprintf(h, "%q\n", kv)
	}
	if slices.ContainsFunc(slices.Concat(q.Driver[:1], words(q)), relative) {
		fmt.Fprintf(h, "%q\n", s.dir)
	}
	return fmt.Sprintf("cc/%x.json", h.Sum(nil))
}

// tellingNames are the environment variables that change what compilers do.
var tellingNames = regexp.MustCompile(`^(PATH|LIBRARY_PATH|LPATH|COMPILER_PATH|CPATH|C_INCLUDE_PATH|SYSROOT|SDKROOT|GNUTARGET|LDEMULATION|` +
	`MACOSX_DEPLOYMENT_TARGET|COLLECT_\w+|(LD|GCC|NIX|CONDA|ZIG|CCACHE|CLANG)_\w+)=`)

func (s *ccSession) telling() []string {
	last := map[string]string{}
	for _, kv := range s.env {
		if tellingNames.MatchString(kv) {
			name, _, _ := strings.Cut(kv, "=")
			last[name] = kv
		}
	}
	var out []string
	for _, kv := range last {
		out = append(out, kv)
	}
	slices.Sort(out)
	return out
}

// relative reports whether the word may name a file relative to the folder the
// link runs in. A wrong yes costs no more than a link.
func relative(w string) bool {
	for _, p := range pathFlags {
		if rest, ok := strings.CutPrefix(w, p); ok {
			w = rest
			break
		}
	}
	if strings.HasPrefix(w, "-") || filepath.IsAbs(w) {
		return false
	}
	return strings.ContainsAny(w, "/.")
}

// pathFlags are the flags whose value, joined to them, is a path.
var pathFlags = []string{"-Wl,-rpath-link,", "-Wl,-T,", "-Wl,-L", "-Wl,", "-specs=", "--specs=", "--sysroot=", "--gcc-toolchain=", "-L", "-B", "-T", "@"}

func (s *ccSession) load(entry string) (ccKept, bool) {
	var kept ccKept
	if entry == "" || readJSON(s.cache, entry, &kept) != nil {
		return ccKept{}, false
	}
	if kept.Format != ccFormat || len(kept.Files) == 0 || kept.Answer.Linkage == "" || kept.Answer.Error != "" {
		return ccKept{}, false
	}
	for _, f := range kept.Files {
		if !f.equal(s.stamp(f.Path)) {
			return ccKept{}, false
		}
	}
	return kept, true
}

// readJSON reads an entry of the store; one that is damaged is none.
func readJSON(dir, entry string, v any) error {
	data, err := store.Read(dir, entry)
	return cmp.Or(err, json.Unmarshal(data, v))
}

// keep stores an answer, if nothing it depends on may have changed while it was
// found. A cache that cannot be written is no cache, and no error.
func (s *ccSession) keep(entry string, start time.Time, kept ccKept, files func() []string) {
	if entry == "" {
		return
	}
	paths := files()
	if paths == nil {
		return
	}
	kept.Format = ccFormat
	// A file system's clock ticks slower than ours.
	latest := start.Add(-10 * time.Millisecond).UnixNano()
	for _, p := range paths {
		st := s.stamp(p)
		if st.Time > latest {
			return
		}
		kept.Files = append(kept.Files, st)
	}
	if data, err := json.Marshal(kept); err == nil {
		store.Write(s.cache, entry, data)
	}
}
