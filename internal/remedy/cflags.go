package remedy

import (
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// dropCFlags leaves out words of C flag variables: those that are not about where
// things are found, or all of them, without which the C code may not compile. An
// empty variable would have the go command take the one of go env -w, so that it is
// given its default.
func dropCFlags(s Situation) []Change {
	var all []Change
	var some, whole Change
	for _, v := range []struct {
		name  string
		words []string
		cost  Cost
	}{
		{"CGO_CFLAGS", s.Build.Cgo.CFLAGS, OtherFlags}, {"CGO_CXXFLAGS", s.Build.Cgo.CXXFLAGS, OtherFlags},
		{"CGO_FFLAGS", s.Build.Cgo.FFLAGS, OtherFlags}, {"CGO_LDFLAGS", s.Build.Cgo.LDFLAGS, OtherLinkFlags},
	} {
		where := s.Settings[v.name]
		if where == "" {
			continue
		}
		kept, dropped := harmless(v.words)
		c := Change{Kind: DropFlag, Message: "without the words in " + v.name + " (" + where + ")", Env: []string{v.name + "=-g -O2"}, Costs: []Cost{v.cost}}
		c.Loses = len(kept) > 0
		if words, ok := link.JoinWords(kept); ok && len(kept) > 0 && len(dropped) > 0 {
			part := c
			part.Message, part.Loses = "without "+strings.Join(dropped, " ")+" in "+v.name+" ("+where+")", false
			part.Env = []string{v.name + "=" + words}
			all, some = append(all, part), some.with(part)
		} else if len(kept) == 0 {
			some = some.with(c)
		}
		all, whole = append(all, c), whole.with(c)
	}
	for _, both := range []Change{some, whole} {
		if len(both.Env) > 1 {
			both.Message = "with the go command's own C flags, but for what says where things are"
			if both.Loses {
				both.Message = "with the go command's own C flags"
			}
			all = append(all, both)
		}
	}
	return all
}

// with is both changes of variables as one.
func (c Change) with(other Change) Change {
	c.Kind, c.Env, c.Loses = DropFlag, append(slices.Clip(c.Env), other.Env...), c.Loses || other.Loses
	for _, cost := range other.Costs {
		if !slices.Contains(c.Costs, cost) {
			c.Costs = append(slices.Clip(c.Costs), cost)
		}
	}
	return c
}

// harmless are the words of C flags that say where headers and libraries are, what
// is defined, and how much is optimized; the others are dropped.
func harmless(words []string) (kept, dropped []string) {
	for i := 0; i < len(words); i++ {
		w := words[i]
		pair := slices.Contains([]string{"-I", "-L", "-D", "-U", "-isystem", "-include", "-idirafter", "-iquote"}, w) && i+1 < len(words)
		switch {
		case pair:
			kept = append(kept, w, words[i+1])
			i++
		case w == "-g", len(w) > 2 && strings.Contains("-I-L-D-U-l-O", w[:2]), strings.HasPrefix(w, "-std="), !strings.HasPrefix(w, "-"):
			kept = append(kept, w)
		default:
			dropped = append(dropped, w)
		}
	}
	if !slices.ContainsFunc(kept, func(w string) bool { return w != "-g" && !strings.HasPrefix(w, "-O") }) {
		return nil, append(kept, dropped...)
	}
	return kept, dropped
}
