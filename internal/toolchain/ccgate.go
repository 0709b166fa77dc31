// Which words of a repository may the C compiler get? The words of a question are
// judged here, once, before any program is run with them.

package toolchain

import (
	"github.com/goportdoctor/goportdoctor/internal/gate"
	"github.com/goportdoctor/goportdoctor/internal/link"
)

// A judged question is one whose words may be passed to its driver. Whatever runs
// a C compiler takes this type; judge makes it.
type judged struct{ link.Question }

// judge returns the question for use, or says why it must not be asked.
func (s *ccSession) judge(q link.Question) (judged, string) {
	if bad := gate.Refused(q); bad != "" {
		return judged{}, bad + " is not passed to a C compiler"
	}
	if why := s.refusedInput(q); why != "" {
		return judged{}, why + " is not passed to a C compiler"
	}
	return judged{q}, ""
}
func (s *ccSession) refusedInput(q link.Question) string { return "" }
