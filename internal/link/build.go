package link

import "slices"

// A Build is what the go command is asked for: everything, but for the
// packages themselves and the machine, that decides how a program is linked.
// The JSON fields are what others may read; the rest feeds predict.
type Build struct {
	GOOS       string   `json:"goos"`
	GOARCH     string   `json:"goarch"`
	CgoEnabled bool     `json:"cgo_enabled"`
	Tags       []string `json:"tags"`
	Flags      []string `json:"flags"` // build flags as given, GOFLAGS' first
	Env        []string `json:"env"`   // settings that change linking, as NAME=value
	Origin     Origin   `json:"origin"`

	BuildMode  string     `json:"-"` // of -buildmode, "default" where none is given
	Race       bool       `json:"-"`
	MSan       bool       `json:"-"`
	ASan       bool       `json:"-"`
	LinkShared bool       `json:"-"`
	Compiler   string     `json:"-"` // gc or gccgo
	ToolExec   string     `json:"-"` // of -toolexec
	Overlay    string     `json:"-"` // of -overlay
	All        bool       `json:"-"` // -a: compile everything, whatever is cached
	CC         []string   `json:"-"` // CC as the go command splits it
	CXX        []string   `json:"-"`
	FC         []string   `json:"-"` // nil where it is not set
	Cgo        CgoFlags   `json:"-"` // CGO_CFLAGS and the like
	ExtLink    string     `json:"-"` // GO_EXTLINK_ENABLED in the process environment
	LDSO       string     `json:"-"` // GO_LDSO in the process environment
	Level      string     `json:"-"` // GOAMD64 or the like, whichever goes with GOARCH; "" where none does
	Experiment string     `json:"-"` // GOEXPERIMENT
	Limits     FlagLimits `json:"-"`
}

// A LevelVariable chooses the processor that programs are compiled for.
type LevelVariable struct {
	Name  string
	Least string // the value that every processor of the port has
}

// LevelVariables are those that there are, by GOARCH (go help environment).
var LevelVariables = map[string]LevelVariable{
	"amd64": {"GOAMD64", "v1"}, "arm": {"GOARM", "5"}, "arm64": {"GOARM64", "v8.0"}, "ppc64le": {"GOPPC64", "power8"}, "ppc64": {"GOPPC64", "power8"}, "riscv64": {"GORISCV64", "rva20u64"},
}

// CgoFlags are C compiler and linker flags, split into words.
type CgoFlags struct {
	CPPFLAGS, CFLAGS, CXXFLAGS, FFLAGS, LDFLAGS []string
}

// FlagLimits are the regular expressions of CGO_CFLAGS_ALLOW,
// CGO_LDFLAGS_DISALLOW and so on, by variable name; unset ones are absent.
type FlagLimits map[string]string

