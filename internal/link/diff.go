package link

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Difference is one fact in which a prediction and a finished executable
// disagree.
type Difference struct {
	Fact      string `json:"fact"` // the fact's name in the JSON output
	Predicted any    `json:"predicted"`
	Actual    any    `json:"actual"`
}

func (d Difference) String() string {
	if d.Fact != "build_error" {
		return fmt.Sprintf("%s: predicted %s, and it is %s", d.Fact, shown(d.Predicted), shown(d.Actual))
	}
	if d.Predicted == "" {
		return fmt.Sprintf("predicted to build, and go build says: %v", d.Actual)
	}
	return fmt.Sprintf("predicted not to build, and it builds: %v", d.Predicted)
}

func shown(value any) string {
	if list, ok := value.([]string); ok {
		value = strings.Join(list, ", ")
	}
	if value == "" {
		return "none"
	}
	return fmt.Sprint(value)
}

// Diff lists the facts of want, a prediction, that got, the finished
// executable, contradicts. An exact fact has to be equal, one that is at-least
// has to be contained or not exceeded, and an unknown one contradicts nothing.
func Diff(want, got Executable) []Difference {
	var ds []Difference
	add := func(fact string, ok bool, predicted, actual any) {
		if !ok {
			ds = append(ds, Difference{fact, predicted, actual})
		}
	}
	text := func(fact string, w, g Text) {
		add(fact, holds(w.Certainty, w.Value == g.Value, false), w.Value, g.Value)
	}
	list := func(fact string, w, g List) {
		add(fact, holds(w.Certainty, SameSet(w.Value, g.Value), Contains(g.Value, w.Value)), w.Value, g.Value)
	}
	paths := func(fact string, w, g List) { // a loader looks for libraries in their order
		add(fact, holds(w.Certainty, slices.Equal(w.Value, g.Value), Contains(g.Value, w.Value)), w.Value, g.Value)
	}
	add("format", want.Format == "" || want.Format == got.Format, want.Format, got.Format)
	if got.LinkMode.Certainty == Exact {
		text("link_mode", want.LinkMode, got.LinkMode)
	}
	text("linkage", want.Linkage, got.Linkage)
	add("interpreter", holds(want.Interpreter.Certainty, want.Interpreter.Value == got.Interpreter.Value, false),
		want.Interpreter.Value, got.Interpreter.Value)
	list("needed", want.Needed, got.Needed)
	paths("rpath", want.RPath, got.RPath)
	paths("runpath", want.RunPath, got.RunPath)
	add("glibc", holds(want.Glibc.Certainty, want.Glibc.Value == got.Glibc.Value,
		CompareVersions(want.Glibc.Value, got.Glibc.Value) <= 0), want.Glibc.Value, got.Glibc.Value)
	return ds
}

func holds(c Certainty, equal, atLeast bool) bool {
	switch c {
	case Exact:
		return equal
	case AtLeast:
		return equal || atLeast
	}
	return true
}

// SameSet reports whether a and b hold the same strings, in any order.
func SameSet(a, b []string) bool { return Contains(a, b) && Contains(b, a) }

// Contains reports whether every string of sub is in all.
func Contains(all, sub []string) bool {
	for _, s := range sub {
		if !slices.Contains(all, s) {
			return false
		}
	}
	return true
}

// CompareVersions compares dotted decimal versions, such as glibc's "2.34",
// number by number. "" is less than any version.
func CompareVersions(a, b string) int {
	for a != "" || b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, ".")
		y, b, _ = strings.Cut(b, ".")
		if c := versionNumber(x) - versionNumber(y); c != 0 {
			return c
		}
	}
	return 0
}

func versionNumber(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}
