package oci

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/zstd"

	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// TestBadArchives: each ends with what is wrong with it.
func TestBadArchives(t *testing.T) {
	good := func() store {
		s := store{}
		return s.index(s.image(amd64, gzipped(layerOf(t, "a = 1"))))
	}
	// change does something to the blobs that hold the text.
	change := func(s store, having string, do func(name string, data []byte) []byte) store {
		for name, data := range s {
			if strings.HasPrefix(name, "blobs/") && bytes.Contains(data, []byte(having)) {
				if data = do(name, data); data == nil {
					delete(s, name)
				} else {
					s[name] = data
				}
			}
		}
		return s
	}
	drop := func(string, []byte) []byte { return nil }
	longer := func(_ string, data []byte) []byte { return append(data, ' ') }
	other := func(_ string, data []byte) []byte { return append(data[:len(data)-1:len(data)-1], data[len(data)-1]^1) }
	layer := func(entries ...string) store {
		s := store{}
		return s.index(s.image(amd64, layerOf(t, entries...)))
	}
	dockerJSON := func(text string) store { return store{"manifest.json": []byte(text)} }
	wrongDiff := store{}.docker("app:1", layerOf(t, "a = 1"))
	wrongDiff["0/layer.tar"] = layerOf(t, "a = 2")
	noIndex := store{}
	nested := noIndex.json(v1.IndexManifest{SchemaVersion: 2})
	nested.MediaType = types.OCIImageIndex
	for range maxNested + 1 {
		nested = noIndex.json(v1.IndexManifest{SchemaVersion: 2, Manifests: []v1.Descriptor{nested}})
		nested.MediaType = types.OCIImageIndex
	}
	long := strings.Repeat("x", maxText+1)
	for _, c := range []struct {
		name, want string
		s          store
	}{
		{"nothing", "neither an OCI layout nor", store{"x": nil}},
		{"no manifest", `is not in it`, change(good(), `"layers"`, drop)},
		{"no configuration", `is not in it`, change(good(), `"architecture"`, drop)},
		{"no layer", `is not in it`, change(good(), "\x1f\x8b", drop)},
		{"another manifest", "has the digest sha256:", change(good(), `"layers"`, longer)},
		{"another configuration", "has the digest sha256:", change(good(), `"architecture"`, longer)},
		{"a longer layer", "bytes, want", change(good(), "\x1f\x8b", longer)},
		{"half a layer", "bytes, want", change(good(), "\x1f\x8b", func(_ string, d []byte) []byte { return d[:len(d)/2] })},
		{"a damaged layer", "layer sha256:", change(good(), "\x1f\x8b", other)},
		{"another layer of docker save", "has the digest sha256:", wrongDiff},
		{"names that lead out", "leads out of the image", layer("../../etc/passwd = x")},
		{"that do later", "leads out of the image", layer("a/../../etc/passwd = x")},
		{"a hard link that leads out", "leads out of the image", layer("a => ../../etc/passwd")},
		{"a hard link to nothing", "which is not there", layer("a => etc/passwd")},
		{"a hard link to itself", "which is not there", layer("a => a")},
		{"a hard link to a folder", "a hard link to a folder", layer("a/", "b => a")},
		{"a file below a file", "no folder", layer("a = 1", "a/b = 2")},
		{"links in circles", "round in circles", layer("a -> b", "b -> a", "a/x = 1")},
		{"a whiteout of the folder itself", "is for no file", layer("a/.wh... = ")},
		{"an index that is none", "index.json", store{"index.json": []byte("[]")}},
		{"an index without end", "bytes, more than", store{"index.json": []byte(long)}},
		{"indexes in indexes", "indexes in indexes", noIndex.index(nested)},
		{"a digest that is none", "index.json", store{"index.json": []byte(`{"manifests": [{"digest": "sha256:../../etc/passwd"}]}`)}},
		{"a manifest.json that is none", "manifest.json", dockerJSON("{}")},
		{"an index of nothing, many times", "has more than 65536 values", store{"index.json": []byte(`{"manifests": [0` + strings.Repeat(",0", maxValues) + `]}`)}},
		{"a name of no path", "a name of 4098 bytes", layer(strings.Repeat("a/", maxPath/2) + "bb = 1")},
		{"a link to no path", "a name of 4100 bytes", layer("a -> " + strings.Repeat("b/", maxPath/2+2))},
		{"a configuration elsewhere", "is not in it", dockerJSON(`[{"Config": "../../../etc/passwd"}]`)},
		{"no images", "no image for linux", dockerJSON("[]")},
		{"a layer that links to itself", "round in circles", func() store {
			s := store{}.docker("app:1", layerOf(t, "a = 1"))
			s["0/layer.tar"] = []byte("link:../0/layer.tar")
			return s
		}()},
		{"Windows", "no image for linux", func() store {
			s := store{}
			return s.index(s.image(v1.Platform{OS: "windows", Architecture: "amd64"}, layerOf(t)))
		}()},
	} {
		if _, err := opened(t, archive(t, c.s.tar(t)), ""); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want ... %s", c.name, err, c.want)
		}
		if c.name == "a layer that links to itself" {
			continue // of a folder this is a file
		}
		if _, err := opened(t, c.s.folder(t), ""); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s, as a folder: got %v, want ... %s", c.name, err, c.want)
		}
	}
	for name, data := range map[string][]byte{"nothing": nil, "no archive": []byte("hello"), "half of one": gzipped(good().tar(t))[:200]} {
		if _, err := opened(t, archive(t, data), ""); err == nil {
			t.Errorf("%s: got no error, want one", name)
		}
	}
}

