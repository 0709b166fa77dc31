package load

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/version"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
	"github.com/goportdoctor/goportdoctor/internal/parallel"
	"github.com/goportdoctor/goportdoctor/internal/process"
)

// A Request says where and for what the go command is asked.
type Request struct {
	Dir      string   // folder to run in; "" is the current one
	Env      []string // environment of the go command
	Flags    []Flag   // build flags of the command line
	Patterns []string // of packages
	CacheDir string   // for what was found in immutable source; "" keeps nothing
	Tests    bool     // list the packages' tests too
	// Unprofiled lists each package once, and not again for programs with a
	// default.pgo.
	Unprofiled bool
	// PkgConfig is what pkg-config said on another machine; nil asks the one here.
	PkgConfig []PkgConfig

	begun listing
}

// dir is the folder that the go command runs in.
func (r Request) dir() string {
	dir, err := filepath.Abs(r.Dir)
	if err != nil {
		return r.Dir
	}
	return dir
}

// An Env is what go env says, by variable.
type Env map[string]string

// envNames are the variables that bear on linking and that the go command tells
// at once. For CGO_CFLAGS and the like, and without names, it runs the C
// compiler first (cmd/go/internal/envcmd), which may hang.
var envNames = []string{
	"CC", "CXX", "FC", "CGO_ENABLED",
	"GOARCH", "GOOS", "GOHOSTARCH", "GOHOSTOS", "GOROOT", "GOVERSION", "GOFLAGS", "GOENV", "GOEXPERIMENT",
	"GOCACHE", "GOMODCACHE", "GOMOD", "GOWORK", "GOTOOLCHAIN", "GO_EXTLINK_ENABLED", "GO_LDSO",
	"GO386", "GOAMD64", "GOARM", "GOARM64", "GOMIPS", "GOMIPS64", "GOPPC64", "GORISCV64",
	"CGO_CFLAGS_ALLOW", "CGO_CFLAGS_DISALLOW", "CGO_CPPFLAGS_ALLOW", "CGO_CPPFLAGS_DISALLOW",
	"CGO_CXXFLAGS_ALLOW", "CGO_CXXFLAGS_DISALLOW", "CGO_FFLAGS_ALLOW", "CGO_FFLAGS_DISALLOW",
	"CGO_LDFLAGS_ALLOW", "CGO_LDFLAGS_DISALLOW",
}

// An Error is what the go command said in refusing.
type Error struct {
	Command string // as "go list"
	Said    string // its standard error, or why it could not be run
}

func (e *Error) Error() string { return e.Command + ": " + goWords(e.Said) }

// ErrNoGo says that there is no go command to ask.
var ErrNoGo = errors.New(`"go" not found on PATH`)

// Environment asks go env. A toolchain that go.mod or GOTOOLCHAIN names and
// that is not on this machine is an error, not a download.
func Environment(ctx context.Context, r Request) (Env, error) {
	memory := r.memory()
	if env := memory.recall(r.Env); env != nil {
		return env, nil
	}
	out, err := goCommand(ctx, r, append([]string{"GOPROXY=off"}, listEnv...), append([]string{"env", "-json"}, envNames...)...)
	if err != nil {
		return nil, err
	}
	env := Env{}
	if i := bytes.IndexByte(out, '{'); i > 0 {
		out = out[i:] // a go that is a script may print first
	}
	if err := json.Unmarshal(out, &env); err != nil {
		return nil, &Error{"go env", "no JSON in its output: " + err.Error()}
	}
	env.configure(r.Env)
	if env["GOVERSION"] == "" {
		env["GOVERSION"] = releaseOf(env["GOROOT"]) // up to go1.15, go env has no such variable
	}
	memory.keep(env, r.Env)
	return env, nil
}

// releaseOf is the release that a tree's VERSION file names, "" where it names
// none.
func releaseOf(goroot string) string {
	text, err := bounded.ReadHead(filepath.Join(goroot, "VERSION"), 100)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(text), "\n")
	if line = strings.TrimSpace(line); !version.IsValid(line) {
		return ""
	}
	return line
}

// configured are the variables that are looked up here, with the go command's
// defaults (cmd/go/internal/work.DefaultCFlags, cfg.DefaultPkgConfig).
var configured = map[string]string{
	"CGO_CPPFLAGS": "", "CGO_CFLAGS": "-g -O2", "CGO_CXXFLAGS": "-g -O2", "CGO_FFLAGS": "-g -O2", "CGO_LDFLAGS": "-g -O2",
	"PKG_CONFIG": "pkg-config",
}

