package doctor_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/inspect"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/testhost"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// TestRemedyOlderImage carries out the advice to build where glibc is older: with
// the headers and libraries of Debian 11 as gcc's, for a program whose own C code
// loads libraries, so that no static link is offered.
func TestRemedyOlderImage(t *testing.T) {
	testskip.Short(t, "compiles runtime/cgo with a C compiler of its own")
	if _, err := exec.LookPath("gcc"); err != nil {
		testskip.Missing(t, "there is no gcc")
	}
	host, sysroot := testhost.Make(t, "deb11"), filepath.Join(t.TempDir(), "bullseye")
	if err := os.Mkdir(sysroot, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := testhost.NewDebian(t).Unpack(testhost.Suite{Name: "bullseye", Arch: "amd64"}, sysroot, "libc6", "libc6-dev", "linux-libc-dev", "libgcc-s1"); err != nil {
		t.Fatal(err)
	}
	keepLinksInside(t, sysroot)
	o := doctor.Options{Env: plainEnv(), CacheDir: t.TempDir(), Dir: module(t, `// #cgo LDFLAGS: -ldl
// #include <dlfcn.h>
// #include <sys/stat.h>
// static int opens(void) { struct stat s; return stat("/", &s) == 0 && dlopen(0, RTLD_NOW) != 0; }
import "C"

func init() {
	if C.opens() == 0 {
		panic("dlopen")
	}
}`)}
	var err error
	if o.Wants, err = doctor.Wants([]string{"debian11"}); err != nil {
		t.Fatal(err)
	}
	offered := remedyOf(t, o, "an older build image: linked with glibc 2.31, as debian11 has it")
	if len(offered.RunsOn) != 1 || offered.RunsOn[0] != "debian11" {
		t.Errorf("got it running on %q, want debian11", offered.RunsOn)
	}
	libs := sysroot + "/usr/lib/x86_64-linux-gnu"
	for cc, runs := range map[string]bool{"gcc": false, "gcc --sysroot=" + sysroot + " -B" + libs + " -L" + libs: true} {
		exe := filepath.Join(t.TempDir(), "app")
		cmd := exec.Command("go", "build", "-o", exe, ".")
		cmd.Dir, cmd.Env = o.Dir, append(plainEnv("CC="+cc), "PWD="+o.Dir)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		e, err := inspect.File(exe)
		if err != nil || (link.CompareVersions(e.Glibc.Value, "2.31") <= 0) != runs {
			t.Errorf("%s: got glibc %s, %v, want it newer than 2.31 without the older libraries", cc, e.Glibc.Value, err)
		}
		if happened, err := host.Run(exe); err != nil || happened.Runs != runs {
			t.Errorf("%s: got %+v, %v, want %t", cc, happened, err, runs)
		}
	}
}

// keepLinksInside has absolute links of a tree lead into it, as they would in a
// root of its own.
func keepLinksInside(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.Type()&fs.ModeSymlink == 0 {
			return err
		}
		to, err := os.Readlink(file)
		if err != nil || !filepath.IsAbs(to) {
			return err
		}
		if err := os.Remove(file); err != nil {
			return err
		}
		return os.Symlink(dir+to, file)
	})
	if err != nil {
		t.Fatal(err)
	}
}
