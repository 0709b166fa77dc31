package main

import (
	"context"
	"io"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/report"
)

func runLint(ctx context.Context, c *call) int {
	known, err := c.known()
	if err != nil {
		return complain(c.stderr, err, hint(err.Error()), exitUnanswered)
	}
	options := c.options()
	if options.Facts, err = c.factsOf(); err != nil {
		return complain(c.stderr, err, hint(err.Error()), exitUnanswered)
	}
	r, lerr := doctor.Lint(ctx, doctor.LintOptions{Options: options, Allow: c.allow, Main: c.main})
	r.Mark(known)
	findings := r.Plain()
	a := c.answer(r.Tool, findings)
	a["json"] = func(w io.Writer) error { return report.LintJSON(w, r) }
	a["text"] = func(w io.Writer) error { return report.Lint(w, r) }
	if err := c.write(a); err != nil {
		return complain(c.stderr, err, "", exitUnanswered)
	}
	for _, f := range findings {
		if f.ID == "no-compiler" {
			say(c.stderr, "hint: "+hint(f.Message))
		}
	}
	return c.exit(findings, lerr)
}
