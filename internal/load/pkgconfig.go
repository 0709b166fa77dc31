package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/goportdoctor/goportdoctor/internal/link"
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
		if p.Cgo && len(p.PkgConfig) > 0 && !slices.ContainsFunc(found, same) {
			found = append(found, PkgConfig{p.PkgConfig, append([]string{}, p.PkgConfigCFLAGS...), append([]string{}, p.PkgConfigLDFLAGS...), p.PkgConfigError})
		}
	}
	slices.SortFunc(found, func(a, b PkgConfig) int { return slices.Compare(a.Names, b.Names) })
	return found
}

// recalled takes what another machine's pkg-config said.
func (r Request) recalled(p *link.Package) {
	for _, c := range r.PkgConfig {
		if slices.Equal(c.Names, p.PkgConfig) {
			p.PkgConfigCFLAGS, p.PkgConfigLDFLAGS, p.PkgConfigError = c.CFLAGS, c.LDFLAGS, c.Error
			return
		}
	}
	p.PkgConfigUnknown = "the facts do not say what pkg-config says of " + strings.Join(p.PkgConfig, " ") + " on that machine"
}

// findPkgConfig runs pkg-config for the packages with #cgo pkg-config lines, as
// the go command does (cmd/go/internal/work.Builder.getPkgConfigFlags).
func findPkgConfig(ctx context.Context, r Request, b link.Build, env Env, pkgs link.Graph) {
	var wg sync.WaitGroup
	for _, p := range pkgs {
		switch {
		case !p.Cgo || len(p.PkgConfig) == 0 || !b.CgoEnabled:
		case r.PkgConfig != nil:
			r.recalled(p)
		default:
			wg.Go(func() { pkgConfig(ctx, r, b, env, p) })
		}
	}
	wg.Wait()
}

func pkgConfig(ctx context.Context, r Request, b link.Build, env Env, p *link.Package) {
	var names, flags []string
	for _, w := range p.PkgConfig {
		if strings.HasPrefix(w, "--") {
			flags = append(flags, w)
		} else {
			names = append(names, w)
		}
	}
	for _, ask := range []struct {
		flag string
		to   *[]string
	}{{"--cflags", &p.PkgConfigCFLAGS}, {"--libs", &p.PkgConfigLDFLAGS}} {
		words, failure := askPkgConfig(ctx, r, env, ask.flag, flags, names)
		if failure != "" {
			if !compiledAlready(ctx, r, b, p) {
				p.PkgConfigError = failure
			}
			return
		}
		*ask.to = words
	}
}

// askPkgConfig asks one thing of pkg-config; a failure is in the go command's
// words.
func askPkgConfig(ctx context.Context, r Request, env Env, flag string, flags, names []string) (words []string, failure string) {
	out, said := runPkgConfig(ctx, r, env, slices.Concat([]string{flag}, flags, []string{"--"}, names))
	if said != "" {
		_, said, _ = strings.Cut(said, "\n")
		return nil, env["PKG_CONFIG"] + " " + flag + " " + strings.Join(flags, " ") + " -- " + strings.Join(names, " ") + "\n" + said
	}
	words, err := pkgConfigWords(out)
	if err != nil {
		return nil, err.Error()
	}
	return words, ""
}

func runPkgConfig(ctx context.Context, r Request, env Env, args []string) (out, failure string) {
	program, err := link.SplitWords(env["PKG_CONFIG"])
	if err != nil || len(program) == 0 {
		return "", "PKG_CONFIG environment variable could not be parsed"
	}
	words := slices.Concat(program, args)
	path, err := lookPath(words[0], r.Env)
	if err != nil {
		return "", strings.Join(words, " ") + "\nexec: \"" + words[0] + "\": executable file not found in $PATH"
	}
	cmd := exec.CommandContext(ctx, path, words[1:]...)
	cmd.Dir, cmd.Env = r.Dir, r.Env
	var said, stdout bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &said
	if err := cmd.Run(); err != nil {
		return "", strings.Join(words, " ") + "\n" + strings.TrimSpace(said.String())
	}
	return stdout.String(), ""
}

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
func compiledAlready(ctx context.Context, r Request, b link.Build, p *link.Package) bool {
	if b.All {
		return false
	}
	path, err := Go(r.Env)
	if err != nil {
		return false
	}
	// The output has to be named, or an executable that is up to date would
	// leave nothing to print; with -n it is not made.
	args := append([]string{"build", "-n", "-o", filepath.Join(os.TempDir(), "goportdoctor-none") + string(os.PathSeparator)}, graphArgs(b)...)
	cmd := exec.CommandContext(ctx, path, append(append(args, "--"), r.Patterns...)...)
	cmd.Dir, cmd.Env = r.Dir, slices.Concat(r.Env, graphEnv(b), listEnv)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return false
	}
	_, file, found := strings.Cut(string(out), "\npackagefile "+p.ImportPath+"=")
	return found && !strings.HasPrefix(file, "$WORK")
}
