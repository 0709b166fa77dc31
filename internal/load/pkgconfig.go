package load

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
	"github.com/goportdoctor/goportdoctor/internal/gate"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/mask"
	"github.com/goportdoctor/goportdoctor/internal/parallel"
	"github.com/goportdoctor/goportdoctor/internal/process"
)

// A PkgConfig is what pkg-config says of the names of a package's #cgo
// pkg-config lines.
type PkgConfig struct {
	Names   []string `json:"names"`
	CFLAGS  []string `json:"cflags"`
	LDFLAGS []string `json:"ldflags"`
	Error   string   `json:"error"`
}

// PkgConfigs are what pkg-config said of the packages of programs, for another
// machine to take.
func PkgConfigs(programs []link.Program) []PkgConfig {
	found := []PkgConfig{}
	if len(programs) == 0 {
		return found
	}
	for _, p := range programs[0].Graph {
		same := func(c PkgConfig) bool { return slices.Equal(c.Names, p.PkgConfig) }
		if p.Cgo && len(p.PkgConfig) > 0 && p.PkgConfigUnknown == "" && !slices.ContainsFunc(found, same) {
			found = append(found, PkgConfig{p.PkgConfig, append([]string{}, p.PkgConfigCFLAGS...), append([]string{}, p.PkgConfigLDFLAGS...), p.PkgConfigError})
		}
	}
	slices.SortFunc(found, func(a, b PkgConfig) int { return slices.Compare(a.Names, b.Names) })
	return found
}

// ShownNames are the words of #cgo pkg-config lines as facts hold them: without
// values of flags.
func ShownNames(words []string) []string {
	shown := slices.Clone(words)
	for i, w := range words {
		if strings.HasPrefix(w, "-") {
			shown[i] = mask.CFlags([]string{w})[0]
		}
	}
	return shown
}

// recalled takes what another machine's pkg-config said.
func (r Request) recalled(p *link.Package) {
	for _, c := range r.PkgConfig {
		if slices.Equal(ShownNames(c.Names), ShownNames(p.PkgConfig)) {
			p.PkgConfigCFLAGS, p.PkgConfigLDFLAGS, p.PkgConfigError = c.CFLAGS, c.LDFLAGS, c.Error
			return
		}
	}
	p.PkgConfigUnknown = "the facts do not say what pkg-config says of " + strings.Join(p.PkgConfig, " ") + " on that machine"
}

// findPkgConfig runs pkg-config for the packages with #cgo pkg-config lines, as
// the go command does (cmd/go/internal/work.Builder.getPkgConfigFlags).
func findPkgConfig(ctx context.Context, r Request, b link.Build, env Env, pkgs link.Graph) {
	var wg parallel.Group
	for _, p := range pkgs {
		switch {
		case !p.Cgo || len(p.PkgConfig) == 0 || !b.CgoEnabled:
		case withheld(p):
		case r.PkgConfig != nil:
			r.recalled(p)
		default:
			wg.Go(func() { pkgConfig(ctx, r, b, env, p) })
		}
	}
	wg.Wait()
}

// withheld reports whether a package's #cgo pkg-config lines have a word that is
// not passed to pkg-config, and says so in the package. Some releases of the go
// command pass it on.
func withheld(p *link.Package) bool {
	if p.PkgConfigWithheld = gate.RefusedByPkgConfig(p.PkgConfig); p.PkgConfigWithheld == "" {
		return false
	}
	p.PkgConfigUnknown = p.PkgConfigWithheld + " (of " + p.ImportPath + "; it is not passed to pkg-config)"
	return true
}

func pkgConfig(ctx context.Context, r Request, b link.Build, env Env, p *link.Package) {
	flags, names := gate.SplitPkgConfig(p.PkgConfig)
	for _, ask := range []struct {
		flag string
		to   *[]string
	}{{"--cflags", &p.PkgConfigCFLAGS}, {"--libs", &p.PkgConfigLDFLAGS}} {
		words, failure, err := askPkgConfig(ctx, r, env, p.Dir, ask.flag, flags, names)
		if failure != "" && err == nil {
			var compiled bool
			if compiled, err = compiledAlready(ctx, r, b, p); !compiled && err == nil {
				p.PkgConfigError = failure
			}
		}
		if err != nil {
			p.PkgConfigUnknown = err.Error()
		}
		if failure != "" || err != nil {
			return
		}
		*ask.to = words
	}
}

// askPkgConfig asks one thing of pkg-config, in the package's folder; a failure
// is in the go command's words, and an error says why there is no answer.
func askPkgConfig(ctx context.Context, r Request, env Env, dir, flag string, flags, names []string) (words []string, failure string, err error) {
	out, said, err := runPkgConfig(ctx, r, env, dir, slices.Concat([]string{flag}, flags, []string{"--"}, names))
	if err != nil {
		return nil, "", err
	}
	if said != "" {
		_, said, _ = strings.Cut(said, "\n")
		return nil, env["PKG_CONFIG"] + " " + flag + " " + strings.Join(flags, " ") + " -- " + strings.Join(names, " ") + "\n" + said, nil
	}
	if words, err = pkgConfigWords(out); err != nil {
		return nil, err.Error(), nil
	}
	return words, "", nil
}

