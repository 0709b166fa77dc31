package testhost

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A Host is one root file system to start executables in.
type Host struct {
	Name   string
	GOARCH string
	Dir    string
	CPU    string // which processor the emulator is to be, in its words; "" for its own choice
	qemu   string // the emulator that it needs, "" for none
}

// A recipe makes a host out of packages.
type recipe struct {
	name, goarch string
	make         func(d *Debian, dir string) error
	emulator     string
}

var bookworm = Suite{"bookworm", "amd64"}

var recipes = []recipe{
	{"scratch", "amd64", func(*Debian, string) error { return nil }, ""},
	{"static", "amd64", certificates, ""},
	{"base12", "amd64", func(d *Debian, dir string) error {
		if err := glibc(bookworm, "libc6")(d, dir); err != nil {
			return err
		}
		return certificates(d, dir)
	}, ""},
	{"deb11", "amd64", glibc(Suite{"bullseye", "amd64"}, "libc6", "libgcc-s1", "libstdc++6", "libcrypt1"), ""},
	{"deb12", "amd64", glibc(bookworm, "libc6", "libgcc-s1", "libstdc++6", "libcrypt1"), ""},
	{"deb13", "amd64", glibc(Suite{"trixie", "amd64"}, "libc6", "libgcc-s1", "libstdc++6", "libcrypt1"), ""},
	{"sid", "amd64", glibc(Suite{"sid", "amd64"}, "libc6", "libgcc-s1", "libstdc++6", "libcrypt1"), ""},
	{"musl", "amd64", musl, ""},
	{"musl-compat", "amd64", func(d *Debian, dir string) error {
		if err := musl(d, dir); err != nil {
			return err
		}
		return symlink("/lib/ld-musl-x86_64.so.1", filepath.Join(dir, "lib64", "ld-linux-x86-64.so.2"))
	}, ""},
	{"nix", "amd64", nix, ""},
	{"brew", "amd64", func(d *Debian, dir string) error {
		if err := glibc(bookworm, "libc6", "libgcc-s1", "libstdc++6", "libcrypt1")(d, dir); err != nil {
			return err
		}
		return symlink("/lib64/ld-linux-x86-64.so.2", filepath.Join(dir, "home/linuxbrew/.linuxbrew/lib/ld.so"))
	}, ""},
	{"arm64", "arm64", cross("aarch64-linux-gnu", "arm64", "/lib/ld-linux-aarch64.so.1"), "aarch64"},
	{"armhf", "arm", cross("arm-linux-gnueabihf", "armhf", "/lib/ld-linux-armhf.so.3"), "arm"},
	{"i386", "386", cross("i686-linux-gnu", "i386", "/lib/ld-linux.so.2"), "i386"},
	{"riscv64", "riscv64", cross("riscv64-linux-gnu", "riscv64", "/lib/ld-linux-riscv64-lp64d.so.1"), "riscv64"},
	{"s390x", "s390x", cross("s390x-linux-gnu", "s390x", "/lib/ld64.so.1"), "s390x"},
	{"ppc64le", "ppc64le", cross("powerpc64le-linux-gnu", "ppc64el", "/lib64/ld64.so.2"), "ppc64le"},
}

// Names are the hosts that there are.
func Names() []string {
	var names []string
	for _, r := range recipes {
		names = append(names, r.name)
	}
	return names
}

// Make gives a host, and makes it where this machine has not got it yet.
func Make(t testing.TB, name string) Host {
	t.Helper()
	d := NewDebian(t)
	for _, r := range recipes {
		if r.name == name {
			h, err := r.host(d)
			if err != nil {
				t.Fatalf("host %s: %v", name, err)
			}
			return h
		}
	}
	t.Fatalf("there is no host %q", name)
	return Host{}
}

func (r recipe) host(d *Debian) (Host, error) {
	h := Host{Name: r.name, GOARCH: r.goarch, Dir: filepath.Join(d.dir, "hosts", r.name)}
	if r.emulator != "" {
		dir, err := once(d, "qemu", func(to string) error { _, err := d.Unpack(bookworm, to, "qemu-user-static"); return err })
		if err != nil {
			return h, err
		}
		h.qemu = filepath.Join(dir, "usr/bin/qemu-"+r.emulator+"-static")
	}
	_, err := once(d, r.name, func(to string) error {
		if err := r.make(d, to); err != nil {
			return err
		}
		return mountPoints(to)
	})
	if h.GOARCH == "386" && starts(filepath.Join(h.Dir, "lib/ld-linux.so.2")) {
		h.qemu = ""
	}
	return h, err
}

// starts reports whether this machine's kernel starts a loader, as those of amd64
// may that of 386.
func starts(loader string) bool { return exec.Command(loader, "--version").Run() == nil }

// Emulated reports whether an emulator runs the host's programs.
func (h Host) Emulated() bool { return h.qemu != "" }

// once makes a folder of that name, whole or not at all.
func once(d *Debian, name string, make func(dir string) error) (string, error) {
	dir := filepath.Join(d.dir, "hosts", name)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o777); err != nil {
		return "", err
	}
	temporary, err := os.MkdirTemp(filepath.Dir(dir), ".new")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(temporary)
	if err := os.Chmod(temporary, 0o755); err != nil {
		return "", err
	}
	if err := make(temporary); err != nil {
		return "", err
	}
	return dir, os.Rename(temporary, dir)
}

