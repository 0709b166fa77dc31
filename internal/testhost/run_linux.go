package testhost

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// An Outcome is what came of a start.
type Outcome struct {
	Runs    bool   // it ended with status 0
	Message string // the first line that said something, or the signal, where it did not
	Output  string // all that it said
}

// insideVar makes a test binary the first process of a host.
const insideVar = "GOPORTDOCTOR_TESTHOST"

// Run starts the executable as /app, with the host's files alone, read-only, in
// namespaces of its own, for at most 20 seconds. An error says that it could not
// be tried.
func (h Host) Run(exe string) (Outcome, error) {
	exe, err := filepath.Abs(exe)
	if err != nil {
		return Outcome{}, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/proc/self/exe")
	cmd.Env = []string{insideVar + "=" + strings.Join([]string{h.Dir, exe, h.qemu, h.CPU}, "\n")}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWNET | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		Pdeathsig:   syscall.SIGKILL,
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	said := stderr.String() + stdout.String()
	if line, ok := strings.CutPrefix(said, notReady); ok {
		return Outcome{}, errors.New(strings.TrimSpace(line))
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return Outcome{}, fmt.Errorf("a process in namespaces of its own: %w", err)
	}
	o := Outcome{Runs: err == nil, Output: said}
	if err != nil {
		o.Message = message(said, exit, ctx.Err() != nil)
	}
	return o, nil
}

// message is the first line with something in it.
func message(said string, exit *exec.ExitError, late bool) string {
	if late {
		return "no end"
	}
	for line := range strings.Lines(said) {
		if line = strings.TrimSpace(line); line != "" {
			return line
		}
	}
	return exit.Error()
}

const notReady = "testhost: "

func init() {
	words := strings.Split(os.Getenv(insideVar), "\n")
	if len(words) != 4 {
		return
	}
	if err := inside(words[0], words[1], words[2]); err != nil {
		fmt.Fprintln(os.Stderr, notReady+err.Error())
		os.Exit(125)
	}
	// execve itself: the exec functions of a libc start a file that the kernel
	// refuses as a shell script, and then report what became of that. This first
	// process waits, since a signal ends none that is the first.
	path := []string{"/app"}
	if words[2] != "" && !registered {
		path = []string{"/tmp/qemu", "/app"}
	}
	os.Exit(start(path, words[3]))
}

// start runs the program as a child and reports its end as a shell does.
func start(words []string, cpu string) int {
	env := []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "HOSTNAME=host"}
	if cpu != "" {
		env = append(env, "QEMU_CPU="+cpu)
	}
	p, err := syscall.ForkExec(words[0], words, &syscall.ProcAttr{Dir: "/", Files: []uintptr{0, 1, 2}, Env: env})
	if err != nil {
		fmt.Fprintf(os.Stderr, "exec %s: %v\n", words[0], err)
		return 126
	}
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case err == syscall.EINTR, pid != p && err == nil:
			continue
		case err != nil:
			return 125
		case status.Signaled():
			fmt.Fprintf(os.Stderr, "signal: %v\n", status.Signal())
			return 128 + int(status.Signal())
		}
		return status.ExitStatus()
	}
}

// registered tells that the kernel starts the host's machine by the emulator.
var registered bool

// inside arranges mounts and goes into the root file system.
func inside(root, exe, qemu string) error {
	syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
	mount := func(from, to, kind string, flags uintptr, data string) error {
		if err := syscall.Mount(from, to, kind, flags, data); err != nil {
			return fmt.Errorf("mount %s: %w", to, err)
		}
		return nil
	}
	steps := []error{
		mount("none", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""),
		mount(root, root, "", syscall.MS_BIND, ""),
		mount(exe, root+"/app", "", syscall.MS_BIND, ""),
		mount("none", root+"/tmp", "tmpfs", 0, "size=16m,mode=1777"),
		mount("none", root+"/dev", "tmpfs", 0, "size=64k,mode=755"),
		mount("none", root+"/proc", "proc", 0, ""),
	}
	for _, name := range []string{"null", "zero", "random", "urandom"} {
		steps = append(steps, os.WriteFile(root+"/dev/"+name, nil, 0o666), mount("/dev/"+name, root+"/dev/"+name, "", syscall.MS_BIND, ""))
	}
	if err := errors.Join(steps...); err != nil {
		return err
	}
	if qemu != "" {
		if registered = register(root, qemu) == nil; !registered {
			if err := errors.Join(os.WriteFile(root+"/tmp/qemu", nil, 0o777), mount(qemu, root+"/tmp/qemu", "", syscall.MS_BIND, "")); err != nil {
				return err
			}
		}
	}
	syscall.Mount("", root, "", syscall.MS_REMOUNT|syscall.MS_BIND|syscall.MS_RDONLY, "")
	if err := syscall.Chroot(root); err != nil {
		return err
	}
	return os.Chdir("/")
}

// register has the kernel start files of the emulated machine through the
// emulator, in this user namespace alone (Linux 6.7 and later).
func register(root, qemu string) error {
	id := map[string]string{
		"aarch64": `\x02\x01:\xb7\x00`, "arm": `\x01\x01:\x28\x00`, "i386": `\x01\x01:\x03\x00`,
		"riscv64": `\x02\x01:\xf3\x00`, "s390x": `\x02\x02:\x00\x16`, "ppc64le": `\x02\x01:\x15\x00`,
	}[strings.TrimSuffix(strings.TrimPrefix(filepath.Base(qemu), "qemu-"), "-static")]
	class, machine, _ := strings.Cut(id, ":")
	zero, full := strings.Repeat(`\x00`, 8), strings.Repeat(`\xff`, 4)
	// The type is EXEC or DYN, by the mask.
	typ, mask := `\x02\x00`, full+`\xff\xff\xff\x00`+full+full+`\xfe\xff\xff\xff`
	if strings.HasPrefix(class, `\x02\x02`) {
		typ, mask = `\x00\x02`, full+`\xff\xff\xff\x00`+full+full+`\xff\xfe\xff\xff`
	}
	rule := `:app:M::\x7fELF` + class + `\x01\x00` + zero + typ + machine + ":" + mask + ":" + qemu + ":F"
	if err := syscall.Mount("binfmt_misc", root+"/proc/sys/fs/binfmt_misc", "binfmt_misc", 0, ""); err != nil {
		return err
	}
	return os.WriteFile(root+"/proc/sys/fs/binfmt_misc/register", []byte(rule), 0o200)
}
