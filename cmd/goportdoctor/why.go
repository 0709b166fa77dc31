package main

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/report"
)

// runWhy says how a package comes into programs.
func runWhy(ctx context.Context, c *call) int {
	if len(c.args) == 0 || strings.Contains(c.args[0], "...") || c.args[0] == "" {
		return complain(c.stderr, errors.New("why needs the import path of one package, or C for all that use cgo"), "goportdoctor help", exitUsage)
	}
	o := c.options()
	o.Patterns = c.args[1:]
	r, err := doctor.Why(ctx, o, c.args[0])
	a := answer{
		"json":    func(w io.Writer) error { return report.WhyJSON(w, r) },
		"dot":     func(w io.Writer) error { return report.WhyDot(w, r) },
		"mermaid": func(w io.Writer) error { return report.WhyMermaid(w, r) },
		"text":    func(w io.Writer) error { return report.Why(w, r, c.verbose) },
	}
	if err := c.write(a); err != nil {
		return complain(c.stderr, err, "", exitUnanswered)
	}
	status := c.exit(r.Findings, err)
	if len(r.Programs) == 0 && status == exitOK {
		complain(c.stderr, errors.New("no main package among the packages that match"), "", 0)
	}
	return status
}
