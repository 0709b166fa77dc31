// Package testcc makes C compilers for tests: such as link the way a packager's
// do, and such as do not work. Each stands on this machine's own gcc, and skips
// the test where something is missing.
package testcc

import (
	"debug/elf"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// Need returns the path of a program, and skips the test where there is none.
func Need(t testing.TB, program string) string {
	t.Helper()
	file, err := exec.LookPath(program)
	if err != nil {
		testskip.Missing(t, "there is no %s on PATH", program)
	}
	return file
}

// Loader is the dynamic linker that this machine's gcc links programs with.
func Loader(t testing.TB) string {
	t.Helper()
	if runtime.GOOS != "linux" {
		testskip.Missing(t, "compilers of %s name no dynamic linker of their own choice", runtime.GOOS)
	}
	f, err := elf.Open(realGCC(t))
	if err != nil {
		testskip.Missing(t, "gcc is not an ELF executable: %v", err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			b, err := io.ReadAll(p.Open())
			if err != nil {
				t.Fatal(err)
			}
			return strings.TrimRight(string(b), "\x00")
		}
	}
	testskip.Missing(t, "gcc is a static executable, so it does not show this machine's dynamic linker")
	return ""
}

// Brew makes a gcc in prefix that links as Homebrew's does, and returns its
// path: the real driver, moved, whose specs file names prefix/lib/ld.so and the
// run paths prefix/lib/gcc/current and prefix/lib.
func Brew(t testing.TB, prefix string) string {
	t.Helper()
	loader, gcc := Loader(t), realGCC(t)
	version := output(t, gcc, "-dumpversion")
	parts := filepath.Join("lib", "gcc", output(t, gcc, "-dumpmachine"), version)
	keg := filepath.Join(prefix, "Cellar", "gcc", output(t, gcc, "-dumpfullversion"))
	name := "gcc-" + version
	copyFile(t, filepath.Join(keg, "bin", name), gcc)
	symlink(t, filepath.Join(prefix, "bin", name), filepath.Join(keg, "bin", name))
	symlink(t, filepath.Join(prefix, "lib", "ld.so"), loader)
	mkdir(t, filepath.Join(prefix, "lib", "gcc", "current"))
	linkParts(t, gcc, filepath.Join(keg, parts))
	specs := output(t, filepath.Join(keg, "bin", name), "-dumpspecs")
	write(t, filepath.Join(keg, parts, "specs"), brewSpecs(t, gcc, prefix, specs), 0o644)
	return filepath.Join(prefix, "bin", name)
}

// linkParts gives a moved driver the parts that it looks for beside itself.
func linkParts(t testing.TB, gcc, dir string) {
	t.Helper()
	own := filepath.Dir(output(t, gcc, "-print-libgcc-file-name"))
	entries, err := os.ReadDir(own)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != "specs" {
			symlink(t, filepath.Join(dir, e.Name()), filepath.Join(own, e.Name()))
		}
	}
	for _, name := range []string{"cc1", "cc1plus", "collect2", "lto-wrapper", "liblto_plugin.so"} {
		file := output(t, gcc, "-print-prog-name="+name)
		if _, err := os.Lstat(filepath.Join(dir, name)); err != nil && filepath.IsAbs(file) {
			symlink(t, filepath.Join(dir, name), file)
		}
	}
}

// brewSpecs adds to a driver's specs what makes it a brewed one's.
func brewSpecs(t testing.TB, gcc, prefix, specs string) string {
	headers := "-idirafter /usr/include"
	if arch := output(t, gcc, "-print-multiarch"); arch != "" {
		headers = "-idirafter /usr/include/" + arch + " " + headers
	}
	return strings.Replace(specs, " %o ", " %o %(brew_run_path) ", 1) + fmt.Sprintf(`

*cpp_unique_options:
+ %[2]s

*link_libgcc:
+ -L%[1]s/lib/gcc/current -L%[1]s/lib

*link:
+ --dynamic-linker %[1]s/lib/ld.so -rpath %[1]s/lib/gcc/current

*brew_run_path:
-rpath %[1]s/lib

`, prefix, headers)
}

// Wrapper makes a shell script in front of gcc, and returns its path. It has
// programs linked with dir/lib/ld.so, after whatever it is asked for.
func Wrapper(t testing.TB, dir string) string {
	t.Helper()
	symlink(t, filepath.Join(dir, "lib", "ld.so"), Loader(t))
	return Script(t, filepath.Join(dir, "bin", "wrapped-cc"), fmt.Sprintf(`# a compiler with a dynamic linker of its own
exec %s "$@" -Wl,--dynamic-linker,%s/lib/ld.so
`, realGCC(t), dir))
}

