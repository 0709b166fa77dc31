package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/target"
)

// TargetsJSON writes descriptions of targets.
func TargetsJSON(w io.Writer, all []*doctor.Target) error {
	return writeJSON(w, func(w io.Writer) error { return target.Write(w, all...) })
}

// TargetsText writes a line per target, or in full.
func TargetsText(w io.Writer, all []*doctor.Target, full bool) error {
	var b strings.Builder
	for _, t := range safe(all) {
		if !full {
			fmt.Fprintf(&b, "%-28s %-12s %s\n", t.Name, libc(t), t.Title)
			continue
		}
		fmt.Fprintf(&b, "%s: %s\n", t.Name, t.Title)
		fmt.Fprintf(&b, "  CA certificates %s, /etc/passwd %s, time zones %s\n", t.CACerts, t.Passwd, t.Zoneinfo)
		for _, s := range t.Systems {
			writeSystem(&b, s)
		}
		for _, s := range t.Sources {
			fmt.Fprintf(&b, "  source: %s\n", s)
		}
	}
	return emit(w, b.String())
}

func libc(t *doctor.Target) string {
	if len(t.Systems) == 0 || t.Systems[0].Libc == "" {
		return "no libc"
	}
	return strings.TrimSpace(t.Systems[0].Libc + " " + t.Systems[0].Version)
}

func loader(l *target.Loader) string {
	if l.Starts != "" {
		return l.Libc + ", which starts " + l.Starts + " with " + l.Preload
	}
	return strings.TrimSpace(l.Libc + " " + l.Version)
}

func writeSystem(b *strings.Builder, s target.System) {
	arch := s.GOARCH
	if arch == "" {
		arch = "any architecture"
	}
	fmt.Fprintf(b, "  %s\n", arch)
	var libs []string
	for _, f := range s.Files {
		if f.Loader != nil {
			fmt.Fprintf(b, "    loader %s: %s\n", f.Path, loader(f.Loader))
			continue
		}
		if f.Fault == target.NoFault {
			libs = append(libs, f.Soname)
		}
	}
	slices.Sort(libs)
	if len(libs) > 0 {
		fmt.Fprintf(b, "    libraries %s\n", strings.Join(libs, " "))
	}
	if len(s.Open) > 0 {
		fmt.Fprintf(b, "    not known: what else is in %s\n", strings.Join(s.Open, ", "))
	}
}
