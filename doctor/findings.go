package doctor

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// findings are what is wrong with predicted programs, with no target asked for.
// at tells where the code of the i-th program begins.
func findings(programs []Program, t link.Toolchain, at func(i int) string) []Finding {
	fs := []Finding{}
	for _, s := range t.Strange {
		fs = append(fs, finding("toolchain-source", Warning, "", "", "this "+t.Version+" differs from every release that is known in "+s+"; what depends on it is unknown", s))
	}
	for i, p := range programs {
		switch f, bad := foreignLoader(p); {
		case p.BuildError != "":
			f = finding("build-error", Problem, p.Package, cmp.Or(errorPosition(p.BuildError), at(i)),
				p.Package+" does not build: "+p.BuildError, buildKey(p.Build)+firstLine(p.BuildError))
			fs = append(fs, f)
		case bad:
			f.Position = cmp.Or(firstPosition(p.Causes), at(i))
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
	f := finding("cc-loader", Problem, p.Package, "", fmt.Sprintf("%s needs %s, which no other machine has: %s", p.Package, i.Value, i.Because), buildKey(p.Build)+string(i.Source))
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

// finding makes one. The key holds cause without what differs between machines
// and from one version of the code to the next.
func finding(id, severity, pkg, position, message, cause string) Finding {
	cause = machinePath.ReplaceAllString(goPosition.ReplaceAllString(cause, ""), "$1…")
	sum := sha256.Sum256([]byte(strings.Join([]string{id, pkg, cause}, "\x00")))
	return Finding{Key: hex.EncodeToString(sum[:8]), ID: id, Severity: severity, Package: pkg, Position: position,
		Message: message, Evidence: []Evidence{}, Remedies: []Remedy{}}
}

var (
	goPosition  = regexp.MustCompile(`(?:[A-Za-z]:)?[^\s:"\x00]+\.go:\d+(?::\d+)?(?:: )?`)
	machinePath = regexp.MustCompile(`(^|[\s"'(=\x00])(?:[A-Za-z]:)?[/\\][^\s"'():]+`)
)

// buildKey tells builds apart in the keys of findings.
func buildKey(b link.Build) string {
	return strings.Join([]string{b.GOOS, b.GOARCH, strings.Join(b.Tags, ","), b.BuildMode, ""}, "\x00")
}

// errorPosition is where the go command's words begin to speak of, "" where
// that is no place.
func errorPosition(words string) string {
	if at := goPosition.FindStringIndex(words); at != nil && at[0] == 0 {
		return strings.TrimSuffix(words[:at[1]], ": ")
	}
	return ""
}

func firstPosition(causes []link.Cause) string {
	for _, c := range causes {
		if c.Position != "" {
			return c.Position
		}
	}
	return ""
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
