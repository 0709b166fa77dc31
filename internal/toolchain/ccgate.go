// Which words of a repository may the C compiler get? The words of a question are
// judged here, once, before any program is run with them.

package toolchain

import (
	"github.com/goportdoctor/goportdoctor/internal/gate"
	"github.com/goportdoctor/goportdoctor/internal/link"
)

// A judged question is one whose words may be passed to its driver. Whatever runs
// a C compiler takes this type, and only judge makes it.
type judged struct{ link.Question }

// judge returns the question for use, or says why it must not be asked.
func (s *ccSession) judge(q link.Question) (judged, string) {
	const withheld = ", which is not passed to a C compiler"
	if bad := gate.Refused(q); bad != "" {
		return judged{}, "the C flags have " + bad + withheld
	}
	foreign := q.Foreign()
	if len(foreign) == 0 {
		return judged{q}, ""
	}
	files := s.inputs(q)
	for _, run := range foreign {
		if why := files.refused(run); why != "" {
			return judged{}, "the C flags lead to " + why + withheld
		}
	}
	if why := files.specs(words(judged{q})); why != "" {
		return judged{}, "the C flags lead to " + why + withheld
	}
	return judged{q}, ""
}
