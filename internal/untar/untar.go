// Package untar reads tar archives. The standard library's archive/tar does so
// too, and imports os/user for what it writes, by which goportdoctor itself
// would be linked with cgo and depend on the dynamic linker of whoever built it.
//
// It reads what POSIX, GNU tar and star write, and says of sparse files, whose
// content is in pieces, only that they are sparse.
package untar

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Types of entries, as in a header.
const (
	Regular    = '0'
	HardLink   = '1'
	Symlink    = '2'
	CharDev    = '3'
	BlockDev   = '4'
	Folder     = '5'
	Fifo       = '6'
	Contiguous = '7' // a regular file for all but historic systems
	Global     = 'g' // records for all entries to come
	sparse     = 'S'
	extended   = 'x'
	longName   = 'L'
	longLink   = 'K'
	historic   = 0 // a regular file or a folder
)

const (
	block = 512
	// maxRecords bounds long names and extended records of one entry.
	maxRecords = 1 << 20
)

// ErrHeader is for what is not a tar archive, or not a whole one.
var ErrHeader = errors.New("not a header of a tar archive")

// A Header describes one entry.
type Header struct {
	Name, Linkname string
	Typeflag       byte
	Size           int64             // bytes of content in the archive
	Mode           int64             // permissions
	Sparse         bool              // the content is in pieces, and the size not the file's
	Records        map[string]string // extended ones, as SCHILY.xattr.NAME

	maps bool // of the pieces follow
}

// A Reader reads one entry after the other.
type Reader struct {
	r    io.Reader
	left int64 // of the current entry's content
	pad  int64 // behind it
	err  error
}

// NewReader reads an archive that is not compressed.
func NewReader(r io.Reader) *Reader { return &Reader{r: r} }

// Next goes on to the next entry, io.EOF at the end of the archive.
func (t *Reader) Next() (*Header, error) {
	if t.err != nil {
		return nil, t.err
	}
	h, err := t.next()
	t.err = err
	return h, err
}

// Read reads the current entry's content.
func (t *Reader) Read(b []byte) (int, error) {
	if t.err != nil {
		return 0, t.err
	}
	if t.left == 0 {
		return 0, io.EOF
	}
	n, err := t.r.Read(b[:min(int64(len(b)), t.left)])
	t.left -= int64(n)
	if errors.Is(err, io.EOF) && t.left > 0 {
		err = io.ErrUnexpectedEOF
	} else if errors.Is(err, io.EOF) {
		err = nil
	}
	if err != nil {
		t.err = err
	}
	return n, err
}

// next reads headers up to that of an entry: those before it give it longer
// names than its own has room for.
func (t *Reader) next() (*Header, error) {
	records, name, link := map[string]string{}, "", ""
	for first := true; ; first = false {
		raw, err := t.header(first)
		if err != nil {
			return nil, err
		}
		h, err := parse(raw)
		if err != nil {
			return nil, err
		}
		switch h.Typeflag {
		case extended, longName, longLink:
		default:
			return t.entry(h, records, name, link)
		}
		data, err := t.special(h.Size)
		switch {
		case err != nil:
			return nil, err
		case h.Typeflag == longName:
			name = text(data)
		case h.Typeflag == longLink:
			link = text(data)
		default:
			if records, err = parseRecords(data); err != nil {
				return nil, err
			}
		}
	}
}

// header is the next block that is one. Archives end with two blocks of zeros, or
// where the file does.
func (t *Reader) header(first bool) ([]byte, error) {
	if err := t.skip(t.left + t.pad); err != nil {
		return nil, err
	}
	t.left, t.pad = 0, 0
	raw := make([]byte, block)
	zeros := make([]byte, block)
	for n := range 2 {
		if _, err := io.ReadFull(t.r, raw); errors.Is(err, io.EOF) && (first || n > 0) {
			return nil, io.EOF
		} else if err != nil {
			return nil, unexpected(err)
		}
		if !bytes.Equal(raw, zeros) {
			if n > 0 {
				return nil, ErrHeader
			}
			return raw, nil
		}
	}
	if !first {
		return nil, ErrHeader // a long name of no file
	}
	return nil, io.EOF
}

