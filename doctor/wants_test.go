package doctor

import "testing"

// TestNoPattern: a target of all programs is not blamed where there is none, for
// that has a reason of its own.
func TestNoPattern(t *testing.T) {
	wants, err := Wants([]string{"scratch", "app=scratch"})
	if err != nil {
		t.Fatal(err)
	}
	r := newReport()
	r.judge(wants, true)
	if len(r.Findings) != 1 || r.Findings[0].Message != `-target=app=scratch: "app" matches no program` {
		t.Errorf("got %v, want one finding, of the pattern", r.Findings)
	}
}
