package capture

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/inspect"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/oci"
	"github.com/goportdoctor/goportdoctor/internal/target"
)

// Image is an image as a target: with one system for each of its platforms. file
// is that of the image, and after a # which of several images or platforms.
func Image(name, file string) (*target.Target, error) {
	all, err := openImages(name, file)
	if err != nil {
		return nil, err
	}
	var targets []*target.Target
	for _, i := range all {
		targets = append(targets, i.describe())
	}
	return together(targets, name), nil
}

// A Program is a Go executable of an image, the platform's file system, and where
// in it the executable lies.
type Program struct {
	link.Executable
	In    *target.Target
	Place target.Place
}

// Programs finds the Go executables of an image.
func Programs(name, file string, found func(Program)) error {
	all, err := openImages(name, file)
	if err != nil {
		return err
	}
	any := false
	for _, i := range all {
		t := i.describe()
		for at, node := range i.tree.All() {
			r := i.tree.Open(at)
			if r == nil {
				continue
			}
			// What cannot be read, the kernel does not start either.
			e, err := inspect.Reader(r, r.Size())
			if err != nil || !isProgram(e) {
				continue
			}
			e.File = i.name + "!" + at
			any = true
			found(Program{e, t, target.Place{Path: at, Refused: !node.Executable, Privileged: node.Privileged}})
		}
	}
	if !any {
		return fmt.Errorf("%q: no Go executable in it", file)
	}
	return nil
}

// isProgram leaves out what Go did not make, and libraries.
func isProgram(e link.Executable) bool {
	made := e.GoVersion != "" || e.LinkMode.Value != link.ModeNone
	return made && (e.BuildMode == "exe" || e.BuildMode == "pie" || e.BuildMode == "")
}

// An image is the file system of one platform.
type image struct {
	*root
	tree          *oci.Tree
	name          string
	arch, variant string
	env           []string // of its configuration
}

func openImages(name, file string) ([]image, error) {
	at, pick := oci.Split(file)
	// What is open stays so as long as targets may look into it: for the process.
	found, err := oci.Open(at, pick, wanted)
	if err != nil {
		return nil, err
	}
	var all []image
	for _, i := range found.All {
		p := i.Platform
		one := image{&root{tree: imageTree{i.Tree}, files: map[string]*target.File{}}, i.Tree, name, p.Architecture, p.Variant, i.Env}
		if len(found.All) > 1 {
			before, _ := oci.Split(name)
			one.name = before + "#" + p.String()
		}
		all = append(all, one)
	}
	return all, nil
}

// variable is the value of a variable of an image, "" where it is not set.
func (i image) variable(name string) string {
	for _, kv := range slices.Backward(i.env) {
		if v, ok := strings.CutPrefix(kv, name+"="); ok {
			return v
		}
	}
	return ""
}

// started tells a system with what variables the image has programs started.
// Loaders take semicolons between the folders of LD_LIBRARY_PATH as well, and
// blanks between the libraries of LD_PRELOAD.
func (i image) started(s *target.System) {
	if v := i.variable("LD_LIBRARY_PATH"); v != "" {
		s.LibraryPath = strings.Split(strings.ReplaceAll(v, ";", ":"), ":")
	}
	preload := strings.FieldsFunc(i.variable("LD_PRELOAD"), func(c rune) bool { return c == ':' || c == ' ' })
	s.Preload = append(preload, s.Preload...)
	s.BindNow = i.variable("LD_BIND_NOW") != ""
}

func (i image) describe() *target.Target {
	t := i.target(i.name, "the image "+i.name, target.Runtime, i.arch)
	for n := range t.Systems {
		i.started(&t.Systems[n])
		// A runtime takes an image of a variant on processors that have as much.
		if s := &t.Systems[n]; s.GOARCH == i.arch {
			s.Level = max(s.Level, levelOfVariant(i.arch, i.variant))
		}
	}
	// The platform's own architecture comes first.
	if n := slices.IndexFunc(t.Systems, func(s target.System) bool { return s.GOARCH == i.arch }); n > 0 {
		t.Systems[0], t.Systems[n] = t.Systems[n], t.Systems[0]
	}
	return t
}

// together is one target of all platforms. What else a platform's image runs
// gives way to the platform of that architecture.
func together(all []*target.Target, name string) *target.Target {
	t := *all[0]
	t.Name, t.Title, t.Sources = name, "the image "+name, []string{"read from the image " + name}
	t.Systems = nil
	for _, each := range all {
		t.Systems = append(t.Systems, each.Systems[:1]...)
		for _, p := range [][2]*target.Presence{{&t.CACerts, &each.CACerts}, {&t.Passwd, &each.Passwd}, {&t.Zoneinfo, &each.Zoneinfo}} {
			if *p[0] != *p[1] {
				*p[0] = target.Unstated
			}
		}
	}
	for _, each := range all {
		for _, s := range each.Systems[1:] {
			if t.For(s.GOARCH) == nil {
				t.Systems = append(t.Systems, s)
			}
		}
	}
	return &t
}

// describeImage reads all platforms of an image as a whole.
func describeImage(name, file string) (*target.Target, error) {
	all, err := openImages(name, file)
	if err != nil {
		return nil, err
	}
	var targets []*target.Target
	for _, i := range all {
		t := i.describe()
		if err := i.whole(t); err != nil {
			return nil, err
		}
		targets = append(targets, t)
	}
	return together(targets, name), nil
}

// wanted are the files of an image that may have to be read: executables,
// libraries, and what loaders read.
func wanted(name string, head []byte) bool {
	base := path.Base(name)
	if base == "ld.so.cache" || target.IsLibraryName(name) {
		return true
	}
	if bytes.HasPrefix(head, []byte("!<arch>")) {
		return false
	}
	_, err := inspect.Reader(bytes.NewReader(head), int64(len(head)))
	return !errors.Is(err, inspect.ErrNotExecutable)
}

// An imageTree is the file system of an image.
type imageTree struct{ t *oci.Tree }

func (i imageTree) stat(name string) node {
	n := i.t.Stat(name)
	kinds := map[oci.Kind]kind{oci.Folder: folder, oci.Regular: regular, oci.Link: symlink, oci.Special: special, oci.Hidden: hidden}
	return node{kind: kinds[n.Kind], to: n.To}
}

func (i imageTree) elf(name string) (*target.File, target.Presence) {
	r := i.t.Open(name)
	if r == nil {
		return nil, target.Unstated
	}
	file := newFile(name, r, r.Size())
	if file == nil {
		return nil, target.Unstated
	}
	file.NotExecutable = !i.t.Stat(name).Executable
	if file.Fault != target.NoFault {
		return file, target.Present
	}
	file.Lazily(func() map[string]bool {
		x, _ := inspect.ExportsOf(r, r.Size())
		return x
	})
	return file, target.Present
}

func (i imageTree) small(name string) ([]byte, bool) {
	r := i.t.Open(name)
	if r == nil || r.Size() > maxSmall {
		return nil, false
	}
	data, err := io.ReadAll(r)
	return data, err == nil
}

func (i imageTree) libraries() (files []string, links map[string]string, unseen []string, err error) {
	links = map[string]string{}
	for name, n := range i.t.All() {
		switch {
		case n.Kind == oci.Link:
			links[name] = n.To
		case target.IsLibraryName(name):
			files = append(files, name)
		}
	}
	return files, links, nil, nil
}
