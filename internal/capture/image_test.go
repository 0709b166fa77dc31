package capture

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/target"
	"github.com/goportdoctor/goportdoctor/internal/testhost"
)

// layerOfDir is a folder as a layer, with all of its links.
func layerOfDir(t *testing.T, dir string, more map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	put := func(h *tar.Header, data []byte) {
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		w.Write(data)
	}
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil || file == dir {
			return err
		}
		to, _ := os.Readlink(file)
		h, err := tar.FileInfoHeader(info, to)
		if err != nil {
			return err
		}
		h.Name, _ = filepath.Rel(dir, file)
		var data []byte
		if info.Mode().IsRegular() {
			data, err = os.ReadFile(file)
		}
		put(h, data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range more {
		put(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(data)), Typeflag: tar.TypeReg}, data)
	}
	w.Close()
	return b.Bytes()
}

// saved is an archive as docker save writes it, of images by their architecture.
func saved(t *testing.T, images map[string][]byte) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	var manifests []map[string]any
	put := func(name string, data []byte) {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(data)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		w.Write(data)
	}
	for arch, layer := range images {
		h, _, _ := v1.SHA256(bytes.NewReader(layer))
		config, _ := json.Marshal(v1.ConfigFile{OS: "linux", Architecture: arch, Config: v1.Config{Env: []string{"PATH=/bin", "LD_LIBRARY_PATH=/opt/l:/opt/m"}}, RootFS: v1.RootFS{DiffIDs: []v1.Hash{h}}})
		put(arch+"/layer.tar", layer)
		put(arch+".json", config)
		manifests = append(manifests, map[string]any{"Config": arch + ".json", "RepoTags": []string{"app:1"}, "Layers": []string{arch + "/layer.tar"}})
	}
	data, _ := json.Marshal(manifests)
	put("manifest.json", data)
	w.Close()
	file := filepath.Join(t.TempDir(), "image.tar")
	if err := os.WriteFile(file, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	return file
}

// dynamic is an executable that needs libc.so.6 of a version.
func dynamic(arch, interp, version string) *link.Executable {
	exact := link.List{Certainty: link.Exact}
	return &link.Executable{File: "app", Format: link.FormatELF, BuildMode: "exe", Build: link.Build{GOOS: "linux", GOARCH: arch},
		Linkage: link.Text{Value: link.LinkageDynamic, Certainty: link.Exact}, Interpreter: link.Interpreter{Value: interp, Certainty: link.Exact},
		Needed: exact, RPath: exact, RunPath: exact, Glibc: link.Text{Certainty: link.Exact},
		Object: &link.Object{Interp: interp, Needed: []string{"libc.so.6"}, Needs: []link.Need{{Lib: "libc.so.6", Version: version}}}}
}

// TestImage judges by images of real systems' files, for two architectures, by
// their folders, and by what capture writes of either; all have to agree.
func TestImage(t *testing.T) {
	amd64, arm64 := testhost.Make(t, "deb12"), testhost.Make(t, "arm64")
	file := saved(t, map[string][]byte{"amd64": layerOfDir(t, amd64.Dir, nil), "arm64": layerOfDir(t, arm64.Dir, nil)})
	image, err := Image("oci:"+file, file)
	if err != nil {
		t.Fatal(err)
	}
	described := reread(t, file)
	for _, s := range slices.Concat(image.Systems, described.Systems) {
		if !slices.Equal(s.LibraryPath, []string{"/opt/l", "/opt/m"}) {
			t.Errorf("%s: got library path %q, want that of the configuration", s.GOARCH, s.LibraryPath)
		}
	}
	for _, c := range []struct {
		dir, arch, interp string
		want              string
	}{
		{amd64.Dir, "amd64", "/lib64/ld-linux-x86-64.so.2 GLIBC_2.34", target.Runs},
		{amd64.Dir, "amd64", "/lib64/ld-linux-x86-64.so.2 GLIBC_2.38", target.Fails},
		{amd64.Dir, "amd64", "/lib/ld-musl-x86_64.so.1 GLIBC_2.34", target.Fails},
		{arm64.Dir, "arm64", "/lib/ld-linux-aarch64.so.1 GLIBC_2.34", target.Runs},
		{arm64.Dir, "arm64", "/lib/ld-linux-aarch64.so.1 GLIBC_2.38", target.Fails},
	} {
		interp, version, _ := strings.Cut(c.interp, " ")
		e := dynamic(c.arch, interp, version)
		root, err := Dir("root", c.dir)
		if err != nil {
			t.Fatal(err)
		}
		for what, on := range map[string]*target.Target{"image": image, "folder": root, "description": described, "description of the folder": reread(t, c.dir)} {
			if v := target.Judge(e, on); v.Verdict != c.want {
				t.Errorf("%s: %s %s: got %s (%s), want %s", what, c.arch, c.interp, v.Verdict, v.Because, c.want)
			}
		}
	}
	if v := target.Judge(dynamic("s390x", "/lib/ld64.so.1", ""), image); v.Verdict != target.Fails {
		t.Errorf("a platform that is not there: got %s (%s), want fails", v.Verdict, v.Because)
	}
}

