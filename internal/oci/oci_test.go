package oci

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/zstd"
)

// An entry is one of a layer: "name/" for a folder, "name -> to" for a link,
// "name => to" for a hard link, "name = text" for a file, and "name !" for a
// device.
func layerOf(t testing.TB, entries ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		h, text := tar.Header{Mode: 0o755}, ""
		switch name, rest, _ := strings.Cut(e, " "); {
		case strings.HasPrefix(rest, "-> "):
			h.Typeflag, h.Name, h.Linkname = tar.TypeSymlink, name, rest[3:]
		case strings.HasPrefix(rest, "=> "):
			h.Typeflag, h.Name, h.Linkname = tar.TypeLink, name, rest[3:]
		case strings.HasPrefix(rest, "= "):
			h.Typeflag, h.Name, h.Size, text = tar.TypeReg, name, int64(len(rest)-2), rest[2:]
		case rest == "!":
			h.Typeflag, h.Name, h.Devmajor = tar.TypeChar, name, 1
		default:
			h.Typeflag, h.Name = tar.TypeDir, name
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, text)
	}
	w.Close()
	return b.Bytes()
}

func gzipped(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(data)
	w.Close()
	return b.Bytes()
}

func zstandard(data []byte) []byte {
	w, _ := zstd.NewWriter(nil)
	return w.EncodeAll(data, nil)
}

// A store is the files of an image by name.
type store map[string][]byte

func (s store) blob(data []byte) v1.Descriptor {
	h, n, _ := v1.SHA256(bytes.NewReader(data))
	s[blob(h)] = data
	return v1.Descriptor{Digest: h, Size: n}
}

func (s store) json(x any) v1.Descriptor {
	data, _ := json.Marshal(x)
	return s.blob(data)
}

// image adds an image, and gives its descriptor.
func (s store) image(platform v1.Platform, layers ...[]byte) v1.Descriptor {
	config := v1.ConfigFile{OS: platform.OS, Architecture: platform.Architecture, Variant: platform.Variant}
	m := v1.Manifest{SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Config: s.json(config)}
	m.Config.MediaType = types.OCIConfigJSON
	for _, l := range layers {
		d := s.blob(l)
		d.MediaType = types.OCILayer
		m.Layers = append(m.Layers, d)
	}
	d := s.json(m)
	d.MediaType, d.Platform = types.OCIManifestSchema1, &platform
	return d
}

func (s store) index(manifests ...v1.Descriptor) store {
	data, _ := json.Marshal(v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: manifests})
	s["index.json"], s["oci-layout"] = data, []byte(`{"imageLayoutVersion":"1.0.0"}`)
	return s
}

// docker makes an archive of docker save of one image.
func (s store) docker(tag string, layers ...[]byte) store {
	config := v1.ConfigFile{OS: "linux", Architecture: "amd64"}
	var names []string
	for i, l := range layers {
		h, _, _ := v1.SHA256(bytes.NewReader(l))
		config.RootFS.DiffIDs = append(config.RootFS.DiffIDs, h)
		names = append(names, fmt.Sprintf("%d/layer.tar", i))
		s[names[i]] = l
	}
	data, _ := json.Marshal(config)
	h, _, _ := v1.SHA256(bytes.NewReader(data))
	s[h.Hex+".json"] = data
	s["manifest.json"], _ = json.Marshal([]map[string]any{{"Config": h.Hex + ".json", "RepoTags": []string{tag}, "Layers": names}})
	return s
}

func (s store) tar(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for name, data := range s {
		h := tar.Header{Name: name, Mode: 0o644, Size: int64(len(data)), Typeflag: tar.TypeReg}
		if to, ok := strings.CutPrefix(string(data), "link:"); ok {
			h.Typeflag, h.Linkname, h.Size, data = tar.TypeSymlink, to, 0, nil
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		w.Write(data)
	}
	w.Close()
	return b.Bytes()
}

// folder writes the store as a folder.
func (s store) folder(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range s {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		write(t, file, data)
	}
	return dir
}

func write(t testing.TB, file string, data []byte) string {
	t.Helper()
	if err := os.WriteFile(file, data, 0o666); err != nil {
		t.Fatal(err)
	}
	return file
}

func archive(t testing.TB, data []byte) string {
	return write(t, filepath.Join(t.TempDir(), "image.tar"), data)
}

var amd64 = v1.Platform{OS: "linux", Architecture: "amd64"}

// opened keeps all files of the images until the test ends.
func opened(t testing.TB, file, pick string) ([]Image, error) {
	t.Helper()
	i, err := Open(file, pick, keepAll)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() {
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	})
	return i.All, nil
}

