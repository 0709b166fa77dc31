package link

import "testing"

// TestDiffPaths: a loader looks through run paths in their order, so that one
// that is exact has that too. Of libraries it has not.
func TestDiffPaths(t *testing.T) {
	paths := func(c Certainty, values ...string) List { return List{Value: values, Certainty: c} }
	for _, c := range []struct {
		want, got List
		differ    bool
	}{
		{paths(Exact, "/a", "/b"), paths(Exact, "/a", "/b"), false},
		{paths(Exact, "/a", "/b"), paths(Exact, "/b", "/a"), true},
		{paths(AtLeast, "/a", "/b"), paths(Exact, "/b", "/a"), false},
		{paths(Unknown), paths(Exact, "/b"), false},
	} {
		for _, d := range []struct {
			fact      string
			want, got Executable
		}{
			{"runpath", Executable{RunPath: c.want}, Executable{RunPath: c.got}},
			{"rpath", Executable{RPath: c.want}, Executable{RPath: c.got}},
		} {
			if found := Diff(d.want, d.got); (len(found) == 1 && found[0].Fact == d.fact) != c.differ {
				t.Errorf("%s %v, predicted %v, %s: got %v", d.fact, c.got.Value, c.want.Value, c.want.Certainty, found)
			}
		}
		if found := Diff(Executable{Needed: paths(Exact, "a", "b")}, Executable{Needed: paths(Exact, "b", "a")}); len(found) > 0 {
			t.Errorf("needed: got %v, want no difference", found)
		}
	}
}
