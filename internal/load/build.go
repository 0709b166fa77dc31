package load

import (
	"go/version"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
	"github.com/goportdoctor/goportdoctor/internal/link"
)

// reported are the variables that a build's JSON names where they are set.
var reported = []string{
	"CC", "CXX", "CGO_ENABLED", "CGO_CPPFLAGS", "CGO_CFLAGS", "CGO_CXXFLAGS", "CGO_FFLAGS", "CGO_LDFLAGS",
	"GOOS", "GOARCH", "GOFLAGS", "GOEXPERIMENT", "GO_EXTLINK_ENABLED", "GO_LDSO", "LD_RUN_PATH", "GOTOOLCHAIN",
}

// NewBuild puts together the build that go build with the request's flags and
// environment would make.
func NewBuild(r Request, env Env) (link.Build, error) {
	flags := append(parseGOFLAGS(env["GOFLAGS"]), r.Flags...)
	b := link.Build{
		GOOS: env["GOOS"], GOARCH: env["GOARCH"], CgoEnabled: env["CGO_ENABLED"] == "1",
		Tags: []string{}, Flags: []string{}, Env: []string{},
		BuildMode: "default", Compiler: "gc",
		ExtLink:    Getenv(r.Env, "GO_EXTLINK_ENABLED"),
		LDSO:       Getenv(r.Env, "GO_LDSO"),
		Level:      env[link.LevelVariables[env["GOARCH"]].Name],
		Experiment: env["GOEXPERIMENT"], Limits: link.FlagLimits{},
	}
	for _, f := range flags {
		setFlag(&b, f)
	}
	if err := checkTags(b.Tags); err != nil {
		return b, &Error{"go build", err.Error()}
	}
	for _, name := range reported {
		if v := Getenv(r.Env, name); v != "" {
			b.Env = append(b.Env, name+"="+v)
		}
	}
	for name, v := range env {
		if v != "" && (strings.HasSuffix(name, "_ALLOW") || strings.HasSuffix(name, "_DISALLOW")) {
			b.Limits[name] = v
		}
	}
	return b, setCompilers(&b, env)
}

func setFlag(b *link.Build, f Flag) {
	if !unlinked[f.Name] {
		b.Flags = append(b.Flags, f.String())
	}
	on, _ := strconv.ParseBool(f.Value) // the go command refuses what is no boolean
	switch f.Name {
	case "tags":
		tags, _ := splitTags(f.Value) // the go command refuses what cannot be split
		// No file is for a quoted tag with a space, and written with others between
		// commas the go command would refuse it.
		b.Tags = slices.DeleteFunc(append([]string{}, tags...), func(tag string) bool { return strings.Contains(tag, " ") && !strings.Contains(tag, ",") })
	case "race":
		b.Race = on
	case "msan":
		b.MSan = on
	case "asan":
		b.ASan = on
	case "linkshared":
		b.LinkShared = on
	case "a":
		b.All = on
	case "buildmode":
		b.BuildMode = f.Value
	case "compiler":
		b.Compiler = f.Value
	case "toolexec":
		b.ToolExec = f.Value
	case "overlay":
		b.Overlay = f.Value
	}
}

// setCompilers splits CC, CXX and the C flags. "-g -O2" is cmd/go's default
// for each of the lists but CPPFLAGS (cmd/go/internal/work.DefaultCFlags);
// Env.configure has folded it in.
func setCompilers(b *link.Build, env Env) error {
	for name, to := range map[string]*[]string{
		"CC": &b.CC, "CXX": &b.CXX, "FC": &b.FC,
		"CGO_CPPFLAGS": &b.Cgo.CPPFLAGS, "CGO_CFLAGS": &b.Cgo.CFLAGS, "CGO_CXXFLAGS": &b.Cgo.CXXFLAGS,
		"CGO_FFLAGS": &b.Cgo.FFLAGS, "CGO_LDFLAGS": &b.Cgo.LDFLAGS,
	} {
		words, err := link.SplitWords(env[name])
		if err != nil {
			return &Error{"go build", name + " environment variable could not be parsed: " + err.Error()}
		}
		*to = words
	}
	return nil
}

// perPackage are the words of a flag like -ldflags for a package: those of the
// last value whose pattern matches, where a value without a pattern is for the
// packages named on the command line.
func perPackage(values []string, p *link.Package, named bool, m matcher) []string {
	words := []string{}
	for _, v := range values {
		v = strings.TrimSpace(v)
		if v == "" || v[0] == '-' {
			if !named {
				continue
			}
		} else {
			pattern, value, ok := strings.Cut(v, "=")
			if !ok || !m.matches(strings.TrimSpace(pattern), p) {
				continue
			}
			v = value
		}
		if w, err := link.SplitWords(v); err == nil {
			words = w
		}
	}
	return words
}

