// Package gate decides which words of a repository may reach a program.
//
// A repository names flags in #cgo lines, and files by the names it likes. The go
// command passes a word on only if its lists allow it. Older releases allow more
// than newer ones, so that this package holds words against the strictest lists
// that are known, also if another release is predicted. A word that they do not allow
// is passed to no program, and an answer that depends on it is unknown.
package gate

import (
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// harmless are patterns of linker words that the strictest list lacks, that some
// release or CGO_LDFLAGS_ALLOW allows, and that name no program, no file to be
// written and no file besides libraries of the folders searched.
var harmless = []string{
	`-l:[A-Za-z0-9_][A-Za-z0-9_.+-]*`,
	`-Wl,--(no-)?whole-archive`, `-Wl,--(no-)?gc-sections`, `-Wl,--(no-)?copy-dt-needed-entries`, `-Wl,--(no-)?add-needed`,
	`-Wl,--?dynamic-linker[,=]/[^,@]*`, `-Wl,--exclude-libs[,=][A-Za-z0-9_.+-]+`,
	`-Wl,--build-id(=(none|sha1|md5|uuid))?`, `-Wl,-Bsymbolic`, `-Wl,--strip-(all|debug)`,
	`-Wl(,-z,[a-z]+(=[a-z0-9]+)?)+`,
	`-s`, `-no-pie`, `-nostdlib`, `-nodefaultlibs`, `-nostartfiles`, `-nolibc`,
	`-fuse-ld=(bfd|gold|lld|mold)`,
}

// RefusedByLinker returns the first word of a run of linker words that must not be
// passed to the C compiler, with its argument, or "".
func RefusedByLinker(words []string) string {
	if slices.ContainsFunc(words, unprintable) {
		return "a word with a control character, or an empty one"
	}
	f := Linker(&strictest, true)
	f.Valid = slices.Concat(f.Valid, harmless)
	return f.FirstBad(words, nil, nil)
}

func unprintable(w string) bool {
	return w == "" || strings.ContainsFunc(w, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// Refused returns the first word among the repository's words of a question that
// must not be passed to the C compiler, or "".
func Refused(q link.Question) string {
	for _, run := range q.Foreign() {
		if bad := RefusedByLinker(run); bad != "" {
			return bad
		}
	}
	return ""
}
