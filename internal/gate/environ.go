package gate

import (
	"path/filepath"
	"slices"
	"strings"
)

// programPaths are the variables in which a program looks for others that it runs.
var programPaths = []string{"PATH", "COMPILER_PATH"}

// Environ returns an environment without the relative and empty elements of PATH
// and the like. They name the working folder, which may be a repository that has a
// program of the name of a compiler's part. So does a variable with nothing in it.
func Environ(env []string) []string {
	kept := make([]string, 0, len(env)+2)
	for _, kv := range env {
		name, value, _ := strings.Cut(kv, "=")
		if slices.Contains(programPaths, strings.ToUpper(name)) {
			dirs := slices.DeleteFunc(filepath.SplitList(value), func(dir string) bool { return !filepath.IsAbs(dir) })
			if len(dirs) == 0 {
				continue
			}
			kv = name + "=" + strings.Join(dirs, string(filepath.ListSeparator))
		}
		kept = append(kept, kv)
	}
	return kept
}
