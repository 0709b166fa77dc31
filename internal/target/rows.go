// The known targets, as rows. A name is of one version and never moves; what is
// said of it has its source beside it.

package target

import (
	"path"
	"slices"
	"strings"
	"sync"
)

// Known are the known targets, sorted as a ladder is climbed: from the places
// that offer nothing to the newest of those that offer most. Their systems are
// made when For or Whole asks for them: an executable is of one architecture.
var Known = sync.OnceValue(func() []*Target {
	return slices.Concat(bare(), distroless(), muslRows(), debianRows(), ubuntuRows(), redHatRows(), amazonRows(), others())
})

// Find is the known target of a name, nil where there is none.
func Find(name string) *Target {
	for _, t := range Known() {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// every gives what makes a system, per architecture.
func every(arches string, make func(arch string) System) (all []maker) {
	for _, a := range strings.Fields(arches) {
		all = append(all, maker{a, sync.OnceValue(func() System {
			s := make(a)
			defineBesides(s.Files, a)
			s.GOARCH = a
			return s
		})})
	}
	return all
}

// empty is a system without any loader.
func empty(string) System {
	return System{Links: map[string]string{}, Files: []File{}, Open: []string{}}
}

func bare() []*Target {
	return []*Target{
		{Name: "scratch", Title: "FROM scratch: nothing at all", GOOS: "linux", Launcher: Runtime, Sources: []string{"Docker's reference: scratch is empty"},
			CACerts: Absent, Passwd: Absent, Zoneinfo: Absent, Systems: []System{empty("")}},
		{Name: "chainguard-static", Title: "Chainguard static", GOOS: "linux", Launcher: Runtime,
			Sources: []string{"images.chainguard.dev/directory/image/static/overview: CA certificates, time zones, /etc/passwd, no libc"},
			CACerts: Present, Passwd: Present, Zoneinfo: Present, makers: every("amd64 arm64", empty)},
		{Name: "busybox1.38-musl", Title: "busybox 1.38, musl: a static busybox, and no loader", GOOS: "linux", Launcher: Ash,
			Sources: []string{"docker-library/busybox: latest/musl/Dockerfile.builder (CONFIG_STATIC=y)"},
			CACerts: Absent, Passwd: Present, Zoneinfo: Absent, makers: every("amd64 386 arm64 arm ppc64le riscv64 s390x", empty)},
	}
}

// glibcFamily are the libraries of glibc itself that every installation has.
var glibcFamily = []string{"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1", "libresolv.so.2", "libutil.so.1"}

// mvecSince is the glibc that brought a machine its library of vector functions,
// which a linker reads with every -lm (sysdeps/ARCH/Implies and NEWS of glibc).
var mvecSince = map[string]string{"amd64": "2.22", "arm64": "2.38"}

// A glibcRow is a distribution by the versions of its libraries.
type glibcRow struct {
	version string // of glibc
	libDir  string // "" for Debian's folder by triplet
	cxx     string // GLIBCXX of its libstdc++, "" where it has none
	abi     string // CXXABI of it
	gcc     string // GCC version of libgcc_s
	least   bool   // the C++ versions are the least that there are
	merged  bool   // /lib and /lib64 are those of /usr
	closed  bool   // no other library is there
	nocxx   bool   // no libgcc_s and libstdc++
}

// triplets are Debian's names of machines.
var triplets = map[string]string{"386": "i386-linux-gnu", "amd64": "x86_64-linux-gnu", "arm": "arm-linux-gnueabihf", "arm64": "aarch64-linux-gnu",
	"loong64": "loongarch64-linux-gnu", "mips64le": "mips64el-linux-gnuabi64", "mipsle": "mipsel-linux-gnu", "ppc64le": "powerpc64le-linux-gnu", "riscv64": "riscv64-linux-gnu", "s390x": "s390x-linux-gnu"}

// armhf is what Debian's and Ubuntu's port of that name, which is meant by arm,
// has: ARMv7 and VFPv3-D16 (wiki.debian.org/ArmHardFloatPort). The loader's own
// attributes say so too.
var armhf = map[string]string{"arm": "7"}

func (r glibcRow) dir(arch string) string {
	switch {
	case r.libDir == "":
		return "/lib/" + triplets[arch]
	case arch == "386" || arch == "arm":
		return strings.TrimSuffix(r.libDir, "64")
	}
	return r.libDir
}

func (r glibcRow) system(arch string) System {
	dir := r.dir(arch)
	numbers := map[string]string{"GLIBC": r.version}
	s := empty(arch)
	s.Libc, s.Version, s.Level = "glibc", r.version, armhf[arch]
	loader := glibcLoaders[arch]
	s.Files = append(s.Files, File{Path: loader, Soname: path.Base(loader), Numbered: numbers, Least: true,
		Loader: &Loader{Libc: "glibc", Version: r.version, Search: []string{dir}}})
	s.linked(dir, r.merged)
	for _, l := range glibcFamily {
		s.Files = append(s.Files, File{Path: dir + "/" + l, Soname: l, Numbered: numbers})
	}
	if since := mvecSince[arch]; since != "" && newer(r.version, since) {
		s.Files = append(s.Files, File{Path: dir + "/libmvec.so.1", Soname: "libmvec.so.1", Needed: []string{"libm.so.6", "libc.so.6"}, Numbered: numbers})
	}
	if !r.nocxx {
		s.Files = append(s.Files,
			File{Path: dir + "/libgcc_s.so.1", Soname: "libgcc_s.so.1", Needed: []string{"libc.so.6"}, Numbered: map[string]string{"GCC": r.libgcc(arch)}, Least: true})
	}
	if r.cxx != "" {
		s.Files = append(s.Files, File{Path: dir + "/libstdc++.so.6", Soname: "libstdc++.so.6", Needed: []string{"libm.so.6", "libc.so.6", "libgcc_s.so.1"},
			Numbered: map[string]string{"GLIBCXX": r.cxx, "CXXABI": r.abi}, Least: r.least})
	}
	if !r.closed {
		s.Open = append(s.Open, dir)
	}
	return s
}

// linked adds the other paths of the loader and the libraries: glibc's own folder
// has its loader as well and, with a merged /usr, every folder two names.
func (s *System) linked(dir string, merged bool) {
	loader := s.Files[0].Path
	if at := dir + "/" + path.Base(loader); at != loader {
		s.Links[at] = loader
	}
	if merged {
		s.Links["/usr/lib"], s.Links["/usr/lib64"] = "/lib", "/lib64"
	}
}

// libgcc is the version of libgcc_s that is there at least. It is of the same gcc
// as libstdc++, and what a gcc brought to it on amd64 Debian's packages tell.
func (r glibcRow) libgcc(arch string) string {
	if arch == "amd64" {
		for _, by := range [][2]string{{"3.4.33", "14.0.0"}, {"3.4.31", "13.0.0"}, {"3.4.30", "12.0.0"}} {
			if newer(r.cxx, by[0]) {
				return by[1]
			}
		}
	}
	return r.gcc
}

func distroless() []*Target {
	var all []*Target
	for _, release := range []string{"debian12", "debian13"} {
		arches := map[string]string{"debian12": "amd64 arm64 arm s390x ppc64le", "debian13": "amd64 arm64 arm s390x ppc64le riscv64"}[release]
		row := func(kind string, makers []maker) *Target {
			return &Target{Name: "distroless-" + kind + "-" + release, Title: "gcr.io/distroless/" + kind + "-" + release, GOOS: "linux", Launcher: Runtime,
				Sources: []string{"GoogleContainerTools/distroless: static/, base/ and cc/config.bzl", "Debian's packages, read by internal/capture/debian_test.go"},
				CACerts: Present, Passwd: Present, Zoneinfo: Present, makers: makers}
		}
		packages := map[string][]string{"base-nossl": {"libc6"}, "base": {"libc6", "libssl3", "libssl3t64", "libzstd1", "zlib1g"}}
		if release == "debian12" {
			packages["base"] = []string{"libc6", "libssl3"}
		}
		packages["cc"] = slices.Concat(packages["base"], []string{"libgomp1", "libstdc++6", "libgcc-s1"})
		all = append(all, row("static", every(arches, func(arch string) System {
			s := empty(arch)
			s.Level = armhf[arch]
			return s
		})))
		for _, kind := range []string{"base-nossl", "base", "cc"} {
			all = append(all, row(kind, every(arches, func(arch string) System {
				return debianSystem(release, arch, release == "debian13", func(l debianLibrary) bool { return slices.Contains(packages[kind], l.Package) })
			})))
		}
	}
	slices.SortStableFunc(all, func(a, b *Target) int { return distrolessRank(a) - distrolessRank(b) })
	return all
}

// distrolessRank puts the releases of one image together.
func distrolessRank(t *Target) int {
	return slices.IndexFunc([]string{"-static-", "-base-nossl-", "-base-debian", "-cc-"}, func(k string) bool { return strings.Contains(t.Name, k) })
}

// debianSystem has the libraries of a release that are chosen. They were read
// from amd64's packages; the others are built of the same sources, and have the
// same versions but for where an architecture's numbers begin.
func debianSystem(release, arch string, merged bool, chosen func(debianLibrary) bool) System {
	r := debianReleases[release]
	s := empty(arch)
	s.Libc, s.Version, s.Level = "glibc", r.Glibc, armhf[arch]
	dir := "/lib/" + triplets[arch]
	loader := glibcLoaders[arch]
	s.Files = append(s.Files, File{Path: loader, Soname: path.Base(loader), Numbered: map[string]string{"GLIBC": r.Glibc}, Least: true,
		Loader: &Loader{Libc: "glibc", Version: r.Glibc, Search: []string{dir}}})
	s.linked(dir, merged)
	for i, l := range r.Libraries {
		if !chosen(l) {
			continue
		}
		f := debianFiles()[release][i]
		f.Path = dir + "/" + l.Soname
		if arch == "amd64" {
			f.Numbered = nil
		}
		s.Files = append(s.Files, f)
	}
	return s
}

// debianFiles are the libraries of each release, without the folder that they
// are in. Lists are taken apart once for all rows and architectures.
var debianFiles = sync.OnceValue(func() map[string][]File {
	all := map[string][]File{}
	for release, r := range debianReleases {
		for _, l := range r.Libraries {
			f := File{Soname: l.Soname, Defines: strings.Fields(l.Defines)}
			f.Needed = slices.DeleteFunc(strings.Fields(l.Needed), func(n string) bool { return strings.HasPrefix(n, "ld-linux") })
			f.Numbered = numbered(f.Defines)
			all[release] = append(all[release], f)
		}
	}
	return all
})

// numbered are the highest numbers by name.
func numbered(versions []string) map[string]string {
	most := map[string]string{}
	for _, v := range versions {
		i := strings.LastIndex(v, "_")
		if i > 0 && isNumber(v[i+1:]) && newer(v[i+1:], most[v[:i]]) {
			most[v[:i]] = v[i+1:]
		}
	}
	return most
}

func debianRows() []*Target {
	old := glibcRow{version: "2.28", cxx: "3.4.25", abi: "1.3.11", gcc: "7.0.0"}
	all := []*Target{{Name: "debian10", Title: "Debian 10 (buster)", GOOS: "linux", Launcher: Bash,
		Sources: []string{"glibc 2.28: gist.github.com/richardlau/6a01d7829cc33ddab35269dacc127680", "gcc 8.3's libstdc++: the ABI page of libstdc++'s manual", "other libraries are not known"},
		CACerts: Absent, Passwd: Present, Zoneinfo: Present, makers: every("amd64 386 arm64 arm mips64le ppc64le s390x", old.system)}}
	for _, release := range []string{"debian11", "debian12", "debian13"} {
		r := debianReleases[release]
		arches, launcher := "amd64 386 arm64 arm mips64le ppc64le s390x", Bash52
		switch release {
		case "debian11":
			launcher = Bash
		case "debian13":
			arches = "amd64 386 arm64 arm ppc64le s390x riscv64"
		}
		all = append(all, &Target{Name: release, Title: "Debian " + release[6:] + " (" + r.Suite + "), as the image debian:" + release[6:] + " is", GOOS: "linux", Launcher: launcher,
			Sources: []string{"Debian's packages of priority required and apt, read by internal/capture/debian_test.go", "architectures: docker-library/official-images, library/debian; arm is armhf"},
			CACerts: Absent, Passwd: Present, Zoneinfo: Present,
			makers: every(arches, func(arch string) System {
				return debianSystem(release, arch, release != "debian11", func(l debianLibrary) bool { return l.Required })
			})})
	}
	return all
}

func ubuntuRows() []*Target {
	var all []*Target
	for _, r := range []struct {
		name     string
		launcher Launcher
		source   string
		row      glibcRow
	}{
		{"18.04", Bash, "ldd (Ubuntu GLIBC 2.27-3ubuntu1.6), gcc 7", glibcRow{version: "2.27", cxx: "3.4.24", abi: "1.3.11", gcc: "7.0.0", least: true}},
		{"20.04", Bash, "glibc 2.31: gist.github.com/richardlau/6a01d7829cc33ddab35269dacc127680; gcc 9", glibcRow{merged: true, version: "2.31", cxx: "3.4.28", abi: "1.3.12", gcc: "7.0.0", least: true}},
		{"22.04", Bash, "glibc 2.35: the same; gcc 11", glibcRow{merged: true, version: "2.35", cxx: "3.4.29", abi: "1.3.13", gcc: "7.0.0", least: true}},
		{"24.04", Bash52, "ld.so (Ubuntu GLIBC 2.39-0ubuntu8.8); libstdc++6 14.2.0-4ubuntu2~24.04.1", glibcRow{merged: true, version: "2.39", cxx: "3.4.33", abi: "1.3.15", gcc: "7.0.0", least: true}},
		{"26.04", Bash52, "ldd (Ubuntu GLIBC 2.43-2ubuntu2.3), gcc 15.2", glibcRow{merged: true, version: "2.43", cxx: "3.4.34", abi: "1.3.16", gcc: "7.0.0", least: true}},
	} {
		all = append(all, &Target{Name: "ubuntu" + r.name, Title: "Ubuntu " + r.name, GOOS: "linux", Launcher: r.launcher,
			Sources: []string{r.source, "libstdc++'s versions by gcc: the ABI page of its manual", "other libraries, and what the base image leaves out, are not known"},
			CACerts: Unstated, Passwd: Present, Zoneinfo: Unstated, makers: every("amd64 arm64 arm ppc64le s390x riscv64", r.row.system)})
	}
	return all
}

func redHatRows() []*Target {
	var all, rocky []*Target
	const glibc = ": gist.github.com/richardlau/6a01d7829cc33ddab35269dacc127680; gcc "
	for _, r := range []struct {
		release, level string
		launcher       Launcher
		source         string
		row            glibcRow
	}{
		{"7", "", RedHat, "glibc 2.17" + glibc + "4.8.5", glibcRow{merged: true, version: "2.17", libDir: "/lib64", cxx: "3.4.19", abi: "1.3.7", gcc: "4.8.0"}},
		{"8", "", RedHat, "glibc 2.28" + glibc + "8.5", glibcRow{merged: true, version: "2.28", libDir: "/lib64", cxx: "3.4.25", abi: "1.3.11", gcc: "7.0.0"}},
		{"9", "v2", RedHat, "glibc 2.34" + glibc + "11", glibcRow{merged: true, version: "2.34", libDir: "/lib64", cxx: "3.4.29", abi: "1.3.13", gcc: "7.0.0", least: true}},
		{"10", "v3", Bash52, "glibc 2.39" + glibc + "14", glibcRow{merged: true, version: "2.39", libDir: "/lib64", cxx: "3.4.33", abi: "1.3.15", gcc: "7.0.0", least: true}},
	} {
		for _, vendor := range []string{"rhel", "rocky"} {
			if vendor == "rocky" && r.release == "7" {
				continue // there is none
			}
			arches := "amd64 arm64 ppc64le s390x"
			if vendor == "rocky" && r.release == "8" {
				arches = "amd64 arm64"
			}
			row := &Target{Name: vendor + r.release, Title: map[string]string{"rhel": "Red Hat Enterprise Linux ", "rocky": "Rocky Linux "}[vendor] + r.release, GOOS: "linux", Launcher: r.launcher,
				Sources: []string{r.source, "libstdc++'s versions by gcc: the ABI page of its manual", "architectures: the vendor's release notes", "other libraries are not known"},
				CACerts: Present, Passwd: Present, Zoneinfo: Unstated, makers: every(arches, func(arch string) System {
					s := r.row.system(arch)
					if arch == "amd64" {
						s.Level = r.level
					}
					return s
				})}
			if vendor == "rocky" {
				rocky = append(rocky, row)
			} else {
				all = append(all, row)
			}
		}
	}
	return append(all, rocky...)
}

func amazonRows() []*Target {
	al2 := glibcRow{merged: true, version: "2.26", libDir: "/lib64", cxx: "3.4.24", abi: "1.3.11", gcc: "7.0.0"}
	al2023 := glibcRow{merged: true, version: "2.34", libDir: "/lib64", cxx: "3.4.29", abi: "1.3.13", gcc: "7.0.0"}
	const docs2023 = "docs.aws.amazon.com/linux/al2023/ug/core-glibc: glibc 2.34, gcc 11"
	const docs2 = "glibc 2.26: docs.aws.amazon.com/linux/al2023/ug/compare-with-al2, glibc-2.26-32.amzn2; gcc 7.3"
	const lambda = "docs.aws.amazon.com/lambda/latest/dg/runtimes-provided: x86_64 and arm64, a file bootstrap"
	row := func(name, title, file, source string, l Launcher, r glibcRow) *Target {
		return &Target{Name: name, Title: title, File: file, GOOS: "linux", Launcher: l, Sources: []string{source, "other libraries are not known"},
			CACerts: Present, Passwd: Present, Zoneinfo: Unstated, makers: every("amd64 arm64", r.system)}
	}
	all := []*Target{
		row("amazonlinux2", "Amazon Linux 2", "", docs2, RedHat, al2),
		row("amazonlinux2023", "Amazon Linux 2023", "", docs2023, Bash52, al2023),
		row("lambda-al2", "AWS Lambda, provided.al2", "bootstrap", docs2+"; "+lambda, Lambda, withoutCXX(al2)),
		row("lambda-al2023", "AWS Lambda, provided.al2023", "bootstrap", docs2023+"; "+lambda, Lambda, withoutCXX(al2023)),
	}
	return all
}

// withoutCXX leaves open whether there is a C++ library.
func withoutCXX(r glibcRow) glibcRow {
	r.cxx, r.nocxx = "", true
	return r
}

func others() []*Target {
	chainguard := glibcRow{version: "2.41", libDir: "/lib", cxx: "3.4.33", abi: "1.3.15", gcc: "7.0.0", least: true}
	return []*Target{
		{Name: "chainguard-glibc-dynamic", Title: "Chainguard glibc-dynamic", GOOS: "linux", Launcher: Runtime,
			Sources: []string{"images.chainguard.dev/directory/image/glibc-dynamic/overview: glibc, libgcc, libstdc++", "the image moves with Wolfi: which glibc it has is not known, and no release of the last years has less than 2.41"},
			CACerts: Present, Passwd: Present, Zoneinfo: Present, makers: every("amd64 arm64", func(arch string) System { return atLeast(chainguard.system(arch)) })},
		{Name: "busybox1.38-glibc", Title: "busybox 1.38, glibc", GOOS: "linux", Launcher: Ash,
			Sources: []string{"docker-library/busybox: latest/glibc/Dockerfile.builder takes libc, libpthread and libnss_* from Debian 13"},
			CACerts: Absent, Passwd: Present, Zoneinfo: Absent, makers: every("amd64 386 arm64 arm ppc64le s390x riscv64", busyboxGlibc)},
		{Name: "nixos", Title: "NixOS, without nix-ld", GOOS: "linux", Launcher: Bash52,
			Sources: []string{"nixpkgs: nixos/modules/config/stub-ld.nix; nix.dev/permalink/stub-ld"},
			CACerts: Present, Passwd: Present, Zoneinfo: Unstated, makers: every("amd64 arm64", func(arch string) System {
				s := empty(arch)
				s.Open = []string{"/nix/store"}
				s.Files = append(s.Files, File{Path: glibcLoaders[arch], Loader: &Loader{Libc: "stub-ld"}})
				return s
			})},
	}
}

// atLeast has every number be the least that is known.
func atLeast(s System) System {
	for i := range s.Files {
		s.Files[i].Least = true
	}
	return s
}

// busyboxGlibc has what the image's recipe copies, and leaves open the rest of
// what busybox itself needs.
func busyboxGlibc(arch string) System {
	s := debianSystem("debian13", arch, false, func(l debianLibrary) bool { return l.Soname == "libc.so.6" || l.Soname == "libpthread.so.0" })
	for i := range s.Files {
		s.Files[i].Path = strings.Replace(s.Files[i].Path, "/lib/"+triplets[arch], "/lib", 1)
		if l := s.Files[i].Loader; l != nil {
			l.Search = []string{"/lib"}
		}
	}
	s.Open = []string{"/lib"}
	return s
}