func keepAll(string, []byte) bool { return true }

// list tells a tree in the words of layerOf.
func list(t testing.TB, tree *Tree) string {
	t.Helper()
	var all []string
	for name, n := range tree.All() {
		switch n.Kind {
		case Link:
			name += " -> " + n.To
		case Special:
			name += " !"
		case Hidden:
			name += " ?"
		case Regular:
			if r := tree.Open(name); r != nil {
				data, err := io.ReadAll(r)
				if err != nil {
					t.Fatal(err)
				}
				name += " = " + string(data)
			}
		}
		all = append(all, name)
	}
	return strings.Join(all, "\n")
}

// TestLayers holds what comes of layers against what runtimes make of them.
func TestLayers(t *testing.T) {
	for _, c := range []struct {
		name   string
		layers [][]string
		want   string
	}{
		{"over each other", [][]string{{"a/", "a/x = 1", "b = 2"}, {"a/x = 3", "a/y = 4"}}, "/ /a /a/x = 3|/a/y = 4|/b = 2"},
		{"a whiteout", [][]string{{"a/x = 1", "a/y = 2"}, {"a/.wh.x = "}}, "/ /a /a/y = 2"},
		{"of a folder", [][]string{{"a/x = 1", "b = 2"}, {".wh.a = "}}, "/ /b = 2"},
		{"of what the layer itself has", [][]string{{"a/x = 1"}, {"a/x = 2", "a/.wh.x = "}}, "/ /a /a/x = 2"},
		{"of a folder that the layer has anew", [][]string{{"a/x = 1"}, {"a/y = 2", ".wh.a = "}}, "/ /a /a/y = 2"},
		{"of nothing", [][]string{{"a = 1"}, {"b/.wh.c = "}}, "/ /a = 1"},
		{"opaque", [][]string{{"a/x = 1", "a/b/y = 2"}, {"a/z = 3", "a/.wh..wh..opq = "}}, "/ /a /a/z = 3"},
		{"opaque first", [][]string{{"a/x = 1", "a/b/y = 2"}, {"a/", "a/.wh..wh..opq = ", "a/b/z = 3"}}, "/ /a /a/b /a/b/z = 3"},
		{"names of aufs", [][]string{{"a = 1"}, {".wh..wh.aufs = ", ".wh..wh.plnk/"}}, "/ /a = 1"},
		{"links", [][]string{{"usr/lib/", "lib -> usr/lib", "loop -> loop", "out -> ../../etc"}}, "/ /lib -> usr/lib|/loop -> loop|/out -> ../../etc|/usr /usr/lib"},
		{"below a link of the layer", [][]string{{"usr/lib/", "lib -> /usr/lib", "lib/x = 1"}}, "/ /lib -> /usr/lib|/usr /usr/lib /usr/lib/x = 1"},
		{"below a link of a lower layer", [][]string{{"usr/lib/", "lib -> usr/lib"}, {"lib/x = 1"}}, "/ /lib ?|/usr /usr/lib"},
		{"a folder in place of a link", [][]string{{"lib -> usr/lib"}, {"lib/", "lib/x = 1"}}, "/ /lib /lib/x = 1"},
		{"a link in place of a folder", [][]string{{"lib/x = 1"}, {"lib -> usr"}}, "/ /lib -> usr"},
		{"hard links", [][]string{{"a = 1", "b => a", "c/d => /a"}, {".wh.a = "}}, "/ /b = 1|/c /c/d = 1"},
		{"a hard link to a lower layer", [][]string{{"a = 1"}, {"b => ./a"}}, "/ /a = 1|/b = 1"},
		{"absolute names are inside", [][]string{{"/etc/passwd = root", "./x = 1"}}, "/ /etc /etc/passwd = root|/x = 1"},
		{"devices", [][]string{{"dev/null !"}}, "/ /dev /dev/null !"},
	} {
		s := store{}
		var layers [][]byte
		for _, l := range c.layers {
			layers = append(layers, layerOf(t, l...))
		}
		s.index(s.image(amd64, layers...))
		got, err := opened(t, archive(t, s.tar(t)), "")
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		want := strings.NewReplacer("|", "\n", " /", "\n/").Replace(strings.ReplaceAll(c.want, "-> /", "->~/"))
		if got := list(t, got[0].Tree); got != strings.ReplaceAll(want, "->~/", "-> /") {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, got, want)
		}
	}
}

