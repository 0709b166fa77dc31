package load

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// A Listing is what go list answered of packages, whether they are programs or
// not, and of their tests where the request wants them.
type Listing struct {
	// Graph has packages by the names of go list: one that is compiled once
	// more for a test is "p [q.test]" beside "p".
	Graph link.Graph
	// Order has the same packages, each after those that it imports.
	Order []*link.Package
	// Units are what go vet would look at, in go list's order: the packages
	// that the patterns match, each in the variant with its test files where it
	// has some, and the packages of external tests.
	Units []*link.Package
	Err   error    // why there are no packages to speak of
	Amiss []string // what the go command says of each pattern that stands for no package

	Overlay Overlay // of the build
}

// Packages lists the packages that the request's patterns match, for one build.
// The request is to be an unprofiled one.
func Packages(ctx context.Context, r Request, env Env, b link.Build) Listing {
	scans := openScans(r.CacheDir, env["GOVERSION"])
	scans.overlay = readOverlay(b.Overlay, r.Dir)
	var ls []*listed
	var err error
	if l := r.ahead(env, b); l != nil {
		ls, err = l()
	} else {
		ls, err = runList(ctx, r, b)
	}
	if err != nil && len(ls) == 0 {
		return Listing{Err: err}
	}
	return readPackages(ls, b, scans)
}

func readPackages(ls []*listed, b link.Build, scans *scans) Listing {
	out := Listing{Graph: link.Graph{}, Overlay: scans.overlay}
	tested := map[string]*link.Package{} // packages with the files of their tests
	for _, l := range ls {
		if l.noPackage() && !l.DepOnly {
			out.Amiss = append(out.Amiss, l.Error.words())
			continue
		}
		if out.Graph[l.ImportPath] != nil || l.testMain() {
			continue
		}
		p := l.pkg()
		out.Graph[p.ImportPath] = p
		out.Order = append(out.Order, p)
		if path, _, _ := strings.Cut(p.ImportPath, " ["); path == l.ForTest {
			tested[path] = p
			continue
		}
		if !l.DepOnly {
			out.Units = append(out.Units, p)
		}
	}
	for i, p := range out.Units {
		if t := tested[p.ImportPath]; t != nil {
			out.Units[i] = t
		}
	}
	scans.read(out.Order, b)
	scans.save()
	return out
}

// testMain reports whether l is the program that go test would generate, whose
// one file is in the build cache.
func (l *listed) testMain() bool {
	return l.Name == "main" && strings.HasSuffix(l.ImportPath, ".test") && len(l.GoFiles) == 1 && filepath.IsAbs(l.GoFiles[0])
}

// Exists reports whether one of the patterns stands for a package, here or among
// what the module requires. Where the go command cannot tell, one does.
func Exists(ctx context.Context, r Request, b link.Build, patterns ...string) bool {
	for _, p := range patterns {
		patterns = append(patterns, "vendor/"+p) // the standard library has copies
	}
	r.Ask(patterns)
	ls, err := runOnly(ctx, r, b)
	return err != nil || slices.ContainsFunc(ls, func(l *listed) bool { return !l.noPackage() || !l.nowhere() })
}

// nowhere reports whether the go command looked for l in every place that there
// is, rather than not being able to.
func (l *listed) nowhere() bool {
	return slices.ContainsFunc([]string{"is not in std", "is not in GOROOT", "no required module provides", "does not contain package",
		"directory not found", "no such file or directory", "cannot find module providing", "cannot find package", "no Go files in", "malformed import path"},
		func(words string) bool { return strings.Contains(l.Error.Err, words) })
}
