//go:build !linux

package testhost

import "errors"

// An Outcome is what came of a start.
type Outcome struct {
	Runs            bool
	Message, Output string
}

// Run needs Linux.
func (Host) Run(string) (Outcome, error) { return Outcome{}, errors.New("needs Linux") }
