package target

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// program is a dynamic executable for linux/amd64 with what o needs.
func program(o link.Object) *link.Executable {
	o.Interp = "/lib64/ld-linux-x86-64.so.2"
	exact := link.List{Certainty: link.Exact}
	return &link.Executable{File: "app", Format: link.FormatELF, BuildMode: "exe", Build: link.Build{GOOS: "linux", GOARCH: "amd64"},
		Linkage: link.Text{Value: link.LinkageDynamic, Certainty: link.Exact}, LinkMode: link.Text{Value: link.ModeExternal, Certainty: link.Exact},
		Interpreter: link.Interpreter{Value: o.Interp, Certainty: link.Exact}, Needed: exact, RPath: exact, RunPath: exact,
		Glibc: link.Text{Certainty: link.Exact}, Object: &o}
}

func glibc(version string) link.Object {
	return link.Object{Needed: []string{"libc.so.6"}, Needs: []link.Need{{Lib: "libc.so.6", Version: "GLIBC_" + version}}}
}

// importing needs a symbol of glibc, and libraries.
func importing(name string, libraries ...string) link.Object {
	return link.Object{Needed: append(libraries, "libc.so.6"), Imports: []link.Import{{Name: name, Bind: link.BindNow}}}
}

// TestGcompatARM: Alpine's package has gcompat start a loader by a name that musl
// does not have on ARM.
func TestGcompatARM(t *testing.T) {
	for release, want := range map[string]string{"3.18": Unknown, "3.20": Fails} {
		e := program(importing("puts"))
		e.Build.GOARCH, e.Interpreter.Value, e.Object.Interp = "arm", "/lib/ld-linux-armhf.so.3", "/lib/ld-linux-armhf.so.3"
		v := Judge(e, Find("alpine-gcompat"+release))
		if v.Verdict != want || want == Fails && v.Message != "execve: No such file or directory" {
			t.Errorf("%s: got %s %q (%s), want %s", release, v.Verdict, v.Message, v.Because, want)
		}
	}
}

// TestJudge holds verdicts on rows against what the distributions are known for.
func TestJudge(t *testing.T) {
	cxx := glibc("2.34")
	cxx.Needed = append(cxx.Needed, "libstdc++.so.6")
	cxx.Needs = append(cxx.Needs, link.Need{Lib: "libstdc++.so.6", Version: "GLIBCXX_3.4.30"})
	pcap := glibc("2.17")
	pcap.Needed = append(pcap.Needed, "libpcap.so.0.8")
	for _, c := range []struct {
		name, target string
		o            link.Object
		want         string
		message      string
	}{
		{"no loader", "scratch", glibc("2.17"), Fails, "exec /app: no such file or directory"},
		{"no loader", "alpine3.20", glibc("2.17"), Fails, "sh: ./app: not found"},
		{"older glibc", "debian11", glibc("2.34"), Fails, "version `GLIBC_2.34' not found"},
		{"older glibc", "lambda-al2", glibc("2.34"), Fails, "/var/task/bootstrap: /lib64/libc.so.6: version `GLIBC_2.34' not found (required by /var/task/bootstrap)"},
		{"same glibc", "lambda-al2023", glibc("2.34"), Runs, ""},
		{"newer glibc", "debian12", glibc("2.34"), Runs, ""},
		{"K16", "amazonlinux2023", glibc("2.38"), Fails, "version `GLIBC_2.38' not found"},
		{"C++", "debian12", cxx, Runs, ""},
		{"older C++", "amazonlinux2023", cxx, Fails, "version `GLIBCXX_3.4.30' not found"},
		{"no C++", "distroless-base-debian12", cxx, Fails, "libstdc++.so.6: cannot open shared object file"},
		{"C++ in cc", "distroless-cc-debian12", cxx, Runs, ""},
		{"a library that is nowhere", "debian12", pcap, Fails, "libpcap.so.0.8: cannot open shared object file"},
		{"a library of which nothing is known", "rhel9", pcap, Unknown, ""},
		{"another loader", "nixos", glibc("2.17"), Fails, "Could not start dynamically linked executable"},
		{"what gcompat adds", "alpine-gcompat3.20", importing("gnu_get_libc_version"), Runs, ""},
		{"what it does not", "alpine-gcompat3.20", importing("fts_open"), Fails, "fts_open: symbol not found"},
		{"what its neighbour may", "alpine-gcompat3.20", importing("_obstack_begin"), Unknown, ""},
		{"its links", "alpine-gcompat3.20", importing("puts", "libresolv.so.2"), Runs, ""},
		{"its links, in a release of which they are not known", "alpine-gcompat3.18", importing("puts", "libresolv.so.2"), Unknown, ""},
		{"no library of glibc's", "alpine-gcompat3.20", importing("puts", "libnsl.so.2"), Fails, "Error loading shared library libnsl.so.2"},
	} {
		target := Find(c.target)
		if target == nil {
			t.Errorf("there is no target %q", c.target)
			continue
		}
		v := Judge(program(c.o), target)
		if v.Verdict != c.want || !strings.Contains(v.Message, c.message) {
			t.Errorf("%s on %s: got %s %q (%s), want %s %q", c.name, c.target, v.Verdict, v.Message, v.Because, c.want, c.message)
		}
	}
}

