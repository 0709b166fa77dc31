package load

import (
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// A listed package is one as go list tells of it.
type listed struct {
	ImportPath, Name, Dir string
	ForTest               string // the package for whose test this one is compiled once more
	Standard, DepOnly     bool
	ImportMap             map[string]string
	Module                *struct {
		Path, Version, Dir, GoVersion string
		Main                          bool
		Replace                       *struct{ Version string }
	}
	Imports, GoFiles, IgnoredGoFiles               []string
	IgnoredOtherFiles                              []string
	CgoFiles, CFiles, CXXFiles, MFiles, FFiles     []string
	HFiles                                         []string
	SwigFiles, SwigCXXFiles, SysoFiles, SFiles     []string
	CgoCPPFLAGS, CgoCFLAGS, CgoCXXFLAGS, CgoFFLAGS []string
	CgoLDFLAGS, CgoPkgConfig                       []string
	Error                                          *listError
}

type listError struct {
	ImportStack []string
	Pos, Err    string
}

// noPackage reports whether l stands for a pattern that means nothing: a folder
// that is not there or has no Go files, an import path that nothing provides.
func (l *listed) noPackage() bool {
	return l.Error != nil && l.Name == "" && len(l.GoFiles)+len(l.CgoFiles)+len(l.IgnoredGoFiles) == 0
}

// program reports whether l is a main package, or may be one that is broken: go
// list takes the name of either of two packages in one folder.
func (l *listed) program() bool {
	return l.Name == "main" || l.Error != nil && (l.Name == "" || strings.HasPrefix(l.Error.Err, "found packages ") && strings.Contains(l.Error.Err, " main ("))
}

// plain drops the mark of a profile from import paths: with a default.pgo, go
// list names packages as "net [example.com/cmd]". What has none is only read, since
// several builds may share it.
func (l *listed) plain() {
	cut := func(s *string) {
		if plain, _, marked := strings.Cut(*s, " ["); marked {
			*s = plain
		}
	}
	cut(&l.ImportPath)
	for i := range l.Imports {
		cut(&l.Imports[i])
	}
}

func (l *listed) pkg() *link.Package {
	p := &link.Package{
		ImportPath: l.ImportPath, Name: l.Name, Dir: l.Dir, Standard: l.Standard, Imports: l.Imports,
		GoFiles: l.GoFiles, CgoFiles: l.CgoFiles, GoLeftOut: l.IgnoredGoFiles, ImportMap: l.ImportMap,
		Cgo:  len(l.CgoFiles)+len(l.SwigFiles)+len(l.SwigCXXFiles) > 0,
		CXX:  len(l.CXXFiles)+len(l.SwigCXXFiles) > 0,
		ObjC: len(l.MFiles) > 0, Fortran: len(l.FFiles) > 0, Swig: len(l.SwigFiles)+len(l.SwigCXXFiles) > 0,
		Syso: l.SysoFiles, Assembly: l.SFiles,
		Sources: slices.Concat(l.CFiles, l.CXXFiles, l.MFiles, l.FFiles, l.HFiles, l.SwigFiles, l.SwigCXXFiles), PkgConfig: l.CgoPkgConfig,
		Flags: link.CgoFlags{CPPFLAGS: l.CgoCPPFLAGS, CFLAGS: l.CgoCFLAGS, CXXFLAGS: l.CgoCXXFLAGS,
			FFLAGS: l.CgoFFLAGS, LDFLAGS: l.CgoLDFLAGS},
	}
	switch {
	case l.Standard:
		p.Module = "std"
	case l.Module != nil:
		p.Module, p.Main = l.Module.Path, l.Module.Main
		p.Version = l.Module.Version
		if l.Module.GoVersion != "" {
			p.GoVersion = "go" + l.Module.GoVersion
		}
		if l.Module.Replace != nil {
			p.Version = l.Module.Replace.Version // "" for a folder
		}
	default:
		p.Main = true // files named on the command line, GOPATH mode
	}
	if l.Error != nil {
		p.Error = l.Error.words()
	}
	return p
}

// words are what go build prints of the error.
func (e *listError) words() string {
	var b strings.Builder
	embed := e.Pos != "" && strings.HasPrefix(e.Err, "pattern ") // for which a package's importers do not matter
	if len(e.ImportStack) > 1 && !embed {
		b.WriteString("package " + strings.Join(e.ImportStack, "\n\timports ") + ": ")
	} else if e.Pos != "" {
		b.WriteString(e.Pos + ": ")
	}
	b.WriteString(strings.TrimPrefix(e.Err, "go: "))
	return b.String()
}