// TestFolderLinks: a link of a layout on disk does not lead out of it.
func TestFolderLinks(t *testing.T) {
	secret := write(t, filepath.Join(t.TempDir(), "secret"), []byte(`{"manifests": []}`))
	dir := t.TempDir()
	if err := os.Symlink(secret, filepath.Join(dir, "index.json")); err != nil {
		testskip.Missing(t, "no symbolic links here: %v", err)
	}
	if _, err := opened(t, dir, ""); err == nil || !strings.Contains(err.Error(), "escapes") {
		t.Errorf("got %v, want an error that the link leads out", err)
	}
}

// zeros reads n zero bytes.
func zeros(n int64) io.Reader { return io.LimitReader(zero{}, n) }

type zero struct{}

func (zero) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// bomb is a layer with a file of n zero bytes behind an ELF file's magic number.
func bomb(t testing.TB, n int64) []byte {
	t.Helper()
	var b bytes.Buffer
	g, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	w := tar.NewWriter(g)
	if err := w.WriteHeader(&tar.Header{Name: "lib.so", Mode: 0o755, Size: n, Typeflag: tar.TypeReg}); err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, "\x7fELF")
	io.Copy(w, zeros(n-4))
	w.Close()
	g.Close()
	return b.Bytes()
}

// zstdBomb is start and n zero bytes, in zstd's blocks of one byte over and over:
// 32,768:1.
func zstdBomb(start []byte, n int) []byte {
	const raw, repeated, size = 0, 1, 128 << 10
	block := func(last, kind, size int) []byte {
		h := last | kind<<1 | size<<3
		return []byte{byte(h), byte(h >> 8), byte(h >> 16)}
	}
	b := append([]byte("\x28\xb5\x2f\xfd\x00\x38"), block(0, raw, len(start))...)
	b = append(b, start...)
	for range n / size {
		b = append(append(b, block(0, repeated, size)...), 0)
	}
	return append(b, block(1, raw, 0)...)
}

// TestOneConfiguration: one that is named often, by several names, is counted as
// often, for what it sets is kept as often.
func TestOneConfiguration(t *testing.T) {
	config := []byte(`{"os": "linux", "config": {"Env": ["A=x"]}}`)
	file := archive(t, store{"config.json": config}.tar(t))
	for text, want := range map[string]bool{`[{"Config": "config.json"}]`: true, `[{"Config": "config.json"}, {"Config": "./config.json"}]`: false} {
		s := spool{}
		defer s.close()
		b, err := openBlobs(file, &s)
		if err != nil {
			t.Fatal(err)
		}
		r := reader{blobs: b, texts: maxTexts - len(config)}
		if err := r.docker([]byte(text)); (err == nil) != want {
			t.Errorf("%s: got %v, want it read: %t", text, err, want)
		}
	}
}

