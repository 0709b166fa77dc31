package load

import (
	"bytes"
	"cmp"
	"encoding/json"
	"go/build/constraint"
	"go/scanner"
	"go/token"
	"go/version"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/parallel"
	"github.com/goportdoctor/goportdoctor/internal/store"
)

// A fileScan holds the //go:cgo_import_dynamic lines of one Go file, and
// whether it imports "C" and has directives of goportdoctor's.
type fileScan struct {
	File       string           `json:"-"`
	Imports    []link.DynImport `json:",omitempty"`
	Cgo        bool             `json:",omitempty"`
	Directives bool             `json:",omitempty"`
	Debug      bool             `json:"-"`          // it may have a //go:debug line; told only of what is not kept
	Main       bool             `json:"-"`          // likewise, a func main
	Tags       []string         `json:",omitempty"` // of its build constraints, but for systems and releases
}

// scans finds the dynamic imports that ordinary Go files declare. What was
// found in a module version or in a released GOROOT is kept by folder, since
// neither ever changes; everything else is read each time.
type scans struct {
	cache   string // folder of the store, "" for none
	release string // of the toolchain, "" where it is not a released one
	recall  func() // reads what was kept, once
	overlay Overlay
	locals  []string // folders of which linker inputs are looked at
	goroot  string   // whose tables are asked
	dir     string   // that the go command runs in

	mu      sync.Mutex
	kept    map[string]string // by folder, names and scans (JSON) of the files worth mentioning, each ended by a zero byte; mostly ""
	changed bool
}

// scansEntry is the entry of the store that scans are kept in.
const scansEntry = "scans-5"

// openScans reads what was kept in the background, beside the go command.
func openScans(cacheDir, goVersion string) *scans {
	s := &scans{kept: map[string]string{}}
	if version.IsValid(goVersion) {
		s.release = goVersion
	}
	s.cache = cacheDir
	s.recall = sync.OnceFunc(s.readKept)
	parallel.Ahead(s.recall)
	return s
}

// readKept reads lines of a folder, a zero byte and what was kept, which is
// looked at only for the files that are asked for.
func (s *scans) readKept() {
	data, err := store.Read(s.cache, scansEntry)
	if err != nil {
		return
	}
	for line := range strings.SplitSeq(string(data), "\n") {
		if dir, found, ok := strings.Cut(line, "\x00"); ok {
			s.kept[dir] = found
		}
	}
}

// save keeps what was found; a cache that cannot be written costs time only.
func (s *scans) save() {
	s.recall()
	if s.cache == "" || !s.changed {
		return
	}
	var b strings.Builder
	for _, dir := range slices.Sorted(maps.Keys(s.kept)) {
		b.WriteString(dir + "\x00" + s.kept[dir] + "\n")
	}
	store.Write(s.cache, scansEntry, []byte(b.String()))
}

// lookUp is what was kept of those files of a folder that are wanted. Of the
// rest, as system calls of other systems, there is much more.
func (s *scans) lookUp(key string, wanted func(name string) bool) (found []fileScan, ok bool) {
	s.recall()
	s.mu.Lock()
	kept, ok := s.kept[key]
	s.mu.Unlock()
	for ok && kept != "" {
		name, rest, _ := strings.Cut(kept, "\x00")
		data, rest, whole := strings.Cut(rest, "\x00")
		f := fileScan{File: name}
		if !whole || wanted(name) && json.Unmarshal([]byte(data), &f) != nil {
			return nil, false
		}
		if wanted(name) {
			found = append(found, f)
		}
		kept = rest
	}
	return found, ok
}

