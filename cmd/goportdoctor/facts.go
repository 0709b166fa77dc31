package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/report"
)

// runFacts writes the facts of this machine. They are JSON whatever -format
// says, for they are there to be read by goportdoctor.
func runFacts(ctx context.Context, c *call) int {
	o := c.options()
	if len(o.Patterns) == 0 {
		o.Patterns = []string{"./..."}
	}
	f, err := doctor.Record(ctx, o)
	if err != nil {
		return complain(c.stderr, err, hint(err.Error()), exitUnanswered)
	}
	if err := report.WriteJSON(c.stdout, f); err != nil {
		return complain(c.stderr, err, "", exitUnanswered)
	}
	return exitOK
}

// An unknownCheck is the error for an ID that no check has.
type unknownCheck string

func (e unknownCheck) Error() string { return fmt.Sprintf("there is no check %q", string(e)) }

// runChecks lists the checks, or tells one in full.
func runChecks(_ context.Context, c *call) int {
	list := doctor.Checks()
	if len(c.args) > 0 {
		list = nil
		for _, id := range c.args {
			check, ok := doctor.LookupCheck(id)
			if !ok {
				return complain(c.stderr, unknownCheck(id), usageHint(unknownCheck(id)), exitUsage)
			}
			list = append(list, check)
		}
	}
	if c.format == "json" {
		if err := report.WriteJSON(c.stdout, doctor.CheckList{Version: 1, Checks: list}); err != nil {
			return complain(c.stderr, err, "", exitUnanswered)
		}
		return exitOK
	}
	var b strings.Builder
	for i, check := range list {
		switch {
		case len(c.args) == 0:
			fmt.Fprintf(&b, "%-20s %s\n", check.ID, check.Title)
		case i > 0:
			b.WriteString("\n")
			fallthrough
		default:
			b.WriteString(report.CheckPage(check))
		}
	}
	fmt.Fprint(c.stdout, b.String())
	return exitOK
}
