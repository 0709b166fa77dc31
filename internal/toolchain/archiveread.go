package toolchain

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
	"github.com/goportdoctor/goportdoctor/internal/link"
)

// read reads the cgo directives from a compiled package, and which entry of the
// build cache leads to it.
func (a Archivist) read(file string) (archive link.CgoArchive, entry string, err error) {
	archive = link.CgoArchive{File: file, Source: link.SourceBuildCache}
	if rel, err := filepath.Rel(a.GOROOT, file); err == nil && filepath.IsLocal(rel) {
		archive.Source = link.SourceGOROOTArchive
	}
	f, err := bounded.Open(file, bounded.Unlimited)
	if err != nil {
		return archive, "", err
	}
	defer f.Close()
	line, err := cgoLine(f)
	if err != nil {
		return archive, "", fmt.Errorf("%s: %w", file, err)
	}
	var found [][]string
	if err := json.Unmarshal(line, &found); err != nil {
		return archive, "", fmt.Errorf("%s: %w", file, err)
	}
	for _, d := range found {
		addDirective(&archive, d)
	}
	archive.External = hasEntry(f, "preferlinkext")
	return archive, a.entry(f, file), nil
}

// The parts of an archive (cmd/internal/archive): a mark, then entries, each a
// header of fixed size and that many bytes, padded to an even number.
const (
	arMark       = "!<arch>\n"
	arHeaderSize = 60
	arNameLen    = 16
	arSizeAt     = 48
	arSizeLen    = 10
)

// cgoLine finds the directives in the compiled object, which is the archive's
// second entry; most of what comes before it is export data.
func cgoLine(f io.ReaderAt) (line []byte, err error) {
	n := 0
	err = entries(f, func(_ string, body *io.SectionReader) bool {
		n++
		line = directives(io.NewSectionReader(body, 0, maxObject))
		return line == nil && n < 2
	})
	switch {
	case line != nil:
		return line, nil
	case errors.Is(err, io.EOF):
		return nil, errors.New("archive ends early")
	case err != nil:
		return nil, err
	}
	return nil, errors.New("no cgo directives")
}

// hasEntry reports whether an archive has an entry of a name, of 15 bytes at most.
func hasEntry(f io.ReaderAt, want string) (found bool) {
	_ = entries(f, func(name string, _ *io.SectionReader) bool { // which ends at the end of the file
		found = name == want
		return !found
	})
	return found
}

// entries goes through an archive's entries for as long as more says so. The end
// of the file is io.EOF.
func entries(f io.ReaderAt, more func(name string, body *io.SectionReader) bool) error {
	mark := make([]byte, len(arMark))
	if _, err := f.ReadAt(mark, 0); err != nil || string(mark) != arMark {
		return errors.New("not an archive")
	}
	for at, n := int64(len(arMark)), 0; n < maxEntries; n++ {
		header := make([]byte, arHeaderSize)
		if _, err := f.ReadAt(header, at); err != nil {
			return io.EOF
		}
		size, err := strconv.ParseInt(strings.TrimSpace(string(header[arSizeAt:arSizeAt+arSizeLen])), 10, 64)
		if err != nil || size < 0 {
			return errors.New("archive with an entry of no size")
		}
		at += arHeaderSize
		name := strings.TrimRight(string(header[:arNameLen]), " /\x00")
		if !more(name, io.NewSectionReader(f, at, size)) {
			return nil
		}
		at += size + size%2
	}
	return nil
}

// maxEntries bounds what is gone through; cmd/cgo and the assembler make dozens.
const maxEntries = 1000

// entry is the build cache's entry that leads to an archive: it is named after
// the action whose build ID the archive has, and is written anew when the action
// is done again (cmd/go/internal/cache). "" where there is none.
func (a Archivist) entry(f io.ReaderAt, file string) string {
	head := make([]byte, 1024)
	n, _ := f.ReadAt(head, 0)
	_, id, _ := bytes.Cut(head[:n], []byte("\nbuild id \""))
	id, _, _ = bytes.Cut(id, []byte("/"))
	action, err := base64.RawURLEncoding.DecodeString(string(id))
	if err != nil || len(action) == 0 {
		return ""
	}
	start := hex.EncodeToString(action) // of the action's hash
	dir := filepath.Join(a.GOCACHE, start[:2])
	entries, _ := bounded.ReadDir(dir, bounded.Entries) // without any there is none of this name
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool {
		return !strings.HasPrefix(e.Name(), start) || !strings.HasSuffix(e.Name(), "-a")
	})
	if len(entries) != 1 {
		return ""
	}
	entry := filepath.Join(dir, entries[0].Name())
	if !leadsTo(entry, file) {
		return ""
	}
	return entry
}

// leadsTo reports whether an entry of the build cache names a file as the
// action's output: "v1 ACTION OUTPUT SIZE TIME".
func leadsTo(entry, file string) bool {
	data, err := bounded.ReadFile(entry, 4096)
	words := strings.Fields(string(data))
	return err == nil && len(words) == 5 && words[2]+"-d" == filepath.Base(file)
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
