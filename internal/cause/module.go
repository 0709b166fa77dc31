package cause

import (
	"path"
	"slices"
	"strings"
)

// Std is what the standard library has in the place of a module.
const Std = "std"

// carriers are the packages of the standard library that use cgo in some build,
// and that a program can come to by its imports.
var carriers = []string{"crypto/internal/boring", "net", "os/user", "plugin", "runtime/cgo"}

// elsewhere are the packages of std that import one of those on some systems
// only: archive/tar does not on windows.
var elsewhere = map[string]string{"archive/tar": "os/user", "log/syslog": "net"}

func isCarrier(path string) bool { return slices.Contains(carriers, path) }

// ModuleOf is the module that a package belongs to, for telling whether two
// packages belong to one: named, where the driver names a module; Std for the
// standard library.
//
// Where the driver names none (go vet before Go 1.23 does not) it is what the
// package's folder tells. What import path and folder have in common at their
// end is taken away from the path, and what is left is the same for all packages
// of one module: in the module cache it is the module's path, elsewhere
// sometimes a part of it, so that two modules side by side in folders named as
// they are may pass for one. In a vendor folder nothing can be told, and in a
// GOPATH, where nothing is left, the path has to do: its first two elements,
// three for well-known hosts, or the first where that has no dot. dir is "" where
// no folder is known, and then every package is a module of its own.
func ModuleOf(pkg, named, dir string) string {
	switch {
	case named != "":
		return named
	case inStd(pkg):
		return Std
	case pkg == "command-line-arguments" || dir == "":
		return pkg
	}
	rest, root := pkg, strings.ReplaceAll(dir, `\`, "/")
	for rest != "." && path.Base(rest) == path.Base(root) {
		rest, root = path.Dir(rest), path.Dir(root)
	}
	switch {
	case rest != ".":
		return rest
	case path.Base(root) == "vendor":
		return "vendor/" + repository(pkg)
	}
	return repository(pkg)
}

// repository is the part of an import path that commonly names one.
func repository(pkg string) string {
	elements := strings.Split(pkg, "/")
	n := 2
	switch {
	case !strings.Contains(elements[0], "."):
		n = 1
	case slices.Contains([]string{"github.com", "gitlab.com", "bitbucket.org"}, elements[0]), strings.HasPrefix(pkg, "golang.org/x/"):
		n = 3
	}
	return strings.Join(elements[:min(n, len(elements))], "/")
}

// inStd goes by the first element, as the go command reserves those without a
// dot for the standard library, and by the names that this has so far, as people
// use others all the same.
func inStd(pkg string) bool {
	first, _, _ := strings.Cut(pkg, "/")
	_, known := slices.BinarySearch(stdRoots, first)
	return known
}

// stdRoots are the folders of GOROOT/src, from Go 1.20 to 1.27, sorted.
var stdRoots = []string{
	"archive", "arena", "bufio", "builtin", "bytes", "cmd", "cmp", "compress", "container", "context", "crypto",
	"database", "debug", "embed", "encoding", "errors", "expvar", "flag", "fmt", "go", "hash", "html", "image",
	"index", "internal", "io", "iter", "log", "maps", "math", "mime", "net", "os", "path", "plugin", "reflect",
	"regexp", "runtime", "simd", "slices", "sort", "strconv", "strings", "structs", "sync", "syscall", "testing",
	"text", "time", "unicode", "unique", "unsafe", "uuid", "vendor", "weak",
}
