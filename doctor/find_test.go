package doctor_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"

	"github.com/goportdoctor/goportdoctor/doctor"
)

// TestInspectMany finds this very test's executable in a folder and in archives,
// beside files that are none.
func TestInspectMany(t *testing.T) {
	self, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"bin/prog": self, "README": []byte("text"), "empty": nil}
	dir := t.TempDir()
	var zipped, tarred bytes.Buffer
	z, g := zip.NewWriter(&zipped), gzip.NewWriter(&tarred)
	a := tar.NewWriter(g)
	for name, data := range files {
		path := filepath.Join(dir, "folder", name)
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		_, werr := w.Write(data)
		for _, err := range []error{werr, os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, data, 0o666),
			a.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o755, Size: int64(len(data))})} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if _, err := a.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	z.Close()
	a.Close()
	g.Close()
	for name, data := range map[string][]byte{"r.zip": zipped.Bytes(), "r.tar.gz": tarred.Bytes(), "cut.tar.gz": tarred.Bytes()[:tarred.Len()/2]} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]int{"folder": 1, "r.zip": 1, "r.tar.gz": 1} {
		r := doctor.Inspect([]string{filepath.Join(dir, name)}, nil)
		if len(r.Programs) != want || len(r.Findings) != 0 {
			t.Errorf("%s: got %d programs and %v, want %d and nothing else", name, len(r.Programs), r.Findings, want)
		}
	}
	if r := doctor.Inspect([]string{filepath.Join(dir, "cut.tar.gz")}, nil); !r.Unanswered() {
		t.Error("half an archive: got no finding, want one")
	}
}
