// Package load asks the go command what a build consists of: its environment,
// its flags and the packages of its programs. Several builds of the same
// packages are answered in one pass, one go list for each distinct graph.
//
// Whatever the go command can say itself is asked of it; nothing here decides
// how a program is linked.
package load

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// buildFlags are the flags of go build (cmd/go/internal/work.AddBuildFlags);
// true for those that take a value.
var buildFlags = map[string]bool{
	"C": true, "a": false, "n": false, "p": true, "race": false, "msan": false, "asan": false,
	"cover": false, "covermode": true, "coverpkg": true, "v": false, "work": false, "x": false,
	"asmflags": true, "buildmode": true, "buildvcs": false, "compiler": true, "gccgoflags": true,
	"gcflags": true, "installsuffix": true, "json": false, "ldflags": true, "linkshared": false,
	"mod": true, "modcacherw": false, "modfile": true, "overlay": true, "pgo": true, "pkgdir": true,
	"tags": true, "trimpath": false, "toolexec": true, "o": true, "debug-actiongraph": true,
	"debug-runtime-trace": true, "debug-trace": true,
}

// unlinked are the build flags that change nothing about linking and nothing
// that go list should do.
var unlinked = map[string]bool{
	"n": true, "x": true, "o": true, "p": true, "work": true, "v": true, "json": true, "C": true,
	"debug-actiongraph": true, "debug-runtime-trace": true, "debug-trace": true,
}

// A Flag is one build flag with its value; "true" for a boolean one that has none.
type Flag struct{ Name, Value string }

func (f Flag) String() string {
	if v, ok := buildFlags[f.Name]; ok && !v && f.Value == "true" {
		return "-" + f.Name
	}
	return "-" + f.Name + "=" + f.Value
}

// ParseFlags splits the arguments of a command into build flags and the rest,
// which begins at the first argument that is no flag. own takes the flags that
// are not go build's, or that the command gives a meaning of its own: it
// reports whether it knows name, and whether it needs a value.
func ParseFlags(args []string, own func(name string) (known, value bool), set func(name, value string) error) ([]Flag, []string, error) {
	var flags []Flag
	for len(args) > 0 {
		arg := args[0]
		if len(arg) < 2 || arg[0] != '-' {
			break
		}
		args = args[1:]
		if arg == "--" {
			break
		}
		name, value, given := strings.Cut(strings.TrimPrefix(arg[1:], "-"), "=")
		mine, needs := own(name)
		if !mine {
			var ok bool
			if needs, ok = buildFlags[name]; !ok {
				return nil, nil, fmt.Errorf("flag provided but not defined: -%s", name)
			}
		}
		switch {
		case given:
		case !needs:
			value = "true"
		case len(args) == 0:
			return nil, nil, fmt.Errorf("flag needs an argument: -%s", name)
		default:
			value, args = args[0], args[1:]
		}
		if mine {
			if err := set(name, value); err != nil {
				return nil, nil, fmt.Errorf("invalid value %q for flag -%s: %w", value, name, err)
			}
			continue
		}
		if err := checkValue(name, value, needs); err != nil {
			return nil, nil, err
		}
		flags = append(flags, Flag{name, value})
	}
	return flags, args, nil
}

// checkValue says in go build's words what it has against a flag's value. The
// rest is found out by asking it.
func checkValue(name, value string, needs bool) error {
	invalid := func(why string) error { return fmt.Errorf("invalid value %q for flag -%s: %s", value, name, why) }
	switch _, err := strconv.ParseBool(value); {
	case name == "buildvcs":
		if err != nil && value != "auto" {
			return fmt.Errorf("invalid boolean value %q for -buildvcs: value is neither 'auto' nor a valid bool", value)
		}
	case !needs && err != nil:
		return fmt.Errorf("invalid boolean value %q for -%s: parse error", value, name)
	case name == "compiler" && value != "gc" && value != "gccgo":
		return invalid(fmt.Sprintf("unknown compiler %q", value))
	case name == "covermode" && value != "set" && value != "count" && value != "atomic":
		return invalid(`valid modes are "set", "count", or "atomic"`)
	case name == "tags":
		tags, err := splitTags(value)
		if err != nil {
			return invalid(err.Error())
		}
		return checkTags(tags)
	case name == "ldflags" || name == "gcflags" || name == "asmflags" || name == "gccgoflags":
		if err := checkPerPackage(value); err != nil {
			return invalid(err.Error())
		}
	case name == "p":
		if n, err := strconv.Atoi(value); err != nil {
			return invalid("parse error")
		} else if n <= 0 {
			return fmt.Errorf("-p must be a positive integer: %d", n)
		}
	}
	return nil
}

// checkPerPackage mirrors cmd/go/internal/load.PerPackageFlag.Set.
func checkPerPackage(value string) error {
	value = strings.TrimSpace(value)
	if value != "" && value[0] != '-' {
		pattern, rest, found := strings.Cut(value, "=")
		switch {
		case !found:
			return errors.New("missing =<value> in <pattern>=<value>")
		case pattern == "":
			return errors.New("missing <pattern> in <pattern>=<value>")
		case pattern[0] == '\'' || pattern[0] == '"':
			return fmt.Errorf("parameter may not start with quote character %c", pattern[0])
		}
		value = rest
	}
	_, err := link.SplitWords(value)
	return err
}

// splitTags splits a value of -tags: at commas, or as up to go1.12 at spaces
// (cmd/go/internal/work.tagsFlag).
func splitTags(value string) ([]string, error) {
	if strings.ContainsAny(value, " '") {
		return link.SplitWords(value)
	}
	return strings.FieldsFunc(value, func(r rune) bool { return r == ',' }), nil
}

// checkTags says what go build, and not go list, has against tags
// (cmd/go/internal/work.BuildInit).
func checkTags(tags []string) error {
	if slices.ContainsFunc(tags, func(tag string) bool { return strings.Contains(tag, ",") }) {
		return errors.New("-tags space-separated list contains comma")
	}
	return nil
}

// parseGOFLAGS reads the value of GOFLAGS: flags only, each quoted as a whole
// where it has spaces. Flags of other commands than go build are left out.
func parseGOFLAGS(s string) []Flag {
	words, err := link.SplitWords(s)
	if err != nil {
		return nil // the go command has refused it already
	}
	var flags []Flag
	for _, w := range words {
		name, value, given := strings.Cut(strings.TrimLeft(w, "-"), "=")
		if needs, ok := buildFlags[name]; !ok || needs && !given {
			continue
		}
		if !given {
			value = "true"
		}
		flags = append(flags, Flag{name, value})
	}
	return flags
}