// TestLongNamesOfAnArchive: those of the archive itself have the bound of those
// in its layers.
func TestLongNamesOfAnArchive(t *testing.T) {
	s := spool{names: maxNames - 2*maxPath}
	names := store{strings.Repeat("a/", maxPath/2-1) + "x": nil, strings.Repeat("b/", maxPath/2-1) + "x": nil, strings.Repeat("c/", maxPath/2-1) + "x": nil}
	data := names.tar(t)
	if _, err := indexOf(bytes.NewReader(data), int64(len(data)), &s); err == nil || !strings.Contains(err.Error(), "names of more than") {
		t.Errorf("got %v, want it refused", err)
	}
}

// TestDeep: links of a layer, one below the other, lead to folders that no path
// names. They are left out, and what is beside them is not.
func TestDeep(t *testing.T) {
	deep := strings.Repeat("d/", maxPath/4)
	var entries []string
	for i := range 6 {
		below := fmt.Sprintf("l%d", i)
		entries = append(entries, fmt.Sprintf("l%d -> %s%s", i+1, below+"/", deep), below+"/"+deep, below+"/x = 1")
	}
	entries[1], entries[2] = deep, "x = 1"
	entries[0] = "l1 -> " + deep
	s := store{}
	got, err := opened(t, archive(t, s.index(s.image(amd64, layerOf(t, entries...))).tar(t)), "")
	if err != nil {
		t.Fatal(err)
	}
	longest, last := 0, ""
	for name := range got[0].Tree.All() {
		longest, last = max(longest, len(name)), name
	}
	if longest > maxPath || last != "/x" {
		t.Errorf("got a path of %d bytes and %.20s at the end, want none of more than %d, and /x", longest, last, maxPath)
	}
}

