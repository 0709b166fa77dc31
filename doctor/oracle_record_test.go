package doctor_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// A record keeps what came of builds from one run of the oracle to the next, so
// that the whole matrix can be built in parts. What a build gives does not
// depend on what was predicted of it; it depends on the program, the flags and
// the environment, and on what reads the executable, which make up the key.
type record struct {
	mu      sync.Mutex
	file    *os.File
	known   map[string]truth
	readers string            // digest of the source that reads executables
	sources map[string]string // digests of the programs, by folder
}

// A truth is one line of a record.
type truth struct {
	Key     string
	Actual  link.Executable
	Failure string `json:",omitempty"`
}

// openRecord reads the record of a folder; "" has none, which nil is.
func openRecord(t *testing.T, dir string) *record {
	t.Helper()
	if dir == "" {
		return nil
	}
	r := &record{known: map[string]truth{}, sources: map[string]string{}, readers: digestOf(t, "../internal/inspect")}
	for _, p := range oraclePrograms {
		r.sources[p.dir] = digestOf(t, "../testdata/programs/"+p.dir)
	}
	name := filepath.Join(dir, "builds.json")
	data, err := os.ReadFile(name)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for line := range bytes.Lines(data) {
		var known truth
		if err := json.Unmarshal(line, &known); err != nil {
			continue // the end of a run that was cut off
		}
		r.known[known.Key] = known
	}
	if r.file, err = os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.file.Close() })
	return r
}

func (r *record) key(c cell) string {
	return fmt.Sprintf("%s %q %q %s %s", c.name(), c.build.env, c.build.flags, r.sources[c.dir], r.readers)
}

// recall is what came of a cell's build in an earlier run.
func (r *record) recall(c cell) (truth, bool) {
	if r == nil {
		return truth{}, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	known, ok := r.known[r.key(c)]
	return known, ok
}

// keep adds what came of a cell's build.
func (r *record) keep(c cell, actual link.Executable, failure string) {
	if r == nil {
		return
	}
	data, err := json.Marshal(truth{r.key(c), actual, failure})
	if err != nil {
		panic(err) // it is made of strings, numbers and lists
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, err := r.file.Write(append(data, '\n')); err != nil {
		panic(err)
	}
}

// digestOf is of a folder's files, but for tests.
func digestOf(t *testing.T, dir string) string {
	t.Helper()
	h := sha256.New()
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || strings.HasSuffix(file, "_test.go") {
			return err
		}
		data, err := os.ReadFile(file)
		fmt.Fprintf(h, "%s\x00%d\x00%s", filepath.ToSlash(file), len(data), data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
