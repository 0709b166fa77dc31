package load

import (
	"context"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// maxAsked is how many packages the go command is asked for by name; with more, it
// may as well list all.
const maxAsked = 200

// derive is what go list would answer for a build that differs in cgo and tags
// alone from one that was listed. A package none of whose files is for or against
// one of these is the same in both, and the go command is asked for the others,
// which takes it a part of the time. It gives nothing where that might not hold.
func derive(ctx context.Context, r Request, from Result, b link.Build, scans *scans) []*listed {
	differ, ok := differences(from.build, b)
	if !ok || r.Tests || len(from.listed) == 0 {
		return nil
	}
	known := map[string]*listed{}
	var asked []string
	for _, l := range from.listed {
		if l.Error != nil || known[l.ImportPath] != nil || strings.Contains(l.ImportPath, " ") || !l.Standard && strings.Contains(l.ImportPath, "/vendor/") ||
			l.ImportPath == "command-line-arguments" {
			return nil
		}
		known[l.ImportPath] = l
		if scans.mentions(l, differ) {
			asked = append(asked, l.ImportPath)
		}
	}
	if len(asked) > maxAsked || !slices.Equal(reached(from.listed, known), from.listed) {
		return nil
	}
	wild := slices.ContainsFunc(r.Patterns, isWild)
	switch {
	case wild: // packages that none of the files of were in the one build may be in the other
		r.Patterns = slices.Concat(r.Patterns, asked)
	case len(asked) == 0:
		return from.listed
	default:
		r.Patterns = asked
	}
	answers, err := runOnly(ctx, r, b)
	if err != nil {
		return nil
	}
	for _, l := range answers {
		old := known[l.ImportPath]
		if old == nil || old.DepOnly && !slices.Contains(asked, l.ImportPath) {
			return nil
		}
		l.DepOnly = old.DepOnly
		known[l.ImportPath] = l
	}
	all := reached(from.listed, known)
	for _, l := range all {
		if l.Error != nil || slices.ContainsFunc(l.needs(), func(imp string) bool { return known[imp] == nil }) {
			return nil // it says more with the packages that import it, or needs one that was not listed
		}
	}
	return all
}

// isWild reports whether which packages a pattern stands for depends on the build.
func isWild(pattern string) bool {
	return strings.Contains(pattern, "...") || slices.Contains([]string{"all", "std", "cmd", "work", "tool"}, pattern)
}

// plainPorts link position-independent executables without a C linker, so that not
// even a toolchain that makes them by default has programs need runtime/cgo.
var plainPorts = []string{"linux/amd64", "linux/arm64", "linux/ppc64le"}

// differences are the tags that tell the builds apart, cgo among them; ok is false
// where the builds differ in more, or a mode or a port may have the go command
// bring in packages that nothing imports, or refuse the program for want of cgo
// (cmd/go/internal/load.LinkerDeps).
func differences(a, b link.Build) (tags []string, ok bool) {
	plain := func(b link.Build) string {
		b.Tags, b.CgoEnabled = nil, false
		return graphKey(b)
	}
	if plain(a) != plain(b) || !slices.Contains(plainPorts, a.GOOS+"/"+a.GOARCH) {
		return nil, false
	}
	for _, f := range a.Flags {
		name, value, _ := strings.Cut(strings.TrimLeft(f, "-"), "=")
		switch name {
		case "race", "msan", "asan", "cover", "linkshared", "compiler", "buildmode":
			if value != "false" && value != "default" && value != "exe" && value != "gc" {
				return nil, false
			}
		case "ldflags":
			if strings.Contains(value, "linkmode") {
				return nil, false
			}
		}
	}
	for _, t := range slices.Concat(a.Tags, b.Tags) {
		if slices.Contains(a.Tags, t) != slices.Contains(b.Tags, t) {
			if slices.Contains(platforms, t) || strings.HasPrefix(t, "go1.") {
				return nil, false // which no scan has
			}
			tags = append(tags, t)
		}
	}
	if a.CgoEnabled != b.CgoEnabled {
		tags = append(tags, "cgo")
	}
	return tags, true
}

// mentions reports whether a file of the package is for or against one of the tags.
func (s *scans) mentions(l *listed, tags []string) bool {
	if len(l.CgoFiles)+len(l.SwigFiles)+len(l.SwigCXXFiles) > 0 {
		return true // its C files may
	}
	p := l.pkg()
	if !l.Standard && slices.ContainsFunc(slices.Concat(l.SFiles, l.IgnoredOtherFiles), func(file string) bool {
		return strings.HasSuffix(file, ".s") && slices.ContainsFunc(s.scan(p.Dir, file).Tags, func(t string) bool { return slices.Contains(tags, t) })
	}) {
		return true
	}
	files := slices.DeleteFunc(slices.Concat(l.GoFiles, l.IgnoredGoFiles), isTest)
	return slices.ContainsFunc(s.scanned(p, files, link.Build{}), func(f fileScan) bool {
		return slices.ContainsFunc(tags, func(t string) bool {
			return slices.Contains(f.Tags, t) || t == "cgo" && f.Cgo
		})
	})
}

// needs are the packages that a package imports, with those that cgo has the go
// command add.
func (l *listed) needs() []string {
	all := slices.DeleteFunc(slices.Clone(l.Imports), func(imp string) bool { return imp == "C" })
	if len(l.CgoFiles)+len(l.SwigFiles)+len(l.SwigCXXFiles) > 0 && l.ImportPath != "runtime/cgo" {
		all = append(all, "runtime/cgo", "syscall", "unsafe")
	}
	if !l.DepOnly && l.Name == "main" {
		all = append(all, "runtime")
	}
	return all
}

// reached are those of the packages, in their order, that the ones asked for need;
// known has each as it is in the build.
func reached(order []*listed, known map[string]*listed) []*listed {
	seen := map[string]bool{}
	var visit func(path string)
	visit = func(path string) {
		l := known[path]
		if seen[path] || l == nil {
			return
		}
		seen[path] = true
		for _, imp := range l.needs() {
			visit(imp)
		}
	}
	for _, l := range order {
		if !l.DepOnly {
			visit(l.ImportPath)
		}
	}
	var all []*listed
	for _, l := range order {
		if seen[l.ImportPath] {
			all = append(all, known[l.ImportPath])
		}
	}
	return all
}
