package capture

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sort"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/oci"
	"github.com/goportdoctor/goportdoctor/internal/target"
)

// Dir is the root file system in a folder, as a target that reads what a judge
// asks for.
func Dir(name, dir string) (*target.Target, error) {
	r, err := openDir(dir)
	if err != nil {
		return nil, err
	}
	return r.target(name, "the root file system in "+dir, target.Runtime, ""), nil
}

// Host is this machine, by the same means.
func Host() (*target.Target, error) {
	if runtime.GOOS != "linux" {
		return nil, fmt.Errorf("target %q: this machine runs %s, and executables are judged for linux", "host", runtime.GOOS)
	}
	r, err := openDir("/")
	if err != nil {
		return nil, err
	}
	t := r.target("host", "this machine", target.Bash52, runtime.GOARCH)
	t.Emulates = emulates("/proc/sys/fs/binfmt_misc")
	for i := range t.Systems {
		if t.Systems[i].GOARCH == "amd64" {
			t.Systems[i].Level = amd64Level()
			t.Systems[i].Exactly = t.Systems[i].Level != ""
		}
	}
	return t, nil
}

func openDir(dir string) (*root, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%q is not a folder", dir)
	}
	at, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &root{tree: dirTree{at}, files: map[string]*target.File{}}, nil
}

// wellKnown are the paths of loaders, by architecture.
func wellKnown() map[string]string {
	all := map[string]string{}
	for arch, paths := range target.Loaders() {
		for _, p := range paths {
			all[p] = arch
		}
	}
	return all
}

// target describes the root. Its architectures are those of its loaders or, in
// the want of any, the one that it is said to be of; a root without any loader
// may be of every architecture.
func (r *root) target(name, title string, l target.Launcher, arch string) *target.Target {
	t := &target.Target{Name: name, Title: title, GOOS: "linux", Launcher: l, Sources: []string{"read from " + title},
		CACerts: r.anyOf(caFiles), Passwd: r.has("/etc/passwd"), Zoneinfo: r.anyOf(zoneFolders)}
	found := map[string]*target.File{}
	if arch != "" {
		found[arch] = nil
	}
	for _, p := range slices.Sorted(maps.Keys(wellKnown())) {
		f, there := r.File(p)
		if there != target.Present || f == nil || f.Loader == nil {
			continue
		}
		if goarch := f.Machine().GOARCH; found[goarch] == nil || f.Loader.Libc == "glibc" || found[goarch].Loader.Libc == "gcompat" {
			found[goarch] = f
		}
	}
	if len(found) == 0 {
		found[r.arch()] = nil
	}
	for _, goarch := range slices.Sorted(maps.Keys(found)) {
		s := target.System{GOARCH: goarch, Links: map[string]string{}, Files: []target.File{}, Open: []string{}}
		if f := found[goarch]; f != nil {
			s.Libc, s.Version = f.Loader.Libc, f.Loader.Version
			s.Preload = r.preload(f)
			s.Level = levelBy(goarch, f)
		}
		t.Systems = append(t.Systems, s.Over(r))
	}
	return t
}

// preload are the libraries that glibc's loader loads into every program.
func (r *root) preload(loader *target.File) []string {
	text, ok := r.text("/etc/ld.so.preload")
	if !ok || loader.Loader.Libc != "glibc" {
		return nil
	}
	var all []string
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		all = append(all, strings.FieldsFunc(line, func(c rune) bool { return strings.ContainsRune(" \t\n:", c) })...)
	}
	return all
}

// programs are files that a root has where it has any program at all.
var programs = []string{"/bin/sh", "/usr/bin/env", "/bin/busybox", "/busybox/sh", "/sbin/init", "/usr/bin/coreutils"}

// arch is the architecture of a root without a well-known loader, by its programs
// or any library; "" where there is nothing that could tell.
func (r *root) arch() string {
	if arch := r.archOf(programs); arch != "" {
		return arch
	}
	files, _, _, err := r.libraries()
	if err != nil {
		return ""
	}
	sort.Strings(files)
	return r.archOf(files)
}

// archOf is the architecture of the first of the files that has one.
func (r *root) archOf(names []string) string {
	for _, name := range names {
		if f, there := r.File(name); there == target.Present && f != nil && f.Machine().GOARCH != "" {
			return f.Machine().GOARCH
		}
	}
	return ""
}

// caFiles are the bundles and folders where crypto/x509 looks on Linux.
var caFiles = []string{"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/pki/tls/cacert.pem",
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem", "/etc/ssl/certs", "/etc/pki/tls/certs"}

// zoneFolders are those where time looks.
var zoneFolders = []string{"/usr/share/zoneinfo", "/usr/share/lib/zoneinfo", "/usr/lib/locale/TZ", "/etc/zoneinfo"}

func (r *root) anyOf(names []string) target.Presence {
	there := target.Absent
	for _, name := range names {
		switch r.has(name) {
		case target.Present:
			return target.Present
		case target.Unstated:
			there = target.Unstated
		}
	}
	return there
}

// whole reads every loader and library of the root, for a description that
// stands alone.
func (r *root) whole(t *target.Target) error {
	names, links, unseen, err := r.libraries()
	if err != nil {
		return err
	}
	for link := range links {
		if !r.mayLead(link) {
			delete(links, link)
		}
	}
	sort.Strings(names)
	var all []*target.File
	for _, name := range names {
		f, there := r.File(name)
		switch {
		case there == target.Unstated, there == target.Present && f == nil:
			f = &target.File{Path: name, Fault: target.Unread}
		case there != target.Present:
			continue
		case f.Fault == target.NoFault:
			f.Keep()
		}
		all = append(all, f)
	}
	for i := range t.Systems {
		s := &t.Systems[i]
		s.Links, s.Files, s.Open, s.ByName = links, filesFor(s.GOARCH, all), unseen, true
		*s = s.Over(nil)
	}
	return nil
}

// filesFor are the files as they are for one architecture: its own in full.
func filesFor(goarch string, all []*target.File) []target.File {
	files := []target.File{}
	for _, f := range all {
		if f.Machine().GOARCH == goarch && f.Fault == target.NoFault {
			files = append(files, *f)
		} else {
			files = append(files, f.Other())
		}
	}
	return files
}

// mayLead reports whether a link can be part of a library's path: one whose name
// is a library's, or that leads to a library, a folder, or round in circles.
func (r *root) mayLead(link string) bool {
	real, ok := r.follow(link)
	switch {
	case target.IsLibraryName(link), real == "":
		return true
	case !ok:
		return false
	}
	return target.IsLibraryName(real) || r.stat(real).kind == folder
}

// Describe reads a root file system or an image as a whole: a folder that is no
// image is a root file system.
func Describe(file string) (*target.Target, error) {
	file = strings.TrimPrefix(file, "oci:")
	at, _ := oci.Split(file)
	info, err := os.Stat(at)
	if err != nil {
		return nil, err
	}
	name := filepath.Base(filepath.Clean(file))
	if info.IsDir() && !oci.IsImage(at) {
		r, err := openDir(file)
		if err != nil {
			return nil, err
		}
		t := r.target(name, "the root file system "+name, target.Runtime, "")
		return t, r.whole(t)
	}
	return describeImage(name, file)
}
