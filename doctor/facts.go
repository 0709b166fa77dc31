package doctor

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/load"
	"github.com/goportdoctor/goportdoctor/internal/mask"
	"github.com/goportdoctor/goportdoctor/internal/predict"
	"github.com/goportdoctor/goportdoctor/internal/toolchain"
)

// Facts are what one machine is, as far as linking depends on it: its go
// command, its toolchain, its C compilers with the C library behind them, and
// the settings that count. Saved as JSON they answer on another machine, since
// predictions and checks take nothing else from a machine. Of the environment
// they hold named variables only. Record masks values that may be secrets; see
// Facts.mask.
type Facts struct {
	Version     int               `json:"version"` // of the format: 1
	Tool        Tool              `json:"tool"`
	Environment map[string]string `json:"environment"` // what go env says, of the variables that count
	Variables   []string          `json:"variables"`   // NAME=value of the process environment
	Settings    []load.Setting    `json:"settings"`

	Go       toolchain.GoCommand `json:"go"`
	Selected load.Selection      `json:"selected"` // what takes another toolchain than that command's

	Toolchain      link.Toolchain `json:"toolchain"`
	ToolchainError string         `json:"toolchain_error"` // why its source could not be read

	Compilers []toolchain.Compiler `json:"compilers"` // CC and CXX
	// Spare are other compilers of this machine, looked for only where CC links
	// with a dynamic linker that other machines do not have, or is not there.
	Spare   []toolchain.Compiler `json:"spare"`
	Loaders []Loader             `json:"loaders"`

	Commands  map[string]string `json:"commands"` // paths of commands, "" where PATH has none
	Answers   []Answered        `json:"answers"`
	Archives  []Archived        `json:"archives"`
	PkgConfig []load.PkgConfig  `json:"pkg_config"`
}

// A Loader is a dynamic linker that something here names, outside of the
// folders where systems have theirs.
type Loader struct {
	Path   string `json:"path"`
	Exists bool   `json:"exists"`
	Target string `json:"target"` // the file that it is a symbolic link to, "" where it is none
}

// Answered is a link that the C compiler was asked for, and what came of it.
type Answered struct {
	Question link.Question `json:"question"`
	Answer   link.Answer   `json:"answer"`
}

// Archived are the compiled packages of the standard library that builds with
// these flags would take as they are.
type Archived struct {
	Key     string                     `json:"key"` // the flags and settings that count
	Found   map[string]link.CgoArchive `json:"found"`
	Unknown string                     `json:"unknown"` // why they could not be found out
}

// gather looks at this machine as far as checks need it: no more links than one
// for each compiler.
func (s *session) gather(ctx context.Context) *Facts {
	if s.options.Facts != nil {
		return s.options.Facts
	}
	here := s.host.(thisMachine)
	f := &Facts{Version: 1, Tool: ownTool(),
		Environment: s.env.Recorded(), Variables: load.Variables(s.options.Env), Settings: load.Settings(s.options.Env, s.env),
		Go: toolchain.FindGo(s.options.Env), Spare: []toolchain.Compiler{}, Loaders: []Loader{},
		Commands: map[string]string{}, Answers: []Answered{}, Archives: []Archived{}, PkgConfig: []load.PkgConfig{}}
	if f.Go.Version != s.env["GOVERSION"] {
		f.Selected = s.request.Selected(s.env)
	}
	f.Compilers = s.compilers(ctx, here)
	if err := s.source(); err != nil {
		f.ToolchainError = err.Error()
	}
	f.Toolchain = s.toolchain
	if s.mayHaveArchives() {
		f.addArchives(s.build, "", s.host.archives(ctx, s.build, ""))
	}
	f.addLoaders()
	f.addSpare(ctx, here)
	return f
}