// configure looks variables up as cmd/go/internal/cfg.Getenv does: in the
// process environment, in the file that go env -w writes, in GOROOT/go.env.
func (e Env) configure(environ []string) {
	files := []map[string]string{readSettings(e["GOENV"]), readSettings(filepath.Join(e["GOROOT"], "go.env"))}
	for name, value := range configured {
		for _, f := range files {
			if f[name] != "" {
				value = f[name]
				break
			}
		}
		if v := Getenv(environ, name); v != "" {
			value = v
		}
		e[name] = value
	}
}

// readSettings reads a file of NAME=value lines; one that is not there, or is
// "off", has none.
func readSettings(file string) map[string]string {
	settings := map[string]string{}
	for _, s := range settingLines(file) {
		settings[s.Name] = s.Value
	}
	return settings
}

// listEnv keeps the go command from asking at a terminal.
var listEnv = []string{"GIT_TERMINAL_PROMPT=0"}

// Unhurried is an environment in which the go command collects its garbage less
// often, which makes it an eighth faster and a tenth larger, unless the user
// has set otherwise.
func Unhurried(env []string) []string {
	if Getenv(env, "GOGC") != "" || Getenv(env, "GOMEMLIMIT") != "" {
		return env
	}
	return append(slices.Clip(env), "GOGC=400")
}

func goCommand(ctx context.Context, r Request, env []string, args ...string) ([]byte, error) {
	var out []byte
	err := goStream(ctx, r, env, args, func(r io.Reader) (err error) {
		out, err = bounded.ReadAll(r, bounded.Output)
		return err
	})
	return out, err
}

// mostListed is more than go list says of any module; Kubernetes makes 35 MB.
const mostListed = 1 << 30

// goStream runs the go command and has read take its output while it comes.
func goStream(ctx context.Context, r Request, env, args []string, read func(io.Reader) error) error {
	path, err := Go(r.Env)
	if err != nil {
		return err
	}
	if err := r.readable(); err != nil {
		return err
	}
	var errs bounded.Buffer
	cmd := process.Command{Path: path, Args: args, Dir: r.Dir, Stderr: &errs, Asked: true}
	cmd.Env = append(Unhurried(r.Env), env...)
	if r.Dir != "" {
		cmd.Env = append(cmd.Env, "PWD="+r.Dir)
	}
	watched, cancel := context.WithCancelCause(ctx)
	var watcher parallel.Group
	watcher.Go(func() {
		r.watchPipes(watched, func(reason string) {
			cancel(fmt.Errorf("%s, for which go %s waits", reason, args[0]))
		})
	})
	readErr, err := cmd.Read(watched, func(out io.Reader) error {
		err := read(bounded.Limit(out, mostListed))
		if bounded.Refused(err) {
			cancel(fmt.Errorf("go %s: output is %w", args[0], err))
		}
		_, _ = io.Copy(io.Discard, out) // or the command could not end
		return err
	})
	cancel(nil)
	watcher.Wait()
	said := strings.TrimSpace(errs.String())
	switch {
	case err != nil && ctx.Err() != nil:
		return ctx.Err()
	case err != nil && !errors.Is(context.Cause(watched), context.Canceled):
		return context.Cause(watched)
	case errors.Is(err, syscall.E2BIG):
		said = "too many packages for one command line"
	case err != nil && said == "":
		said = err.Error()
	case err == nil && readErr == nil:
		return nil
	case err == nil:
		said = readErr.Error()
	}
	return &Error{"go " + args[0], said}
}

// Go is the go command on the PATH of env.
func Go(env []string) (string, error) {
	path, err := lookPath("go", env)
	if err != nil {
		return "", ErrNoGo
	}
	return path, nil
}

// lookPath finds a command on the PATH of env, which need not be this process's.
// Like exec.LookPath, it takes none from a relative folder: that may be the
// repository.
func lookPath(name string, env []string) (string, error) {
	if filepath.Base(name) != name {
		return exec.LookPath(name)
	}
	for _, dir := range filepath.SplitList(Getenv(env, "PATH")) {
		if !filepath.IsAbs(dir) {
			continue
		}
		if p, err := exec.LookPath(dir + string(os.PathSeparator) + name); err == nil {
			return p, nil
		}
	}
	return "", fmt.Errorf("%q not found on PATH", name)
}

// Getenv is the value of a variable in an environment; the last one counts.
func Getenv(env []string, name string) string {
	for i := len(env) - 1; i >= 0; i-- {
		if v, ok := strings.CutPrefix(env[i], name+"="); ok {
			return v
		}
	}
	return ""
}

// InModule reports whether the go command finds a module or a workspace, or
// works without modules at all.
func (e Env) InModule() bool {
	return e.inMain() || e["GOWORK"] != "" && e["GOWORK"] != "off"
}

// inMain reports whether the folder belongs to a module.
func (e Env) inMain() bool { return e["GOMOD"] != os.DevNull }