func runPkgConfig(ctx context.Context, r Request, env Env, dir string, args []string) (out, failure string, err error) {
	program, err := link.SplitWords(env["PKG_CONFIG"])
	if err != nil || len(program) == 0 {
		return "", "PKG_CONFIG environment variable could not be parsed", nil
	}
	words := slices.Concat(program, args)
	path := words[0]
	if !filepath.IsAbs(path) && filepath.Base(path) != path {
		return "", "", fmt.Errorf("PKG_CONFIG=%s is a file of each package's own folder, which is not run", env["PKG_CONFIG"])
	}
	if !filepath.IsAbs(path) {
		if path, err = lookPath(path, r.Env); err != nil {
			return "", strings.Join(words, " ") + "\nexec: \"" + words[0] + "\": executable file not found in $PATH", nil
		}
	}
	said, stdout := bounded.Buffer{}, bounded.Buffer{Limit: bounded.Output}
	err = process.Command{Path: path, Name: words[0], Args: words[1:], Dir: dir,
		Env:    append(gate.Environ(r.Env), "PWD="+dir),
		Stdout: &stdout, Stderr: &said, Limit: limit}.Run(ctx)
	switch {
	case errors.As(err, new(*process.Exceeded)):
		return "", "", fmt.Errorf("%s did not answer: it %w", words[0], err)
	case ctx.Err() != nil:
		return "", "", ctx.Err()
	case err != nil && said.Len() == 0:
		said.WriteString(err.Error())
	}
	if err != nil {
		return "", strings.Join(words, " ") + "\n" + strings.TrimSpace(said.String()), nil
	}
	if stdout.Dropped() {
		return "", "", fmt.Errorf("%s printed more than %d MB", words[0], bounded.Output>>20)
	}
	return stdout.String(), "", nil
}

// limit bounds commands whose answer a build may not need.
var limit = process.Usual

// pkgConfigWords splits pkg-config's output as a shell would that expands
// nothing (cmd/go/internal/work.splitPkgConfigOutput).
func pkgConfigWords(out string) ([]string, error) {
	var words []string
	var w strings.Builder
	quote, begun := byte(0), false
	for i := 0; i < len(out); i++ {
		c := out[i]
		switch {
		case c == '\\' && quote != '\'':
			if i++; i == len(out) {
				return nil, errors.New("broken character escaping in pkgconf output")
			}
			w.WriteString(escaped(out[i], quote))
			begun = begun || out[i] != '\n'
		case quote != 0 && c == quote:
			quote = 0
		case quote != '\'' && (c == '$' || c == '`'), quote == 0 && strings.IndexByte("|&;<>()", c) >= 0:
			return nil, fmt.Errorf("unexpected shell character %q in pkgconf output", c)
		case quote == 0 && (c == '"' || c == '\''):
			quote, begun = c, true
		case quote == 0 && strings.IndexByte(" \t\n", c) >= 0:
			if begun {
				words = append(words, w.String())
			}
			w.Reset()
			begun = false
		default:
			w.WriteByte(c)
			begun = true
		}
	}
	if quote != 0 {
		return nil, errors.New("unterminated quoted string in pkgconf output")
	}
	if begun {
		words = append(words, w.String())
	}
	return words, nil
}

// escaped is what a backslash before c stands for: in double quotes it is one
// itself before most characters, and before the end of a line it is nothing.
func escaped(c, quote byte) string {
	switch {
	case c == '\n':
		return ""
	case quote == '"' && strings.IndexByte("$`\"\\", c) < 0:
		return "\\" + string([]byte{c})
	}
	return string([]byte{c})
}

// compiledAlready reports whether go build would take the package from its
// cache, so that it builds although pkg-config does not know its libraries.
func compiledAlready(ctx context.Context, r Request, b link.Build, p *link.Package) (bool, error) {
	if b.All {
		return false, nil
	}
	path, err := Go(r.Env)
	if err != nil {
		return false, nil
	}
	// The output has to be named, or an executable that is up to date would
	// leave nothing to print; with -n it is not made.
	args := append([]string{"build", "-n", "-o", filepath.Join(os.TempDir(), "goportdoctor-none") + string(os.PathSeparator)}, graphArgs(b)...)
	args = append(args, "-toolexec=") // a program that GOFLAGS name
	out := bounded.Buffer{Limit: bounded.Output}
	dryRun := func(args ...string) error {
		out = bounded.Buffer{Limit: bounded.Output}
		return process.Command{Path: path, Args: append(append(args, "--"), r.Patterns...), Dir: r.Dir,
			Env: slices.Concat(r.Env, graphEnv(b), listEnv), Stdout: &out, Stderr: &out, Limit: limit, Asked: true}.Run(ctx)
	}
	if err = dryRun(append(slices.Clip(args), unstamped)...); err != nil && knowsNoStamps(out.String()) {
		err = dryRun(args...)
	}
	switch {
	case errors.As(err, new(*process.Exceeded)):
		return false, fmt.Errorf("go build -n did not answer: it %w", err)
	case ctx.Err() != nil:
		return false, ctx.Err()
	case err != nil:
		return false, nil
	}
	_, file, found := strings.Cut(out.String(), "\npackagefile "+p.ImportPath+"=")
	return found && !strings.HasPrefix(file, "$WORK"), nil
}