// compilers describes CC and CXX. They are asked to link only where cgo is on,
// for else no build would run them.
func (s *session) compilers(ctx context.Context, here thisMachine) []toolchain.Compiler {
	all := []toolchain.Compiler{}
	for _, c := range []struct {
		variable string
		words    []string
	}{{"CC", s.build.CC}, {"CXX", s.build.CXX}} {
		q := link.Question{Driver: c.words, Before: predict.ArchArgs(s.build.GOARCH), After: s.build.Cgo.LDFLAGS}.Reduced()
		q.Own = [][]string{q.Before, q.After}
		prober := here.prober()
		prober.Still = !s.build.CgoEnabled
		all = append(all, prober.Describe(ctx, c.variable, q))
	}
	return all
}

func (f *Facts) addArchives(b link.Build, profile string, a *archives) {
	key := archiveKey(b, profile)
	if slices.ContainsFunc(f.Archives, func(k Archived) bool { return k.Key == key }) {
		return
	}
	found := a.remembered()
	unknown := ""
	if len(found) == 0 {
		found, unknown = a.ask()
	}
	if found == nil {
		found = map[string]link.CgoArchive{}
	}
	f.Archives = append(f.Archives, Archived{key, found, unknown})
}

// archiveKey returns a key that differs for builds whose archives differ. Values of
// macros are not part of it, since facts do not hold them.
func archiveKey(b link.Build, profile string) string {
	b.Flags = mask.BuildFlags(b.Flags)
	return strings.TrimSpace(toolchain.ArchiveKey(b) + " " + profileID(profile))
}

// addLoaders looks at every dynamic linker that is named and not a system's.
func (f *Facts) addLoaders() {
	paths := []string{f.Toolchain.GOLDSO}
	for _, c := range f.Compilers {
		paths = append(paths, c.Answer.Interp)
	}
	for _, a := range f.Answers {
		paths = append(paths, a.Answer.Interp)
	}
	for _, a := range f.Archives {
		for _, found := range a.Found {
			paths = append(paths, found.Loader)
		}
	}
	for _, p := range f.Toolchain.LinkerLoaders {
		paths = append(paths, p.Value)
	}
	slices.Sort(paths)
	for _, path := range slices.Compact(paths) {
		if path == "" || common(path) || slices.ContainsFunc(f.Loaders, func(l Loader) bool { return l.Path == path }) {
			continue
		}
		l := Loader{Path: path}
		if _, err := os.Stat(path); err == nil {
			l.Exists = true
		}
		if real, err := filepath.EvalSymlinks(path); err == nil && real != path {
			l.Target = real
		}
		f.Loaders = append(f.Loaders, l)
	}
}

// addSpare looks for a compiler of the system's where CC is not portable, or not
// there.
func (f *Facts) addSpare(ctx context.Context, here thisMachine) {
	cc := f.compiler("CC")
	if i := cc.Answer.Interp; cc.Path != "" && (i == "" || common(i)) || f.Environment["CGO_ENABLED"] != "1" {
		return
	}
	for _, file := range []string{"/usr/bin/gcc", "/usr/bin/cc", "/usr/bin/clang"} {
		q := cc.Question
		q.Driver = []string{file}
		if file == cc.Path || toolchain.Find(file, nil) == "" {
			continue
		}
		if c := here.prober().Describe(ctx, "CC", q); c.Answer.Error == "" && common(c.Answer.Interp) {
			f.Spare = append(f.Spare, c)
			return
		}
	}
}

// compiler is CC or CXX.
func (f *Facts) compiler(variable string) toolchain.Compiler {
	for _, c := range f.Compilers {
		if c.Variable == variable {
			return c
		}
	}
	return toolchain.Compiler{Variable: variable}
}

// setting is where a variable was set.
func (f *Facts) setting(name string) (load.Setting, bool) {
	i := slices.IndexFunc(f.Settings, func(s load.Setting) bool { return s.Name == name })
	if i < 0 {
		return load.Setting{}, false
	}
	return f.Settings[i], true
}
