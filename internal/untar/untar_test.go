package untar

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// TestLikeArchiveTar reads what GNU tar writes in all of its formats, and what
// archive/tar does, and has archive/tar read the same.
func TestLikeArchiveTar(t *testing.T) {
	for _, format := range []string{"v7", "oldgnu", "gnu", "ustar", "pax"} {
		t.Run(format, func(t *testing.T) { compare(t, gnuTar(t, format)) })
	}
	for _, format := range []tar.Format{tar.FormatGNU, tar.FormatPAX, tar.FormatUSTAR} {
		t.Run(format.String(), func(t *testing.T) { compare(t, written(t, format)) })
	}
}

// TestPrefixOfGNU reads what Go wrote before go1.8: the beginning of a name where
// GNU tar has times.
func TestPrefixOfGNU(t *testing.T) {
	for beginning, want := range map[string]string{
		"layers/of/an/image":   "layers/of/an/image/a",
		"00000000000\x0000000": "a", // times
		"läyers/of/an/image":   "a",
	} {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		if err := w.WriteHeader(&tar.Header{Name: "a", Format: tar.FormatGNU}); err != nil {
			t.Fatal(err)
		}
		raw := b.Bytes()[:block]
		copy(field(raw, prefixField), beginning)
		sum, _ := checksums(raw)
		copy(field(raw, sumField), fmt.Sprintf("%06o\x00 ", sum))
		h, err := NewReader(bytes.NewReader(raw)).Next()
		if err != nil {
			t.Fatal(err)
		}
		if h.Name != want {
			t.Errorf("%q: got %s, want %s", beginning, h.Name, want)
		}
		if all, err := theirs(raw); len(all) != 1 || !strings.HasPrefix(all[0], fmt.Sprintf("%q ", want)) {
			t.Errorf("%q: archive/tar gives %s, %v, want %s", beginning, all, err, want)
		}
	}
}

// gnuTar is an archive that GNU tar makes.
func gnuTar(t *testing.T, format string) []byte {
	if _, err := exec.LookPath("tar"); err != nil {
		testskip.Missing(t, "there is no tar")
	}
	dir := t.TempDir()
	long := strings.Repeat("d/", 60) + strings.Repeat("n", 99)
	if format == "v7" {
		long = "short"
	} else if format == "ustar" {
		long = strings.Repeat("d/", 60) + "name"
	}
	for name, text := range map[string]string{"empty": "", "a": "text of a", "block": strings.Repeat("x", block), long: "long", "sub/ä ö": "umlauts"} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, err := range []error{os.Symlink("a", filepath.Join(dir, "link")), os.Link(filepath.Join(dir, "a"), filepath.Join(dir, "hard")),
		os.Symlink(strings.Repeat("t", 90), filepath.Join(dir, "far")), holes(filepath.Join(dir, "holes"))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command("tar", "-c", "-S", "--format="+format, "-C", dir, ".").Output()
	if format == "v7" || format == "ustar" {
		out, err = exec.Command("tar", "-c", "--format="+format, "-C", dir, ".").Output() // knows no sparse files
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// holes makes a sparse file of more pieces than a header has room for.
func holes(name string) error {
	f, err := os.Create(name)
	for i := range 40 {
		if err == nil {
			_, err = f.WriteAt([]byte("piece"), int64(i)<<16)
		}
	}
	return errors.Join(err, f.Close())
}

func written(t *testing.T, format tar.Format) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range []tar.Header{
		{Name: "folder/", Typeflag: tar.TypeDir, Mode: 0o755},
		{Name: "folder/file", Typeflag: tar.TypeReg, Mode: 0o4755, Size: 3},
		{Name: "link", Typeflag: tar.TypeSymlink, Linkname: "folder/file"},
		{Name: "hard", Typeflag: tar.TypeLink, Linkname: "folder/file"},
		{Name: "null", Typeflag: tar.TypeChar, Devmajor: 1, Devminor: 3},
		{Name: strings.Repeat("n/", 70) + "end", Typeflag: tar.TypeReg, Size: 3},
	} {
		h.Format = format
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			fmt.Fprint(w, "abc")
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func compare(t *testing.T, data []byte) {
	got, err := entries(NewReader(bytes.NewReader(data)))
	if err != nil {
		t.Fatal(err)
	}
	want, err := theirs(data)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) < 6 || len(got) != len(want) {
		t.Fatalf("got %d entries, want %d", len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("got %s, want %s", got[i], want[i])
		}
	}
}

// entries describes all of an archive.
func entries(r *Reader) (all []string, err error) {
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return all, err
		}
		text, err := io.ReadAll(r)
		if err != nil {
			return all, err
		}
		all = append(all, describe(h.Name, h.Linkname, h.Typeflag, h.Mode, text, h.Sparse))
	}
}

func describe(name, link string, kind byte, mode int64, content []byte, sparse bool) string {
	if sparse {
		return fmt.Sprintf("%q %c sparse", name, kind)
	}
	return fmt.Sprintf("%q %q %c %o, %d bytes %x", name, link, kind, mode, len(content), sha256.Sum256(content))
}

// theirs is what archive/tar makes of it.
func theirs(data []byte) (all []string, err error) {
	r := tar.NewReader(bytes.NewReader(data))
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return all, err
		}
		sparse := h.Typeflag == tar.TypeGNUSparse
		for key := range h.PAXRecords {
			sparse = sparse || strings.HasPrefix(key, "GNU.sparse.")
		}
		var text []byte
		if !sparse { // else it may be of any size
			if text, err = io.ReadAll(r); err != nil {
				return all, err
			}
		}
		if h.Typeflag == tar.TypeGNUSparse {
			h.Typeflag = tar.TypeReg
		}
		all = append(all, describe(h.Name, h.Linkname, h.Typeflag, h.Mode, text, sparse))
	}
}

func TestBad(t *testing.T) {
	good := written(t, tar.FormatPAX)
	for name, data := range map[string][]byte{
		"text":               []byte(strings.Repeat("not an archive\n", 100)),
		"cut in a header":    good[:700],
		"cut in the content": good[:2*block+1],
		"a wrong sum":        append([]byte("x"), good[1:]...),
	} {
		if _, err := entries(NewReader(bytes.NewReader(data))); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
	if all, err := entries(NewReader(strings.NewReader(""))); err != nil || len(all) > 0 {
		t.Errorf("nothing: got %v, %v", all, err)
	}
}

// FuzzUntar holds what is read of any file against archive/tar, as far as both
// read it.
func FuzzUntar(f *testing.F) {
	for _, format := range []tar.Format{tar.FormatGNU, tar.FormatPAX, tar.FormatUSTAR} {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		for _, name := range []string{"a", strings.Repeat("n/", 80)} {
			if err := w.WriteHeader(&tar.Header{Name: name, Size: 3, Mode: 0o644, Format: format}); err == nil {
				fmt.Fprint(w, "abc")
			}
		}
		_ = w.Close()
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, _ := entries(NewReader(bytes.NewReader(data)))
		want, _ := theirs(data)
		for i := range min(len(got), len(want)) {
			if got[i] != want[i] {
				t.Errorf("got %s, want %s", got[i], want[i])
			}
		}
	})
}
