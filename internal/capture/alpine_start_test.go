package capture

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/inspect"
	"github.com/goportdoctor/goportdoctor/internal/target"
	"github.com/goportdoctor/goportdoctor/internal/testhost"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// alpineCases are programs linked with Debian's glibc, to be started by musl; each
// calls one function, and what else it needs is in the words for the linker.
var alpineCases = []struct{ call, flags string }{
	{"puts", ""}, {"open64", ""}, {"statx", ""}, {"renameat2", ""}, {"fts_open", ""}, {"preadv2", ""}, {"crypt", "-lcrypt"},
	{"gnu_get_libc_version", ""}, {"zlibVersion", "-lz"}, {"puts", "-Wl,--no-as-needed -lgcc_s"}, {"puts", "-Wl,--no-as-needed -lstdc++"},
}

// TestAlpineStarts starts programs in Alpine itself, and has its row and its
// files judge them.
func TestAlpineStarts(t *testing.T) {
	testskip.ByFlag(t, *alpine != "", "-alpine DIR", "Debian has no packages of it")
	found, err := filepath.Glob(filepath.Join(*alpine, "alpine-minirootfs-3.*-x86_64.tar.gz"))
	if err != nil || len(found) == 0 {
		t.Fatalf("%s: got %v, %v, want root file systems", *alpine, found, err)
	}
	for _, file := range found {
		release := strings.TrimPrefix(filepath.Base(file), "alpine-minirootfs-")[:len("3.20")]
		root := unpacked(t, file)
		if err := os.WriteFile(filepath.Join(root, "app"), nil, 0o777); err != nil {
			t.Fatal(err)
		}
		for _, c := range alpineCases {
			t.Run(release+"/"+c.call+c.flags, func(t *testing.T) { startOn(t, "alpine"+release, root, "/lib/ld-musl-x86_64.so.1", c.call, c.flags) })
		}
	}
}

// startOn links a program that has a function called, and starts it.
func startOn(t *testing.T, row, root, loader, call, flags string) {
	dir := t.TempDir()
	source, exe := filepath.Join(dir, "main.c"), filepath.Join(dir, "exe")
	text := "long " + call + "();\nint main(int argc, char **argv) { return argc > 9 ? " + call + "() : 0; }\n"
	if err := os.WriteFile(source, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"-w", "-fno-builtin", "-o", exe, source, "-Wl,-z,now,--dynamic-linker=" + loader}, strings.Fields(flags)...)
	if out, err := exec.Command("gcc", args...).CombinedOutput(); err != nil {
		testskip.Missing(t, "not linked: %v: %s", err, out)
	}
	startBoth(t, row, root, exe)
}

// startBoth has a row and the files of a root judge an executable, and starts it.
func startBoth(t *testing.T, row, root, exe string) {
	t.Helper()
	happened, err := testhost.Host{Dir: root}.Run(exe)
	if err != nil {
		testskip.Missing(t, "nothing can be started in namespaces of its own here: %v", err)
	}
	e, err := inspect.File(exe)
	if err != nil {
		t.Fatal(err)
	}
	e.File = "app"
	for name, v := range map[string]target.Verdict{"row": target.JudgeAt(&e, target.Find(row), target.Place{Path: "/app"}), "files": judgeAsApp(t, exe, root)} {
		if (v.Verdict == target.Runs) != happened.Runs || v.Verdict != target.Runs && v.Verdict != target.Fails {
			t.Errorf("by its %s: got %s because %s, want what happened: %+v", name, v.Verdict, v.Because, happened)
		}
		if v.Verdict == target.Fails && v.Message != happened.Message {
			t.Errorf("by its %s: got the message %q, want %q", name, v.Message, happened.Message)
		}
	}
}