// A matcher matches main packages against package patterns of flags.
type matcher struct {
	dir     string // that the go command runs in
	release string // of the toolchain
	gomod   string // the main module's
}

// matches mirrors cmd/go/internal/load.MatchPackage. Only relative patterns are of
// folders, and since go1.25 there are names for two more kinds of packages.
func (m matcher) matches(pattern string, p *link.Package) bool {
	switch pattern {
	case "all":
		return true
	case "std":
		return p.Standard
	case "cmd":
		return p.Standard && strings.HasPrefix(p.ImportPath, "cmd/")
	}
	if pattern == "." || pattern == ".." || strings.HasPrefix(pattern, "./") || strings.HasPrefix(pattern, "../") {
		return matchWild(path.Join(filepath.ToSlash(m.dir), pattern), filepath.ToSlash(p.Dir))
	}
	if p.Module != "" && version.Compare(m.release, "go1.25") >= 0 {
		switch pattern {
		case "work":
			return p.Main
		case "tool":
			return slices.Contains(tools(m.gomod), p.ImportPath)
		}
	}
	return matchWild(pattern, p.ImportPath)
}

// tools are the packages that the tool lines of a go.mod name.
func tools(gomod string) (names []string) {
	data, err := bounded.ReadFile(gomod, bounded.GoMod)
	if err != nil {
		return nil
	}
	file, err := modfile.Parse(gomod, data, nil)
	if err != nil {
		return nil // and then the go command lists no program
	}
	for _, t := range file.Tool {
		names = append(names, t.Path)
	}
	return names
}

// matchWild matches with "..." standing for any string; "x/..." matches x too.
func matchWild(pattern, name string) bool {
	if base, ok := strings.CutSuffix(pattern, "/..."); ok && name == base {
		return true
	}
	parts := strings.Split(pattern, "...")
	if !strings.HasPrefix(name, parts[0]) {
		return false
	}
	name = name[len(parts[0]):]
	for i, part := range parts[1:] {
		if i == len(parts)-2 {
			return strings.HasSuffix(name, part)
		}
		at := strings.Index(name, part)
		if at < 0 {
			return false
		}
		name = name[at+len(part):]
	}
	return name == ""
}

// graphKey tells apart the builds whose packages differ.
func graphKey(b link.Build) string {
	args := slices.DeleteFunc(listArgs(b), func(arg string) bool { return arg == "-ldflags=" || arg == plainMode })
	return strings.Join(append(args, graphEnv(b)...), "\x00")
}

// plainMode is what -buildmode=default is where executables are not
// position-independent by default; that they are is a matter of ports that list
// the same packages in both.
const plainMode = "-buildmode=exe"

// listArgs are the flags of go list for a build. Of -ldflags only the link mode
// brings packages in; without a pattern before it, the rest is left out so that
// builds that differ in nothing else share their packages. The last value of a
// flag counts.
func listArgs(b link.Build) []string {
	args := graphArgs(b)
	last := map[string]int{}
	for i, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		if name == "-ldflags" {
			if value = strings.TrimSpace(value); value != "" && value[0] != '-' {
				return args // values with patterns are for some packages each
			}
			args[i] = "-ldflags=" + linkMode(value)
		}
		last[name] = i
	}
	kept := []string{}
	for i, arg := range args {
		name, _, _ := strings.Cut(arg, "=")
		if name != "-ldflags" && name != "-buildmode" || last[name] == i {
			kept = append(kept, arg)
		}
	}
	return kept
}

// linkMode is the part of a value of -ldflags that says who links.
func linkMode(value string) string {
	words, err := link.SplitWords(value)
	if err != nil {
		return value
	}
	mode := ""
	for i, w := range words {
		if name, v, given := strings.Cut(strings.TrimLeft(w, "-"), "="); name == "linkmode" && given {
			mode = "-linkmode=" + v
		} else if name == "linkmode" && i+1 < len(words) {
			mode = "-linkmode=" + words[i+1]
		}
	}
	return mode
}

// graphArgs are the flags of go list for a build.
func graphArgs(b link.Build) []string {
	args := slices.DeleteFunc(slices.Clone(b.Flags), func(f string) bool {
		return strings.HasPrefix(f, "-tags=") || strings.HasPrefix(f, "-o=") || f == "-a" || strings.HasPrefix(f, "-toolexec=")
	})
	if len(b.Tags) > 0 {
		args = append(args, "-tags="+strings.Join(b.Tags, ","))
	} else {
		args = append(args, "-tags=")
	}
	return args
}

func graphEnv(b link.Build) []string {
	cgo := "0"
	if b.CgoEnabled {
		cgo = "1"
	}
	return []string{"GOOS=" + b.GOOS, "GOARCH=" + b.GOARCH, "CGO_ENABLED=" + cgo, "GOEXPERIMENT=" + b.Experiment}
}