func (s *scans) keep(key string, found []fileScan) {
	var kept strings.Builder
	for _, f := range found {
		data, err := json.Marshal(f)
		if err != nil || strings.ContainsAny(key+f.File, "\n\x00") {
			return
		}
		kept.WriteString(f.File + "\x00" + string(data) + "\x00")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept[key], s.changed = kept.String(), true
}

// read fills in what only the files tell of every package.
func (s *scans) read(pkgs []*link.Package, b link.Build) {
	parallel.Each(len(pkgs), func(i int) { s.pkg(pkgs[i], b) })
}

func (s *scans) pkg(p *link.Package, b link.Build) {
	if p.Dir == "" {
		return
	}
	s.hostObjects(p)
	s.linkerInputs(p)
	s.unread(p)
	// A test cannot import "C", so one that is left out tells nothing.
	left := slices.DeleteFunc(slices.Clone(p.GoLeftOut), isTest)
	if b.CgoEnabled || p.Standard {
		left = nil // it is looked at for what cgo would bring back
	}
	var debug []string
	hasMain := p.Name != "main"
	for _, f := range s.scanned(p, slices.Concat(p.GoFiles, p.CgoFiles, left), b) {
		taken := !slices.Contains(left, f.File) && !isSwig(f.File)
		if f.Debug && taken {
			debug = append(debug, f.File)
		}
		hasMain = hasMain || f.Main && taken
		switch {
		case slices.Contains(p.GoFiles, f.File):
			p.DynImports = append(p.DynImports, f.Imports...)
			p.CgoTagged = p.CgoTagged || !p.Standard && slices.Contains(f.Tags, "cgo")
			p.Directives = p.Directives || f.Directives
		case slices.Contains(p.CgoFiles, f.File):
			p.Directives = p.Directives || f.Directives
		case b.CgoEnabled || p.Standard:
		case f.Cgo && (slices.Contains(left, f.File) || isSwig(f.File)) && s.wantsCgoOnly(p.Dir, f.File, b):
			p.CgoLeftOut = append(p.CgoLeftOut, f.File)
		case slices.Contains(f.Tags, "cgo") && slices.Contains(left, f.File) && s.wantsCgoOnly(p.Dir, f.File, b):
			p.TagLeftOut = append(p.TagLeftOut, f.File)
		}
	}
	if !hasMain && p.Error == "" && p.Unread == "" {
		p.NoMain = s.noMain(p)
	}
	p.Refused = cmp.Or(noGoFiles(p), s.invalidDebug(p, debug), s.goAssembly(p), s.misnamedCgo(p), bothTags(p))
}

// unread finds a file of the package that is not to be read. Those of the module
// cache and of GOROOT are regular files: who wrote these folders is trusted.
func (s *scans) unread(p *link.Package) {
	if p.Standard || s.key(p) != "" {
		return
	}
	for _, name := range slices.Concat(p.GoFiles, p.CgoFiles, p.Assembly, p.Sources) {
		path := name
		if !filepath.IsAbs(path) {
			path = filepath.Join(p.Dir, name)
		}
		err := bounded.Check(s.overlay.actual(path), bounded.Source)
		if bounded.Refused(err) {
			p.Unread = err.Error()
			return
		}
	}
}

// scanned scans a package's files. What is kept of its folder has no tests, which
// are asked for too seldom.
func (s *scans) scanned(p *link.Package, files []string, b link.Build) []fileScan {
	key := ""
	if s.cache != "" && !s.overlay.touches(p.Dir) {
		key = s.key(p)
	}
	if key != "" {
		found, ok := s.lookUp(key, func(name string) bool { return slices.Contains(files, name) || isSwig(name) })
		if !ok {
			found = s.files(p.Dir, sources(p.Dir)) // of every build, for the next one
			s.keep(key, found)
		}
		tests := slices.DeleteFunc(files, func(name string) bool { return !isTest(name) })
		return append(found, s.files(p.Dir, tests)...)
	}
	if !b.CgoEnabled && !p.Standard {
		files = append(files, slices.DeleteFunc(sources(p.Dir), func(name string) bool { return !isSwig(name) })...)
	}
	return s.files(p.Dir, files)
}

// files are the scans of those files that there is something to say of.
func (s *scans) files(dir string, names []string) []fileScan {
	found := []fileScan{}
	for _, name := range names {
		if f := s.scan(dir, name); len(f.Imports) > 0 || f.Cgo || f.Directives || f.Debug || f.Main || len(f.Tags) > 0 {
			found = append(found, f)
		}
	}
	return found
}

// key is what a package's folder is kept by: its path in the module cache, its
// path and release in a released GOROOT; "" where its files may change.
func (s *scans) key(p *link.Package) string {
	switch {
	case p.Standard && s.release != "":
		return p.Dir + "@" + s.release
	case !p.Standard && p.Version != "" && strings.Contains(filepath.ToSlash(p.Dir), "@v"):
		return p.Dir
	}
	return ""
}

// sources are the files of a folder that Go or SWIG reads.
func sources(dir string) []string {
	entries, err := bounded.ReadDir(dir, bounded.Entries)
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		if n := e.Name(); strings.HasSuffix(n, ".go") && !isTest(n) || isSwig(n) {
			names = append(names, n)
		}
	}
	return names
}

