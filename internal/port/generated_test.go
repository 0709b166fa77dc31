package port

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"go/format"
	"go/version"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

var fix = flag.Bool("fix", false, "write zports.go from the releases at hand")

// TestGenerated compares the tables with the source of the local toolchain,
// and of the newest toolchain of each release in the module cache, where
// GOTOOLCHAIN=go1.27.4 go version puts one.
func TestGenerated(t *testing.T) {
	trees := treesAtHand(t)
	ports := probe(t, trees)
	if *fix {
		write(t, trees, ports)
		return
	}
	have := map[string]bool{}
	for _, tr := range trees {
		have[tr.minor()] = true
		t.Run(tr.release, func(t *testing.T) { check(t, tr, ports[tr.release]) })
	}
	for _, r := range releases {
		if !have[r] {
			t.Logf("%s is not checked: no toolchain of it in the module cache", r)
		}
	}
}

func check(t *testing.T, tr tree, want []Port) {
	if !slices.Contains(releases, tr.minor()) {
		testskip.Missing(t, "%s is newer than the tables: run go test ./internal/port -run Generated -fix", tr.minor())
	}
	got := All(tr.release)
	if g, w := names(got), names(want); !slices.Equal(g, w) {
		t.Fatalf("ports of %s: got %q, want %q", tr.release, g, w)
	}
	for i := range want {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("%s: got %+v, want %+v", tr.release, got[i], want[i])
		}
	}
	if g, w := InternalPackages(tr.release), tr.internalPackages(t); !slices.Equal(g, w) {
		t.Errorf("internal packages of %s: got %q, want %q", tr.release, g, w)
	}
}

func names(ports []Port) []string {
	var list []string
	for _, p := range ports {
		list = append(list, p.GOOS+"/"+p.GOARCH)
	}
	return list
}

// treesAtHand lists the newest toolchain of each minor release in the module
// cache, and the local one.
func treesAtHand(t *testing.T) []tree {
	t.Helper()
	out, err := exec.Command("go", "env", "GOMODCACHE", "GOROOT", "GOVERSION").Output()
	if err != nil {
		t.Fatal(err)
	}
	env := strings.Split(strings.TrimSpace(string(out)), "\n")
	local := tree{strings.Fields(env[2])[0], env[1]}
	if !version.IsValid(local.release) {
		testskip.Missing(t, "%s is not a release of Go", local.release)
	}
	newest := map[string]tree{}
	suffix := "." + runtime.GOOS + "-" + runtime.GOARCH
	prefix := filepath.Join(env[0], "golang.org", "toolchain@v0.0.1-")
	roots, _ := filepath.Glob(prefix + "go*" + suffix)
	for _, root := range roots {
		tr := tree{strings.TrimSuffix(strings.TrimPrefix(root, prefix), suffix), root}
		if version.Compare(tr.release, "go1.19") >= 0 && version.Compare(tr.release, newest[tr.minor()].release) > 0 {
			newest[tr.minor()] = tr
		}
	}
	// Debian has old releases as packages.
	roots, _ = filepath.Glob("/usr/lib/go-1.*")
	for _, root := range roots {
		data, err := os.ReadFile(filepath.Join(root, "VERSION"))
		_, noLink := os.Stat(filepath.Join(root, "src/cmd/link/main.go"))
		tr := tree{strings.TrimSpace(string(data)), root}
		if err == nil && noLink == nil && version.IsValid(tr.release) && newest[tr.minor()].release == "" {
			newest[tr.minor()] = tr
		}
	}
	trees := []tree{local}
	for _, tr := range newest {
		if tr.release != local.release {
			trees = append(trees, tr)
		}
	}
	slices.SortFunc(trees, func(a, b tree) int { return version.Compare(a.release, b.release) })
	return trees
}