// TestFaults has what is no library stand where the loader looks first, and holds
// folder, image and their descriptions against each other. TestLoaders starts
// such programs.
func TestFaults(t *testing.T) {
	host, dir := testhost.Make(t, "deb12"), t.TempDir()
	for _, name := range []string{"/lib64/ld-linux-x86-64.so.2", "/lib/x86_64-linux-gnu/libc.so.6"} {
		data, err := os.ReadFile(host.Dir + name)
		if err != nil {
			t.Fatal(err)
		}
		put(t, dir+name, data)
	}
	put(t, dir+"/opt/libtext.so.1", []byte(strings.Repeat("GROUP ( libtext.so.1.0 ) ", 4)))
	put(t, dir+"/opt/libshort.so.1", nil)
	mkdir(t, dir+"/opt/libfolder.so.1")
	linkTo(t, "libloop.so.1", dir+"/opt/libloop.so.1")
	root, err := Dir("root", dir)
	if err != nil {
		t.Fatal(err)
	}
	file := saved(t, map[string][]byte{"amd64": layerOfDir(t, dir, nil)})
	image, err := Image("oci:"+file, file)
	if err != nil {
		t.Fatal(err)
	}
	for lib, want := range map[string]string{
		"libtext.so.1":        "/opt/libtext.so.1: invalid ELF header",
		"libshort.so.1":       "/opt/libshort.so.1: file too short",
		"libfolder.so.1":      "/opt/libfolder.so.1: cannot read file data: Error 21",
		"/opt/libfolder.so.1": "/opt/libfolder.so.1: cannot read file data: Error 21",
		"/opt/libloop.so.1":   "/opt/libloop.so.1: cannot open shared object file: Error 40",
	} {
		e := dynamic("amd64", "/lib64/ld-linux-x86-64.so.2", "GLIBC_2.34")
		e.Object.Needed, e.Object.RunPath = append(e.Object.Needed, lib), []string{"/opt"}
		for what, on := range map[string]*target.Target{"folder": root, "image": image, "description of the folder": reread(t, dir), "of the image": reread(t, file)} {
			if v := target.Judge(e, on); !strings.HasSuffix(v.Message, ": error while loading shared libraries: "+want) {
				t.Errorf("%s, %s: got %s (%s) %q, want %q", lib, what, v.Verdict, v.Because, v.Message, want)
			}
		}
	}
}

func reread(t *testing.T, file string) *target.Target {
	t.Helper()
	d, err := Describe(file)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := target.Write(&b, d); err != nil {
		t.Fatal(err)
	}
	again, err := target.Read(&b)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// TestPrograms finds this very test's executable in an image, and judges it where
// it lies: without a mode to execute it, it does not start.
func TestPrograms(t *testing.T) {
	self, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for name, mode := range map[string]int64{"usr/bin/app": 0o755, "opt/data": 0o644} {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: mode, Size: int64(len(self)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		w.Write(self)
	}
	for _, name := range []string{"README", "lib/libdamaged.so"} {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: 6, Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(w, "\x7fELF..")
	}
	w.Close()
	file := saved(t, map[string][]byte{"amd64": b.Bytes()})
	var got []string
	err = Programs("oci:x", file, func(p Program) {
		v := target.JudgeAt(&p.Executable, p.In, p.Place)
		got = append(got, p.File+" "+v.Message)
		if p.GoVersion == "" {
			t.Errorf("%s: got no Go version, want one", p.File)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0] != "oci:x!/opt/data exec /opt/data: permission denied" || !strings.HasPrefix(got[1], "oci:x!/usr/bin/app ") {
		t.Errorf("got %q, want opt/data and usr/bin/app", got)
	}
}

// TestVariant: a variant of an image is a level of its processors where it is
// one, and no reason to promise more where it is another text.
func TestVariant(t *testing.T) {
	for _, c := range [][3]string{{"amd64", "", ""}, {"amd64", "v1", "v1"}, {"amd64", "v3", "v3"}, {"amd64", "v9", ""}, {"amd64", "x", ""},
		{"arm", "v5", "5"}, {"arm", "v6", "6"}, {"arm", "v7", "7"}, {"arm", "v8", "7"}, {"arm", "", ""}, {"arm", "7,v1", ""}, {"arm64", "v8", ""}} {
		r, err := openDir(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if got := (image{root: r, arch: c[0], variant: c[1]}).describe().Systems[0].Level; got != c[2] {
			t.Errorf("%s %q: got the level %q, want %q", c[0], c[1], got, c[2])
		}
	}
}