// skip goes over bytes: all but the last without reading where the archive can be
// read at will, so that one that is cut off is noticed.
func (t *Reader) skip(n int64) error {
	if s, ok := t.r.(io.Seeker); ok && n > 1 {
		if _, err := s.Seek(n-1, io.SeekCurrent); err == nil {
			n = 1
		}
	}
	_, err := io.CopyN(io.Discard, t.r, n)
	return unexpected(err)
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// special is the content of a header that is of another one.
func (t *Reader) special(size int64) ([]byte, error) {
	if size > maxRecords {
		return nil, fmt.Errorf("a name or records of %d bytes: %w", size, ErrHeader)
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(t.r, data); err != nil {
		return nil, unexpected(err)
	}
	t.pad = padding(size)
	return data, nil
}

func padding(size int64) int64 { return -size & (block - 1) }

// entry completes a header by what came before it.
func (t *Reader) entry(h *Header, records map[string]string, name, link string) (*Header, error) {
	if h.Typeflag == Global {
		data, err := t.special(h.Size)
		if err != nil {
			return nil, err
		}
		h.Records, err = parseRecords(data)
		return h, err
	}
	if err := h.extend(records); err != nil {
		return nil, err
	}
	if name != "" {
		h.Name = name
	}
	if link != "" {
		h.Linkname = link
	}
	if h.maps {
		if err := t.skipMaps(); err != nil {
			return nil, err
		}
	}
	switch h.Typeflag {
	case historic: // folders have a name that says so
		if h.Typeflag = Regular; strings.HasSuffix(h.Name, "/") {
			h.Typeflag, h.Size = Folder, 0
		}
	case HardLink, Symlink, CharDev, BlockDev, Folder, Fifo:
		h.Size = 0 // whatever the header says
	case sparse:
		h.Typeflag, h.Sparse = Regular, true
	}
	t.left, t.pad = h.Size, padding(h.Size)
	return h, nil
}

// extend takes over what extended records say.
func (h *Header) extend(records map[string]string) error {
	h.Records = records
	for key, value := range records {
		switch {
		case value == "":
			continue // as if it was not there
		case key == "path":
			h.Name = value
		case key == "linkpath":
			h.Linkname = value
		case key == "size":
			size, err := strconv.ParseInt(value, 10, 64)
			if err != nil || size < 0 {
				return ErrHeader
			}
			h.Size = size
		case strings.HasPrefix(key, "GNU.sparse."):
			h.Sparse = true
		}
	}
	if name := records["GNU.sparse.name"]; name != "" {
		h.Name = name
	}
	return nil
}

// parseRecords reads "LENGTH KEY=VALUE\n", where the length is of all of it.
func parseRecords(data []byte) (map[string]string, error) {
	records := map[string]string{}
	for rest := string(data); rest != ""; {
		digits, _, ok := strings.Cut(rest, " ")
		n, err := strconv.ParseUint(digits, 10, 32)
		if !ok || err != nil || int(n) > len(rest) || int(n) <= len(digits)+1 || rest[n-1] != '\n' {
			return nil, ErrHeader
		}
		key, value, ok := strings.Cut(rest[len(digits)+1:n-1], "=")
		if !ok || key == "" || strings.Contains(key, "\x00") || isText(key) && strings.Contains(value, "\x00") {
			return nil, ErrHeader
		}
		records[key] = value
		rest = rest[n:]
	}
	return records, nil
}

// isText reports whether a record's value is a name, which no zero byte is in.
func isText(key string) bool {
	return key == "path" || key == "linkpath" || key == "uname" || key == "gname"
}
