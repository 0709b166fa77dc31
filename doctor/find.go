package doctor

import (
	"archive/zip"
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

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
	return filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
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
	z, err := zip.OpenReader(file)
	if err != nil {
		return fmt.Errorf("%q: %w", file, err)
	}
	defer z.Close()
	if len(z.File) > maxFiles {
		return fmt.Errorf("%q: more than %d files", file, maxFiles)
	}
	left := int64(maxArchive)
	for _, f := range z.File {
		if !f.Mode().IsRegular() {
			continue
		}
		r, err := f.Open()
		if err == nil {
			err = member(r, file+"!"+f.Name, &left, found)
			r.Close()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func inTar(file string, found func(link.Executable)) error {
	f, err := os.Open(file)
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
	left := int64(maxArchive)
	// What is skipped is unpacked too, and counts.
	archive := untar.NewReader(io.LimitReader(r, maxArchive))
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
		if err := member(archive, file+"!"+head.Name, &left, found); err != nil {
			return err
		}
	}
}

// member inspects one file of an archive, which only a temporary file lets be
// read at will. Whether it may be an executable its first bytes tell.
func member(r io.Reader, name string, left *int64, found func(link.Executable)) error {
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
	limit := min(*left, maxMember)
	size, err := io.Copy(temporary, io.LimitReader(b, limit))
	if err != nil {
		return fmt.Errorf("%q: %w", name, err)
	}
	if *left -= size; size == limit {
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
