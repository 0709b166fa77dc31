package report

import (
	"fmt"
	"go/build"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// A several is one command for some programs, each of which it names at its end.
// What is printed can be pasted, and does for each program what was predicted.
type several struct {
	pattern  string   // the command without the programs that it builds
	args     []string // how it names these, none where it names none
	packages []string
}

// take has the command be for another program too, and reports whether it was not
// yet.
func (s *several) take(pkg, arg string) bool {
	if slices.Contains(s.packages, pkg) {
		return false
	}
	s.packages = append(s.packages, pkg)
	if arg != "" {
		s.args = append(s.args, arg)
	}
	return true
}

// ownFolder has go build put the executable into the program's own folder.
const ownFolder = ` -o "$p/"`

// mostBuilt are as many programs as a command is printed for; of more, it is for
// the first.
const mostBuilt = 16

// cut reports whether the command is not for all of its programs.
func (s *several) cut(all bool) bool { return len(s.args) > mostBuilt && !all }

// command is for all of its programs, unless they are many and not all are asked
// for. One go build of several programs keeps none of the executables, and refuses
// with most build modes, so each has its own.
func (s *several) command(all bool) string {
	if len(s.args) == 0 {
		return s.pattern
	}
	if len(s.args) == 1 || s.cut(all) {
		return strings.Replace(s.pattern, ownFolder, " -o "+s.args[0]+"/", 1) + " " + s.args[0]
	}
	first, command := "", s.pattern // go clean -cache is for all of them
	if before, rest, ok := strings.Cut(command, " && "); ok && !strings.HasPrefix(command, "cd ") {
		first, command = before+" && ", rest
	}
	if s.clash() && !strings.HasSuffix(command, ownFolder) {
		command += ownFolder
	}
	command += ` "$p"`
	if strings.HasPrefix(command, "cd ") {
		command = "(" + command + ")"
	}
	return first + "for p in " + strings.Join(s.args, " ") + "; do " + command + "; done"
}

// clash reports whether executables of one name would be written over each other.
// Each folder then gets its own.
func (s *several) clash() bool {
	seen := map[string]bool{}
	for _, pkg := range s.packages {
		seen[link.ExecName(pkg)] = true
	}
	return len(seen) < len(s.packages) && !slices.ContainsFunc(s.args, func(arg string) bool { return !build.IsLocalImport(arg) })
}

// forEach says which programs a command is for, where they are several.
func (s *several) forEach(all bool) string {
	switch {
	case len(s.packages) < 2:
		return ""
	case s.cut(all):
		return fmt.Sprintf(" (so for each of %s)", names(s.packages))
	}
	return fmt.Sprintf(" (%s)", names(s.packages))
}

// cutArgument parts a command and the program that it builds: an import path, or
// a folder that ends as it does.
func cutArgument(command, pkg string) (pattern, arg string) {
	i := strings.LastIndexByte(command, ' ')
	if i < 0 || pkg == "" {
		return command, ""
	}
	last := command[i+1:]
	if last == "." || last == pkg || strings.HasPrefix(last, "./") && strings.HasSuffix("/"+pkg, last[1:]) {
		if one, own := strings.CutSuffix(command[:i], " -o "+last+"/"); own {
			return one + ownFolder, last
		}
		return command[:i], last
	}
	return command, ""
}
