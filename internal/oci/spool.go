package oci

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
	"github.com/goportdoctor/goportdoctor/internal/untar"
)

const (
	maxSpool  = 16 << 30 // bytes on disk
	maxWindow = 64 << 20 // bytes that zstd may look back
)

// A spool holds on disk what has to be read at will, and counts what all images
// of a file take.
type spool struct {
	file *os.File // nil until something is held
	size int64
	open []io.Closer // all that is to be closed

	inflation           bounded.Inflation // of all layers
	nested              bool              // what goes in now was unpacked already
	nodes, names, steps int               // see maxNodes, maxNames, maxSteps
}

// A rawReader reads packed bytes in order, and counts them.
type rawReader struct {
	io.Reader
	s *spool
}

func (r rawReader) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b)
	if !r.s.nested {
		r.s.inflation.Packed += int64(n)
	}
	return n, err
}

func (s *spool) raw(r io.ReaderAt, size int64) io.Reader {
	return rawReader{io.NewSectionReader(r, 0, size), s}
}

// A plainReader reads unpacked bytes and refuses bombs.
type plainReader struct {
	io.ReadCloser
	s *spool
}

func (r plainReader) Read(b []byte) (int, error) {
	n, err := r.ReadCloser.Read(b)
	if bomb := r.s.inflation.Add(n); bomb != nil {
		return 0, bomb
	}
	return n, err
}

// unpack tells by the first bytes how r is compressed, and reads what it is
// without; packed is false where it is not compressed.
func (s *spool) unpack(r io.Reader) (plain io.ReadCloser, packed bool, err error) {
	b := bufio.NewReaderSize(r, 64<<10)
	head, err := b.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, false, err
	}
	switch {
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, true, err
		}
		return plainReader{z, s}, true, nil
	case bytes.HasPrefix(head, []byte("\x28\xb5\x2f\xfd")):
		z, err := zstd.NewReader(b, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, true, err
		}
		return plainReader{z.IOReadCloser(), s}, true, nil
	}
	return plainReader{io.NopCloser(b), s}, false, nil
}

// count holds the names of an entry against what there can be: a runtime that
// unpacks a longer one is told ENAMETOOLONG.
func (s *spool) count(h *untar.Header) error {
	if n := max(len(h.Name), len(h.Linkname)); n > maxPath {
		return fmt.Errorf("a name of %d bytes, more than the %d of any path", n, maxPath)
	}
	if s.names += len(h.Name) + len(h.Linkname); s.names > maxNames {
		return fmt.Errorf("names of more than %d bytes", maxNames)
	}
	return nil
}

func (s *spool) close() error {
	var all []error
	for _, c := range s.open {
		all = append(all, c.Close())
	}
	s.open = nil
	return errors.Join(all...)
}

// hold copies r to the end of the spool, and gives where it is.
func (s *spool) hold(r io.Reader) (at, size int64, err error) {
	if s.file == nil {
		if s.file, err = temporary(); err != nil {
			return 0, 0, err
		}
		s.open = append(s.open, s.file)
	}
	at = s.size
	size, err = io.Copy(s.file, io.LimitReader(r, maxSpool-at))
	if s.size += size; err == nil && s.size >= maxSpool {
		err = fmt.Errorf("more than %d bytes of executables and libraries", int64(maxSpool))
	}
	return at, size, err
}

// whole holds all that r reads.
func (s *spool) whole(r io.Reader) (io.ReaderAt, int64, error) {
	at, size, err := s.hold(r)
	if err != nil {
		return nil, 0, err
	}
	s.nested = true
	return io.NewSectionReader(s.file, at, size), size, nil
}
