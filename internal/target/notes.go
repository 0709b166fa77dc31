// What starts and may fail afterwards.

package target

import (
	"slices"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// notes are what the verdict does not tell: the program starts, and then misses
// something. Where it is not known what the program uses they say "if".
func notes(e *link.Executable, t *Target, sys *System) []string {
	var all []string
	lacks := func(p Presence, use, certain, perhaps string) {
		switch {
		case p != Absent:
		case e.Uses == nil:
			all = append(all, perhaps)
		case slices.Contains(e.Uses, use):
			all = append(all, certain)
		}
	}
	lacks(t.CACerts, link.UsesTLS, "no CA certificates: TLS connections end in `x509: certificate signed by unknown authority'",
		"no CA certificates: if it opens TLS connections, they end in `x509: certificate signed by unknown authority'")
	lacks(t.Passwd, link.UsesUsers, "no /etc/passwd: user.Current and user.Lookup find nobody", "no /etc/passwd: if it looks up users, it finds nobody")
	if t.Zoneinfo == Absent && !slices.Contains(e.Uses, link.UsesZoneData) {
		all = append(all, "no time zone database: if it calls time.LoadLocation, it gets `unknown time zone' (import time/tzdata)")
	}
	all = append(all, ofStaticGlibc(e)...)
	all = append(all, ofPureGo(e, sys)...)
	if t.File != "" && e.File != "" && programName(e) != t.File {
		all = append(all, t.Name+" starts a file called "+t.File+", executable for everybody (chmod 755)")
	}
	return all
}

// ofStaticGlibc are K21 and K22: glibc opens libraries at run time even where
// it is linked statically.
func ofStaticGlibc(e *link.Executable) []string {
	static := e.Linkage.Value == link.LinkageStatic || e.Linkage.Value == link.LinkageStaticPIE
	if !static || e.LinkMode.Value != link.ModeExternal || !e.Build.CgoEnabled || e.Static == "musl" {
		return nil
	}
	return []string{"linked statically by a C compiler: with glibc, names, users and dlopen still need the very glibc it was linked with at run time, or crash"}
}

// ofPureGo are K34 and K35.
func ofPureGo(e *link.Executable, sys *System) []string {
	if e.Build.CgoEnabled || sys == nil || sys.Libc == "" || e.Build.GOOS != "linux" {
		return nil
	}
	var all []string
	if slices.Contains(e.Uses, link.UsesNet) {
		all = append(all, "names are resolved in Go: of nsswitch.conf only what it knows, no mDNS, no plugins")
	}
	if slices.Contains(e.Uses, link.UsesUsers) {
		all = append(all, "users are looked up in /etc/passwd only: none of LDAP or SSSD")
	}
	return all
}
