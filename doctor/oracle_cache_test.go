package doctor_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/goportdoctor/goportdoctor/doctor"
)

// seeded gives each C compiler its build cache. All begin with the packages of
// the standard library that have no C in them, compiled once for all, since no
// compiler has a part in them; the run is a third shorter for it.
func (o *oracle) seeded(toolchain, caches string, cells []cell) func(compiler string) string {
	seed := filepath.Join(caches, "seed")
	grow := sync.OnceFunc(func() { o.grow(toolchain, seed, cells) })
	var mu sync.Mutex
	return func(compiler string) string {
		mu.Lock()
		defer mu.Unlock()
		dir := filepath.Join(caches, compiler)
		if _, err := os.Stat(dir); err != nil {
			grow()
			hardLinks(seed, dir)
		}
		return dir
	}
}

// grow compiles for each port that several C compilers, or one and none, build
// for.
func (o *oracle) grow(toolchain, seed string, cells []cell) {
	ports := map[string]bool{}
	for _, c := range cells {
		if c.toolchain == toolchain && c.build.compiler != "gcc" {
			for _, kv := range c.build.env {
				if arch, ok := strings.CutPrefix(kv, "GOARCH="); ok {
					ports[arch] = true
				}
			}
			ports[""] = true
		}
	}
	most := "net"
	if *wholeMatrix {
		most = "nethttp"
	}
	for arch := range ports {
		c := cell{program{dir: most}, b("seed", "", "CGO_ENABLED=0"), toolchain}
		if arch != "" {
			c.build.env = append(c.build.env, "GOARCH="+arch)
		}
		options := o.options(c, seed)
		doctor.Build(context.Background(), options, options.Patterns, filepath.Join(o.dir, "seed-exe"))
	}
}

// seedCache is a build cache that holds packages of the standard library without
// C, and stays from one run to the next.
func seedCache(t *testing.T) string {
	t.Helper()
	o := oracle{dir: t.TempDir(), keepCaches: true}
	seed := filepath.Join(o.caches(localToolchain), "seed")
	o.grow(localToolchain, seed, []cell{{toolchain: localToolchain}})
	return seed
}

// hardLinks makes a folder of hard links, or of copies if that is another file
// system's. A file of a build cache is never written to again.
func hardLinks(from, to string) {
	_ = filepath.WalkDir(from, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, file)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o777)
		}
		if os.Link(file, filepath.Join(to, rel)) == nil {
			return nil
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), data, 0o666)
	})
}
