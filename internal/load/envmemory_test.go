package load

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestEnvMemory: an answer of go env is recalled while nothing that it depends on
// has changed. What was kept gets a mark, by which a recalled answer is known.
func TestEnvMemory(t *testing.T) {
	top := files(t, map[string]string{"m/go.mod": "module m\n\ngo 1.21\n", "settings": "GOFLAGS=-mod=mod\n", "bin/own-cc": "#!/bin/sh\n", "empty/x": ""})
	at := func(name string) string { return filepath.Join(top, filepath.FromSlash(name)) }
	past := time.Now().Add(-time.Hour)
	age := func(names ...string) {
		for _, name := range names {
			if err := os.Chtimes(at(name), past, past); err != nil {
				t.Fatal(err)
			}
		}
	}
	age("m/go.mod", "settings")
	if err := os.Chmod(at("bin/own-cc"), 0o755); err != nil {
		t.Fatal(err)
	}
	list := string(os.PathListSeparator)
	r := Request{Dir: at("m"), CacheDir: at("cache"), Env: append(os.Environ(), "GOENV="+at("settings"), "GOTOOLCHAIN=local", "CC=own-cc", "CGO_ENABLED=",
		"GOFLAGS=", "PATH="+at("empty")+list+at("bin")+list+os.Getenv("PATH"))}
	ask := func(r Request) Env {
		t.Helper()
		env, err := Environment(context.Background(), r)
		if err != nil {
			t.Fatal(err)
		}
		return env
	}
	marked := func() Env {
		t.Helper()
		ask(r)
		m := r.memory()
		env := m.recall(r.Env)
		if env == nil {
			t.Fatal("got nothing kept, want an answer")
		}
		env["GOCACHE"] = "marked"
		m.keep(env, r.Env)
		return env
	}
	if want, got := marked(), ask(r); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v recalled", got, want)
	}
	with := func(kv string) Request {
		other := r
		other.Env = append(r.Env[:len(r.Env):len(r.Env)], kv)
		return other
	}
	for name, other := range map[string]Request{
		"a variable":      with("GOFLAGS=-tags=x"),
		"another":         with("HOME=" + at("empty")),
		"another folder":  {Dir: top, CacheDir: r.CacheDir, Env: r.Env},
		"no cache folder": {Dir: r.Dir, Env: r.Env},
	} {
		marked()
		if got := ask(other); got["GOCACHE"] == "marked" {
			t.Errorf("%s: got what was kept, want it asked anew", name)
		}
	}
	for _, c := range []struct {
		name   string
		change func() error
	}{
		{"go env -w", func() error { return os.WriteFile(at("settings"), []byte("GOFLAGS=-mod=readonly\n"), 0o666) }},
		{"go.mod", func() error { return os.WriteFile(at("m/go.mod"), []byte("module m\n\ngo 1.22\n"), 0o666) }},
		{"go.work", func() error { return os.WriteFile(at("go.work"), []byte("go 1.22\n\nuse ./m\n"), 0o666) }},
		{"no C compiler", func() error { return os.Rename(at("bin/own-cc"), at("bin/old")) }},
		{"a C compiler", func() error { return os.WriteFile(at("empty/own-cc"), []byte("#!/bin/sh\n"), 0o755) }},
		{"no go.mod", func() error { return os.Remove(at("m/go.mod")) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			marked()
			if err := c.change(); err != nil {
				t.Fatal(err)
			}
			got, want := ask(r), ask(Request{Dir: r.Dir, Env: r.Env})
			if !maps.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
			for _, name := range []string{"settings", "m/go.mod", "go.work"} {
				if _, err := os.Stat(at(name)); err == nil {
					age(name)
				}
			}
		})
	}
}

// TestEnvNotKept: of a go command that another may stand for, nothing is kept.
func TestEnvNotKept(t *testing.T) {
	dir := files(t, map[string]string{"go": "#!/bin/sh\necho '{}'\n", "m/go.mod": "module m\n"})
	if err := os.Chmod(filepath.Join(dir, "go"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, env := range map[string][]string{
		"a script":          append(os.Environ(), "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"), "GOTOOLCHAIN=local"),
		"another toolchain": append(os.Environ(), "GOTOOLCHAIN=go1.99.1"),
	} {
		if m := (Request{Dir: dir, CacheDir: dir, Env: env}).memory(); m != nil {
			t.Errorf("%s: got %s to keep the answer in, want nothing kept", name, m.entry)
		}
	}
}
