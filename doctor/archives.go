package doctor

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/load"
	"github.com/goportdoctor/goportdoctor/internal/predict"
	"github.com/goportdoctor/goportdoctor/internal/toolchain"
)

// archives are the compiled cgo packages of the standard library that programs
// built with one profile would take. A program with a default.pgo has its whole
// closure compiled with that, and so has archives of its own.
type archives struct {
	remembered func() map[string]link.CgoArchive
	ask        func() (found map[string]link.CgoArchive, unknown string) // starts or waits for the question
}

// beginArchives asks for the archives at once, where it is known by whom.
func (s *session) beginArchives(ctx context.Context) {
	s.archivist = toolchain.Archivist{Env: s.options.Env, CacheDir: s.options.CacheDir}
	b, ok := s.request.Ahead()
	goTool, err := load.Go(s.options.Env)
	if !ok || err != nil {
		return
	}
	s.archivist.Begin(ctx, goTool, load.UserSettings(s.options.Env), b)
	s.background.Go(s.archivist.Wait)
}

// findArchives starts to ask for the archives without a profile, at once where
// nothing is remembered of them, else when they turn out to be missing from
// what is.
func (s *session) findArchives(ctx context.Context) {
	s.archives = map[string]*archives{}
	plain := s.archivesOf(ctx, "")
	s.background.Go(func() {
		if s.mayHaveArchives() && len(plain.remembered()) == 0 {
			plain.ask()
		}
	})
}

func (s *session) mayHaveArchives() bool { return s.build.CgoEnabled && s.build.Compiler == "gc" }

// archivesOf are the archives for a profile; "" is none.
func (s *session) archivesOf(ctx context.Context, profile string) *archives {
	a := s.archives[profile]
	if a == nil {
		a = s.host.archives(ctx, s.build, profile)
		s.archives[profile] = a
	}
	return a
}

// with is a machine with the archives that a plan depends on, asked for only
// where they are not remembered.
func (a *archives) with(plan predict.Plan) (m predict.Machine) {
	m.Archives = a.remembered()
	for _, name := range plan.Archives() {
		if _, ok := m.Archives[name]; !ok {
			m.Archives, m.ArchivesUnknown = a.ask()
			break
		}
	}
	return m
}

// profile is the one that the go command compiles a program with: of -pgo, or
// the default.pgo of its folder (cmd/go/internal/load.setPGOProfilePath).
func (s *session) profile(p link.Program) string {
	pgo := "auto"
	if strings.HasPrefix(s.env["GOVERSION"], "go1.20") {
		pgo = "off"
	}
	for _, f := range s.build.Flags {
		if v, ok := strings.CutPrefix(f, "-pgo="); ok {
			pgo = v
		}
	}
	switch pgo {
	case "off", "":
		return ""
	case "auto":
		file := filepath.Join(p.Main.Dir, "default.pgo")
		if _, err := os.Stat(file); err != nil || p.Main.Dir == "" {
			return ""
		}
		return file
	}
	if !filepath.IsAbs(pgo) {
		pgo = filepath.Join(s.dir(), pgo)
	}
	return pgo
}

// profileError is what becomes of a program whose profile is not there.
func (s *session) profileError(p link.Program) string {
	if file := s.profile(p); file != "" {
		if _, err := os.Stat(file); os.IsNotExist(err) {
			return "error opening profile: open " + file + ": no such file or directory"
		}
	}
	return ""
}

// withProfile returns the main package of a program, with a reason not to know how
// it is built where its profile is not to be read.
func (s *session) withProfile(p link.Program) *link.Package {
	file := s.profile(p)
	if file == "" || p.Main.Unread != "" {
		return p.Main
	}
	err := bounded.Check(file, maxProfile)
	if !bounded.Refused(err) {
		return p.Main
	}
	main := *p.Main
	main.Unread = "-pgo: " + err.Error()
	return &main
}

// unreadOf returns which file of a program is not read, and why, or "".
func unreadOf(p link.Program) string {
	if p.Main.Unread != "" {
		return p.Main.Unread
	}
	for path := range p.Graph.Reached(p.Main.ImportPath) {
		if q := p.Graph[path]; q != nil && q.Unread != "" {
			return q.Unread
		}
	}
	return ""
}

// settings are what else goes into the go command's action IDs.
func settings(env load.Env) []string {
	var kept []string
	for _, name := range []string{"GO386", "GOAMD64", "GOARM", "GOARM64", "GOMIPS", "GOMIPS64", "GOPPC64", "GORISCV64", "GOVERSION"} {
		kept = append(kept, name+"="+env[name])
	}
	return kept
}
