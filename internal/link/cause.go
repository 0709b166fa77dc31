package link

// Kinds of causes.
const (
	KindCgo       = "cgo"       // files that import "C", or an import of runtime/cgo
	KindDynImport = "dynimport" // //go:cgo_import_dynamic in an ordinary Go file
	KindFlag      = "flag"
	KindPlatform  = "platform"
)

// What becomes of a cause's package without cgo.
const (
	WithoutPureGo  = "pure-go" // its other files still make a package
	WithoutStub    = "stub"    // it builds, and does nothing
	WithoutFails   = "fails"   // it does not build
	WithoutUnknown = "unknown"
)
