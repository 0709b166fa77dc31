package toolchain

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"go/version"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/process"
	"github.com/goportdoctor/goportdoctor/internal/store"
)

// cgoStd are the cgo packages of the standard library whose archives cmd/link
// takes in itself, so that what they say of the loader counts.
var cgoStd = []string{"runtime/cgo", "net", "os/user"}

// An Archivist finds out which compiled archives of the standard library's cgo
// packages a build would take as they are, and reads what they tell the linker.
//
// The go command is asked with go list -n -export, which builds nothing and
// takes less than go build -n. Its answer is
// remembered for as long as all that goes into it, and the archives, are the
// same; that a package would be compiled is never remembered, since the next
// build may compile it.
type Archivist struct {
	Env      []string // of the go command
	GOROOT   string
	GOCACHE  string
	CacheDir string   // "" remembers nothing
	Profile  string   // of -pgo, with which all of a program is compiled; "" for none
	Release  string   // of the go command, as go1.26.8
	Settings []string // further settings that go into the go command's action IDs, as NAME=value

	begun *begunQuestion
}

// An archiveNote is a remembered answer, by package.
type archiveNote map[string]notedArchive

type notedArchive struct {
	Stamp   ccStamp
	Entry   string // of the build cache, that leads to the archive; "" where it lies elsewhere
	Archive link.CgoArchive
}

// Remembered are the archives that are known without asking.
func (a Archivist) Remembered(b link.Build) map[string]link.CgoArchive {
	var note archiveNote
	if b.All || a.CacheDir == "" || readJSON(a.CacheDir, a.note(b), &note) != nil {
		return nil
	}
	found := map[string]link.CgoArchive{}
	for pkg, n := range note {
		if !n.Stamp.equal(stampOf(n.Stamp.Path)) || n.Entry != "" && !leadsTo(n.Entry, n.Stamp.Path) {
			return nil
		}
		found[pkg] = n.Archive
	}
	a.begun.note(a.CacheDir)
	return found
}

// Ask asks the go command. A package that is not in the answer would be
// compiled.
func (a Archivist) Ask(ctx context.Context, b link.Build) (map[string]link.CgoArchive, error) {
	if b.All {
		return nil, nil
	}
	files, err := a.begun.answer(b)
	if a.Profile != "" || err != nil && !errors.As(err, new(*process.Exceeded)) {
		files, err = a.files(ctx, filepath.Join(a.GOROOT, "bin", "go"), a.environment(b), b)
	}
	if err != nil {
		return nil, err
	}
	found, note, sure := map[string]link.CgoArchive{}, archiveNote{}, !a.scripted(b)
	for pkg, file := range files {
		stamp := stampOf(file)
		archive, entry, err := a.read(file)
		if err != nil {
			return found, err
		}
		sure = sure && (entry != "" || archive.Source == link.SourceGOROOTArchive)
		found[pkg], note[pkg] = archive, notedArchive{stamp, entry, archive}
	}
	if name := a.note(b); name != "" && len(found) > 0 && sure {
		if data, err := json.Marshal(note); err == nil {
			store.Write(a.CacheDir, name, data)
			a.begun.note(a.CacheDir)
		}
	}
	return found, nil
}

// files asks for the archives outside of any module: what is compiled of the
// standard library does not depend on who asks.
func (a Archivist) files(ctx context.Context, goTool string, env []string, b link.Build) (map[string]string, error) {
	dir, err := process.MkdirTemp("archives")
	if err != nil {
		return nil, err
	}
	defer process.Remove(dir)
	args := append([]string{"list", "-n", "-export", "-f={{.ImportPath}}\t{{.Export}}"}, compileFlags(b)...)
	args = append(args, "-toolexec=") // a program that GOFLAGS name
	if a.Release == "" || version.Compare(version.Lang(a.Release), "go1.19") > 0 {
		args = append(args, "-pgo="+cmp.Or(a.Profile, "off"))
	}
	var out, errs bounded.Buffer
	list := process.Command{Path: goTool, Args: append(append(args, "--"), a.packages(b)...), Dir: dir,
		Env:    slices.Concat(unhurried, a.Env, apart, env, []string{"PWD=" + dir, "TMPDIR=" + dir}),
		Stdout: &out, Stderr: &errs, Limit: process.Usual, Asked: true} // it runs CC, which may hang
	switch err := list.Run(ctx); {
	case errors.As(err, new(*process.Exceeded)):
		return nil, fmt.Errorf("go list -n did not answer: it %w", err)
	case err != nil && ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, fmt.Errorf("go list -n: %s", meaningful(errs.String()))
	}
	return exported(out.String()), nil
}

