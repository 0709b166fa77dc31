// Package testskip decides what a test leaves out, and says so in one line.
//
// No other package skips a test, so that GOPORTDOCTOR_NOSKIP=1, which makes an
// error of each skip for something missing, reaches every test.
package testskip

import (
	"fmt"
	"os"
	"testing"
)

// longVar is the environment variable that asks for the tests that take long.
const longVar = "GOPORTDOCTOR_LONG"

// noSkipVar is the environment variable for machines that have everything.
const noSkipVar = "GOPORTDOCTOR_NOSKIP"

// Long skips a test that takes long, unless GOPORTDOCTOR_LONG=1 is set or asked
// is true, which is for the test's own flag. The test's name ends in Long, by
// which CI runs it.
func Long(t testing.TB, asked ...bool) {
	t.Helper()
	if os.Getenv(longVar) == "1" {
		return
	}
	for _, a := range asked {
		if a {
			return
		}
	}
	t.Skip("takes long: " + longVar + "=1 runs it")
}

// Missing skips a test that needs what the message names. It is an
// error with GOPORTDOCTOR_NOSKIP=1.
func Missing(t testing.TB, format string, args ...any) {
	t.Helper()
	said := fmt.Sprintf(format, args...)
	if os.Getenv(noSkipVar) == "1" {
		t.Fatalf("skipped, but %s=1 allows no skip: %s", noSkipVar, said)
	}
	t.Skip(said)
}

// LeftOut says that a test goes on without one of its parts, which needs
// something that the message names. It is an error with GOPORTDOCTOR_NOSKIP=1.
func LeftOut(t testing.TB, format string, args ...any) {
	t.Helper()
	said := fmt.Sprintf(format, args...)
	if os.Getenv(noSkipVar) == "1" {
		t.Errorf("left out, but %s=1 allows no skip: %s", noSkipVar, said)
		return
	}
	t.Log("left out: " + said)
}

// Short skips a test with -short. The message says what takes the time.
func Short(t testing.TB, why string) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: " + why)
	}
}

// ByFlag skips a measurement, or a test of something that no packager has,
// unless the flag that asks for it was given. CI does not run it.
func ByFlag(t testing.TB, asked bool, flag, why string) {
	t.Helper()
	if !asked {
		t.Skip("by flag only: " + flag + ": " + why)
	}
}
