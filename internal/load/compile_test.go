package load

import (
	"os"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// What builds is not called wrong: this module's program, with all that it imports,
// as if all of it were new, with cgo and without.
func TestCompileErrorOfWhatBuilds(t *testing.T) {
	testskip.Short(t, "type-checks what the program imports")
	r := Request{Dir: "../..", Env: append(os.Environ(), "GOFLAGS="), Patterns: []string{"./cmd/goportdoctor"}}
	env, err := Environment(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewBuild(r, env)
	if err != nil {
		t.Fatal(err)
	}
	for _, b.CgoEnabled = range []bool{false, true} {
		listed := Programs(t.Context(), r, env, b)[0]
		if listed.Err != nil || len(listed.Programs) != 1 {
			t.Fatalf("no program: %v", listed.Err)
		}
		c := &compilation{before: link.Graph{}, graph: listed.Programs[0].Graph, build: b, release: env["GOVERSION"]}
		c.run()
		if len(c.wrong) > 0 {
			t.Errorf("cgo %v: got %v, want nothing wrong", b.CgoEnabled, c.wrong)
		}
		for path := range c.asked {
			if !c.whole[path] {
				t.Errorf("cgo %v: got %s in part, want it whole", b.CgoEnabled, path)
			}
		}
		if len(c.asked) < 40 {
			t.Errorf("got %d packages looked at, want those of all modules", len(c.asked))
		}
	}
}
