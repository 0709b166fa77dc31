// Package testhost makes small root file systems of real systems out of Debian's
// packages, for tests, and starts executables in them. It needs Linux, apt-get
// and dpkg-deb, and no container engine; what is missing skips the test.
//
// Nothing outside the user's cache folder is written, and this machine's own
// package state is neither read nor changed.
package testhost

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"

// Debian fetches packages of Debian's archive, from the mirror that this
// machine's own apt uses, and keeps them in the user's cache folder.
type Debian struct {
	dir, mirror string
	mu          sync.Mutex
}

var theDebian struct {
	once sync.Once
	*Debian
	missing string // why there is none
}

// NewDebian gives the archive, and skips the test where it cannot be had.
func NewDebian(t testing.TB) *Debian {
	t.Helper()
	theDebian.once.Do(func() { theDebian.Debian, theDebian.missing = newDebian() })
	if theDebian.missing != "" {
		testskip.Missing(t, "%s", theDebian.missing)
	}
	return theDebian.Debian
}

func newDebian() (*Debian, string) {
	if runtime.GOOS != "linux" {
		return nil, "root file systems to run in need Linux"
	}
	for _, tool := range []string{"apt-get", "dpkg-deb", "apt-cache"} {
		if _, err := exec.LookPath(tool); err != nil {
			return nil, "there is no " + tool + " on PATH, which fetches Debian's packages"
		}
	}
	if _, err := os.Stat(keyring); err != nil {
		return nil, "there is no " + keyring + " to check Debian's packages with"
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err.Error()
	}
	mirror := ""
	out, _ := exec.Command("apt-get", "indextargets", "--format", "$(REPO_URI)").Output()
	for line := range strings.Lines(string(out)) {
		if line = strings.TrimSpace(line); strings.HasSuffix(strings.TrimSuffix(line, "/"), "/debian") && mirror == "" {
			mirror = line
		}
	}
	if mirror == "" {
		return nil, "apt's sources name no mirror of Debian's archive"
	}
	return &Debian{dir: filepath.Join(cache, "goportdoctor-testhost"), mirror: mirror}, ""
}

// A Suite is one release for one architecture, in Debian's words.
type Suite struct{ Name, Arch string }

// apt runs an apt program with a state of its own: this machine's sources, pins
// and hooks play no part, its proxy settings do.
func (d *Debian) apt(s Suite, dir string, args ...string) ([]byte, error) {
	cmd := exec.Command(args[0], append([]string{"-qq", "-c", filepath.Join(d.root(s), "apt.conf")}, args[1:]...)...)
	cmd.Dir = dir
	out, err := cmd.Output()
	if exit, ok := err.(*exec.ExitError); ok {
		err = fmt.Errorf("%s %s: %w: %s", args[0], strings.Join(args[1:], " "), err, exit.Stderr)
	}
	return out, err
}

func (d *Debian) root(s Suite) string { return filepath.Join(d.dir, "apt", s.Name+"-"+s.Arch) }

// ready fetches the suite's index, once.
func (d *Debian) ready(s Suite) error {
	root := d.root(s)
	if _, err := os.Stat(filepath.Join(root, "ready")); err == nil {
		return nil
	}
	for _, dir := range []string{"state/lists/partial", "cache/archives/partial", "none.d", "debs"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o777); err != nil {
			return err
		}
	}
	conf := fmt.Sprintf(`Dir::State "%[1]s/state"; Dir::State::status "%[1]s/status"; Dir::Cache "%[1]s/cache";
Dir::Etc::sourcelist "%[1]s/sources.list"; Dir::Etc::sourceparts "%[1]s/none.d";
Dir::Etc::preferences "%[1]s/none"; Dir::Etc::preferencesparts "%[1]s/none.d";
Dir::Etc::trusted "%[1]s/none"; Dir::Etc::trustedparts "%[1]s/none.d";
#clear APT::Architectures;
APT::Architecture "%[2]s"; APT::Architectures { "%[2]s"; };
#clear APT::Update;
#clear DPkg::Post-Invoke;
#clear Acquire::IndexTargets::deb::DEP-11;
#clear Acquire::IndexTargets::deb::Contents-deb;
APT::Sandbox::User ""; APT::Get::AllowUnauthenticated "false"; Acquire::Languages "none"; Acquire::Retries "2";
`, root, s.Arch)
	source := fmt.Sprintf("deb [signed-by=%s arch=%s] %s %s main\n", keyring, s.Arch, d.mirror, s.Name)
	for name, text := range map[string]string{"status": "", "apt.conf": conf, "sources.list": source} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o666); err != nil {
			return err
		}
	}
	if _, err := d.apt(s, root, "apt-get", "update"); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, "ready"), nil, 0o666)
}

// Fetch gives the files of packages of a suite.
func (d *Debian) Fetch(s Suite, packages ...string) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.ready(s); err != nil {
		return nil, err
	}
	debs := filepath.Join(d.root(s), "debs")
	var want []string
	for _, p := range packages {
		if deb(debs, p) == "" {
			want = append(want, p)
		}
	}
	if len(want) > 0 {
		if _, err := d.apt(s, debs, append([]string{"apt-get", "download"}, want...)...); err != nil {
			return nil, err
		}
	}
	var files []string
	for _, p := range packages {
		file := deb(debs, p)
		if file == "" {
			return nil, fmt.Errorf("%s of %s was not fetched", p, s.Name)
		}
		files = append(files, file)
	}
	return files, nil
}

func deb(dir, name string) string {
	if found, _ := filepath.Glob(filepath.Join(dir, name+"_*.deb")); len(found) > 0 {
		return found[len(found)-1]
	}
	return ""
}

// Unpack unpacks packages of a suite into a folder; none of their scripts runs.
// It gives the packages' versions by name.
func (d *Debian) Unpack(s Suite, to string, packages ...string) (map[string]string, error) {
	files, err := d.Fetch(s, packages...)
	if err != nil {
		return nil, err
	}
	versions := map[string]string{}
	for i, file := range files {
		// Packages from before and after the merge of /usr land in one tree.
		script := `dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" --no-same-owner --keep-directory-symlink`
		if out, err := exec.Command("sh", "-c", script, "sh", file, to).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%s: %w: %s", file, err, out)
		}
		_, version, _ := strings.Cut(filepath.Base(file), "_")
		version, _, _ = strings.Cut(version, "_")
		versions[packages[i]] = strings.ReplaceAll(version, "%3a", ":")
	}
	return versions, nil
}

// Required are the packages that every installation of a suite has, what the
// official images add, and all that these depend on.
func (d *Debian) Required(s Suite) ([]string, error) {
	d.mu.Lock()
	err := d.ready(s)
	d.mu.Unlock()
	if err != nil {
		return nil, err
	}
	out, err := d.apt(s, d.root(s), "apt-get", "install", "--no-install-recommends", "-s", "-o", "Debug::NoLocking=1", "?or(?essential,?priority(required))", "apt")
	if err != nil {
		return nil, err
	}
	var names []string
	for line := range strings.Lines(string(out)) {
		if words := strings.Fields(line); len(words) > 1 && words[0] == "Inst" {
			names = append(names, words[1])
		}
	}
	return names, nil
}
