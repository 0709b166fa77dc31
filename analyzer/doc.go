// Package analyzer finds the imports that bring cgo into a program, or make its
// executable need shared libraries in another way. It is a go/analysis
// Analyzer, for go vet, golangci-lint, Bazel's nogo and whatever else runs
// those.
//
// # Analyzer cgoimport
//
// cgoimport: report imports that bring cgo, or shared libraries, into a program
//
// An executable of Go's is static until something in it uses cgo. Then it names
// a dynamic linker and libraries of C, which the machine that it is to run on
// may not have. What brings that in is mostly an import far from where anybody
// wrote C:
//
//	import "net/http" links with cgo: net/http → net
//
// It reports
//
//   - an import, in the code at hand, that reaches a package with cgo in
//     another module or in the standard library, with the shortest chain of
//     imports for each package that is a cause. It is reported where it leaves
//     the module, and not above that in the module once more;
//   - a package's own import "C", once;
//   - an import that reaches //go:cgo_import_dynamic in an ordinary Go file, which
//     needs shared libraries without cgo too (github.com/ebitengine/purego does so);
//   - a program that Go would link by itself with a dynamic linker that is not its
//     port's own, where the driver shows what cgo found out, as go vet does. That is
//     the case of a C compiler with a loader of its own, such as Homebrew's;
//   - a //goportdoctor: directive that says or does nothing.
//
// It goes by the build that the driver analyzes. With CGO_ENABLED=0, with -tags
// netgo or for GOOS=windows there is no cgo in net, and nothing is said of it.
//
// # Categories
//
//	cgo-fallback  cgo, with a fallback in pure Go: CGO_ENABLED=0 makes a static
//	              program that does the same, more or less (net, os/user, and
//	              packages whose other files make a package without cgo)
//	cgo-only      cgo without which something does not build, or only stubs
//	dynimport     shared libraries, with cgo and without
//	loader        a dynamic linker that is not the port's own
//	directive     a directive that says or does nothing
//
// A report with several causes has the category of the worst. Whether other
// files make a package is told by those of this build and by the names, not the
// contents, of those that it leaves out.
//
// # Flags
//
//	-cgoimport.allow=PATTERN,…  packages that may use cgo, by import path; ... is
//	                            any string, std the standard library
//	-cgoimport.main             only what main packages reach, at their imports
//
// # Directives
//
//	//goportdoctor:allow PACKAGE reason
//
// on the line of an import, or right above it, allows PACKAGE to use cgo as far as
// it comes in there. PACKAGE is the package at the end of a chain, or one
// on it; beside import "C" it is C. With -cgoimport.main such a directive counts
// in the other packages of the program's module as well. One without a reason is
// reported, and so is one that names a package to which the import does not
// lead. A build that has nothing to silence is no reason to report it.
//
//	//goportdoctor:target NAME…
//
// in a main package, ahead of its imports, names the systems that the program has
// to run on. Where one of them has no C library (scratch, distroless-static),
// everything that the program reaches is reported at its imports, whatever
// -cgoimport.allow says, and only a directive beside those imports silences it.
//
// # Drivers
//
// The analyzer reads no file, no environment and no network. All that it knows of
// other packages comes as facts, the standard library's included; a driver that
// computes none for the standard library gets no reports of it.
//
// Which module a package belongs to is the driver's to say. Where it does not (go
// vet before Go 1.23, nogo), import path and folder tell: what they have in
// common at the end is taken away from the path, and packages with the same rest
// are one module. Two modules side by side in folders named as they are pass for
// one then.
//
// # Versions
//
// The module's go.mod asks for golang.org/x/tools v0.49, the last that type-checks
// against the compiler's export data rather than from source, and that Go 1.25 can
// build. A newer one in the main module's go.mod works too.
package analyzer

// doc is what go vet's help says of the analyzer; the manual is this package's
// documentation.
const doc = `report imports that bring cgo, or shared libraries, into a program

An executable of Go's is static until something in it uses cgo. This reports the
imports by which that comes in from outside of the module, with the shortest
chain to each cause:

	import "net/http" links with cgo: net/http → net

and a package's own import "C".`