// probe runs Go's own internal/platform of each tree over the ports of that
// tree, and completes its answers with what cmd/link says.
func probe(t *testing.T, trees []tree) map[string][]Port {
	t.Helper()
	dir := t.TempDir()
	var main strings.Builder
	main.WriteString("package main\nimport (\n\"encoding/json\"\n\"os\"\n")
	for i := range trees {
		fmt.Fprintf(&main, "r%d \"probe/r%d\"\n", i, i)
	}
	main.WriteString(")\nfunc main() {\nall := map[string]any{}\n")
	for i, tr := range trees {
		tr.copyPlatform(t, filepath.Join(dir, fmt.Sprint("r", i)))
		for _, p := range tr.list(t) {
			fmt.Fprintf(&main, "all[%q] = r%d.Probe(%q, %q)\n", tr.release+" "+p.GOOS+"/"+p.GOARCH, i, p.GOOS, p.GOARCH)
		}
	}
	main.WriteString("json.NewEncoder(os.Stdout).Encode(all)\n}\n")
	writeFile(t, filepath.Join(dir, "main.go"), main.String())
	writeFile(t, filepath.Join(dir, "go.mod"), "module probe\ngo 1.21\n")
	var answers map[string]Port
	if err := json.Unmarshal(goCommand(t, "go", dir, "run", "."), &answers); err != nil {
		t.Fatal(err)
	}
	ports := map[string][]Port{}
	for _, tr := range trees {
		ports[tr.release] = tr.complete(t, answers)
	}
	return ports
}

// write writes zports.go. Releases that are not at hand keep what the table
// has of them.
func write(t *testing.T, trees []tree, ports map[string][]Port) {
	byMinor := map[string][]Port{}
	packagesOf := map[string][]string{}
	for _, r := range releases {
		byMinor[r], packagesOf[r] = All(r), InternalPackages(r)
	}
	var sources []string
	for _, tr := range trees { // oldest first: the newest of a minor release wins
		byMinor[tr.minor()], packagesOf[tr.minor()] = ports[tr.release], tr.internalPackages(t)
		sources = append(sources, tr.release)
	}
	minors := slices.SortedFunc(maps.Keys(byMinor), version.Compare)

	var b bytes.Buffer
	fmt.Fprintf(&b, "// Code generated by go test ./internal/port -run Generated -fix; DO NOT EDIT.\n\npackage port\n\n")
	fmt.Fprintf(&b, "// Written with %s at hand.\nvar releases = %#v\n\n", strings.Join(sources, ", "), minors)
	fmt.Fprintf(&b, "// From internal/platform/supported.go and go tool dist list; InternalPIE and exe-pie from\n"+
		"// mustLinkExternal and (*BuildMode).Set of cmd/link/internal/ld/config.go; loaders from Init of\n"+
		"// cmd/link/internal/*/obj.go.\nvar rows = []row{\n")
	writeRows(&b, minors, byMinor)
	fmt.Fprintf(&b, "}\n\n// From cmd/link/internal/ld/lib.go:internalpkg.\nvar internalpkg = []packages{\n")
	last := ""
	for _, m := range minors {
		if paths := strings.Join(packagesOf[m], " "); paths != last {
			fmt.Fprintf(&b, "{%q, %q},\n", m, paths)
			last = paths
		}
	}
	fmt.Fprintf(&b, "}\n")
	text, err := format.Source(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, "zports.go", string(text))
}

func writeRows(b *bytes.Buffer, minors []string, byMinor map[string][]Port) {
	seen := map[string]bool{}
	for _, m := range minors {
		for _, n := range names(byMinor[m]) {
			seen[n] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(seen)) {
		last := row{facts: "gone"}
		for _, m := range minors {
			r := row{facts: "gone"}
			if i := slices.Index(names(byMinor[m]), name); i >= 0 {
				r = encode(byMinor[m][i])
			}
			if r != last {
				fmt.Fprintf(b, "{%q, %q, %q, %q, %q, %q},\n", name, m, r.facts, r.modes, r.loader, r.musl)
			}
			last = r
		}
	}
}

// encode is the row of p, without its name and release.
func encode(p Port) row {
	r := row{loader: p.Loader, musl: p.MuslLoader}
	var words []string
	for _, f := range facts {
		if *f.field(&p) {
			words = append(words, f.name)
		}
	}
	modes := slices.DeleteFunc(slices.Clone(p.BuildModes), func(m string) bool {
		return m == "archive" || m == "default" || m == "exe"
	})
	r.facts, r.modes = strings.Join(words, " "), strings.Join(modes, " ")
	return r
}

// goCommand runs a go command, or a fixed toolchain's, as no other toolchain.
func goCommand(t *testing.T, command, dir string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(command, args...)
	cmd.Dir = dir
	cmd.Env = slices.DeleteFunc(os.Environ(), func(kv string) bool {
		return strings.HasPrefix(kv, "GOROOT=") || strings.HasPrefix(kv, "GOOS=") || strings.HasPrefix(kv, "GOARCH=")
	})
	cmd.Env = append(cmd.Env, "GOTOOLCHAIN=local", "GOFLAGS=", "GOWORK=off", "GOENV=off")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v", command, strings.Join(args, " "), err)
	}
	return out
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}