// TestForms reads one image in all of its forms.
func TestForms(t *testing.T) {
	one, two := layerOf(t, "a = 1", "x = old"), layerOf(t, "b => a", "x = new")
	const want = "/\n/a = 1\n/b = 1\n/x = new"
	layout := func(pack func([]byte) []byte) store {
		s := store{}
		return s.index(s.image(amd64, pack(one), pack(two)))
	}
	plain := func(b []byte) []byte { return b }
	saved := store{}.docker("app:1", one, two)
	linked := store{}.docker("app:1", one, two)
	linked["other/layer.tar"], linked["0/layer.tar"] = linked["0/layer.tar"], []byte("link:../other/layer.tar")
	for name, file := range map[string]string{
		"layout, folder":             layout(plain).folder(t),
		"layout, gzip, folder":       layout(gzipped).folder(t),
		"layout, tar":                archive(t, layout(plain).tar(t)),
		"layout, gzip, tar":          archive(t, layout(gzipped).tar(t)),
		"layout, zstd, tar":          archive(t, layout(zstandard).tar(t)),
		"layout, gzip, tar, gzip":    archive(t, gzipped(layout(gzipped).tar(t))),
		"docker save":                archive(t, saved.tar(t)),
		"docker save, gzip":          archive(t, gzipped(saved.tar(t))),
		"docker save, folder":        saved.folder(t),
		"docker save, linked layers": archive(t, linked.tar(t)),
	} {
		got, err := opened(t, file, "")
		if err != nil || len(got) != 1 {
			t.Errorf("%s: got %d images, %v, want one", name, len(got), err)
			continue
		}
		if got := list(t, got[0].Tree); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
		}
	}
}

// TestChoose picks among platforms and names.
func TestChoose(t *testing.T) {
	s := store{}
	var both []v1.Descriptor
	for _, p := range []v1.Platform{amd64, {OS: "linux", Architecture: "arm", Variant: "v7"}, {OS: "windows", Architecture: "amd64"}, {OS: "unknown", Architecture: "unknown"}} {
		both = append(both, s.image(p, layerOf(t, p.Architecture+" = 1")))
	}
	nested := s.json(v1.IndexManifest{SchemaVersion: 2, Manifests: both})
	nested.MediaType, nested.Annotations = types.OCIImageIndex, map[string]string{"org.opencontainers.image.ref.name": "app:1"}
	other := s.image(amd64, layerOf(t, "other = 1"))
	other.Annotations = map[string]string{"io.containerd.image.name": "example.com/other:2"}
	s.index(nested)
	single := archive(t, s.tar(t))
	s.index(nested, other)
	several := archive(t, s.tar(t))
	for _, c := range []struct{ file, pick, want string }{
		{single, "", "/amd64 /arm"},
		{single, "arm", "/arm"},
		{single, "linux/arm/v7", "/arm"},
		{single, "app:1", "/amd64 /arm"},
		{single, "s390x", `no image "s390x" in it; there are app:1, linux/amd64, linux/arm/v7`},
		{several, "", "several images in it: app:1, example.com/other:2; name one"},
		{several, "other:2", "/other"},
		{several, "app:1", "/amd64 /arm"},
	} {
		got := ""
		all, err := opened(t, c.file, c.pick)
		for _, i := range all {
			got += strings.TrimPrefix(strings.ReplaceAll(list(t, i.Tree), " = 1", ""), "/\n") + " "
		}
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%q: got %s, want %s", c.pick, got, c.want)
		}
	}
}

// TestSplit: a # in a file's own name is no choice.
func TestSplit(t *testing.T) {
	file := write(t, filepath.Join(t.TempDir(), "a#b"), nil)
	for _, c := range [][3]string{{file, file, ""}, {file + "#arm64", file, "arm64"}, {"x", "x", ""}} {
		if at, pick := Split(c[0]); at != c[1] || pick != c[2] {
			t.Errorf("%q: got %q and %q, want %q and %q", c[0], at, pick, c[1], c[2])
		}
	}
}
