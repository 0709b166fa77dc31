package target

import (
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// TestARMLevels: what is not known of the processor that a program for ARM was
// built for leaves it open where the processors are not all of the newest kind.
func TestARMLevels(t *testing.T) {
	static := func(goarm string) *link.Executable {
		return &link.Executable{File: "app", GoVersion: "go1.26.8", Format: link.FormatELF, BuildMode: "exe", Build: link.Build{GOOS: "linux", GOARCH: "arm"},
			Linkage: link.Text{Value: link.LinkageStatic, Certainty: link.Exact}, LinkMode: link.Text{Value: link.ModeInternal, Certainty: link.Exact},
			Settings: map[string]string{"GOARM": goarm}}
	}
	withC := func(goarm, noted string) *link.Executable {
		e := static(goarm)
		e.LinkMode.Value, e.Build.CgoEnabled, e.Object = link.ModeExternal, true, &link.Object{Level: noted}
		return e
	}
	ofC := withC("", "6")
	ofC.LinkMode.Value, ofC.GoVersion = link.ModeNone, ""
	predicted := withC("", "")
	predicted.File, predicted.GoVersion, predicted.Build.Level = "", "", "6"
	for _, c := range []struct {
		name                 string
		e                    *link.Executable
		five, six, seven, v2 string
	}{
		{"GOARM=5", static("5"), Runs, Runs, Runs, Runs},
		{"GOARM=5,softfloat", static("5,softfloat"), Runs, Runs, Runs, Runs},
		{"GOARM=6", static("6"), Unknown, Runs, Runs, Unknown},
		{"GOARM=7", static("7"), Unknown, Unknown, Runs, Unknown},
		{"no GOARM", static(""), Unknown, Unknown, Runs, Unknown},
		{"C code for less", withC("6", "5"), Unknown, Runs, Runs, Unknown},
		{"C code for more", withC("6", "7"), Unknown, Unknown, Runs, Unknown},
		{"C code for ARMv8", withC("6", "8"), Unknown, Unknown, Unknown, Unknown},
		{"C code for what is not noted", withC("5", ""), Unknown, Unknown, Runs, Unknown},
		{"a prediction of C code", predicted, Unknown, Unknown, Runs, Unknown},
		{"C code alone", ofC, Unknown, Runs, Runs, Unknown},
	} {
		for level, want := range map[string]string{"": c.five, "5": c.five, "6": c.six, "7": c.seven, "v2": c.v2} {
			on := Target{Name: "board", GOOS: "linux", Launcher: Runtime, Systems: []System{{GOARCH: "arm", Level: level}}}
			if v := Judge(c.e, &on); v.Verdict != want {
				t.Errorf("%s on %q: got %s (%s), want %s", c.name, level, v.Verdict, v.Because, want)
			}
		}
	}
	for name, want := range map[string]string{"alpine3.20": Unknown, "scratch": Unknown, "debian12": Runs, "distroless-static-debian12": Runs} {
		if v := Judge(static("7"), Find(name)); v.Verdict != want {
			t.Errorf("%s: got %s (%s), want %s", name, v.Verdict, v.Because, want)
		}
	}
	if v := Judge(static("6"), Find("alpine3.20")); v.Verdict != Runs {
		t.Errorf("GOARM=6 on Alpine: got %s (%s), want runs", v.Verdict, v.Because)
	}
}
