package load

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goportdoctor/goportdoctor/internal/store"
)

// An envMemory keeps what go env said from one run to the next: that takes half
// as long as listing the packages. It keeps nothing of a go command that is not
// known to answer by itself, from a tree that it is part of.
type envMemory struct {
	dir, entry string // of the store
	kept       keptEnv
}

// A keptEnv is an answer with what it depended on.
type keptEnv struct {
	Key      string
	Env      Env
	Compiler string // where PATH had the C compiler, without which cgo is off
}

// memory is where the answer to the request is kept, nil where it is not to be.
func (r Request) memory() *envMemory {
	path, err := Go(r.Env)
	if r.CacheDir == "" || err != nil || !r.keepsToolchain() || r.localVersion() == "" {
		return nil
	}
	dir, err := filepath.Abs(r.Dir)
	if err != nil {
		return nil
	}
	place, whole := sha256.New(), sha256.New()
	fmt.Fprintf(place, "%q %q", path, dir)
	fmt.Fprintf(whole, "%q", envNames)
	for _, kv := range slices.Sorted(slices.Values(r.Env)) {
		name, _, _ := strings.Cut(kv, "=")
		switch {
		case name == "_" || name == "OLDPWD" || name == "SHLVL":
		case strings.HasPrefix(name, "GO") || strings.HasPrefix(name, "CGO_") || name == "CC":
			fmt.Fprintf(place, " %q", kv)
		default:
			fmt.Fprintf(whole, " %q", kv)
		}
	}
	for _, file := range r.envFiles(path, dir) {
		info, err := os.Stat(file)
		switch {
		case err != nil:
			continue
		case time.Since(info.ModTime()) < 2*time.Second:
			return nil // it may change once more without its size and time telling
		}
		fmt.Fprintf(whole, " %q %d %d", file, info.Size(), info.ModTime().UnixNano())
	}
	name := hex.EncodeToString(place.Sum(nil)[:12])
	return &envMemory{r.CacheDir, "env/" + name + ".json", keptEnv{Key: name + hex.EncodeToString(whole.Sum(nil))}}
}

// envFiles are those that go env reads or looks for.
func (r Request) envFiles(goTool, dir string) []string {
	files := []string{UserSettings(r.Env), r.setting("GOWORK")}
	if real, err := filepath.EvalSymlinks(goTool); err == nil {
		root := filepath.Dir(filepath.Dir(real))
		files = append(files, real, filepath.Join(root, "VERSION"), filepath.Join(root, "go.env"))
	}
	for ; ; dir = filepath.Dir(dir) {
		files = append(files, filepath.Join(dir, "go.mod"), filepath.Join(dir, "go.work"))
		if dir == filepath.Dir(dir) {
			return files
		}
	}
}

// recall is what was kept, nil where it does not hold any more.
func (m *envMemory) recall(env []string) Env {
	if m == nil {
		return nil
	}
	var kept keptEnv
	data, err := store.Read(m.dir, m.entry)
	if err != nil || json.Unmarshal(data, &kept) != nil || kept.Key != m.kept.Key || kept.Compiler != compilerOf(kept.Env, env) {
		return nil
	}
	return kept.Env
}

// keep keeps an answer of a go command that lies in the GOROOT it names.
func (m *envMemory) keep(answer Env, environ []string) {
	if m == nil || answer["GOVERSION"] == "" || strings.ContainsAny(answer["CC"], `"'`) {
		return
	}
	path, err := Go(environ)
	if err != nil || !within(path, answer["GOROOT"]) {
		return
	}
	m.kept.Env, m.kept.Compiler = answer, compilerOf(answer, environ)
	if data, err := json.Marshal(m.kept); err == nil {
		store.Write(m.dir, m.entry, data)
	}
}

// within reports whether a file is in a folder, once links are followed.
func within(file, dir string) bool {
	file, ferr := filepath.EvalSymlinks(file)
	dir, derr := filepath.EvalSymlinks(dir)
	return ferr == nil && derr == nil && strings.HasPrefix(file, dir+string(filepath.Separator))
}

// compilerOf is where PATH has the C compiler of an answer, "" for nowhere.
func compilerOf(answer Env, environ []string) string {
	words := strings.Fields(answer["CC"])
	if len(words) == 0 {
		return ""
	}
	path, err := lookPath(words[0], environ)
	if err != nil {
		return ""
	}
	return path
}