// A Package is what one package brings to the linker.
type Package struct {
	ImportPath string
	Name       string
	Dir        string
	Module     string // module path; "std" for the standard library
	Version    string // module version; "" where the source is not a released one
	GoVersion  string // of the module's go line, as go1.21; "" where there is none
	Main       bool   // belongs to the user's own modules
	Standard   bool
	Imports    []string // after vendoring and ImportMap
	// ImportOrder has Imports as the compiler comes to them, where that decides
	// about a link; nil elsewhere.
	ImportOrder []string

	Cgo      bool // has files that import "C", or SWIG files
	CgoFiles []string
	CXX      bool // has C++ files, so CXX drives an external link
	ObjC     bool
	Fortran  bool
	Swig     bool
	Syso     []string
	// HostObjects says of each of Syso what it is, but for the standard library's.
	HostObjects []HostObject
	// BadInput is what go1.26.11 and go1.27.4 say of a file that #cgo LDFLAGS lead
	// to, "" where they find nothing wrong.
	BadInput string
	Assembly []string
	// Sources are the files for the C compiler and SWIG, and headers.
	Sources []string
	// Unread says which of the package's files is not read, and why: it is not a
	// regular file, or too large. Facts that depend on its content are unknown.
	Unread string
	Flags  CgoFlags // of #cgo lines, with ${SRCDIR} expanded
	// PkgConfig are the names of #cgo pkg-config lines; PkgConfigLDFLAGS what
	// pkg-config says of them.
	PkgConfig        []string
	PkgConfigCFLAGS  []string
	PkgConfigLDFLAGS []string
	PkgConfigError   string
	// PkgConfigUnknown says why nobody knows what pkg-config says.
	PkgConfigUnknown string
	// PkgConfigWithheld is the strictest release's refusal of PkgConfig, for which
	// pkg-config is not run; "" if there is none.
	PkgConfigWithheld string

	// DynImports are the //go:cgo_import_dynamic lines in ordinary Go files.
	DynImports []DynImport
	GoFiles    []string
	// GoLeftOut holds the Go files that this build leaves out, CgoLeftOut those
	// of them that use cgo and are left out for want of it.
	GoLeftOut, CgoLeftOut []string
	// TagLeftOut holds those that use no cgo themselves, and whose constraints ask
	// for it: there may be others in their place.
	TagLeftOut []string
	// CgoTagged tells that the constraints of a file that takes part ask for cgo.
	CgoTagged bool
	// ImportMap tells what the paths in import declarations stand for, where
	// that is another one.
	ImportMap map[string]string
	// Directives tells that a file of it has a comment //goportdoctor:….
	Directives bool
	// Error is what the go command says is wrong with the package itself.
	Error string
	// Refused is what the go command will say in refusing to compile the package,
	// which it does not say in listing it.
	Refused string
	// NoMain is how sure it is that a main package has no func main; "" where it
	// has one.
	NoMain Certainty
	// Undefined is what go build will say of a name that went with the cgo
	// files; UndefinedCertainty how sure that is, and UndefinedIn the package that
	// had it.
	Undefined          string
	UndefinedCertainty Certainty
	UndefinedIn        string
}

// A HostObject is one .syso file by its first bytes.
type HostObject struct {
	File   string
	Format string // FormatELF and so on, or one of the below; "" for none that is known
	GOARCH string // of an ELF file whose header is whole; "" where Go has no name for its machine
	// Relocatable tells an ELF object from an executable or a library.
	Relocatable bool
	Short       bool   // fewer than four bytes
	Error       string // why it could not be read
}

// What a .syso file may be besides an object of a system.
const (
	ObjectGo      = "go"      // of Go's compiler
	ObjectArchive = "archive" // of ar
	ObjectBitcode = "bitcode" // LLVM's
	ObjectLFS     = "git-lfs" // a pointer to what Git LFS has not fetched
)

// A DynImport is one //go:cgo_import_dynamic line. Local and Remote are "_"
// where the line only names a library.
type DynImport struct{ Local, Remote, Lib string }

// LostFiles are the Go files that this build leaves out for want of cgo.
func (p *Package) LostFiles() []string { return slices.Concat(p.CgoLeftOut, p.TagLeftOut) }

// IsBoring reports whether the package is BoringCrypto, which GOEXPERIMENT=boringcrypto
// has only with cgo: else the package of that name is empty.
func (p *Package) IsBoring() bool {
	return p.Standard && p.Cgo && p.ImportPath == "crypto/internal/boring"
}

// A Graph is what one run of the go command lists: packages by import path.
type Graph map[string]*Package

// Reached are the packages and whatever they import, by import path, whether the
// graph has them or not.
func (g Graph) Reached(from ...string) map[string]bool {
	seen := map[string]bool{}
	for _, path := range from {
		seen[path] = true
	}
	for queue := slices.Clone(from); len(queue) > 0; queue = queue[1:] {
		if p := g[queue[0]]; p != nil {
			for _, imp := range p.Imports {
				if !seen[imp] {
					seen[imp] = true
					queue = append(queue, imp)
				}
			}
		}
	}
	return seen
}

// A Program is one main package of a graph.
type Program struct {
	Main    *Package
	Graph   Graph
	LDFlags []string // of -ldflags, for this package
	// ToolFlags are what -gcflags and -asmflags have for packages of the graph.
	ToolFlags []ToolFlags
	// Error is what the go command says in refusing the build before it comes
	// to the packages, as "-race requires cgo".
	Error string
	// ErrorCertainty is how sure Error is; "" is exact. With Unknown, Error says
	// why it is unknown whether the go command refuses.
	ErrorCertainty Certainty
}

// ToolFlags are flags for the toolchain's compile or asm.
type ToolFlags struct {
	Tool  string
	Words []string
}
