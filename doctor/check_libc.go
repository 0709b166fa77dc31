package doctor

import (
	"fmt"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

var libcChecks = []Check{{
	ID: "glibc", Title: "Do programs need a newer glibc than common systems have?", Since: "v0.1.0",
	Looks:   "The least glibc that each program needs, against that of systems that are still in use, and the version of the glibc that CC links with.",
	Means:   "On a system with an older glibc the program ends with: version `GLIBC_2.34' not found.",
	Remedy:  "Without cgo no glibc is needed: `CGO_ENABLED=0 go build …`. Else build on the oldest system that it has to run on, or with a compiler for an older glibc: `CC=\"zig cc -target x86_64-linux-gnu.2.17\"`.",
	passed:  "no program needs a glibc newer than common systems have",
	program: newGlibc,
	machine: libcVersion,
}, {
	ID: "musl", Title: "Do programs run on musl systems only?", Since: "v0.1.0",
	Looks:   "Programs whose dynamic linker is musl's, and the C library that CC links with.",
	Means:   "Such a program runs on Alpine and other systems with musl. Where there is glibc it ends in `no such file or directory`.",
	Remedy:  "`CGO_ENABLED=0 go build …` without -buildmode=pie is static; so is an external link with -static: `go build -ldflags='-linkmode=external -extldflags=-static' …`.",
	passed:  "no program names musl's dynamic linker",
	program: muslOnly,
}}

// systems are those in use whose glibc is older than that of a current one, by
// the version that they came with.
var systems = []struct{ glibc, name string }{
	{"2.26", "Amazon Linux 2"},
	{"2.28", "Debian 10 and RHEL 8"},
	{"2.31", "Debian 11 and Ubuntu 20.04"},
	{"2.34", "Amazon Linux 2023 and RHEL 9"},
	{"2.35", "Ubuntu 22.04"},
	{"2.36", "Debian 12"},
	{"2.39", "Ubuntu 24.04"},
	{"2.41", "Debian 13"},
}

func newGlibc(e *examination, p Program) []note {
	need := p.Glibc.Value
	if p.BuildError != "" || need == "" || p.Glibc.Certainty == link.Unknown || e.facts == nil {
		return nil
	}
	var old []string
	for _, s := range systems {
		if link.CompareVersions(s.glibc, need) < 0 {
			old = append(old, s.name+" ("+s.glibc+")")
		}
	}
	if len(old) == 0 {
		return nil
	}
	least := ""
	if p.Glibc.Certainty == link.AtLeast {
		least = "at least "
	}
	return []note{{severity: Warning, cause: need, evidence: []Evidence{{Text: p.Glibc.Because + "@GLIBC_" + need}}, remedies: e.withoutCgo(p),
		message: fmt.Sprintf("%s needs %sglibc %s (%s), which %s do not have", p.Package, least, need, p.Glibc.Because, strings.Join(old, ", "))}}
}

func libcVersion(e *examination) []note {
	c := e.facts.compiler("CC").Libc
	if c.Name == "" {
		return nil
	}
	return []note{{severity: OK, evidence: []Evidence{{File: c.File, Text: strings.TrimSpace(c.Name + " " + c.Version)}},
		message: "CC links with " + strings.TrimSpace(c.Name+" "+c.Version)}}
}

func muslOnly(e *examination, p Program) []note {
	i := p.Interpreter
	if p.BuildError != "" || !strings.Contains(i.Value, "/ld-musl-") || i.Certainty != link.Exact || e.facts == nil {
		return nil
	}
	return []note{{severity: Warning, cause: string(i.Source), evidence: []Evidence{evidenceOf(i.Because)}, remedies: append(e.withoutCgo(p), asExe(p)...),
		message: fmt.Sprintf("%s needs %s, which only systems with musl have: %s", p.Package, i.Value, i.Because)}}
}