func isTest(name string) bool { return strings.HasSuffix(name, "_test.go") }

const dynImportMark = "//go:cgo_import_dynamic "

var (
	importC       = []byte(`"C"`)
	directiveMark = []byte("//goportdoctor:")
	debugMark     = []byte("//go:debug")
	mainMark      = []byte("\nfunc main(")
)

// scan scans a file, or what the overlay has in its place.
func (s *scans) scan(dir, name string) fileScan {
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, name)
	}
	f := scanFile("", s.overlay.actual(path))
	f.File = name
	return f
}

func scanFile(dir, name string) fileScan {
	f := fileScan{File: name}
	if !filepath.IsAbs(name) {
		name = filepath.Join(dir, name)
	}
	data, err := bounded.ReadFile(name, bounded.Source)
	if err != nil {
		return f
	}
	f.Cgo, f.Directives = bytes.Contains(data, importC) || isSwig(name), bytes.Contains(data, directiveMark)
	f.Debug, f.Main = bytes.Contains(data, debugMark), bytes.Contains(data, mainMark)
	f.Tags = constraintTags(data)
	if bytes.Contains(data, []byte(dynImportMark)) {
		f.Imports = dynImports(data)
	}
	return f
}

// constraintTags are the tags of a file's build constraints, and of what looks
// like some; systems, architectures and releases left out.
func constraintTags(data []byte) (tags []string) {
	for at := 0; ; {
		i := bytes.Index(data[at:], []byte("build"))
		if i < 0 {
			return tags
		}
		start := bytes.LastIndexByte(data[:at+i], '\n') + 1
		at += i + len("build")
		line, _, _ := bytes.Cut(data[start:], []byte("\n"))
		text := strings.TrimSpace(string(line))
		if !constraint.IsGoBuild(text) && !constraint.IsPlusBuild(text) {
			continue
		}
		x, err := constraint.Parse(text)
		if err != nil {
			continue
		}
		x.Eval(func(tag string) bool {
			if !slices.Contains(tags, tag) && !strings.HasPrefix(tag, "go1.") && !slices.Contains(platforms, tag) {
				tags = append(tags, tag)
			}
			return true
		})
	}
}

// platforms are tags that no flag sets.
var platforms = strings.Fields("aix android darwin dragonfly freebsd illumos ios js linux nacl netbsd openbsd plan9 solaris wasip1 windows zos unix " +
	"386 amd64 arm arm64 loong64 mips mipsle mips64 mips64le ppc64 ppc64le riscv riscv64 s390x sparc64 wasm gc gccgo ignore")

// dynImports are the directives among the comments of a Go file. What looks
// like one in a string, as in a generator of Go code, or inside of a longer
// comment is none.
func dynImports(data []byte) []link.DynImport {
	var found []link.DynImport
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(data))
	s.Init(file, data, func(token.Position, string) {}, scanner.ScanComments)
	for {
		_, tok, text := s.Scan()
		if tok == token.EOF {
			return found
		}
		if line, ok := strings.CutPrefix(text, dynImportMark); ok {
			found = append(found, dynImport(line))
		}
	}
}

// dynImport reads what follows the directive: local, remote and a quoted
// library, of which the last two may be left out.
func dynImport(line string) link.DynImport {
	words := strings.Fields(line)
	words = append(words, "", "", "")
	d := link.DynImport{Local: words[0], Remote: words[1], Lib: strings.Trim(words[2], `"`)}
	if d.Remote == "" {
		d.Remote = d.Local
	}
	return d
}
