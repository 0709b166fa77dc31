package target

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A Description is what targets are written as: version 1.
type Description struct {
	Version int       `json:"version"`
	Targets []*Target `json:"targets"`
}

// maxDescription bounds a description that is read, in bytes.
const maxDescription = 64 << 20

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
		for _, f := range s.Files {
			if !strings.HasPrefix(f.Path, "/") {
				return fmt.Errorf("the path %q of a file, want an absolute one", f.Path)
			}
		}
	}
	return nil
}
