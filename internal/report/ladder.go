package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/target"
)

// writeTargets writes a line per target that was asked for, or the ladder.
func writeTargets(b *strings.Builder, g *group, full bool) {
	if len(g.Targets) == 0 {
		return
	}
	if !full {
		writeLadder(b, g.Targets)
		return
	}
	for _, v := range g.Targets {
		fmt.Fprintf(b, "  %-12s %s — %s\n", v.Verdict, v.Name, v.Because)
		if v.Message != "" {
			fmt.Fprintf(b, "  %-12s %s\n", "", v.Message)
		}
		for _, n := range v.Notes {
			fmt.Fprintf(b, "  %-12s note: %s\n", "", n)
		}
	}
}

// writeLadder says in four lines at most where the program runs, what blocks
// it where it does not, and where that cannot be told.
func writeLadder(b *strings.Builder, all []doctor.Verdict) {
	line := func(label string, names []string, why string) {
		if len(names) > 0 {
			fmt.Fprintf(b, "  %-12s %s%s\n", label, strings.Join(ranges(names), ", "), why)
		}
	}
	with := func(verdict string, of func(doctor.Verdict) bool) []string {
		var names []string
		for _, v := range all {
			if v.Verdict == verdict && of(v) {
				names = append(names, v.Name)
			}
		}
		return names
	}
	every := func(doctor.Verdict) bool { return true }
	runs, unknown := with(target.Runs, every), with(target.Unknown, every)
	if len(runs) == len(all) {
		line("runs on", []string{fmt.Sprintf("all %d known targets", len(all))}, "")
		return
	}
	line("runs on", runs, "")
	reasons, room := blockers(all), 2
	if len(unknown) == 0 {
		room = 3
	}
	shown := reasons
	if len(reasons) > room {
		shown = reasons[:room-1]
	}
	for _, why := range shown {
		line("not on", with(target.Fails, func(v doctor.Verdict) bool { return blocks(v) == why }), " — "+strings.Replace(why, anyGlibc, newest(all), 1))
	}
	line("not on", with(target.Fails, func(v doctor.Verdict) bool { return !slices.Contains(shown, blocks(v)) }), " — for other reasons; -v tells them")
	line("unknown on", unknown, "")
}

// blockers are the reasons, the one that blocks most targets first.
func blockers(all []doctor.Verdict) []string {
	count := map[string]int{}
	var reasons []string
	for _, v := range all {
		if v.Verdict != target.Fails {
			continue
		}
		why := blocks(v)
		if count[why]++; count[why] == 1 {
			reasons = append(reasons, why)
		}
	}
	slices.SortStableFunc(reasons, func(a, b string) int { return count[b] - count[a] })
	return reasons
}

// anyGlibc stands for whichever version of glibc is the first that is missing.
const anyGlibc = "version `GLIBC' not found"

// newest is the highest version that a message names.
func newest(all []doctor.Verdict) string {
	most := ""
	for _, v := range all {
		if version, ok := strings.CutPrefix(missing(v), "GLIBC_"); ok && link.CompareVersions(version, most) > 0 {
			most = version
		}
	}
	return "version `GLIBC_" + most + "' not found"
}

// missing is the version that a message says is not found.
func missing(v doctor.Verdict) string {
	_, rest, _ := strings.Cut(v.Message, "version `")
	version, _, _ := strings.Cut(rest, "'")
	return version
}

// blocks is the essence of what a user would see.
func blocks(v doctor.Verdict) string {
	switch {
	case v.Kind == target.NoInterpreter, v.Kind == target.NixStub:
		return "its interpreter is not there: no such file or directory"
	case v.Kind == target.NoVersion && strings.HasPrefix(missing(v), "GLIBC_"):
		return anyGlibc
	case v.Kind == target.NoVersion:
		return "version `" + missing(v) + "' not found"
	case v.Kind == target.NoLibrary, v.Kind == target.MuslNoLibrary:
		_, rest, _ := strings.Cut(v.Because, " has no ")
		library, _, _ := strings.Cut(rest, ",")
		return library + " is not there"
	}
	return v.Because
}

// ranges puts neighbours of one family together: debian11–13.
func ranges(names []string) []string {
	var out []string
	for i := 0; i < len(names); {
		family, first := split(names[i])
		last, j := first, i+1
		for ; j < len(names); j++ {
			f, v := split(names[j])
			if f != family || first == "" {
				break
			}
			last = v
		}
		switch {
		case last != first:
			out = append(out, family+first+"–"+last)
		default:
			out = append(out, names[i])
		}
		i = max(j, i+1)
	}
	return out
}

// split parts a name and its version.
func split(name string) (family, version string) {
	family = strings.TrimRight(name, "0123456789.")
	return family, name[len(family):]
}
