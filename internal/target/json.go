package target

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// A Description is what targets are written as: version 1.
type Description struct {
	Version int             `json:"version"`
	Targets listOf[*Target] `json:"targets"`
}

// What is read of a description has bounds. Real ones have a thousand files, and
// their names take most of the bytes; an empty file takes 400 for its 3.
const (
	maxDescription = 32 << 20 // bytes
	maxObjects     = 1 << 16  // files, loaders and systems, and what is null
	maxValues      = 1 << 21  // by the commas between them
)

// A listOf is a list of objects. Where one of them is none it ends: encoding/json
// goes on, and keeps an empty one for each digit of a text.
type listOf[T any] []T

func (l *listOf[T]) UnmarshalJSON(data []byte) error {
	*l = nil
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	switch start, err := dec.Token(); {
	case err != nil || start == nil:
		return err
	case start != json.Delim('['):
		return fmt.Errorf("%v where a list belongs", start)
	}
	for dec.More() {
		var x T
		if err := dec.Decode(&x); err != nil {
			return err
		}
		*l = append(*l, x)
	}
	return nil
}

// Read reads the description of one target. A field that is not known is an
// error: what it says could change a verdict.
func Read(r io.Reader) (*Target, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxDescription+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxDescription {
		return nil, fmt.Errorf("a target description of more than %d bytes", maxDescription)
	}
	if n := bytes.Count(data, []byte("{")) + bytes.Count(data, []byte("null")); n > maxObjects {
		return nil, fmt.Errorf("a target description of %d files, loaders and systems, more than %d", n, maxObjects)
	}
	if n := bytes.Count(data, []byte(",")); n > maxValues {
		return nil, fmt.Errorf("a target description of %d values, more than %d", n, maxValues)
	}
	var head struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("not a target description: %w", err)
	}
	if head.Version != 1 {
		return nil, fmt.Errorf("a target description of version %d; version 1 is known", head.Version)
	}
	var d Description
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return nil, fmt.Errorf("not a target description: %w", err)
	}
	if len(d.Targets) != 1 || d.Targets[0] == nil {
		return nil, fmt.Errorf("a description of %d targets, want one", len(d.Targets))
	}
	t := d.Targets[0]
	t.whole()
	for i := range t.Systems {
		for j := range t.Systems[i].Files {
			t.Systems[i].Files[j].remember()
		}
	}
	return t, t.check()
}

// Write writes descriptions.
func Write(w io.Writer, targets ...*Target) error {
	for _, t := range targets {
		t.whole()
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", " ")
	enc.SetEscapeHTML(false)
	return enc.Encode(Description{Version: 1, Targets: targets})
}

// whole has every list present.
func (t *Target) whole() {
	list := func(l *[]string) {
		if *l == nil {
			*l = []string{}
		}
	}
	list(&t.Sources)
	if t.Systems == nil {
		t.Systems = []System{}
	}
	for i := range t.Systems {
		s := &t.Systems[i]
		list(&s.Open)
		list(&s.LibraryPath)
		list(&s.Preload)
		if s.Links == nil {
			s.Links = map[string]string{}
		}
		if s.Files == nil {
			s.Files = []File{}
		}
		for j := range s.Files {
			f := &s.Files[j]
			for _, l := range []*[]string{&f.Needed, &f.RPath, &f.RunPath, &f.Needs, &f.Defines} {
				list(l)
			}
			if f.Loader != nil {
				list(&f.Loader.Search)
			}
		}
	}
}

func (t *Target) check() error {
	if t.Name == "" || t.GOOS == "" {
		return errors.New("a target description without name or goos")
	}
	for _, p := range []Presence{t.CACerts, t.Passwd, t.Zoneinfo} {
		if p != Present && p != Absent && p != Unstated {
			return fmt.Errorf("a presence of %q, want yes, no or unknown", p)
		}
	}
	for _, s := range t.Systems {
		if s.Level != "" && !slices.Contains(Levels(s.GOARCH), s.Level) {
			return fmt.Errorf("the level %q of %s, want one of %q", s.Level, s.GOARCH, Levels(s.GOARCH))
		}
		for _, f := range s.Files {
			if !strings.HasPrefix(f.Path, "/") {
				return fmt.Errorf("the path %q of a file, want an absolute one", f.Path)
			}
			if f.Fault != NoFault && !slices.Contains(faults, f.Fault) {
				return fmt.Errorf("the fault %q of %s, want one of %q", f.Fault, f.Path, faults)
			}
		}
	}
	return nil
}
