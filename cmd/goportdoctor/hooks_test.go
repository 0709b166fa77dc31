package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/goproxytest"
	"github.com/rogpeppe/go-internal/testscript"
)

// checkout copies this checkout, as it stands and without its tests' data, into
// a folder: checkout DIR. Where others get goportdoctor's hooks from is a
// repository made of that.
func checkout(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: checkout dir")
	}
	to, top := ts.MkAbs(args[0]), filepath.Join("..", "..")
	ts.Check(fs.WalkDir(os.DirFS(top), ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && (e.Name() == "testdata" || e.Name() == ".git"):
			return fs.SkipDir
		case e.IsDir():
			return os.MkdirAll(filepath.Join(to, name), 0o777)
		case !e.Type().IsRegular() || e.Name() == ".git": // a file in a work tree of its own
			return nil
		}
		data, err := os.ReadFile(filepath.Join(top, name))
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), data, info.Mode())
	}))
}

// modproxy serves the modules of a folder's folders, each named as
// example.com_m_v1.0.0, before those that this machine has: modproxy DIR. The
// script gets a module cache of its own.
func modproxy(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: modproxy dir")
	}
	s, err := goproxytest.NewServer(ts.MkAbs(args[0]), "")
	ts.Check(err)
	ts.Defer(s.Close)
	have := filepath.ToSlash(ts.Getenv("MODCACHE"))
	ts.Setenv("GOPROXY", s.URL+",file:///"+strings.TrimPrefix(have, "/")+"/cache/download")
	ts.Setenv("GOMODCACHE", ts.MkAbs("modcache"))
	ts.Setenv("GONOSUMDB", "*")
	ts.Setenv("GOFLAGS", "-modcacherw")
}