// Nix makes a gcc in dir that links as that of nixpkgs does, and returns its
// path: a script whose linker is a script, which names the loader and a run
// path of the store whatever the compiler said.
func Nix(t testing.TB, dir string) string {
	t.Helper()
	loader, gcc := Loader(t), realGCC(t)
	store := filepath.Join(dir, "nix", "store", strings.Repeat("0", 32))
	libc, binutils := store+"-glibc/lib", store+"-binutils-wrapper"
	own := filepath.Join(libc, filepath.Base(loader))
	symlink(t, own, loader)
	write(t, filepath.Join(binutils, "nix-support", "dynamic-linker"), own+"\n", 0o644)
	Script(t, filepath.Join(binutils, "bin", "ld"), fmt.Sprintf(`for word do
	case $word in -static|-shared|-r) exec %[1]s "$@" ;; esac
done
exec %[1]s "$@" -dynamic-linker "$(cat %[2]s/nix-support/dynamic-linker)" -rpath %[3]s
`, systemLinker(t, gcc), binutils, libc))
	return Script(t, store+"-gcc-wrapper/bin/gcc", fmt.Sprintf("exec %s -B%s/bin/ \"$@\"\n", gcc, binutils))
}

// Conda makes an environment in dir such as conda's activation makes, and returns
// the variables that it sets: a compiler of conda's name, its run path in
// CGO_LDFLAGS, and GOFLAGS. Scripts of the environment say so.
func Conda(t testing.TB, dir string) []string {
	t.Helper()
	mkdir(t, filepath.Join(dir, "conda-meta"))
	mkdir(t, filepath.Join(dir, "lib"))
	cc := Script(t, filepath.Join(dir, "bin", "x86_64-conda-linux-gnu-cc"), "exec "+realGCC(t)+` "$@"`+"\n")
	vars := []string{"CC=" + cc, "CGO_LDFLAGS=-Wl,-O2 -Wl,--as-needed -Wl,-rpath," + dir + "/lib -L" + dir + "/lib", "GOFLAGS=-buildmode=pie"}
	text := "# shellcheck shell=sh\n"
	for _, v := range vars {
		name, value, _ := strings.Cut(v, "=")
		text += "export " + name + "=\"" + value + "\"\n"
	}
	write(t, filepath.Join(dir, "etc", "conda", "activate.d", "activate-go.sh"), text, 0o644)
	return append(vars, "CONDA_PREFIX="+dir)
}

// GoTree makes a Go tree in dir from the one in goroot: symbolic links, but for
// the files named, which are copies, and for bin/go, which finds its tree by its
// own path.
func GoTree(t testing.TB, goroot, dir string, own ...string) {
	t.Helper()
	mkdir(t, dir)
	mirror(t, goroot, dir, "", append(own, "bin/go"))
}

// mirror links what is in a folder, copies own files, and goes into the folders
// that these are in.
func mirror(t testing.TB, from, to, rel string, own []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(from, rel))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name := filepath.ToSlash(filepath.Join(rel, e.Name()))
		source, target := filepath.Join(from, name), filepath.Join(to, name)
		inside := false
		for _, o := range own {
			inside = inside || strings.HasPrefix(o, name+"/")
			if o == name {
				copyFile(t, target, source)
			}
		}
		switch _, err := os.Lstat(target); {
		case err == nil:
		case inside:
			mkdir(t, target)
			mirror(t, from, to, name, own)
		default:
			symlink(t, target, source)
		}
	}
}

// Script writes an executable shell script with its folders and returns file.
func Script(t testing.TB, file, body string) string {
	t.Helper()
	if _, err := os.Stat("/bin/sh"); err != nil {
		testskip.Missing(t, "there is no /bin/sh")
	}
	write(t, file, "#!/bin/sh\n"+body, 0o755)
	return file
}

func realGCC(t testing.TB) string {
	t.Helper()
	file, err := filepath.EvalSymlinks(Need(t, "gcc"))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func systemLinker(t testing.TB, gcc string) string {
	t.Helper()
	if ld := output(t, gcc, "-print-prog-name=ld"); filepath.IsAbs(ld) {
		return ld
	}
	return Need(t, "ld")
}

func output(t testing.TB, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		t.Fatalf("%s %q: %v", name, args, err)
	}
	return strings.TrimSpace(string(out))
}

func mkdir(t testing.TB, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
}

func symlink(t testing.TB, file, target string) {
	t.Helper()
	mkdir(t, filepath.Dir(file))
	if err := os.Symlink(target, file); err != nil {
		t.Fatal(err)
	}
}

func write(t testing.TB, file, text string, mode os.FileMode) {
	t.Helper()
	mkdir(t, filepath.Dir(file))
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func copyFile(t testing.TB, file, from string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	write(t, file, string(data), 0o755)
}
