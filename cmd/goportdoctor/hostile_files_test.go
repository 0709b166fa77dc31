//go:build linux

package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// tree returns all that is in the victim's folder, by path, with what files hold,
// except what may change: goportdoctor's cache, and the go command's module cache
// and counters in the home folder.
func (v victim) tree() map[string]string {
	found := map[string]string{}
	filepath.WalkDir(v.base, func(path string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(v.base, path)
		switch rel {
		case "cache", "canary", "record", "home/go", "home/.config/go/telemetry", "home/.cache":
			return skip(d)
		}
		if err != nil {
			found[rel] = "not readable"
			return skip(d)
		}
		found[rel] = describe(path, d)
		return nil
	})
	return found
}

func skip(d fs.DirEntry) error {
	if d != nil && d.IsDir() {
		return filepath.SkipDir
	}
	return nil
}

// describe says what a file is. A folder's time is no matter.
func describe(path string, d fs.DirEntry) string {
	info, err := d.Info()
	if err != nil {
		return "not readable"
	}
	if !info.Mode().IsRegular() {
		target, _ := os.Readlink(path)
		return info.Mode().String() + target
	}
	text := fmt.Sprint(info.Mode(), info.Size(), info.ModTime())
	if info.Size() < 1<<16 {
		data, _ := os.ReadFile(path)
		text += string(data)
	}
	return text
}

// changed lists what is not as it was, and what is left in the folder for
// temporary files.
func changed(v victim, before map[string]string) []string {
	var harm []string
	after := v.tree()
	for path, is := range after {
		was, existed := before[path]
		switch {
		case strings.HasPrefix(path, "home/.config") && !existed && !strings.HasSuffix(path, "/env"): // folders above the counters
		case !existed:
			harm = append(harm, fmt.Sprintf("got a new file %q, want none", path))
		case was != is:
			harm = append(harm, fmt.Sprintf("got another %q, want it as it was", path))
		}
	}
	for path := range before {
		if _, ok := after[path]; !ok {
			harm = append(harm, fmt.Sprintf("got no %q, want it as it was", path))
		}
	}
	slices.Sort(harm)
	return harm[:min(len(harm), 5)]
}
