package oci

import (
	"cmp"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
)

const (
	maxNodes = 1_000_000 // files of all images
	maxNames = 64 << 20  // bytes of all names in the headers of the archive and its layers
	maxPath  = 4096      // bytes of one name or link: Linux's PATH_MAX
	maxSteps = 1 << 27   // folders that all names lead through
)

// A Kind is what is at a path.
type Kind uint8

const (
	Nothing Kind = iota
	Folder
	Regular
	Link
	Special // a device, a pipe
	// Hidden cannot be told: a layer puts something below what a lower layer has
	// as a link or a file, and runtimes do not agree on what becomes of that; or the
	// file is sparse.
	Hidden
)

// A Node is what is at one path.
type Node struct {
	Kind       Kind
	To         string // of a link
	Executable bool   // somebody may execute it
	Privileged bool   // setuid, setgid or with capabilities: its loader trusts less
}

// A Tree is the file system of an image. Paths are absolute, and hold no links
// but for the last part.
type Tree struct {
	root  *node
	spool *spool
	keep  Keep

	layer int32
	plain [4]*node // regular files of this layer that are not kept
}

// A node is a Node with its content. Regular files that are not kept share one.
type node struct {
	Node
	layer    int32 // the last one that has it
	pruned   int32 // the last one that emptied this folder
	children map[string]*node
	content  io.ReaderAt // nil for a file that is not kept
	at, size int64
}

func newFolder(layer int32) *node {
	return &node{Node: Node{Kind: Folder}, layer: layer, children: map[string]*node{}}
}

// Stat is what is at a path itself.
func (t *Tree) Stat(path string) Node {
	if n := t.at(path); n != nil {
		return n.Node
	}
	return Node{}
}

func (t *Tree) at(path string) *node {
	n := t.root
	for part := range strings.SplitSeq(path, "/") {
		if part == "" {
			continue
		}
		if n = n.children[part]; n == nil || n.Kind == Hidden {
			return n
		}
	}
	return n
}

// Open gives the content of a file that was kept, nil for another.
func (t *Tree) Open(path string) *io.SectionReader {
	n := t.at(path)
	if n == nil || n.content == nil {
		return nil
	}
	return io.NewSectionReader(n.content, n.at, n.size)
}

// All are the paths of everything, in the order of their names. Links of a layer
// can lead to folders so deep that no path names what they hold: it is left out.
func (t *Tree) All() iter.Seq2[string, Node] {
	return func(yield func(string, Node) bool) { t.root.walk("", yield) }
}

func (n *node) walk(at string, yield func(string, Node) bool) bool {
	if len(at) > maxPath {
		return true
	}
	if !yield(cmp.Or(at, "/"), n.Node) {
		return false
	}
	for _, name := range slices.Sorted(maps.Keys(n.children)) {
		if !n.children[name].walk(at+"/"+name, yield) {
			return false
		}
	}
	return true
}

// prune takes out what lower layers have, and reports whether nothing is left.
// What this layer emptied already holds nothing of theirs.
func (n *node) prune(layer int32) bool {
	if n.pruned == layer {
		return n.layer < layer
	}
	n.pruned = layer
	for name, child := range n.children {
		if child.prune(layer) {
			delete(n.children, name)
		}
	}
	return n.layer < layer
}

// parts splits a name, which may not lead out of the image.
func parts(name string) ([]string, error) {
	var all []string
	for part := range strings.SplitSeq(name, "/") {
		switch part {
		case "", ".":
		case "..":
			if len(all) == 0 {
				return nil, fmt.Errorf("the name %q leads out of the image", name)
			}
			all = all[:len(all)-1]
		default:
			all = append(all, part)
		}
	}
	return all, nil
}

// folder is the one at a path. With make it is made where it is not there; nil
// is one that is not there, or of which it cannot be told. Links of the layer
// itself are followed; of those of lower layers the runtimes think differently.
func (t *Tree) folder(path []string, make bool) (*node, error) {
	at, links := []*node{t.root}, 0
	for rest := slices.Clone(path); len(rest) > 0; {
		part := rest[0]
		rest = rest[1:]
		if t.spool.steps++; t.spool.steps > maxSteps {
			return nil, fmt.Errorf("names that lead through more than %d folders", maxSteps)
		}
		if part == "" || part == "." {
			continue
		}
		if part == ".." {
			at = at[:max(len(at)-1, 1)]
			continue
		}
		next, err := t.step(at[len(at)-1], part, make)
		if next == nil || err != nil {
			return nil, err
		}
		if next.Kind != Link {
			at = append(at, next)
			continue
		}
		if links++; links > maxLinks {
			return nil, fmt.Errorf("%q leads through links that go round in circles", strings.Join(path, "/"))
		}
		if strings.HasPrefix(next.To, "/") {
			at = at[:1]
		}
		rest = append(strings.Split(next.To, "/"), rest...)
	}
	return at[len(at)-1], nil
}

// step goes into a folder, or gives a link to follow.
func (t *Tree) step(dir *node, name string, make bool) (*node, error) {
	n := dir.children[name]
	switch {
	case n == nil && !make:
		return nil, nil
	case n == nil:
		n = newFolder(t.layer)
		return n, t.put(dir, name, n)
	case n.Kind == Folder:
		if make {
			n.layer = t.layer
		}
		return n, nil
	case n.Kind == Link && (n.layer == t.layer || !make):
		return n, nil
	case n.Kind == Hidden || !make:
		return nil, nil
	case n.layer == t.layer:
		return nil, fmt.Errorf("a file in %q, which is no folder", name)
	}
	dir.children[name] = &node{Node: Node{Kind: Hidden}, layer: t.layer}
	return nil, nil
}

// put has a name in a folder stand for a node.
func (t *Tree) put(dir *node, name string, n *node) error {
	if t.spool.nodes++; t.spool.nodes > maxNodes {
		return fmt.Errorf("more than %d files", maxNodes)
	}
	dir.children[strings.Clone(name)] = n
	return nil
}
