package report

import (
	"io"
	"strings"

	"github.com/goportdoctor/goportdoctor/doctor"
)

// LintJSON writes the report as one object.
func LintJSON(w io.Writer, r *doctor.LintReport) error { return WriteJSON(w, r) }

// Lint writes a line for each finding, as compilers do; what could not be
// answered is the error output's.
func Lint(w io.Writer, r *doctor.LintReport) error {
	r = safe(r)
	var b strings.Builder
	for _, f := range r.Findings {
		if f.Severity == doctor.Unknown {
			continue
		}
		if f.Position != "" {
			b.WriteString(f.Position + ": ")
		}
		b.WriteString(f.Message)
		if f.Known {
			b.WriteString(" (known)")
		}
		b.WriteString("\n")
	}
	return emit(w, b.String())
}