// TestLibraryPath: what an image sets counts, where it is put among the other
// folders, and for nothing where a program is privileged.
func TestLibraryPath(t *testing.T) {
	o := glibc("2.17")
	o.Needed = append(o.Needed, "libx.so")
	for _, c := range []struct {
		name string
		path []string
		at   Place
		want string
	}{
		{"none", nil, Place{}, Fails},
		{"set", []string{"/none", "/opt/l"}, Place{}, Runs},
		{"set to another folder", []string{"/none"}, Place{}, Fails},
		{"set to the folder that it is started in", []string{""}, Place{}, Unknown},
		{"that too, and found", []string{"", "/opt/l"}, Place{}, Runs},
		{"set for what is setuid", []string{"/opt/l"}, Place{Path: "/opt/app", Privileged: true}, Fails},
	} {
		on := Find("debian12").Whole()
		for i := range on.Systems {
			s := &on.Systems[i]
			s.LibraryPath = c.path
			s.Files = append(slices.Clip(s.Files), File{Path: "/opt/l/libx.so", Soname: "libx.so", Symbols: []string{}})
		}
		if v := JudgeAt(program(o), on, c.at); v.Verdict != c.want {
			t.Errorf("%s: got %s (%s), want %s", c.name, v.Verdict, v.Because, c.want)
		}
	}
}

// TestJudgeFile judges what an executable's own file asks for, and where it lies.
func TestJudgeFile(t *testing.T) {
	with := func(change func(*link.Object)) link.Object {
		o := glibc("2.17")
		change(&o)
		return o
	}
	relr := with(func(o *link.Object) {
		o.Needs = append(o.Needs, link.Need{Lib: "libc.so.6", Version: "GLIBC_ABI_DT_RELR"})
	})
	for _, c := range []struct {
		name, target string
		o            link.Object
		at           Place
		want         string
		message      string
	}{
		{"packed relocations", "ubuntu24.04", relr, Place{}, Runs, ""},
		{"packed relocations", "ubuntu22.04", relr, Place{}, Fails, "version `GLIBC_ABI_DT_RELR' not found"},
		{"packed relocations", "debian11", relr, Place{}, Fails, "version `GLIBC_ABI_DT_RELR' not found"},
		{"packed relocations that no version tells of", "ubuntu22.04", with(func(o *link.Object) { o.PackedRel = true }), Place{}, Unknown, ""},
		{"a level", "rhel9", with(func(o *link.Object) { o.Level = "v2" }), Place{}, Runs, ""},
		{"a level", "rhel9", with(func(o *link.Object) { o.Level = "v3" }), Place{}, Unknown, ""},
		{"no default folders", "debian12", with(func(o *link.Object) { o.NoDefault = true }), Place{}, Fails, "libc.so.6: cannot open shared object file"},
		{"a version of what is not needed", "debian12", with(func(o *link.Object) { o.Needs = append(o.Needs, link.Need{Lib: "libpcap.so.0.8", Version: "X"}) }), Place{}, Unknown, ""},
		{"a mode without x", "debian12", glibc("2.17"), Place{Path: "/opt/app", Refused: true}, Fails, "bash: /opt/app: Permission denied"},
		{"$ORIGIN of what is setuid", "debian12", with(func(o *link.Object) { o.Needed, o.RunPath = append(o.Needed, "libx.so"), []string{"$ORIGIN"} }), Place{Path: "/opt/app", Privileged: true}, Unknown, ""},
		{"$ORIGIN", "debian12", with(func(o *link.Object) { o.Needed, o.RunPath = append(o.Needed, "libx.so"), []string{"$ORIGIN"} }), Place{Path: "/opt/app"}, Fails, "libx.so: cannot open shared object file"},
	} {
		v := JudgeAt(program(c.o), Find(c.target), c.at)
		if v.Verdict != c.want || !strings.Contains(v.Message, c.message) {
			t.Errorf("%s on %s: got %s %q (%s), want %s %q", c.name, c.target, v.Verdict, v.Message, v.Because, c.want, c.message)
		}
	}
}

