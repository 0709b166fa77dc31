package toolchain

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// read reads the cgo directives from a compiled package.
func (a Archivist) read(file string) (link.CgoArchive, error) {
	archive := link.CgoArchive{File: file, Source: link.SourceBuildCache}
	if rel, err := filepath.Rel(a.GOROOT, file); err == nil && filepath.IsLocal(rel) {
		archive.Source = link.SourceGOROOTArchive
	}
	f, err := os.Open(file)
	if err != nil {
		return archive, err
	}
	defer f.Close()
	line, err := cgoLine(f)
	if err != nil {
		return archive, fmt.Errorf("%s: %w", file, err)
	}
	var found [][]string
	if err := json.Unmarshal(line, &found); err != nil {
		return archive, fmt.Errorf("%s: %w", file, err)
	}
	for _, d := range found {
		addDirective(&archive, d)
	}
	return archive, nil
}

// The parts of an archive (cmd/internal/archive): a mark, then entries, each a
// header of fixed size and that many bytes, padded to an even number.
const (
	arMark       = "!<arch>\n"
	arHeaderSize = 60
	arSizeAt     = 48
	arSizeLen    = 10
)

// cgoLine finds the directives in the compiled object, which is the archive's
// second entry; most of what comes before it is export data.
func cgoLine(f io.ReaderAt) ([]byte, error) {
	mark := make([]byte, len(arMark))
	if _, err := f.ReadAt(mark, 0); err != nil || string(mark) != arMark {
		return nil, errors.New("not an archive")
	}
	at := int64(len(arMark))
	for range 2 {
		header := make([]byte, arHeaderSize)
		if _, err := f.ReadAt(header, at); err != nil {
			return nil, errors.New("archive ends early")
		}
		size, err := strconv.ParseInt(strings.TrimSpace(string(header[arSizeAt:arSizeAt+arSizeLen])), 10, 64)
		if err != nil || size < 0 {
			return nil, errors.New("archive with an entry of no size")
		}
		at += arHeaderSize
		if line := directives(io.NewSectionReader(f, at, min(size, maxObject))); line != nil {
			return line, nil
		}
		at += size + size%2
	}
	return nil, errors.New("no cgo directives")
}

// maxObject bounds what is read of an entry.
const maxObject = 16 << 20

// directives is the line after the mark in the text at the head of a compiled
// object, nil where there is none.
func directives(object io.Reader) []byte {
	r := bufio.NewReader(object)
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return nil
		}
		switch {
		case bytes.HasPrefix(line, []byte("$$B")), string(line) == "!\n":
			return nil // what follows is no text
		case string(line) == "$$  // cgo\n":
			if line, err = r.ReadBytes('\n'); err != nil {
				return nil
			}
			return line
		}
	}
}

// addDirective takes a directive that cgo -dynimport wrote (cmd/cgo/out.go).
func addDirective(a *link.CgoArchive, d []string) {
	switch {
	case len(d) == 2 && d[0] == "cgo_dynamic_linker":
		a.Loader = d[1]
	case len(d) == 4 && d[0] == "cgo_import_dynamic" && d[1] == "_":
		a.Libs = append(a.Libs, d[3])
	case len(d) >= 3 && d[0] == "cgo_import_dynamic":
		name, version, _ := strings.Cut(d[2], "#")
		a.Symbols = append(a.Symbols, link.Symbol{Name: name, Version: version, Lib: last(d[3:])})
	}
}

func last(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return words[len(words)-1]
}
