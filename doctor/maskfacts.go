package doctor

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/load"
	"github.com/goportdoctor/goportdoctor/internal/mask"
	"github.com/goportdoctor/goportdoctor/internal/toolchain"
)

// mask leaves out of facts what may be a secret: values of a linker's -X, of
// macros (-D), of assignments in front of a compiler, and credentials in URLs.
// values are those of the settings; texts that a compiler or pkg-config wrote are
// searched for them. Answers stay the same, since recorded masks a question
// before it looks for its answer.
func (f *Facts) mask(values []string) {
	text := func(s *string) { *s = mask.Text(*s, values) }
	for _, list := range [][]toolchain.Compiler{f.Compilers, f.Spare} {
		for i := range list {
			maskCompiler(&list[i], text)
		}
	}
	for i := range f.Answers {
		f.Answers[i].Question = mask.Question(f.Answers[i].Question)
		maskAnswer(&f.Answers[i].Answer, text)
	}
	commands := map[string]string{}
	for command, path := range f.Commands {
		commands[shownCommand(command)] = path
	}
	f.Commands = commands
	for i := range f.Archives {
		text(&f.Archives[i].Unknown)
	}
	for i := range f.PkgConfig {
		c := &f.PkgConfig[i]
		for j, shown := range load.ShownNames(c.Names) {
			c.Error = strings.ReplaceAll(c.Error, c.Names[j], shown)
		}
		c.Names, c.CFLAGS, c.LDFLAGS = load.ShownNames(c.Names), mask.CFlags(c.CFLAGS), mask.CFlags(c.LDFLAGS)
		text(&c.Error)
	}
	f.Toolchain.Defaults = maps.Clone(f.Toolchain.Defaults)
	for name, p := range f.Toolchain.Defaults {
		p.Value = mask.Setting(strings.TrimPrefix(name, "Default"), p.Value)
		f.Toolchain.Defaults[name] = p
	}
	text(&f.ToolchainError)
}

// shownCommand is a command as facts name it.
func shownCommand(command string) string { return mask.Driver([]string{command})[0] }

func maskCompiler(c *toolchain.Compiler, text func(*string)) {
	c.Words, c.Question = mask.Driver(c.Words), mask.Question(c.Question)
	maskAnswer(&c.Answer, text)
	text(&c.Version)
	c.Steps = slices.Clone(c.Steps)
	for i := range c.Steps {
		text(&c.Steps[i].Text)
	}
}

func maskAnswer(a *link.Answer, text func(*string)) {
	for _, s := range []*string{&a.Error, &a.Reason, &a.Because, &a.PathBecause} {
		text(s)
	}
}

// maskedValues lists the values that the facts of a session leave out: those of
// its settings and of its flags.
func (s *session) maskedValues() []string {
	var values []string
	for name, value := range s.env {
		values = append(values, mask.Values(name, value)...)
	}
	for _, kv := range s.options.Env {
		name, value, _ := strings.Cut(kv, "=")
		values = append(values, mask.Values(name, value)...)
	}
	for _, f := range s.options.Flags {
		values = append(values, mask.FlagValues([]string{f.String()})...)
	}
	// The longest first, for one may be a part of another.
	slices.SortFunc(values, func(a, b string) int { return len(b) - len(a) })
	return slices.Compact(values)
}

// macroValue matches a macro's value that an expression for flags spells out.
var macroValue = regexp.MustCompile(`D[A-Za-z_][A-Za-z0-9_]*=[A-Za-z0-9_]{4,}`)

// unrecordable says why facts of a machine cannot be written: an expression that
// decides which flags are valid holds a value, and without it the answers would
// be wrong.
func unrecordable(env load.Env) error {
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if (strings.HasSuffix(name, "_ALLOW") || strings.HasSuffix(name, "_DISALLOW")) && macroValue.MatchString(env[name]) {
			return fmt.Errorf("%s spells out the value of a macro, which facts must not hold", name)
		}
	}
	return nil
}