// TestJudgeSeveral: systems of one architecture that differ leave it open.
func TestJudgeSeveral(t *testing.T) {
	older, newer := Find("debian11").For("amd64"), Find("debian12").For("amd64")
	both := *Find("debian12").Whole()
	both.Systems = []System{*older, *newer}
	for version, want := range map[string]string{"2.17": Runs, "2.34": Unknown, "2.40": Fails} {
		if v := Judge(program(glibc(version)), &both); v.Verdict != want {
			t.Errorf("%s: got %s (%s), want %s", version, v.Verdict, v.Because, want)
		}
	}
}

// TestJudgeDoubt: what is not known of an executable makes runs unknown, and
// leaves fails where it fails anyway.
func TestJudgeDoubt(t *testing.T) {
	e := program(glibc("2.34"))
	e.Needed.Certainty, e.Needed.Because = link.AtLeast, "the C code may need more"
	for name, want := range map[string]string{"debian12": Unknown, "debian11": Fails, "scratch": Fails} {
		if v := Judge(e, Find(name)); v.Verdict != want {
			t.Errorf("%s: got %s, want %s", name, v.Verdict, want)
		}
	}
	e.Interpreter.Certainty = link.Unknown
	for name, want := range map[string]string{"debian12": Unknown, "scratch": Fails} {
		if v := Judge(e, Find(name)); v.Verdict != want {
			t.Errorf("interpreter unknown: %s: got %s, want %s", name, v.Verdict, want)
		}
	}
}

