// Which program is it that CC names, and how does it link? CC may be a symbolic
// link, a compiler cache, a script, or several of them in front of each other.

package toolchain

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// A Compiler is a C or C++ compiler as the go command would run it.
type Compiler struct {
	Variable string   `json:"variable"` // CC or CXX
	Words    []string `json:"words,omitempty"`
	Path     string   `json:"path"`            // what PATH makes of the first word, "" where it is not found
	Steps    []Step   `json:"steps,omitempty"` // what leads from there to the program that compiles, which is the last
	Packager Packager `json:"packager"`        // of that program, or of the script in front of it
	About

	Question link.Question `json:"question"` // the probe: a link of an empty program
	Answer   link.Answer   `json:"answer"`
}

// A Step is a link, a compiler cache, a script or a program that CC leads to.
type Step struct {
	Kind string `json:"kind"` // link, cache, script or program
	File string `json:"file"`
	Line int    `json:"line"` // of a script, the line that leads on
	Text string `json:"text"` // that line, or what a link points to
}

// Kinds of steps.
const (
	StepLink    = "link"
	StepCache   = "cache"
	StepScript  = "script"
	StepProgram = "program"
)

// About is what a compiler says of itself.
type About struct {
	Version string `json:"version"` // the line that it prints
	Target  string `json:"target"`  // as x86_64-linux-gnu
	Linker  string `json:"linker"`  // the system linker that it runs
	Libc    Libc   `json:"libc"`
}

// Describe looks at the C or C++ compiler of a probe.
func (p *Prober) Describe(ctx context.Context, variable string, q link.Question) Compiler {
	s := p.session(ctx)
	defer s.close()
	c := Compiler{Variable: variable, Words: q.Driver, Question: q}
	if d, err := s.find(q.Driver); err == nil {
		c.Path = d.path
		c.Steps = s.steps(d.path, q.Driver)
		c.Packager = packagerOf(c.Steps, d.path)
	}
	if p.Still {
		return c
	}
	k := s.kept(q, true)
	c.Answer = k.Answer
	if k.About != nil {
		c.About = *k.About
	}
	return c
}

// packagerOf prefers a packager with a say of its own to the system's.
func packagerOf(steps []Step, path string) Packager {
	first := PackagerOf(path)
	for _, st := range steps {
		if p := PackagerOf(st.File); p.Name != "" && p.Name != System {
			return p
		}
	}
	return first
}

// about asks the driver who it is.
func (s *ccSession) about(d ccDriver, q judged, f ccFacts, a link.Answer) *About {
	flags := slices.Concat(q.Driver[1:], aboutMachine(q.Before))
	b := &About{Version: f.version, Target: versionWord(s.say(d, flags, "-dumpmachine")), Linker: f.linker}
	b.Libc = s.libc(a, append(f.libDirs, filepath.Dir(strings.TrimSpace(s.say(d, flags, "-print-file-name=libc.so.6")))))
	for _, w := range words(q) {
		if v := targetLibc(w); v != "" {
			b.Libc.Name, b.Libc.Version, b.Libc.File = "glibc", v, ""
		}
	}
	return b
}

// caches are the programs that run another compiler, or take its answer from
// what they kept.
var caches = []string{"ccache", "sccache", "distcc", "icecc", "buildcache"}

// steps follows a compiler from what PATH has to the program that compiles, as
// far as text tells: which of a script's branches is taken is not known.
func (s *ccSession) steps(file string, words []string) []Step {
	var steps []Step
	seen := map[string]bool{}
	for len(steps) < ccMaxScripts && file != "" && !seen[file] {
		seen[file] = true
		real, err := filepath.EvalSymlinks(file)
		if err != nil {
			return steps
		}
		if links := stampOf(file).Links; len(links) > 0 {
			steps = append(steps, Step{Kind: StepLink, File: file, Text: strings.Join(links, " → ")})
		}
		next, behind := s.step(file, real, words)
		steps, file, words = append(steps, next), behind, nil
	}
	return steps
}

// step is what a file is, and the file that it leads to.
func (s *ccSession) step(file, real string, words []string) (Step, string) {
	switch name := strings.TrimSuffix(filepath.Base(real), ".exe"); {
	case slices.Contains(caches, name):
		return Step{Kind: StepCache, File: real}, s.behindCache(file, real, words)
	case isScript(real):
		t, _ := readText(real)
		for lead := range s.leadsInOrder(t) {
			return Step{Kind: StepScript, File: real, Line: lead.line, Text: lead.text}, lead.file
		}
		return Step{Kind: StepScript, File: real}, ""
	}
	return Step{Kind: StepProgram, File: real}, ""
}

// behindCache is the compiler that a cache runs: the next word of CC, or the
// next program on PATH of the name that the cache was called by.
func (s *ccSession) behindCache(file, real string, words []string) string {
	if name := filepath.Base(file); !slices.Contains(caches, name) {
		for _, dir := range s.path() {
			next := executable(filepath.Join(dir, name))
			if r, err := filepath.EvalSymlinks(next); next != "" && err == nil && r != real {
				return next
			}
		}
		return ""
	}
	if len(words) > 1 && !strings.HasPrefix(words[1], "-") {
		return s.lookPath(words[1])
	}
	return ""
}

// A lead is a program that a line of a script may run.
type lead struct {
	file, text string
	line       int
}

// leadsInOrder are the compilers that a script may run, lines with exec first.
func (s *ccSession) leadsInOrder(t ccText) func(yield func(lead) bool) {
	return func(yield func(lead) bool) {
		for _, wanted := range []bool{true, false} {
			n := 0
			for text := range strings.Lines(string(t.data)) {
				n++
				line := strings.TrimSpace(text)
				if strings.HasPrefix(line, "#") || strings.HasPrefix(line, "exec") != wanted {
					continue
				}
				for _, file := range s.leads(ccText{t.file, []byte(line)}) {
					shown, _ := t.masked(line, max(0, strings.Index(line, filepath.Base(file))))
					if toolName().MatchString(filepath.Base(file)) && !yield(lead{file, excerpt(shown, 0), n}) {
						return
					}
				}
			}
		}
	}
}
