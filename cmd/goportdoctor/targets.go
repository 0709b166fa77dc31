package main

import (
	"context"
	"errors"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/report"
)

// runTargets lists the known targets, tells one in full, or describes a root
// file system of the user's own.
func runTargets(_ context.Context, c *call) int {
	if len(c.args) > 0 && c.args[0] == "capture" {
		return c.captureTarget()
	}
	if len(c.args) > 1 {
		return complain(c.stderr, errors.New("targets takes one name"), "goportdoctor help", exitUsage)
	}
	name := ""
	if len(c.args) == 1 {
		name = c.args[0]
	}
	all, err := doctor.Targets(name)
	if err != nil {
		hint, status := "", exitUnanswered
		if errors.As(err, new(doctor.UnknownTarget)) {
			hint, status = usageHint(err), exitUsage
		}
		return complain(c.stderr, err, hint, status)
	}
	if c.format == "json" {
		err = report.TargetsJSON(c.stdout, all)
	} else {
		err = report.TargetsText(c.stdout, all, name != "")
	}
	if err != nil {
		return complain(c.stderr, err, "", exitUnanswered)
	}
	return exitOK
}

// captureTarget writes JSON whatever the format: nothing else can be read back.
func (c *call) captureTarget() int {
	if len(c.args) != 2 {
		return complain(c.stderr, errors.New("targets capture needs a folder or an image"), "goportdoctor help", exitUsage)
	}
	t, err := doctor.Capture(c.args[1])
	if err == nil {
		err = report.TargetsJSON(c.stdout, []*doctor.Target{t})
	}
	if err != nil {
		return complain(c.stderr, err, "", exitUnanswered)
	}
	return exitOK
}
