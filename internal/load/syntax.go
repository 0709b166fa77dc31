package load

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/version"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/parallel"
	"github.com/goportdoctor/goportdoctor/internal/process"
	"github.com/goportdoctor/goportdoctor/internal/store"
)

// A Syntax finds files of the user's own packages that do not parse. The go
// command reads no further than the imports when it lists a package, and would
// let a program pass that cannot be compiled.
type Syntax struct {
	Dir      string // positions are given relative to it
	Compiler string // of the toolchain: GOROOT/pkg/tool/…/compile; "" asks none
	Overlay  Overlay
	CacheDir string // remembers which packages parse, for parsing is slow

	mu      sync.Mutex
	clean   map[string]string // by folder, a digest of its files' names, sizes and times
	changed bool
}

// Find gives an Error to each package of the user's own that does not parse. A
// toolchain of a newer release than this program was built with may know more
// syntax, so that nothing is said then.
func (s *Syntax) Find(g link.Graph, goVersion string) {
	if version.Compare(version.Lang(goVersion), version.Lang(runtime.Version())) > 0 {
		return
	}
	s.recall()
	var own []*link.Package
	for _, p := range g {
		if p.Main && p.Error == "" {
			own = append(own, p)
		}
	}
	parallel.Each(len(own), func(i int) { own[i].Error = s.check(own[i]) })
	s.remember()
}

func (s *Syntax) check(p *link.Package) string {
	files := slices.Concat(p.GoFiles, p.CgoFiles)
	for i, name := range files {
		if !filepath.IsAbs(name) {
			files[i] = filepath.Join(p.Dir, name)
		}
	}
	digest := s.filesDigest(files)
	s.mu.Lock()
	known := digest != "" && s.clean[p.Dir] == digest
	s.mu.Unlock()
	if known {
		return ""
	}
	for _, file := range files {
		if words := s.syntaxError(file); words != "" {
			return s.inCompilersWords(p, file, words)
		}
	}
	if digest != "" {
		s.mu.Lock()
		s.clean[p.Dir], s.changed = digest, true
		s.mu.Unlock()
	}
	return ""
}

// syntaxError is what is wrong with a file, "" where it parses. A file that
// cannot be read is the go command's to report.
func (s *Syntax) syntaxError(file string) string {
	src, err := s.Overlay.Read(file)
	if err != nil {
		return ""
	}
	_, err = parser.ParseFile(token.NewFileSet(), file, src, parser.SkipObjectResolution)
	var list scanner.ErrorList
	if !errors.As(err, &list) || len(list) == 0 {
		return ""
	}
	at := list[0].Pos
	at.Filename = s.short(file)
	return fmt.Sprintf("%v: syntax error: %s", at, list[0].Msg)
}

// inCompilersWords has the Go compiler say what is wrong with a file that the
// parser of this program does not like. The compiler looks at syntax first and
// gets no further. What uses cgo is parsed by cgo, in words like the parser's.
func (s *Syntax) inCompilersWords(p *link.Package, file, words string) string {
	if s.Compiler == "" || p.Cgo {
		return words
	}
	dir, err := process.MkdirTemp("syntax") // the compiler removes its output where it fails
	if err != nil {
		return words
	}
	defer process.Remove(dir)
	var out bounded.Buffer
	args := []string{"-p", "p", "-o", filepath.Join(dir, "p.a"), s.Overlay.actual(file)}
	compile := process.Command{Path: s.Compiler, Args: args,
		Stdout: &out, Stderr: &out, Limit: process.Usual}
	_ = compile.Run(context.Background()) // it fails, that is what it is run for
	said, _, _ := strings.Cut(out.String(), "\n")
	at, what, ok := strings.Cut(said, ": syntax error: ")
	if !ok {
		return words
	}
	return s.short(file) + strings.TrimPrefix(at, s.Overlay.actual(file)) + ": syntax error: " + what
}

// short is a file's path as the go command shows it: that of what is compiled.
func (s *Syntax) short(file string) string { return short(s.Dir, s.Overlay.actual(file)) }

// short is a path relative to the working folder where that is shorter
// (cmd/go/internal/work.Shell.reportCmd).
func short(dir, file string) string {
	rel, err := filepath.Rel(dir, file)
	if err != nil || len(rel) >= len(file) {
		return file
	}
	if filepath.Dir(rel) == "." {
		rel = "./" + rel
	}
	return filepath.ToSlash(rel)
}

// filesDigest is "" where a file changed so lately that it may do so once more
// without its size and time telling.
func (s *Syntax) filesDigest(files []string) string {
	h := sha256.New()
	for _, file := range files {
		info, err := os.Stat(s.Overlay.actual(file))
		if err != nil || time.Since(info.ModTime()) < 2*time.Second {
			return ""
		}
		fmt.Fprintf(h, "%s\x00%d\x00%d\x00", s.Overlay.actual(file), info.Size(), info.ModTime().UnixNano())
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

func (s *Syntax) recall() {
	s.clean = map[string]string{}
	data, err := store.Read(s.CacheDir, s.entry())
	if err != nil || json.Unmarshal(data, &s.clean) != nil || s.clean == nil {
		s.clean = map[string]string{}
	}
}

func (s *Syntax) remember() {
	if s.CacheDir == "" || !s.changed {
		return
	}
	if data, err := json.Marshal(s.clean); err == nil {
		store.Write(s.CacheDir, s.entry(), data)
	}
}

// entry names the store's entry of the working folder, so that none grows without
// end.
func (s *Syntax) entry() string {
	sum := sha256.Sum256([]byte(runtime.Version() + "\x00" + s.Dir))
	return "syntax/" + hex.EncodeToString(sum[:12]) + ".json"
}
