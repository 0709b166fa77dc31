package doctor

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
	"sync"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// findings are what is wrong with predicted programs, with no target asked for.
func findings(programs []Program, t link.Toolchain) []Finding {
	e := &examination{tool: t, programs: programs}
	found := []Finding{}
	for _, n := range strangeNotes(t) {
		found = append(found, n.finding("toolchain-source"))
	}
	return append(found, e.examine(nil)...)
}

// finding makes one. The key holds cause without what differs between machines
// and from one version of the code to the next.
func finding(id, severity, pkg, position, message, cause string) Finding {
	cause = machinePath().ReplaceAllString(goPosition().ReplaceAllString(cause, ""), "$1…")
	sum := sha256.Sum256([]byte(strings.Join([]string{id, pkg, cause}, "\x00")))
	return Finding{Key: hex.EncodeToString(sum[:8]), ID: id, Severity: severity, Package: pkg, Position: position,
		Message: message, Evidence: []Evidence{}, Remedies: []Remedy{}}
}

var (
	goPosition  = lazily(`(?:[A-Za-z]:)?[^\s:"\x00]+\.go:\d+(?::\d+)?(?:: )?`)
	machinePath = lazily(`(^|[\s"'(=\x00])(?:[A-Za-z]:)?[/\\][^\s"'():]+`)
)

// lazily compiles an expression when it is first asked for: most runs ask for none.
func lazily(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

// buildKey tells builds apart in the keys of findings.
func buildKey(b link.Build) string {
	return strings.Join([]string{b.GOOS, b.GOARCH, strings.Join(b.Tags, ","), b.BuildMode, ""}, "\x00")
}

// errorPosition is where the go command's words begin to speak of, "" where
// that is no place.
func errorPosition(words string) string {
	if at := goPosition().FindStringIndex(words); at != nil && at[0] == 0 {
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
