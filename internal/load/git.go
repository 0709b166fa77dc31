// Does git look at a repository? It refuses one of another user's, unless the
// user's own configuration names it in safe.directory, and one that is broken.
// Git is not asked: it would obey the repository's configuration, which may name
// programs. The rules are those of git's setup.c, 2.39.

package load

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
	"github.com/goportdoctor/goportdoctor/internal/link"
)

// A gitRepository is a folder with a .git, as git finds it in an environment.
type gitRepository struct {
	top string
	env []string
}

// refused reports how sure it is that git exits with status 128; "" for a
// repository that it takes. That another user's is refused is as sure as that git
// is 2.35.2 or newer.
func (g *gitRepository) refused() link.Certainty {
	file, dir, ok := g.dir()
	if !ok {
		return link.Exact
	}
	if broken(dir) {
		if file == "" && g.enclosed() {
			return "" // git goes on to the folders above
		}
		return link.Exact
	}
	paths := []string{g.top, dir}
	if file != "" {
		paths = append(paths, file)
	}
	mine := !truth(Getenv(g.env, "GIT_TEST_ASSUME_DIFFERENT_OWNER"))
	for _, path := range paths {
		mine = mine && owned(path, g.env)
	}
	if mine {
		return ""
	}
	return g.unsafe()
}

func truth(s string) bool {
	switch strings.ToLower(s) {
	case "", "0", "false", "no", "off":
		return false
	}
	return true
}

// dir returns the folder of the repository's data, and the .git file that names
// it, if one does. ok is false if that file names none.
func (g *gitRepository) dir() (file, dir string, ok bool) {
	dot := filepath.Join(g.top, ".git")
	info, err := os.Stat(dot)
	if err != nil || !info.Mode().IsRegular() {
		return "", dot, true
	}
	text, err := readLittle(dot)
	name, is := strings.CutPrefix(text, "gitdir: ")
	if err != nil || !is {
		return dot, "", false
	}
	if name = strings.TrimRight(name, "\r\n"); !filepath.IsAbs(name) {
		name = filepath.Join(g.top, name)
	}
	return dot, name, true
}

// broken reports whether a folder lacks what every repository has.
func broken(dir string) bool {
	has := func(name string) bool { _, err := os.Lstat(filepath.Join(dir, name)); return err == nil }
	return !has("HEAD") || !has("commondir") && (!has("objects") || !has("refs"))
}

// enclosed reports whether a folder above may be a repository.
func (g *gitRepository) enclosed() bool {
	for dir := g.top; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		above := filepath.Dir(dir)
		_, err := os.Lstat(filepath.Join(above, ".git"))
		if err == nil || !broken(dir) || !broken(above) {
			return true
		}
	}
	return false
}

// unsafe reports how sure it is that safe.directory of the user's configuration
// does not name the repository; "" if it does.
func (g *gitRepository) unsafe() link.Certainty {
	s := &safeDirectories{top: g.top, env: g.env}
	if real, err := filepath.EvalSymlinks(g.top); err == nil {
		s.real = real
	}
	for _, file := range g.configs() {
		s.read(file)
	}
	s.environment()
	switch {
	case s.doubtful:
		return link.Unknown
	case s.safe:
		return ""
	}
	return link.AtLeast
}

// configs are the files of the system's and the user's configuration.
func (g *gitRepository) configs() (files []string) {
	system, set := lookupEnv(g.env, "GIT_CONFIG_SYSTEM")
	switch {
	case truth(Getenv(g.env, "GIT_CONFIG_NOSYSTEM")):
	case set:
		files = append(files, system)
	default:
		files = append(files, g.systemConfigs()...)
	}
	if global, set := lookupEnv(g.env, "GIT_CONFIG_GLOBAL"); set {
		return append(files, global)
	}
	home := Getenv(g.env, "HOME")
	config := Getenv(g.env, "XDG_CONFIG_HOME")
	if config == "" && home != "" {
		config = filepath.Join(home, ".config")
	}
	if config != "" {
		files = append(files, filepath.Join(config, "git", "config"))
	}
	if home != "" {
		files = append(files, filepath.Join(home, ".gitconfig"))
	}
	return files
}

