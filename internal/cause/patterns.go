package cause

import (
	"fmt"
	"strings"
)

// Patterns name packages as the go command's patterns do: import paths, in
// which "..." stands for any string, or std. It is a flag.Value.
type Patterns []string

func (ps *Patterns) String() string {
	if ps == nil {
		return ""
	}
	return strings.Join(*ps, ",")
}

// Set adds the patterns of a list with commas. A folder is none of them, as
// nobody here knows which package is in it.
func (ps *Patterns) Set(list string) error {
	for _, p := range strings.Split(list, ",") {
		p = strings.TrimSpace(p)
		switch {
		case p == "":
		case p == "." || p == ".." || strings.HasPrefix(p, "./") || strings.HasPrefix(p, "../") || p[0] == '/':
			return fmt.Errorf("%q is a folder; want import paths", p)
		default:
			*ps = append(*ps, p)
		}
	}
	return nil
}

// Match reports whether a cause is of a package that the patterns name.
func (ps Patterns) Match(c Cause) bool {
	for _, p := range ps {
		if p == Std && c.Module == Std || matchWild(p, c.Package()) {
			return true
		}
	}
	return false
}

// matchWild matches with "..." standing for any string; "x/..." matches x too.
func matchWild(pattern, name string) bool {
	if base, ok := strings.CutSuffix(pattern, "/..."); ok && matchWild(base, name) {
		return true
	}
	parts := strings.Split(pattern, "...")
	name, ok := strings.CutPrefix(name, parts[0])
	if !ok || len(parts) == 1 {
		return ok && name == ""
	}
	for _, part := range parts[1 : len(parts)-1] {
		at := strings.Index(name, part)
		if at < 0 {
			return false
		}
		name = name[at+len(part):]
	}
	return strings.HasSuffix(name, parts[len(parts)-1])
}
