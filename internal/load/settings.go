// Where was each setting made that bears on linking? In the environment, where
// perhaps an activation script put it, by go env -w, or in GOROOT/go.env.

package load

import (
	"path/filepath"
	"regexp"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
)

// A Setting is a variable that the go command, the C compiler or its linker
// reads, and where it was set.
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	From  string `json:"from"` // FromEnvironment and so on
	File  string `json:"file"` // "" for the environment, unless a script that sets it was found
	Line  int    `json:"line"`
}

// Where settings are made.
const (
	FromEnvironment = "environment"
	FromGoEnv       = "go env -w"
	FromGOROOT      = "GOROOT/go.env"
	FromActivation  = "activation script" // of a conda environment
)

// goSettings are the go command's own variables, which its files may set as
// well; otherSettings are read by others, and from the environment only.
var (
	goSettings = []string{
		"GOFLAGS", "CGO_ENABLED", "CC", "CXX", "CGO_CPPFLAGS", "CGO_CFLAGS", "CGO_CXXFLAGS", "CGO_FFLAGS", "CGO_LDFLAGS",
		"GO_EXTLINK_ENABLED", "GOEXPERIMENT", "GOTOOLCHAIN", "GOOS", "GOARCH", "PKG_CONFIG",
		"CGO_CFLAGS_ALLOW", "CGO_CFLAGS_DISALLOW", "CGO_LDFLAGS_ALLOW", "CGO_LDFLAGS_DISALLOW",
	}
	otherSettings = []string{
		"GO_LDSO", "LD_RUN_PATH", "LIBRARY_PATH", "COMPILER_PATH", "GCC_EXEC_PREFIX", "LDFLAGS", "CFLAGS", "CPPFLAGS", "CXXFLAGS",
		"PKG_CONFIG_PATH", "PKG_CONFIG_LIBDIR", "PKG_CONFIG_SYSROOT_DIR",
		"CONDA_PREFIX", "CONDA_BUILD_SYSROOT", "NIX_CC", "NIX_LDFLAGS", "NIX_CFLAGS_COMPILE", "IN_NIX_SHELL",
		"SPACK_CC", "SPACK_ENV", "HOMEBREW_PREFIX", "SYSROOT", "SDKROOT",
	}
)

// Settings lists the settings that are made, each where it counts.
func Settings(environ []string, env Env) []Setting {
	var found []Setting
	scripts := activationScripts(environ)
	for _, name := range append(append([]string{}, goSettings...), otherSettings...) {
		if v := Getenv(environ, name); v != "" {
			s := Setting{Name: name, Value: withoutX(v), From: FromEnvironment}
			if file, line := setBy(scripts, name); file != "" {
				s.From, s.File, s.Line = FromActivation, file, line
			}
			found = append(found, s)
		}
	}
	for _, f := range []struct{ from, file string }{
		{FromGoEnv, env["GOENV"]}, {FromGOROOT, filepath.Join(env["GOROOT"], "go.env")},
	} {
		for _, s := range settingLines(f.file) {
			if !contains(found, s.Name) && isGoSetting(s.Name) && s.Value != "" {
				s.From, s.Value = f.from, withoutX(s.Value)
				found = append(found, s)
			}
		}
	}
	return found
}

func isGoSetting(name string) bool {
	for _, n := range goSettings {
		if n == name {
			return true
		}
	}
	return false
}

func contains(settings []Setting, name string) bool {
	for _, s := range settings {
		if s.Name == name {
			return true
		}
	}
	return false
}

// settingLines reads a file of NAME=value lines; one that is not there, or is
// "off", has none. Of two lines for one name the later counts.
func settingLines(file string) []Setting {
	if file == "" || file == "off" {
		return nil
	}
	data, err := bounded.ReadFile(file, bounded.Settings)
	if err != nil {
		return nil
	}
	at := map[string]int{}
	var list []Setting
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		line = strings.TrimSpace(line)
		name, value, ok := strings.Cut(line, "=")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		s := Setting{Name: name, Value: value, File: file, Line: n}
		if i, again := at[name]; again {
			list[i] = s
			continue
		}
		at[name] = len(list)
		list = append(list, s)
	}
	return list
}

// flagX matches a linker's -X flag up to its value, which may be a secret, and
// valueEnd what comes after that.
var (
	flagX    = regexp.MustCompile(`-X[= ]\s*['"]?[^\s='"]+=`)
	valueEnd = regexp.MustCompile(`['"]|\s+-`)
)

// withoutX leaves out what -X puts into variables: it changes nothing about
// linking.
func withoutX(value string) string {
	var b strings.Builder
	for {
		at := flagX.FindStringIndex(value)
		if at == nil {
			return b.String() + value
		}
		b.WriteString(value[:at[1]] + "…")
		value = value[at[1]:]
		if end := valueEnd.FindStringIndex(value); end != nil {
			value = value[end[0]:]
		} else {
			value = ""
		}
	}
}

// Variables are the variables of an environment that a build depends on, as
// NAME=value: those that Settings tells of.
func Variables(environ []string) []string {
	var kept []string
	for _, name := range append(append([]string{}, goSettings...), otherSettings...) {
		if v := Getenv(environ, name); v != "" {
			kept = append(kept, name+"="+withoutX(v))
		}
	}
	return kept
}

// Recorded are the variables of go env that are kept of a machine.
func (e Env) Recorded() Env {
	kept := Env{}
	for _, name := range envNames {
		kept[name] = e[name]
	}
	for name := range configured {
		kept[name] = e[name]
	}
	delete(kept, "GOMOD")
	delete(kept, "GOWORK")
	kept["GOFLAGS"] = withoutX(kept["GOFLAGS"])
	return kept
}

const maxScripts = 200 // of an activation folder

// activationScripts are the scripts by which a conda environment sets variables.
func activationScripts(environ []string) []string {
	prefix := Getenv(environ, "CONDA_PREFIX")
	if prefix == "" {
		return nil
	}
	dir := filepath.Join(prefix, "etc", "conda", "activate.d")
	entries, _ := bounded.ReadDir(dir, bounded.Entries) // most environments have no such folder
	var files []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".sh") && len(files) < maxScripts {
			files = append(files, filepath.Join(dir, e.Name()))
		}
	}
	return files
}

// setBy is the first line of the scripts that sets a variable.
func setBy(scripts []string, name string) (string, int) {
	sets := regexp.MustCompile(`(^|[\s;])(export\s+)?` + regexp.QuoteMeta(name) + `=`)
	for _, file := range scripts {
		data, err := bounded.ReadFile(file, 1<<20)
		if err != nil {
			continue
		}
		n := 0
		for line := range strings.Lines(string(data)) {
			if n++; !strings.HasPrefix(strings.TrimSpace(line), "#") && sets.MatchString(line) {
				return file, n
			}
		}
	}
	return "", 0
}
