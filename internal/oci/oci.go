// Package oci reads the file systems of images: OCI layouts and archives of
// docker save, as folders or tar files, with or without compression.
//
// They are hostile. Layers are streamed: of a file, nothing is held but its
// place, and the contents that are asked for go into one temporary file. What
// is held has bounds, and so has what a layer unpacks to.
package oci

import (
	"errors"
	"fmt"
	"os"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// An Image is the file system of one platform.
type Image struct {
	Platform v1.Platform
	Tree     *Tree
	Env      []string // of its configuration, as NAME=value
}

// Keep tells which regular files will be opened, by their path in the image and
// their first bytes, at most Head of them.
type Keep func(path string, head []byte) bool

// Head is how many bytes of a file Keep is asked about.
const Head = 8

// Images are the images of one name, one for each platform, and what is open for
// reading their files.
type Images struct {
	All   []Image
	spool *spool
}

// Close ends the reading of the files of all images.
func (i *Images) Close() error { return i.spool.close() }

// Open reads the images of one name in the file or folder. pick is a platform, as
// linux/arm64, or the name of an image where there are several; "" is for all
// platforms of the only one.
func Open(file, pick string, keep Keep) (*Images, error) {
	s := &spool{}
	all, err := read(s, file, pick, keep)
	if err != nil {
		s.close()
		return nil, fmt.Errorf("%q: %w", file, err)
	}
	return &Images{all, s}, nil
}

// Split parts FILE#PICK, unless there is a file of the whole name.
func Split(name string) (file, pick string) {
	i := strings.LastIndexByte(name, '#')
	if i < 0 {
		return name, ""
	}
	if _, err := os.Stat(name); err == nil {
		return name, ""
	}
	return name[:i], name[i+1:]
}

func read(s *spool, file, pick string, keep Keep) ([]Image, error) {
	blobs, err := openBlobs(file, s)
	if err != nil {
		return nil, err
	}
	found, err := manifests(blobs)
	if err != nil {
		return nil, err
	}
	if found, err = choose(found, pick); err != nil {
		return nil, err
	}
	var all []Image
	for _, m := range found {
		t := &Tree{root: newFolder(0), spool: s, keep: keep}
		for i, l := range m.layers {
			if err := t.add(blobs, l, i+1); err != nil {
				return nil, fmt.Errorf("layer %s: %w", l, err)
			}
		}
		all = append(all, Image{m.platform, t, m.env})
	}
	return all, nil
}

// IsImage reports whether a folder is an image rather than a root file system.
func IsImage(dir string) bool {
	for _, name := range []string{"oci-layout", "manifest.json"} {
		if info, err := os.Lstat(dir + "/" + name); err == nil && info.Mode().IsRegular() {
			return true
		}
	}
	return false
}

var errNoImage = errors.New("neither an OCI layout nor an archive of docker save: there is no index.json and no manifest.json in it")
