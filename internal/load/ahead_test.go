package load

import (
	"os"
	"path/filepath"
	"testing"
)

// TestKeepsToolchain: packages are listed ahead of go env only where the go
// command on PATH is sure to answer by itself.
func TestKeepsToolchain(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return filepath.Dir(file)
	}
	bin := write("goroot/bin/go", "#!/bin/sh\n", 0o777)
	write("goroot/VERSION", "go1.26.8\ntime 2026-01-01\n", 0o666)
	older := write("older/go.mod", "module m\n\ngo 1.21\n", 0o666)
	newer := write("newer/go.mod", "module m\n\ngo 1.27.4\n", 0o666)
	line := write("line/go.mod", "module m\n\ngo 1.21\n\ntoolchain go1.27.4\n", 0o666)
	below := write("newer/below/x.txt", "", 0o666)
	work := write("work/go.work", "go 1.27.4\n", 0o666)
	settings := filepath.Join(write("settings", "GOTOOLCHAIN=go1.27.4\n", 0o666), "settings")
	for _, c := range []struct {
		name, dir string
		env       []string
		flags     []Flag
		want      bool
	}{
		{"older go line", older, nil, nil, true},
		{"newer go line", newer, nil, nil, false},
		{"newer go line, local", newer, []string{"GOTOOLCHAIN=local"}, nil, true},
		{"named toolchain", older, []string{"GOTOOLCHAIN=go1.27.4"}, nil, false},
		{"toolchain line", line, nil, nil, false},
		{"go.mod above", below, nil, nil, false},
		{"go.work", work, nil, nil, false},
		{"go env -w", older, []string{"GOENV=" + settings}, nil, false},
		{"GOWORK", older, []string{"GOWORK=/x/go.work"}, nil, false},
		{"-modfile", older, nil, []Flag{{"modfile", "x.mod"}}, false},
		{"no VERSION beside go", older, []string{"PATH=" + older}, nil, false},
	} {
		r := Request{Dir: c.dir, Env: append([]string{"PATH=" + bin, "GOENV=off"}, c.env...), Flags: c.flags}
		if got := r.keepsToolchain(); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}