// lookupEnv returns a variable of an environment, and whether it is set, be it to
// nothing.
func lookupEnv(env []string, name string) (value string, set bool) {
	for i := len(env) - 1; i >= 0 && !set; i-- {
		value, set = strings.CutPrefix(env[i], name+"=")
	}
	if !set {
		value = ""
	}
	return value, set
}

// systemConfigs are where a git of this PATH may have been told to look.
func (g *gitRepository) systemConfigs() []string {
	files := []string{"/etc/gitconfig"}
	if git, err := lookPath("git", g.env); err == nil {
		files = append(files, filepath.Join(filepath.Dir(filepath.Dir(git)), "etc", "gitconfig"))
		if real, err := filepath.EvalSymlinks(git); err == nil {
			files = append(files, filepath.Join(filepath.Dir(filepath.Dir(real)), "etc", "gitconfig"))
		}
	}
	return files
}

// A safeDirectories follows the values of safe.directory: one that names the
// repository makes it safe, and an empty one undoes those before it.
type safeDirectories struct {
	top, real string
	env       []string
	safe      bool
	doubtful  bool // there is something that is not understood
}

// maxConfig bounds a configuration file.
const maxConfig = 1 << 20

// read reads a configuration file. Only plain lines are understood.
func (s *safeDirectories) read(file string) {
	if file == "" || file == os.DevNull {
		return
	}
	text, err := readRegular(file, maxConfig)
	if err != nil {
		s.doubtful = s.doubtful || !os.IsNotExist(err)
		return
	}
	section := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(strings.TrimPrefix(line, "\ufeff"))
		if rest, is := strings.CutPrefix(line, "["); is {
			section, line, _ = strings.Cut(rest, "]")
			section, line = strings.ToLower(strings.TrimSpace(section)), strings.TrimSpace(line)
		}
		name, _, _ := strings.Cut(section, " ")
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		key, value, given := strings.Cut(line, "=")
		switch key = strings.ToLower(strings.TrimSpace(key)); {
		case (name == "include" || name == "includeif") && key == "path":
			s.doubtful = true
		case name == "safe" && key == "directory":
			s.set(strings.TrimSpace(value), given)
		}
	}
}

// environment reads the pairs of GIT_CONFIG_COUNT.
func (s *safeDirectories) environment() {
	n, _ := strconv.Atoi(Getenv(s.env, "GIT_CONFIG_COUNT"))
	for i := range min(max(n, 0), 1000) {
		at := strconv.Itoa(i)
		switch key := strings.ToLower(Getenv(s.env, "GIT_CONFIG_KEY_"+at)); {
		case key == "safe.directory":
			s.set(Getenv(s.env, "GIT_CONFIG_VALUE_"+at), true)
		case strings.HasPrefix(key, "include"):
			s.doubtful = true
		}
	}
	if Getenv(s.env, "GIT_CONFIG_PARAMETERS") != "" {
		s.doubtful = true
	}
}

// set follows one value.
func (s *safeDirectories) set(value string, given bool) {
	if n := len(value); n > 1 && value[0] == '"' && value[n-1] == '"' {
		value = value[1 : n-1]
	}
	switch {
	case !given || value == "":
		s.safe, s.doubtful = false, false
	case value == "*":
		s.safe = true
	case strings.ContainsAny(value, "\"\\#;") || strings.HasPrefix(value, "~") && !strings.HasPrefix(value, "~/") || strings.HasPrefix(value, "%("):
		s.doubtful = true
	default:
		s.match(value)
	}
}

func (s *safeDirectories) match(value string) {
	if rest, home := strings.CutPrefix(value, "~/"); home {
		value = filepath.Join(Getenv(s.env, "HOME"), rest)
	}
	for _, top := range []string{s.top, s.real} {
		switch parent, below := strings.CutSuffix(value, "/*"); {
		case top == "":
		case value == top, value == top+"/":
			s.safe = true
		case below && strings.HasPrefix(top, parent+"/"), strings.EqualFold(filepath.Clean(value), top), value == ".":
			s.doubtful = true // since git 2.46, or where names have no case
		}
	}
}

// readLittle reads a file of one line.
func readLittle(file string) (string, error) { return readRegular(file, 4096) }

// readRegular reads a regular file of at most limit bytes.
func readRegular(file string, limit int64) (string, error) {
	data, err := bounded.ReadFile(file, limit)
	return string(data), err
}