// TestClosed: what unpacks is closed with its window.
func TestClosed(t *testing.T) {
	for name, data := range map[string][]byte{"gzip": gzipped([]byte("text")), "zstd": zstandard([]byte("text"))} {
		s := spool{}
		r, packed, err := s.unpack(bytes.NewReader(data))
		if err != nil || !packed {
			t.Fatalf("%s: got %t, %v, want it packed", name, packed, err)
		}
		if err := r.Close(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := io.ReadAll(r); name == "zstd" && !errors.Is(err, zstd.ErrDecoderClosed) {
			t.Errorf("%s: got %v, want it closed", name, err)
		}
	}
}

// TestBombs: what unpacks to ten thousand times its size, or to as much as gzip
// can pack, is refused early.
func TestBombs(t *testing.T) {
	const size = 1 << 30
	head := layerOf(t, "lib.so = \x7fELF")[:516]
	copy(head[124:], "10000000000\x00") // octal
	sum := 0
	for i, b := range head[:512] {
		if i >= 148 && i < 156 {
			b = ' '
		}
		sum += int(b)
	}
	copy(head[148:], fmt.Sprintf("%06o\x00 ", sum))
	s, other := store{}, store{}
	layer := s.index(s.image(amd64, bomb(t, 128<<20))).tar(t)
	for name, data := range map[string][]byte{
		"a layer by gzip":      layer,
		"a layer by zstd":      other.index(other.image(amd64, zstdBomb(head, size))).tar(t),
		"an archive":           gzipped(append(layer, make([]byte, 128<<20)...)),
		"a bomb in an archive": gzipped(layer),
	} {
		before, start := memory(), time.Now()
		_, err := opened(t, archive(t, data), "")
		if err == nil || !strings.Contains(err.Error(), "unpacks to more than 200 times its size") {
			t.Errorf("%s of %d bytes: got %v, want it refused", name, len(data), err)
		}
		if got := memory() - before; got > 100<<20 {
			t.Errorf("%s: got %d bytes allocated, want less than 100 MB", name, got)
		}
		t.Logf("%s: refused after %v", name, time.Since(start))
	}
}

// TestNothingStaysOpen counts the open files when images are closed, or were
// refused.
func TestNothingStaysOpen(t *testing.T) {
	const descriptors = "/proc/self/fd"
	if _, err := os.Stat(descriptors); err != nil {
		testskip.Missing(t, "only Linux lists a process's open files: %v", err)
	}
	layout := func(pack func([]byte) []byte, layers ...[]byte) store {
		s := store{}
		for i := range layers {
			layers[i] = pack(layers[i])
		}
		return s.index(s.image(amd64, layers...))
	}
	as := func(b []byte) []byte { return b }
	noLayer := func() []byte { return []byte(strings.Repeat("no layer", 100)) }
	for name, file := range map[string]string{
		"a folder":                       layout(as, layerOf(t, "a = 1"), layerOf(t, "b = 2")).folder(t),
		"a folder, packed":               layout(gzipped, layerOf(t, "a = 1"), layerOf(t, "b = 2")).folder(t),
		"an archive":                     archive(t, layout(as, layerOf(t, "a = 1")).tar(t)),
		"an archive, packed":             archive(t, gzipped(layout(gzipped, layerOf(t, "a = 1")).tar(t))),
		"a folder with a bad layer":      layout(as, layerOf(t, "a = 1"), noLayer()).folder(t),
		"the same, packed":               layout(gzipped, layerOf(t, "a = 1"), noLayer()).folder(t),
		"an archive with a bad layer":    archive(t, layout(as, layerOf(t, "a = 1"), noLayer()).tar(t)),
		"no image in a folder":           t.TempDir(),
		"an archive that is none at all": archive(t, noLayer()),
	} {
		before, err := os.ReadDir(descriptors)
		if err != nil {
			t.Fatal(err)
		}
		if images, err := Open(file, "", keepAll); err == nil {
			if err := images.Close(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		after, err := os.ReadDir(descriptors)
		if err != nil {
			t.Fatal(err)
		}
		if len(after) != len(before) {
			t.Errorf("%s: got %d open files, want the %d of before", name, len(after), len(before))
		}
	}
}

// memory is how much was ever allocated.
func memory() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// TestManyNames: names and files that no image has so many of are refused.
func TestManyNames(t *testing.T) {
	testskip.Short(t, "makes a hundred megabytes of names")
	var b bytes.Buffer
	b.Grow(96 << 20)
	w := tar.NewWriter(&b)
	long := strings.Repeat("folder/", 580)
	for i := range 17_000 {
		if err := w.WriteHeader(&tar.Header{Name: fmt.Sprintf("%s%d", long, i), Typeflag: tar.TypeReg, Format: tar.FormatGNU}); err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	s := store{}
	_, err := opened(t, archive(t, s.index(s.image(amd64, b.Bytes())).tar(t)), "")
	if err == nil || !strings.Contains(err.Error(), "names of more than") {
		t.Errorf("got %v, want it refused", err)
	}
}

// FuzzOCI reads mutated archives, and looks at all that is in them.
func FuzzOCI(f *testing.F) {
	s := store{}
	layers := [][]byte{layerOf(f, "a/", "a/x = 1", "usr/lib/", "lib -> usr/lib", "b => a/x", "dev/null !"), layerOf(f, "a/.wh..wh..opq = ", ".wh.b = ", "lib/y = 2")}
	f.Add(s.index(s.image(amd64, layers...)).tar(f), layers[0])
	f.Add(gzipped(store{}.docker("app:1", layers...).tar(f)), layers[1])
	f.Add(zstandard(store{}.docker("app:1", layers...).tar(f)), zstandard(layers[1]))
	f.Fuzz(func(t *testing.T, data, layer []byte) {
		// A mutated layer would only ever have the wrong digest.
		s := store{}
		whole := s.index(s.image(amd64, layers[0], layer)).tar(t)
		for _, data := range [][]byte{data, whole} {
			all, err := opened(t, archive(t, data), "")
			if err != nil {
				continue
			}
			for _, i := range all {
				for name := range i.Tree.All() {
					if r := i.Tree.Open(name); r != nil {
						io.Copy(io.Discard, r)
					}
				}
			}
		}
	})
}
