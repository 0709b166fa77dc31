package load

import (
	"cmp"
	"context"
	"go/version"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/parallel"
)

// A listing waits for a go list that was begun before go env had answered.
type listing func() ([]*listed, error)

// Begin starts to list the request's packages for the build of the request's
// own environment, which Programs then has to wait for only. It does nothing
// where the go command may come to hand over to another toolchain, which it
// would download if need be.
func (r *Request) Begin(ctx context.Context) {
	if !r.keepsToolchain() {
		return
	}
	args := []string{}
	for _, f := range r.Flags {
		if !unlinked[f.Name] && f.Name != "a" && f.Name != "toolexec" {
			args = append(args, f.String())
		}
	}
	request, err := *r, error(nil)
	wait := parallel.Start(func() (packages []*listed) {
		packages, err = runListWith(ctx, request, nil, args)
		return packages
	})
	r.begun = func() ([]*listed, error) { return wait(), err }
}

// Ask is for other patterns than those that Begin was called with.
func (r *Request) Ask(patterns []string) { r.Patterns, r.begun = patterns, nil }

// For is the request for other patterns, of which nothing was begun.
func (r Request) For(patterns []string) Request {
	r.Patterns, r.begun = patterns, nil
	return r
}

// ahead is the listing that was begun, where it is of the build's graph.
func (r Request) ahead(env Env, b link.Build) listing {
	if r.begun == nil {
		return nil
	}
	own, err := NewBuild(r, env)
	if err != nil || graphKey(own) != graphKey(b) {
		return nil
	}
	return r.begun
}

// Ahead is the build as far as flags and settings alone tell, before the go
// command has answered; ok is false where another toolchain may come to answer.
// Cgo is on in it unless it is certain to be off.
func (r Request) Ahead() (b link.Build, ok bool) {
	if !r.keepsToolchain() {
		return b, false
	}
	env := Env{}
	for _, name := range []string{"GOFLAGS", "GOOS", "GOARCH", "CGO_ENABLED"} {
		env[name] = r.setting(name)
	}
	cross := cmp.Or(env["GOOS"], runtime.GOOS) != runtime.GOOS || cmp.Or(env["GOARCH"], runtime.GOARCH) != runtime.GOARCH
	if env["CGO_ENABLED"] == "" && !cross {
		env["CGO_ENABLED"] = "1"
	}
	b, err := NewBuild(r, env)
	return b, err == nil
}

// setting is a variable of the environment, or what go env -w made of it.
func (r Request) setting(name string) string {
	return cmp.Or(Getenv(r.Env, name), readSettings(UserSettings(r.Env))[name])
}

// keepsToolchain reports whether it is certain that the go command on PATH
// answers by itself: no go.mod or go.work above asks for a newer one
// (cmd/go/internal/toolchain.Select).
func (r Request) keepsToolchain() bool {
	switch r.setting("GOTOOLCHAIN") {
	case "local":
		return true
	case "", "auto", "path":
	default:
		return false
	}
	if w := Getenv(r.Env, "GOWORK"); w != "" && w != "off" || slices.ContainsFunc(r.Flags, func(f Flag) bool { return f.Name == "modfile" }) ||
		strings.Contains(r.setting("GOFLAGS"), "modfile") {
		return false
	}
	local := r.localVersion()
	if !version.IsValid(local) {
		return false
	}
	for dir, err := filepath.Abs(r.Dir); err == nil; dir = filepath.Dir(dir) {
		for _, name := range []string{"go.mod", "go.work"} {
			if v := asksFor(filepath.Join(dir, name)); v != "" && version.Compare(v, local) > 0 {
				return false
			}
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
	return false
}

// UserSettings is the file that go env -w writes, "off" where there is to be none.
func UserSettings(env []string) string {
	if file := Getenv(env, "GOENV"); file != "" {
		return file
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "go", "env")
}

// localVersion is that of the go command on PATH, by the file beside it.
func (r Request) localVersion() string {
	path, err := Go(r.Env)
	if err != nil {
		return ""
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return ""
	}
	data, err := bounded.ReadFile(filepath.Join(filepath.Dir(filepath.Dir(path)), "VERSION"), bounded.Settings)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(data), "\n")
	return strings.TrimSpace(line)
}

// A Selection is why a toolchain builds that is not the go command's own.
type Selection struct {
	By   string `json:"by"` // GOTOOLCHAIN, go.mod or go.work; "" where the go command builds by itself
	File string `json:"file"`
	Line int    `json:"line"`
	Text string `json:"text"`
}

// Selected finds what has the go command hand over to the toolchain of env.
func (r Request) Selected(env Env) Selection {
	for _, s := range Settings(r.Env, env) {
		if s.Name == "GOTOOLCHAIN" && strings.HasPrefix(s.Value, env["GOVERSION"]) {
			return Selection{By: "GOTOOLCHAIN", File: s.File, Line: s.Line, Text: "GOTOOLCHAIN=" + s.Value}
		}
	}
	for _, file := range []string{env["GOWORK"], env["GOMOD"]} {
		if file == "" || file == "off" || file == os.DevNull {
			continue
		}
		data, err := bounded.ReadFile(file, bounded.GoMod)
		if err != nil {
			continue
		}
		n := 0
		for line := range strings.Lines(string(data)) {
			n++
			words := strings.Fields(line)
			if len(words) > 1 && (words[0] == "go" || words[0] == "toolchain") && "go"+strings.TrimPrefix(words[1], "go") == env["GOVERSION"] {
				return Selection{By: filepath.Base(file), File: file, Line: n, Text: strings.TrimSpace(line)}
			}
		}
	}
	return Selection{}
}

// asksFor is the newest Go version that a go.mod or go.work names.
func asksFor(file string) string {
	data, err := bounded.ReadFile(file, bounded.GoMod)
	if err != nil {
		return ""
	}
	newest := ""
	for line := range strings.Lines(string(data)) {
		words := strings.Fields(line)
		if len(words) < 2 || words[0] != "go" && words[0] != "toolchain" {
			continue
		}
		if v := "go" + strings.TrimPrefix(words[1], "go"); version.Compare(v, newest) > 0 {
			newest = v
		}
	}
	return newest
}