// packages are those that have C in a build: some tags take it out.
func (a Archivist) packages(b link.Build) []string {
	has := slices.DeleteFunc(slices.Clone(cgoStd), func(pkg string) bool {
		return pkg == "net" && slices.Contains(b.Tags, "netgo") || pkg == "os/user" && slices.Contains(b.Tags, "osusergo")
	})
	if b.Race {
		return append(has, "runtime/race")
	}
	return has
}

// unhurried spares the go command its garbage collection, which in so small a
// module is a tenth of its time and saves no memory, unless the user has set
// otherwise.
var unhurried = []string{"GOGC=off", "GOMEMLIMIT=1GiB"}

// apart keeps the user's module, and flags that are for it, out of the question.
var apart = []string{"GOFLAGS=", "GOWORK=off", "GO111MODULE=on", "GOTOOLCHAIN=local", "GOPROXY=off"}

func (a Archivist) environment(b link.Build) []string {
	cgo := "0"
	if b.CgoEnabled {
		cgo = "1"
	}
	return []string{"GOOS=" + b.GOOS, "GOARCH=" + b.GOARCH, "CGO_ENABLED=" + cgo, "GOEXPERIMENT=" + b.Experiment}
}

// compileFlags are the build flags that change how the standard library is
// compiled.
func compileFlags(b link.Build) []string {
	var flags []string
	for _, f := range b.Flags {
		name, value, _ := strings.Cut(strings.TrimLeft(f, "-"), "=")
		switch name {
		case "race", "msan", "asan", "buildmode", "trimpath", "installsuffix", "linkshared", "compiler":
			flags = append(flags, f)
		case "gcflags", "asmflags":
			if strings.HasPrefix(value, "all=") || strings.HasPrefix(value, "std=") {
				flags = append(flags, f)
			}
		}
	}
	return append(flags, "-tags="+strings.Join(b.Tags, ","))
}

// stdTags are the build tags that the standard library's cgo packages know.
var stdTags = []string{"netgo", "netcgo", "osusergo", "boringcrypto"}

// ArchiveKey tells apart the builds on one machine that may take other archives.
func ArchiveKey(b link.Build) string {
	words := []string{b.GOOS + "/" + b.GOARCH}
	for _, f := range compileFlags(b) {
		if !strings.HasPrefix(f, "-tags=") {
			words = append(words, f)
		}
	}
	for _, t := range b.Tags {
		if slices.Contains(stdTags, t) {
			words = append(words, t)
		}
	}
	if b.All {
		words = append(words, "-a")
	}
	return strings.TrimSpace(strings.Join(append(words, b.Experiment), " "))
}

// exported reads packages and their archives; one that would have to be made
// has none.
func exported(out string) map[string]string {
	files := map[string]string{}
	for line := range strings.Lines(out) {
		pkg, file, is := strings.Cut(strings.TrimSpace(line), "\t")
		if is && filepath.IsAbs(file) {
			files[pkg] = file
		}
	}
	return files
}

// note names the entry of the store that an answer is remembered in.
func (a Archivist) note(b link.Build) string {
	if a.CacheDir == "" {
		return ""
	}
	h := sha256.New()
	say := func(words ...string) {
		for _, w := range words {
			fmt.Fprintf(h, "%q ", w)
		}
		fmt.Fprintln(h)
	}
	goTool := stampOf(filepath.Join(a.GOROOT, "bin", "go"))
	fmt.Fprintln(h, "archive 6", goTool)
	say(a.GOROOT, a.GOCACHE)
	if a.Profile != "" {
		fmt.Fprintln(h, stampOf(a.Profile))
	}
	say(apart...)
	say(a.environment(b)...)
	say(a.Settings...)
	say(compileFlags(b)...)
	for _, cc := range [][]string{b.CC, b.CXX} {
		say(cc...)
		if len(cc) > 0 {
			fmt.Fprintln(h, stampOf(lookPath(cc[0], a.Env)))
		}
	}
	f := b.Cgo
	for _, words := range [][]string{f.CPPFLAGS, f.CFLAGS, f.CXXFLAGS, f.FFLAGS, f.LDFLAGS} {
		say(words...)
	}
	return "archive/" + hex.EncodeToString(h.Sum(nil)[:16]) + ".json"
}

// scripted reports whether CC is a script, whose version line, and so the
// archives that it makes valid, may change without a file's changing.
func (a Archivist) scripted(b link.Build) bool {
	return len(b.CC) == 0 || isScript(lookPath(b.CC[0], a.Env))
}

// Find says where a command is on the PATH of env, "" where it is not.
func Find(name string, env []string) string { return lookPath(name, env) }

func lookPath(name string, env []string) string {
	s := &ccSession{env: env}
	return s.lookPath(name)
}
