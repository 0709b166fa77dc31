package testskip

import (
	"fmt"
	"testing"
)

// A recorder is a test that notes how it was left.
type recorder struct {
	testing.TB
	got string
}

func (r *recorder) Helper()                   {}
func (r *recorder) Log(a ...any)              { r.got = "log: " + fmt.Sprint(a...) }
func (r *recorder) Skip(a ...any)             { r.leave("skip: " + fmt.Sprint(a...)) }
func (r *recorder) Fatalf(f string, a ...any) { r.leave("fatal: " + fmt.Sprintf(f, a...)) }
func (r *recorder) Errorf(f string, a ...any) { r.got = "error: " + fmt.Sprintf(f, a...) }

// leave keeps how the test was left first: after it, a real test ends.
func (r *recorder) leave(how string) {
	if r.got == "" {
		r.got = how
	}
}

func TestLeaving(t *testing.T) {
	long := func(asked ...bool) func(testing.TB) { return func(t testing.TB) { Long(t, asked...) } }
	missing := func(t testing.TB) { Missing(t, "there is no %s", "gcc") }
	leftOut := func(t testing.TB) { LeftOut(t, "%s is missing", "clang") }
	byFlag := func(asked bool) func(testing.TB) {
		return func(t testing.TB) { ByFlag(t, asked, "-zig FILE", "npm has it") }
	}
	for _, c := range []struct {
		name         string
		long, noSkip string
		leave        func(testing.TB)
		want         string
	}{
		{"long", "", "", long(), "skip: takes long: GOPORTDOCTOR_LONG=1 runs it"},
		{"long, nothing may be missing", "", "1", long(), "skip: takes long: GOPORTDOCTOR_LONG=1 runs it"},
		{"long by variable", "1", "", long(), ""},
		{"long by flag", "", "", long(false, true), ""},
		{"long, flag not given", "", "", long(false), "skip: takes long: GOPORTDOCTOR_LONG=1 runs it"},
		{"missing", "", "", missing, "skip: there is no gcc"},
		{"missing, not allowed", "", "1", missing, "fatal: skipped, but GOPORTDOCTOR_NOSKIP=1 allows no skip: there is no gcc"},
		{"left out", "", "", leftOut, "log: left out: clang is missing"},
		{"left out, not allowed", "", "1", leftOut, "error: left out, but GOPORTDOCTOR_NOSKIP=1 allows no skip: clang is missing"},
		{"by flag", "1", "1", byFlag(false), "skip: by flag only: -zig FILE: npm has it"},
		{"by flag, given", "", "", byFlag(true), ""},
	} {
		t.Setenv(longVar, c.long)
		t.Setenv(noSkipVar, c.noSkip)
		r := &recorder{TB: t}
		c.leave(r)
		if r.got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, r.got, c.want)
		}
	}
}
