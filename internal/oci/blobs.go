package oci

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
	"github.com/goportdoctor/goportdoctor/internal/untar"
)

const (
	maxText   = 8 << 20 // bytes of an index, a manifest or a configuration
	maxValues = 1 << 16 // values in one of these: decoded, one takes a hundred times its text
	maxBlobs  = 100_000 // files of one archive
	maxLinks  = 40      // of one path, as in Linux
)

// A blobs is the files of an image, by their path in it.
type blobs interface {
	open(name string) (io.ReaderAt, int64, error)
}

// A missing file is one that the image names and does not have.
type missing string

func (m missing) Error() string { return fmt.Sprintf("%q is not in it", string(m)) }

func openBlobs(file string, s *spool) (blobs, error) {
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		at, err := os.OpenRoot(file)
		if err != nil {
			return nil, err
		}
		s.open = append(s.open, at)
		return folderOf{at}, nil
	}
	f, err := bounded.Open(file, bounded.Unlimited)
	if err != nil {
		return nil, err
	}
	if info, err = f.Stat(); err != nil {
		f.Close()
		return nil, err
	}
	s.open = append(s.open, f)
	return indexOf(f, info.Size(), s)
}

// A folderOf is a layout on disk. No link leads out of it.
type folderOf struct{ at *os.Root }

func (d folderOf) open(name string) (io.ReaderAt, int64, error) {
	name = inside(name)
	f, err := bounded.OpenIn(d.at, name, bounded.Unlimited)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, 0, missing(name)
	case err != nil:
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, info.Size(), nil
}

// inside is a path without what would lead out of the image.
func inside(name string) string {
	return strings.TrimPrefix(path.Clean("/"+name), "/")
}

// An index tells where a tar file has its files. Archives of older Dockers have
// links for layers that are there already.
type index struct {
	r     io.ReaderAt
	files map[string]span
	links map[string]string
}

type span struct{ at, size int64 }

// indexOf reads the headers of a tar file, which it unpacks first where it is
// compressed.
func indexOf(r io.ReaderAt, size int64, s *spool) (*index, error) {
	raw := s.raw(r, size)
	plain, packed, err := s.unpack(raw)
	if err != nil {
		return nil, err
	}
	defer plain.Close()
	if packed {
		if r, size, err = s.whole(plain); err != nil {
			return nil, err
		}
	}
	x := &index{r: r, files: map[string]span{}, links: map[string]string{}}
	section := io.NewSectionReader(r, 0, size)
	archive := untar.NewReader(section)
	for n := 0; ; n++ {
		head, err := archive.Next()
		switch {
		case errors.Is(err, io.EOF):
			return x, nil
		case err != nil && n == 0:
			return nil, errors.New("neither a folder nor a tar file")
		case err != nil:
			return nil, err
		case n > maxBlobs:
			return nil, fmt.Errorf("more than %d files", maxBlobs)
		}
		if err := s.count(head); err != nil {
			return nil, err
		}
		at, _ := section.Seek(0, io.SeekCurrent)
		x.add(head, at)
	}
}

func (x *index) add(head *untar.Header, at int64) {
	name := inside(head.Name)
	switch head.Typeflag {
	case untar.Regular:
		x.files[name] = span{at, head.Size}
	case untar.Symlink:
		x.links[name] = inside(path.Join(path.Dir(name), head.Linkname))
	case untar.HardLink:
		x.links[name] = inside(head.Linkname)
	}
}

func (x *index) open(name string) (io.ReaderAt, int64, error) {
	name = inside(name)
	at := name
	for range maxLinks {
		if f, ok := x.files[at]; ok {
			return io.NewSectionReader(x.r, f.at, f.size), f.size, nil
		}
		to, ok := x.links[at]
		if !ok {
			return nil, 0, missing(name)
		}
		at = to
	}
	return nil, 0, fmt.Errorf("%q is a link that goes round in circles", name)
}

// text reads a small file whole; digest is what it has to be, "" for whatever
// it is.
func text(b blobs, name, digest string) ([]byte, error) {
	r, size, err := b.open(name)
	if err != nil {
		return nil, err
	}
	if c, ok := r.(io.Closer); ok {
		defer c.Close()
	}
	if size > maxText {
		return nil, fmt.Errorf("%q has %d bytes, more than the %d of any real one", name, size, maxText)
	}
	data, err := io.ReadAll(io.NewSectionReader(r, 0, size))
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(data); digest != "" && hex.EncodeToString(sum[:]) != digest {
		return nil, fmt.Errorf("%q has the digest sha256:%x", name, sum)
	}
	if values(data) > maxValues {
		return nil, fmt.Errorf("%q has more than %d values", name, maxValues)
	}
	return bytes.TrimPrefix(data, []byte("\ufeff")), nil
}

// values counts those of a JSON text, by the commas between them.
func values(data []byte) int {
	n, quoted := 1, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			n++
		}
	}
	return n
}