// mountPoints are what a container runtime gives every container, and app, which
// the executable is mounted on.
func mountPoints(dir string) error {
	for _, sub := range []string{"proc", "sys", "dev", "tmp", "etc"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o777); err != nil {
			return err
		}
	}
	return write(dir, map[string]string{"app": "", "etc/hosts": "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost\n", "etc/resolv.conf": ""})
}

func write(dir string, files map[string]string) error {
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func accounts(dir string) error {
	return write(dir, map[string]string{
		"etc/passwd":        "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n",
		"etc/group":         "root:x:0:\nnogroup:x:65534:\n",
		"etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
	})
}

func symlink(to, file string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return err
	}
	return os.Symlink(to, file)
}

// merged has /lib and the like as links into /usr, as Debian has since 12.
func merged(dir string) error {
	for _, name := range []string{"bin", "lib", "lib64"} {
		if err := os.MkdirAll(filepath.Join(dir, "usr", name), 0o777); err != nil {
			return err
		}
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			continue
		}
		if err := os.Symlink("usr/"+name, filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

func glibc(s Suite, packages ...string) func(d *Debian, dir string) error {
	return func(d *Debian, dir string) error {
		if err := merged(dir); err != nil {
			return err
		}
		if _, err := d.Unpack(s, dir, packages...); err != nil {
			return err
		}
		return accounts(dir)
	}
}

func certificates(d *Debian, dir string) error {
	if _, err := d.Unpack(bookworm, dir, "ca-certificates", "tzdata"); err != nil {
		return err
	}
	found, err := filepath.Glob(filepath.Join(dir, "usr/share/ca-certificates/*/*.crt"))
	if err != nil || len(found) == 0 {
		return fmt.Errorf("no certificates in Debian's package: %w", err)
	}
	var all strings.Builder
	for _, file := range found {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		all.Write(text)
	}
	if err := write(dir, map[string]string{"etc/ssl/certs/ca-certificates.crt": all.String()}); err != nil {
		return err
	}
	return accounts(dir)
}

func musl(d *Debian, dir string) error {
	if _, err := d.Unpack(bookworm, dir, "musl"); err != nil {
		return err
	}
	// Alpine's name for the same file.
	if err := symlink("ld-musl-x86_64.so.1", filepath.Join(dir, "lib/libc.musl-x86_64.so.1")); err != nil {
		return err
	}
	return accounts(dir)
}

// nix has the glibc of Debian 12 in a store alone. Nix's own loader looks into
// its own folder; for Debian's a cache stands in.
func nix(d *Debian, dir string) error {
	whole, err := os.MkdirTemp(d.dir, ".nix")
	if err != nil {
		return err
	}
	defer os.RemoveAll(whole)
	if err := merged(whole); err != nil {
		return err
	}
	if _, err := d.Unpack(bookworm, whole, "libc6", "libgcc-s1"); err != nil {
		return err
	}
	const store = "/nix/store/00000000000000000000000000000000-glibc-2.36/lib"
	if err := write(dir, map[string]string{"etc/ld.so.conf": store + "\n"}); err != nil {
		return err
	}
	script := `mkdir -p "$2$3" && cp -a "$1"/usr/lib/x86_64-linux-gnu/*.so* "$2$3/" && rm -f "$2$3/ld-linux-x86-64.so.2" &&
		cp -L "$1/usr/lib64/ld-linux-x86-64.so.2" "$2$3/" && PATH=$PATH:/sbin:/usr/sbin ldconfig -r "$2" -X -f /etc/ld.so.conf -C /etc/ld.so.cache`
	if out, err := exec.Command("sh", "-c", script, "sh", whole, dir, store).CombinedOutput(); err != nil {
		return fmt.Errorf("nix: %w: %s", err, out)
	}
	return accounts(dir)
}

// cross is another processor's glibc, from the packages for cross compilers,
// whose files lie in /usr/TRIPLET/lib.
func cross(triplet, arch, loader string) func(d *Debian, dir string) error {
	return func(d *Debian, dir string) error {
		whole, err := os.MkdirTemp(d.dir, ".cross")
		if err != nil {
			return err
		}
		defer os.RemoveAll(whole)
		if _, err := d.Unpack(bookworm, whole, "libc6-"+arch+"-cross", "libgcc-s1-"+arch+"-cross", "libstdc++6-"+arch+"-cross"); err != nil {
			return err
		}
		lib := filepath.Join(dir, "lib")
		if err := os.MkdirAll(filepath.Join(dir, "usr"), 0o777); err != nil {
			return err
		}
		if err := os.Symlink("../lib", filepath.Join(dir, "usr/lib")); err != nil {
			return err
		}
		if out, err := exec.Command("cp", "-a", filepath.Join(whole, "usr", triplet, "lib"), lib).CombinedOutput(); err != nil {
			return fmt.Errorf("cross: %w: %s", err, out)
		}
		if _, err := os.Lstat(filepath.Join(dir, loader)); err != nil {
			if err := symlink("/lib/"+filepath.Base(loader), filepath.Join(dir, loader)); err != nil {
				return err
			}
		}
		return accounts(dir)
	}
}
