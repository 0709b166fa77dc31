package doctor

import (
	"archive/zip"
	"bufio"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
	"github.com/goportdoctor/goportdoctor/internal/inspect"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/process"
	"github.com/goportdoctor/goportdoctor/internal/untar"
)

const (
	maxFiles   = 100_000 // of one folder or archive
	maxMember  = 2 << 30 // bytes of one file in an archive
	maxArchive = 16 << 30
)

// executables inspects a file, or every executable in a folder or in an archive
// of a release (.tar.gz, .tgz, .tar, .zip). Of those, other files are left out.
func executables(file string, found func(link.Executable)) error {
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return inFolder(file, found)
	case strings.HasSuffix(file, ".zip"):
		return inZip(file, found)
	case strings.HasSuffix(file, ".tar.gz"), strings.HasSuffix(file, ".tgz"), strings.HasSuffix(file, ".tar"):
		return inTar(file, found)
	}
	e, err := inspect.File(file)
	if err == nil {
		e.File = file
		found(e)
	}
	return err
}

func inFolder(dir string, found func(link.Executable)) error {
	n := 0
	return bounded.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if n++; n > maxFiles {
			return fmt.Errorf("%q: more than %d files", dir, maxFiles)
		}
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		e, err := inspect.File(file)
		if errors.Is(err, inspect.ErrNotExecutable) {
			return nil
		}
		if err == nil {
			e.File = file
			found(e)
		}
		return err
	})
}

func inZip(file string, found func(link.Executable)) error {
	f, size, err := openArchive(file)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := zip.NewReader(f, size)
	if err == nil {
		err = soundZip(z)
	}
	if err != nil {
		return fmt.Errorf("%q: %w", file, err)
	}
	unpacking := bounded.Inflation{Packed: size, Limit: maxArchive}
	for _, f := range z.File {
		if !f.Mode().IsRegular() {
			continue
		}
		r, err := f.Open()
		if err == nil {
			err = member(unpacking.Reader(r), file+"!"+f.Name, found)
			r.Close()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func openArchive(file string) (*os.File, int64, error) {
	f, err := bounded.Open(file, bounded.Unlimited)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, info.Size(), nil
}

// soundZip refuses an archive of too many files, and one in which files share their
// packed bytes: a small archive can then unpack to any size.
func soundZip(z *zip.Reader) error {
	if len(z.File) > maxFiles {
		return fmt.Errorf("more than %d files", maxFiles)
	}
	type span struct{ start, end int64 }
	var spans []span
	for _, f := range z.File {
		start, err := f.DataOffset()
		if err != nil {
			return err
		}
		if f.CompressedSize64 > math.MaxInt64-uint64(start) {
			return zip.ErrFormat
		}
		if f.CompressedSize64 > 0 {
			spans = append(spans, span{start, start + int64(f.CompressedSize64)})
		}
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.start, b.start) })
	for i := 1; i < len(spans); i++ {
		if spans[i].start < spans[i-1].end {
			return errors.New("files in it overlap")
		}
	}
	return nil
}

func inTar(file string, found func(link.Executable)) error {
	f, size, err := openArchive(file)
	if err != nil {
		return err
	}
	defer f.Close()
	var r io.Reader = bufio.NewReader(f)
	if !strings.HasSuffix(file, ".tar") {
		if r, err = gzip.NewReader(r); err != nil {
			return fmt.Errorf("%q: %w", file, err)
		}
	}
	// What is skipped is unpacked too, and counts.
	unpacking := bounded.Inflation{Packed: size, Limit: maxArchive}
	archive := untar.NewReader(unpacking.Reader(r))
	for n := 0; ; n++ {
		head, err := archive.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("%q: %w", file, err)
		case n > maxFiles:
			return fmt.Errorf("%q: more than %d files", file, maxFiles)
		case head.Typeflag != untar.Regular || head.Sparse:
			continue // nobody releases sparse files
		}
		if err := member(archive, file+"!"+head.Name, found); err != nil {
			return err
		}
	}
}

// member inspects one file of an archive, which only a temporary file lets be
// read at will. Whether it may be an executable its first bytes tell.
func member(r io.Reader, name string, found func(link.Executable)) error {
	b := bufio.NewReader(r)
	head, _ := b.Peek(8)
	if _, err := inspect.Reader(strings.NewReader(string(head)), int64(len(head))); errors.Is(err, inspect.ErrNotExecutable) {
		return nil
	}
	temporary, err := process.CreateTemp("member")
	if err != nil {
		return err
	}
	defer process.Remove(temporary.Name())
	defer temporary.Close()
	size, err := io.Copy(temporary, io.LimitReader(b, maxMember))
	if err != nil {
		return fmt.Errorf("%q: %w", name, err)
	}
	if size == maxMember {
		return fmt.Errorf("%q: more to unpack than any release has", name)
	}
	e, err := inspect.Reader(temporary, size)
	switch {
	case errors.Is(err, inspect.ErrNotExecutable):
		return nil
	case err != nil:
		return fmt.Errorf("%q: %w", name, err)
	}
	e.File = name
	found(e)
	return nil
}