// TestRows: every row has a source, and a description that can be read back.
func TestRows(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range Known() {
		if seen[k.Name] || len(k.Sources) == 0 || len(k.Whole().Systems) == 0 {
			t.Errorf("%s: got it twice, or without sources or systems", k.Name)
		}
		seen[k.Name] = true
		var b bytes.Buffer
		if err := Write(&b, k.Whole()); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(&b); err != nil {
			t.Errorf("%s: got %v, want it read back", k.Name, err)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"a newer version":    `{"version": 2, "targets": []}`,
		"a field more":       `{"version": 1, "targets": [{"name": "x", "goos": "linux", "mode": "y"}]}`,
		"two targets":        `{"version": 1, "targets": [{}, {}]}`,
		"a relative path":    `{"version": 1, "targets": [{"name": "x", "goos": "linux", "ca_certificates": "no", "passwd": "no", "zoneinfo": "no", "systems": [{"files": [{"path": "lib/x"}]}]}]}`,
		"no JSON":            `name: x`,
		"no file in files":   `{"version": 1, "targets": [{"name": "x", "goos": "linux", "ca_certificates": "no", "passwd": "no", "zoneinfo": "no", "systems": [{"files": [0]}]}]}`,
		"a file of text":     `{"version": 1, "targets": [{"name": "x", "goos": "linux", "ca_certificates": "no", "passwd": "no", "zoneinfo": "no", "systems": [{"files": 0}]}]}`,
		"a field of a file":  `{"version": 1, "targets": [{"name": "x", "goos": "linux", "ca_certificates": "no", "passwd": "no", "zoneinfo": "no", "systems": [{"files": [{"path": "/x", "more": 1}]}]}]}`,
		"a level of v9":      `{"version": 1, "targets": [{"name": "x", "goos": "linux", "ca_certificates": "no", "passwd": "no", "zoneinfo": "no", "systems": [{"level": "v9"}]}]}`,
		"arm's level of v2":  `{"version": 1, "targets": [{"name": "x", "goos": "linux", "ca_certificates": "no", "passwd": "no", "zoneinfo": "no", "systems": [{"goarch": "arm", "level": "v2"}]}]}`,
		"too many symbols":   `{"version": 1, "targets": [{"name": "x", "goos": "linux", "ca_certificates": "no", "passwd": "no", "zoneinfo": "no", "systems": [{"files": [{"path": "/x", "symbols": [""` + strings.Repeat(`,""`, maxValues) + `]}]}]}]}`,
		"a fault of bent":    `{"version": 1, "targets": [{"name": "x", "goos": "linux", "ca_certificates": "no", "passwd": "no", "zoneinfo": "no", "systems": [{"goarch": "amd64", "files": [{"path": "/lib/ld.so", "fault": "bent"}]}]}]}`,
		"a presence of yeah": `{"version": 1, "targets": [{"name": "x", "goos": "linux", "ca_certificates": "no", "passwd": "yeah", "zoneinfo": "no"}]}`,
	} {
		if _, err := Read(strings.NewReader(text)); err == nil {
			t.Errorf("%s: got no error, want one", name)
		}
	}
}

// TestReadIsBounded: nothing in a list of files makes it take a hundred times the
// text's bytes.
func TestReadIsBounded(t *testing.T) {
	start := `{"version": 1, "targets": [{"name": "x", "goos": "linux", "ca_certificates": "no", "passwd": "no", "zoneinfo": "no", "systems": [`
	for item, list := range map[string]string{"{}": `{"files": [%s]}`, "null": `{"files": [%s]}`, "0": `{"files": [%s]}`, `""`: `{"files": [%s]}`, "{} ": "%s", "[]": "%s"} {
		text := start + fmt.Sprintf(list, strings.Repeat(item+",", 400_000)+item) + "]}]}"
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Read(strings.NewReader(text))
		runtime.ReadMemStats(&after)
		if err == nil {
			t.Errorf("%s: got no error, want one", item)
		}
		if got := after.TotalAlloc - before.TotalAlloc; got > 60<<20 {
			t.Errorf("%s: got %d bytes allocated for %d, want at most 60 MB", item, got, len(text))
		}
	}
}

func TestFollow(t *testing.T) {
	links := map[string]string{"/lib": "usr/lib", "/loop": "loop", "/out": "../../../etc", "/abs": "/usr/lib"}
	for name, want := range map[string]string{"/lib/x": "/usr/lib/x", "/out/passwd": "/etc/passwd", "/abs/../x": "/usr/x", "/loop/x": ""} {
		got, ok := Follow(name, func(p string) (string, bool) { to, is := links[p]; return to, is })
		if got != want || ok != (want != "") {
			t.Errorf("%s: got %q, %t, want %q", name, got, ok, want)
		}
	}
}

// TestFollowIsBounded: a path or a link that nothing can open leads nowhere, and
// no link is looked up for each part of it.
func TestFollowIsBounded(t *testing.T) {
	long := strings.Repeat("a/", 1<<13)
	links := map[string]string{"/long": long, "/most": strings.Repeat("a/", 2000), "/one": strings.Repeat("./", 1500) + "two", "/two": strings.Repeat("./", 1500)}
	for _, name := range []string{"/" + long, "/long/x", "/most/" + long[:200], "/one"} {
		asked := 0
		got, ok := Follow(name, func(p string) (string, bool) {
			asked++
			to, is := links[p]
			return to, is
		})
		if ok || asked > maxPath {
			t.Errorf("%.20s: got %q, %t after %d parts, want it to lead nowhere", name, got, ok, asked)
		}
	}
	if _, ok := Follow("/most", func(p string) (string, bool) { to, is := links[p]; return to, is }); !ok {
		t.Error("got no path of 4,000 bytes, want one")
	}
}

// FuzzTargetJSON reads mutated descriptions and judges by those that pass.
func FuzzTargetJSON(f *testing.F) {
	for _, k := range Known()[:3] {
		var b bytes.Buffer
		if err := Write(&b, k.Whole()); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	var b bytes.Buffer
	if err := Write(&b, Find("distroless-base-nossl-debian12").Whole()); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		k, err := Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		v := Judge(program(glibc("2.34")), k)
		if !slices.Contains([]string{Runs, Fails, Unknown}, v.Verdict) {
			t.Errorf("got the verdict %q", v.Verdict)
		}
	})
}

// FuzzJudge judges an executable with names of the fuzzer's on every row.
func FuzzJudge(f *testing.F) {
	f.Add("libc.so.6", "GLIBC_2.34", "/opt/lib", "$ORIGIN/../lib", "malloc")
	f.Add("/lib/x.so", "GLIBC_ABI_DT_RELR", "", ":", "")
	f.Fuzz(func(t *testing.T, lib, version, rpath, runpath, symbol string) {
		e := program(link.Object{Needed: []string{lib, "libc.so.6"}, Needs: []link.Need{{Lib: lib, Version: version}},
			RPath: []string{rpath}, RunPath: []string{runpath}, Imports: []link.Import{{Name: symbol, Bind: link.BindNow}}})
		for _, k := range Known() {
			if v := Judge(e, k); v.Verdict == Fails && v.Because == "" {
				t.Errorf("%s: got a failure without a reason", k.Name)
			}
		}
	})
}
