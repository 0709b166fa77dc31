package doctor

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
	"github.com/goportdoctor/goportdoctor/internal/link"
)

// elfBomb reads as the beginning of an executable, and n zero bytes.
func elfBomb(n int64) io.Reader {
	return io.MultiReader(strings.NewReader("\x7fELF\x02\x01\x01\x00"), io.LimitReader(zeros{}, n))
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// overlapping is a zip archive of which all files have the same packed bytes.
func overlapping(t testing.TB, files int, unpacked int64) []byte {
	t.Helper()
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	sum := crc32.NewIEEE()
	if _, err := io.Copy(io.MultiWriter(w, sum), elfBomb(unpacked)); err != nil {
		t.Fatal(err)
	}
	w.Close()
	var local, central bytes.Buffer
	fields := func(b *bytes.Buffer, values ...any) {
		for _, v := range values {
			_ = binary.Write(b, binary.LittleEndian, v) // a buffer takes everything
		}
	}
	size, of := uint32(packed.Len()), uint32(unpacked+8)
	fields(&local, uint32(0x04034b50), uint16(20), uint16(0), uint16(8), uint32(0), sum.Sum32(), size, of, uint16(1), uint16(0))
	local.WriteString("a")
	local.Write(packed.Bytes())
	for range files {
		fields(&central, uint32(0x02014b50), uint16(20), uint16(20), uint16(0), uint16(8), uint32(0), sum.Sum32(), size, of,
			uint16(1), uint16(0), uint16(0), uint16(0), uint16(0), uint32(0), uint32(0))
		central.WriteString("a")
	}
	end := uint32(local.Len())
	at := uint32(central.Len())
	local.Write(central.Bytes())
	fields(&local, uint32(0x06054b50), uint16(0), uint16(0), uint16(files), uint16(files), at, end, uint16(0))
	return local.Bytes()
}

// refusedArchive inspects an archive and wants an error.
func refusedArchive(t *testing.T, name string, data []byte, want string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, data, 0o666); err != nil {
		t.Fatal(err)
	}
	err := executables(file, func(e link.Executable) { t.Errorf("%s: got an executable %q", name, e.File) })
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%s of %d bytes: got %v, want %q", name, len(data), err, want)
	}
}

func TestOverlappingZip(t *testing.T) {
	refusedArchive(t, "overlap.zip", overlapping(t, 50, 1<<20), "files in it overlap")
}

func TestBombs(t *testing.T) {
	const size = bounded.FreeRatio + 1<<20
	var zipped, tarred, skipped bytes.Buffer
	z := zip.NewWriter(&zipped)
	w, err := z.Create("bomb")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(w, elfBomb(size)); err != nil {
		t.Fatal(err)
	}
	z.Close()
	for b, head := range map[*bytes.Buffer]io.Reader{&tarred: elfBomb(size), &skipped: io.LimitReader(zeros{}, size+8)} {
		g := gzip.NewWriter(b)
		a := tar.NewWriter(g)
		if err := a.WriteHeader(&tar.Header{Name: "bomb", Typeflag: tar.TypeReg, Size: size + 8}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(a, head); err != nil {
			t.Fatal(err)
		}
		a.Close()
		g.Close()
	}
	refusedArchive(t, "bomb.zip", zipped.Bytes(), "unpacks to more than 200 times its size")
	refusedArchive(t, "bomb.tar.gz", tarred.Bytes(), "unpacks to more than 200 times its size")
	refusedArchive(t, "skipped.tgz", skipped.Bytes(), "unpacks to more than 200 times its size")
}

func FuzzArchive(f *testing.F) {
	f.Add(".zip", overlapping(f, 2, 100))
	f.Add(".zip", overlapping(f, 1, 100))
	f.Add(".tgz", []byte("\x1f\x8b\x08\x00"))
	f.Add(".tar", make([]byte, 1024))
	f.Fuzz(func(t *testing.T, end string, data []byte) {
		if end != ".zip" && end != ".tgz" {
			end = ".tar"
		}
		file := filepath.Join(t.TempDir(), "f"+end)
		if err := os.WriteFile(file, data, 0o666); err != nil {
			t.Fatal(err)
		}
		n := 0
		_ = executables(file, func(link.Executable) { n++ }) // any error will do
		if n > len(data) {
			t.Errorf("got %d executables of %d bytes", n, len(data))
		}
	})
}
