package capture

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/target"
	"github.com/goportdoctor/goportdoctor/internal/testhost"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// oddRoot puts into a root file system what loaders meet on odd paths: links to
// folders with no word of a library in their names, links to themselves, half
// files, a library that needs a symbol of nobody, and a loader by another name.
const oddRoot = `set -e
cd "$1"
lib=usr/lib/x86_64-linux-gnu; [ -d $lib ] || lib=lib
real=$(ls -d $lib/libgcc_s.so.1 lib/ld-musl-x86_64.so.1 2>/dev/null | head -1)
mkdir -p opt/real srv/deep etc/alternatives run/store
cp -L "$real" opt/real/libodd.so.1
ln -s real opt/current
ln -s /opt/current srv/deep/way
ln -s /opt/real/libodd.so.1 etc/alternatives/odd
mkdir -p opt/by; ln -s /etc/alternatives/odd opt/by/libodd.so.1
mkdir -p opt/empty; ln -s empty opt/aside
mkdir -p opt/loop; ln -s round opt/loop/libodd.so.1; ln -s round opt/loop/round
mkdir -p opt/half; head -c 1000 "$real" >opt/half/libodd.so.1
mkdir -p opt/text; printf 'GROUP ( /opt/real/libodd.so.1 AS_NEEDED ( libodd_nonshared.a ) ) # of a linker\n' >opt/text/libodd.so.1
mkdir -p opt/folder/libodd.so.1 opt/pipe
mkfifo opt/pipe/libodd.so.1
cp -L "$real" run/store/libodd.so.1
cp -L "$real" opt/loader
`

// TestCapturedAgrees: a description of a root file system says of every executable
// what the root itself does, or that it is not known.
func TestCapturedAgrees(t *testing.T) {
	for host, loader := range map[string]string{"deb12": "/lib64/ld-linux-x86-64.so.2", "musl": "/lib/ld-musl-x86_64.so.1"} {
		h := testhost.Make(t, host)
		root := filepath.Join(t.TempDir(), host)
		if out, err := exec.Command("cp", "-a", h.Dir, root).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if out, err := exec.Command("sh", "-c", oddRoot, "sh", root).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		live, err := Dir("root", root)
		if err != nil {
			t.Fatal(err)
		}
		written := described(t, root)
		agrees := func(name string, e *link.Executable, open bool) {
			t.Helper()
			a, b := target.Judge(e, live), target.Judge(e, written)
			if a.Verdict != b.Verdict && !(open && b.Verdict == target.Unknown) || a.Verdict == b.Verdict && a.Message != b.Message {
				t.Errorf("%s: %s: got %s %q (%s) of the description, want %s %q (%s)", host, name, b.Verdict, b.Message, b.Because, a.Verdict, a.Message, a.Because)
			}
		}
		for dir, open := range map[string]bool{"/opt/real": false, "/opt/current": false, "/srv/deep/way": false, "/opt/by": false, "/opt/loop": false, "/opt/half": false,
			"/opt/text": false, "/opt/folder": false, "/opt/pipe": false, "/none": false, "/srv/deep/way/../real": false, "/opt/aside/../real": false, "/none/../opt/real": true, "/run/store": true, "/opt/by:/opt/real": false} {
			e := dynamic("amd64", loader, "")
			e.Object.Needed, e.Object.Needs = append(e.Object.Needed, "libodd.so.1"), nil
			e.Object.RunPath = filepath.SplitList(dir)
			agrees("libraries of "+dir, e, open)
		}
		for name, m := range map[string]link.Import{"a symbol": {Name: "malloc", Bind: link.BindNow}, "a symbol of nobody": {Name: "nobody_has_this", Bind: link.BindNow},
			"one for later": {Name: "nobody_has_this", Bind: link.BindLazy}, "a weak one": {Name: "nobody_has_this", Weak: true, Bind: link.BindNow}} {
			e := dynamic("amd64", loader, "")
			e.Object.Needs, e.Object.Imports = nil, []link.Import{m}
			agrees(name, e, false)
		}
		for _, interp := range []string{"/opt/loader", "/opt/loop/libodd.so.1", "/opt/folder/libodd.so.1", "/opt/text/libodd.so.1", "/none"} {
			e := dynamic("amd64", interp, "")
			e.Object.Needs = nil
			agrees("the loader "+interp, e, interp == "/opt/loader" || interp == "/none")
		}
	}
}

// described is a root file system as its description has it, written and read.
func described(t *testing.T, root string) *target.Target {
	t.Helper()
	read := reread(t, root)
	read.Name = "root"
	return read
}

// TestCapturedNeeds: what a library leaves to others is in a description, and a
// symbol of nobody ends the start as it does in the root itself.
func TestCapturedNeeds(t *testing.T) {
	if _, err := exec.LookPath("musl-gcc"); err != nil {
		testskip.Missing(t, "there is no musl-gcc")
	}
	h := testhost.Make(t, "musl")
	root := filepath.Join(t.TempDir(), "root")
	if out, err := exec.Command("cp", "-a", h.Dir, root).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	source := filepath.Join(t.TempDir(), "f.c")
	put(t, source, []byte("int nobody_has_this(void);\nint f(void) { return nobody_has_this(); }\n"))
	if err := os.MkdirAll(filepath.Join(root, "opt"), 0o777); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("musl-gcc", "-shared", "-fPIC", "-o", filepath.Join(root, "opt/libf.so"), source).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	e := dynamic("amd64", "/lib/ld-musl-x86_64.so.1", "")
	e.Object.Needs, e.Object.Needed, e.Object.RunPath = nil, append(e.Object.Needed, "libf.so"), []string{"/opt"}
	e.Object.Imports, e.Object.Exports = []link.Import{{Name: "malloc", Bind: link.BindNow}}, map[string]bool{}
	const want = "Error relocating /opt/libf.so: nobody_has_this: symbol not found"
	if v := target.Judge(e, described(t, root)); v.Verdict != target.Fails || v.Message != want {
		t.Errorf("got %s %q (%s), want fails %q", v.Verdict, v.Message, v.Because, want)
	}
}
