package main

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/goportdoctor/goportdoctor/internal/target"
)

// big is an executable of more than 100 MB, the kubelet's, built when first asked for.
func (m *measurement) big() string {
	file := filepath.Join(filepath.Dir(m.cache), "kubelet")
	if _, err := os.Stat(file); err == nil {
		return file
	}
	cmd := exec.Command("go", "build", "-o", file, largePrograms[0])
	cmd.Dir, cmd.Env = m.large, append(os.Environ(), "GOFLAGS=-mod=mod", "CGO_ENABLED=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		m.t.Fatalf("%v: %s", err, out)
	}
	return file
}

func (m *measurement) targetComparisons() []comparison {
	const title = "`ldd` and `readelf -aW`, an executable of more than 100 MB"
	if !strings.Contains(title, *onlyRows) {
		return nil
	}
	return []comparison{{title: title, limit: 0.05, dir: m.hello, ours: []string{m.tool, "inspect", "-json", m.big()}, theirs: [][]string{{"ldd", m.big()}, {"readelf", "-aW", m.big()}}}}
}

// targets are what is no ratio: the judge, what inspect reads, and the memory that
// an image takes.
func (m *measurement) targets() []sentence {
	judging, reading := "Judging one executable against all", "Read of an executable of more than 100 MB"
	all := []sentence{
		{judging, func() string {
			first, later, _ := m.judgeBig()
			if max(first, later) > 5*time.Millisecond {
				m.t.Errorf("judging: got %v and %v, want at most 5ms", first, later)
			}
			return fmt.Sprintf("%s %d targets, after it is read: %s the first time, with the making of the targets, and %s later (at most 5ms).",
				judging, len(target.Known()), first.Round(10*time.Microsecond), later.Round(10*time.Microsecond))
		}},
		{reading, func() string {
			_, _, read := m.judgeBig()
			if read > 5e6 {
				m.t.Errorf("inspecting: got %d bytes read, want at most 5 MB", read)
			}
			return fmt.Sprintf("%s: %.1f MB (at most 5.0 MB).", reading, float64(read)/1e6)
		}},
	}
	for _, words := range [][]string{{"inspect", "-json"}, {"targets", "capture"}} {
		title := "Peak memory of `goportdoctor " + words[0] + "`, an image of 1 GB"
		all = append(all, sentence{title, func() string {
			arg := m.image()
			if words[0] == "inspect" {
				arg = "oci:" + arg
			}
			peak := m.peakOf(exec.Command(m.tool, append(words, arg)...))
			if peak > 200 {
				m.t.Errorf("%s of an image: got %d MB, want at most 200 MB", words[0], peak)
			}
			return fmt.Sprintf("%s: %d MB (at most 200 MB).", title, peak)
		}})
	}
	return all
}

// image is one of 1 GB, made when first asked for.
func (m *measurement) image() string {
	file := filepath.Join(filepath.Dir(m.cache), "image.tar")
	if _, err := os.Stat(file); err != nil {
		bigImage(m.t, file, m.tool)
	}
	return file
}

// judgeBig gives the medians, over processes, of how long the judge takes, the first
// time and later, and how many bytes are read.
func (m *measurement) judgeBig() (first, later time.Duration, read int) {
	tool := filepath.Join(filepath.Dir(m.tool), "judge")
	m.run("", nil, "go", "build", "-o", tool, "./testdata/judge")
	var all [3][]int
	for range *rounds {
		for i, word := range strings.Fields(m.run("", nil, tool, m.big())) {
			n, err := strconv.Atoi(word)
			if err != nil || i >= len(all) {
				m.t.Fatalf("got %q of %s, want three numbers", word, tool)
			}
			all[i] = append(all[i], n)
		}
	}
	for _, list := range all {
		slices.Sort(list)
	}
	return time.Duration(all[0][*rounds/2]), time.Duration(all[1][*rounds/2]), all[2][*rounds/2]
}

// bigImage writes an OCI layout of 1 GB: four packed layers of libraries,
// executables and files that do not pack, each with ten thousand small files.
func bigImage(t testing.TB, file, program string) {
	exe, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	w := tar.NewWriter(out)
	put := func(data []byte) map[string]any {
		digest := fmt.Sprintf("%x", sha256.Sum256(data))
		putFile(t, w, "blobs/sha256/"+digest, data)
		return map[string]any{"digest": "sha256:" + digest, "size": len(data)}
	}
	text := func(x any, kind string) map[string]any {
		data, _ := json.Marshal(x)
		d := put(data)
		d["mediaType"] = "application/vnd.oci.image." + kind + ".v1+json"
		return d
	}
	var layers []map[string]any
	for i := range 4 {
		layer := file + ".layer"
		bigLayer(t, layer, exe, i)
		data, err := os.ReadFile(layer)
		if err != nil {
			t.Fatal(err)
		}
		d := put(data)
		d["mediaType"] = "application/vnd.oci.image.layer.v1.tar+gzip"
		layers = append(layers, d)
		os.Remove(layer)
	}
	config := text(map[string]any{"os": "linux", "architecture": "amd64", "rootfs": map[string]any{"type": "layers", "diff_ids": []string{}}}, "config")
	manifest := text(map[string]any{"schemaVersion": 2, "config": config, "layers": layers}, "manifest")
	data, _ := json.Marshal(map[string]any{"schemaVersion": 2, "manifests": []any{manifest}})
	putFile(t, w, "index.json", data)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func bigLayer(t testing.TB, file string, exe []byte, number int) {
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	b := bufio.NewWriterSize(out, 1<<20)
	g, _ := gzip.NewWriterLevel(b, gzip.NoCompression) // what it holds does not pack anyway
	w := tar.NewWriter(g)
	random := rand.NewChaCha8([32]byte{byte(number)})
	for i := range 8 {
		putFile(t, w, fmt.Sprintf("usr/bin/app%d-%d", number, i), exe)
	}
	data := make([]byte, 4<<20)
	for i := range 36 {
		random.Read(data)
		if i%2 == 0 {
			copy(data, exe[:4096]) // a library, or so it seems
		}
		putFile(t, w, fmt.Sprintf("usr/lib/%d/lib%d.so", number, i), data)
	}
	for i := range 10_000 {
		putFile(t, w, fmt.Sprintf("usr/share/package%d/%d/file%d", i%100, number, i), data[:64])
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	g.Close()
	if err := b.Flush(); err != nil {
		t.Fatal(err)
	}
}

func putFile(t testing.TB, w *tar.Writer, name string, data []byte) {
	if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(data)), Typeflag: tar.TypeReg}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
}
