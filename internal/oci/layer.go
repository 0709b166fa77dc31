package oci

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/untar"
)

// What a layer calls that which it takes away (the OCI image specification).
const (
	whiteout = ".wh."
	opaque   = ".wh..wh..opq"
	reserved = ".wh..wh." // other names of aufs
)

// add puts a layer over what is there.
func (t *Tree) add(b blobs, l layer, number int) error {
	r, size, err := b.open(l.name)
	if err != nil {
		return err
	}
	var s stream
	if c, ok := r.(io.Closer); ok {
		defer func() {
			if s.direct == nil {
				c.Close()
			} else {
				t.spool.open = append(t.spool.open, c)
			}
		}()
	}
	if l.size >= 0 && l.size != size {
		return fmt.Errorf("a file of %d bytes, want %d", size, l.size)
	}
	t.layer, t.plain = int32(number), [4]*node{}
	digest := sha256.New()
	raw := io.TeeReader(t.spool.raw(r, size), digest)
	unpacked, packed, err := t.spool.unpack(raw)
	if err != nil {
		return err
	}
	defer unpacked.Close()
	plain, diff := io.Reader(unpacked), sha256.New()
	if l.digest.Hex == "" {
		plain = io.TeeReader(plain, diff)
	}
	s.Reader = plain
	if !packed {
		s.direct = r
	}
	if err := t.entries(&s); err != nil {
		return err
	}
	// What follows the end of the archive is part of the digest.
	for _, rest := range []io.Reader{plain, raw} {
		if _, err := io.Copy(io.Discard, rest); err != nil {
			return err
		}
	}
	if l.digest.Hex == "" {
		return holds(diff, l.diff.Hex, "unpacked it ")
	}
	return holds(digest, l.digest.Hex, "it ")
}

func holds(h hash.Hash, want, what string) error {
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		return fmt.Errorf("%shas the digest sha256:%s, want sha256:%s", what, got, want)
	}
	return nil
}

// A stream is a layer, unpacked, and where in it the reader is.
type stream struct {
	io.Reader
	read   int64
	direct io.ReaderAt // the same bytes at will, nil where they are packed
}

func (s *stream) Read(b []byte) (int, error) {
	n, err := s.Reader.Read(b)
	s.read += int64(n)
	return n, err
}

func (t *Tree) entries(s *stream) error {
	archive, head := untar.NewReader(s), bufio.NewReader(nil)
	for {
		h, err := archive.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := t.spool.count(h); err != nil {
			return err
		}
		if h.Typeflag == untar.Global {
			continue
		}
		head.Reset(archive)
		if err := t.entry(h, s, head); err != nil {
			return err
		}
	}
}

// entry puts one file of the layer into the tree.
func (t *Tree) entry(h *untar.Header, s *stream, content *bufio.Reader) error {
	path, err := parts(h.Name)
	if err != nil || len(path) == 0 {
		return err
	}
	name := path[len(path)-1]
	if strings.HasPrefix(name, whiteout) {
		return t.takeAway(path[:len(path)-1], name)
	}
	dir, err := t.folder(path[:len(path)-1], true)
	if err != nil || dir == nil {
		return err
	}
	if h.Typeflag == untar.Folder {
		return t.makeFolder(dir, name)
	}
	n, err := t.newNode(h, "/"+strings.Join(path, "/"), s, content)
	if err != nil {
		return err
	}
	return t.put(dir, name, n)
}

func (t *Tree) makeFolder(dir *node, name string) error {
	n := dir.children[name]
	switch {
	case n != nil && n.Kind == Folder:
		n.layer = t.layer
		return nil
	case n != nil && n.Kind == Hidden && n.layer == t.layer:
		return nil
	}
	return t.put(dir, name, newFolder(t.layer))
}

// takeAway follows a whiteout: it takes away what lower layers have, not what
// this one has.
func (t *Tree) takeAway(path []string, name string) error {
	dir, err := t.folder(path, false)
	if err != nil {
		return err
	}
	of := strings.TrimPrefix(name, whiteout)
	switch {
	case name == opaque:
		if dir != nil {
			dir.prune(t.layer)
		}
	case strings.HasPrefix(name, reserved):
	case of == "" || of == "." || of == "..":
		return fmt.Errorf("the whiteout %q is for no file", name)
	case dir != nil && dir.children[of] != nil && dir.children[of].prune(t.layer):
		delete(dir.children, of)
	}
	return nil
}

// newNode is what a header says that is at a path.
func (t *Tree) newNode(h *untar.Header, path string, s *stream, content *bufio.Reader) (*node, error) {
	const setID, execute = 0o6000, 0o111
	switch h.Typeflag {
	case untar.Regular, untar.Contiguous:
		if h.Sparse {
			return &node{Node: Node{Kind: Hidden}, layer: t.layer}, nil
		}
		n := node{Node: Node{Kind: Regular, Executable: h.Mode&execute != 0,
			Privileged: h.Mode&setID != 0 || h.Records["SCHILY.xattr.security.capability"] != ""}, layer: t.layer}
		return t.regular(n, h, path, s, content)
	case untar.Symlink:
		return &node{Node: Node{Kind: Link, To: strings.Clone(h.Linkname)}, layer: t.layer}, nil
	case untar.HardLink:
		return t.hardLink(h)
	case untar.CharDev, untar.BlockDev, untar.Fifo:
		return &node{Node: Node{Kind: Special}, layer: t.layer}, nil
	}
	return nil, fmt.Errorf("%q: an entry of type %q", h.Name, h.Typeflag)
}

// regular is a file: with its content where that is to be kept.
func (t *Tree) regular(n node, h *untar.Header, path string, s *stream, content *bufio.Reader) (*node, error) {
	at := s.read
	head, err := content.Peek(Head)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if !t.keep(path, head) {
		return t.shared(n), nil
	}
	if s.direct != nil {
		n.content, n.at, n.size = s.direct, at, h.Size
		return &n, nil
	}
	if n.at, n.size, err = t.spool.hold(content); err != nil {
		return nil, err
	}
	n.content = t.spool.file
	return &n, nil
}

// shared is the node for all regular files of the layer that are not kept.
func (t *Tree) shared(n node) *node {
	i := 0
	if n.Executable {
		i |= 1
	}
	if n.Privileged {
		i |= 2
	}
	if t.plain[i] == nil {
		t.plain[i] = &n
	}
	return t.plain[i]
}

// hardLink is another name of a file that is there already.
func (t *Tree) hardLink(h *untar.Header) (*node, error) {
	path, err := parts(h.Linkname)
	if err != nil {
		return nil, err
	}
	if len(path) == 0 {
		return nil, fmt.Errorf("%q: a hard link to a folder", h.Name)
	}
	dir, err := t.folder(path[:len(path)-1], false)
	if err != nil {
		return nil, err
	}
	if dir == nil || dir.children[path[len(path)-1]] == nil {
		if n := t.at(strings.Join(path, "/")); n != nil && n.Kind == Hidden {
			return &node{Node: Node{Kind: Hidden}, layer: t.layer}, nil
		}
		return nil, fmt.Errorf("%q: a hard link to %q, which is not there", h.Name, h.Linkname)
	}
	n := *dir.children[path[len(path)-1]]
	if n.Kind == Folder {
		return nil, fmt.Errorf("%q: a hard link to a folder", h.Name)
	}
	n.layer = t.layer
	if n.Kind == Regular && n.content == nil {
		return t.shared(n), nil
	}
	return &n, nil
}
