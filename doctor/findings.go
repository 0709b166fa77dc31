package doctor

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// findings are what is wrong with predicted programs, with no target asked for.
func findings(programs []Program, t link.Toolchain) []Finding {
	fs := []Finding{}
	for _, s := range t.Strange {
		fs = append(fs, finding("toolchain-source", Warning, "", "", "this "+t.Version+" differs from every release that is known in "+s+"; what depends on it is unknown", s))
	}
	for _, p := range programs {
		if p.BuildError != "" {
			fs = append(fs, finding("build-error", Problem, p.Package, "", p.Package+" does not build: "+p.BuildError, firstLine(p.BuildError)))
			continue
		}
		if f, bad := foreignLoader(p); bad {
			fs = append(fs, f)
		}
	}
	return fs
}

// foreignLoader finds a program whose interpreter is of this machine only.
func foreignLoader(p Program) (Finding, bool) {
	i := p.Interpreter
	if i.Value == "" || i.Certainty != link.Exact || i.Source == link.SourceFlagI || common(i.Value) || p.Format != link.FormatELF {
		return Finding{}, false
	}
	f := finding("cc-loader", Problem, p.Package, "", fmt.Sprintf("%s needs %s, which no other machine has: %s", p.Package, i.Value, i.Because), string(i.Source))
	f.Evidence = append(f.Evidence, Evidence{Text: i.Because})
	return f, true
}

// common reports whether a loader is in a folder where systems have theirs,
// rather than in a prefix of somebody's own.
func common(loader string) bool {
	switch path.Dir(loader) {
	case "/lib", "/lib32", "/lib64", "/usr/lib", "/libexec", "/usr/libexec", "/system/bin":
		return true
	}
	return false
}

func finding(id, severity, pkg, position, message, cause string) Finding {
	sum := sha256.Sum256([]byte(strings.Join([]string{id, pkg, cause}, "\x00")))
	return Finding{Key: hex.EncodeToString(sum[:8]), ID: id, Severity: severity, Package: pkg, Position: position,
		Message: message, Evidence: []Evidence{}, Remedies: []Remedy{}}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
