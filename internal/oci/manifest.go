package oci

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

const (
	maxNested    = 4        // indexes in indexes
	maxManifests = 256      // of all names and platforms
	maxLayers    = 512      // of one image; runtimes take 127
	maxTexts     = 16 << 20 // bytes of all manifests and configurations
)

// A manifest is one image for one platform.
type manifest struct {
	id       string   // the same, the same image
	names    []string // that it has in the archive
	platform v1.Platform
	env      []string
	layers   []layer
}

// A layer is a blob, and what it has to be.
type layer struct {
	name   string  // the path of its file
	digest v1.Hash // of the file as it is
	diff   v1.Hash // of the file unpacked, where digest is not known
	size   int64   // -1 where it is not known
}

func (l layer) String() string {
	if l.digest.Hex != "" {
		return l.digest.String()
	}
	return fmt.Sprintf("%q", l.name)
}

// manifests finds the images for Linux: OCI's way, or Docker's.
func manifests(b blobs) ([]manifest, error) {
	r := reader{blobs: b}
	data, err := text(b, "index.json", "")
	if err == nil {
		index, err := v1.ParseIndexManifest(bytes.NewReader(data))
		if err != nil {
			return nil, fmt.Errorf("index.json: %w", err)
		}
		err = r.index(index, nil, 0)
		return r.found, err
	}
	if !errors.As(err, new(missing)) {
		return nil, err
	}
	data, err = text(b, "manifest.json", "")
	switch {
	case errors.As(err, new(missing)):
		return nil, errNoImage
	case err != nil:
		return nil, err
	}
	err = r.docker(data)
	return r.found, err
}

type reader struct {
	blobs
	found []manifest
	seen  int
	texts int // bytes that were read
}

// text reads a manifest or a configuration. What comes of one is kept as often as
// it is named, by whatever names.
func (r *reader) text(name, digest string) ([]byte, error) {
	data, err := text(r, name, digest)
	if r.texts += len(data); r.texts > maxTexts {
		return nil, fmt.Errorf("manifests and configurations of more than %d bytes", maxTexts)
	}
	return data, err
}

// index reads the manifests of an index. One that is not there is for a platform
// that was left out of the archive, unless there is no other.
func (r *reader) index(x *v1.IndexManifest, names []string, depth int) error {
	if depth > maxNested {
		return fmt.Errorf("indexes in indexes, more than %d deep", maxNested)
	}
	before, absent := len(r.found), error(nil)
	for _, d := range x.Manifests {
		if r.seen++; r.seen > maxManifests {
			return fmt.Errorf("more than %d manifests", maxManifests)
		}
		err := r.descriptor(d, append(slices.Clip(names), nameOf(d)...), depth)
		if m := missing(""); errors.As(err, &m) && string(m) == blob(d.Digest) {
			absent = err
			continue
		}
		if err != nil {
			return err
		}
	}
	if len(r.found) == before && absent != nil {
		return absent
	}
	return nil
}

func nameOf(d v1.Descriptor) []string {
	for _, key := range []string{"io.containerd.image.name", "org.opencontainers.image.ref.name"} {
		if name := d.Annotations[key]; name != "" {
			return []string{name}
		}
	}
	return nil
}

func blob(h v1.Hash) string { return "blobs/" + h.Algorithm + "/" + h.Hex }

func (r *reader) descriptor(d v1.Descriptor, names []string, depth int) error {
	if d.Platform != nil && d.Platform.OS == "unknown" {
		return nil // signatures and attestations
	}
	if !d.MediaType.IsIndex() && !d.MediaType.IsImage() {
		return nil
	}
	data, err := r.text(blob(d.Digest), d.Digest.Hex)
	if err != nil {
		return err
	}
	if d.MediaType.IsIndex() {
		x, err := v1.ParseIndexManifest(bytes.NewReader(data))
		if err != nil {
			return fmt.Errorf("index %s: %w", d.Digest, err)
		}
		return r.index(x, names, depth+1)
	}
	m, err := v1.ParseManifest(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("manifest %s: %w", d.Digest, err)
	}
	return r.image(m, d, names)
}

// image reads the configuration of an image, for its platform.
func (r *reader) image(m *v1.Manifest, d v1.Descriptor, names []string) error {
	if !m.Config.MediaType.IsConfig() {
		return nil // an artifact of another kind
	}
	config, err := r.config(blob(m.Config.Digest), m.Config.Digest.Hex)
	if err != nil {
		return err
	}
	found := manifest{id: d.Digest.String(), names: names, platform: platformOf(config), env: config.Config.Env}
	if found.platform.Architecture == "" && d.Platform != nil {
		found.platform = *d.Platform
	}
	for _, l := range m.Layers {
		if !l.MediaType.IsLayer() {
			return fmt.Errorf("layer %s: a layer of the type %q", l.Digest, l.MediaType)
		}
		found.layers = append(found.layers, layer{name: blob(l.Digest), digest: l.Digest, size: l.Size})
	}
	return r.add(found)
}

func (r *reader) config(name, digest string) (*v1.ConfigFile, error) {
	data, err := r.text(name, digest)
	if err != nil {
		return nil, err
	}
	c, err := v1.ParseConfigFile(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("configuration %q: %w", name, err)
	}
	return c, nil
}

func platformOf(c *v1.ConfigFile) v1.Platform {
	return v1.Platform{OS: c.OS, Architecture: c.Architecture, Variant: c.Variant}
}

func (r *reader) add(m manifest) error {
	if len(m.layers) > maxLayers {
		return fmt.Errorf("an image of %d layers", len(m.layers))
	}
	for i := range r.found {
		if r.found[i].id == m.id {
			r.found[i].names = append(slices.Clip(r.found[i].names), m.names...)
			return nil
		}
	}
	r.found = append(r.found, m)
	return nil
}

// docker reads manifest.json of docker save.
func (r *reader) docker(data []byte) error {
	var all []struct {
		Config   string
		RepoTags []string
		Layers   []string
	}
	if err := json.Unmarshal(data, &all); err != nil {
		return fmt.Errorf("manifest.json: %w", err)
	}
	if len(all) > maxManifests {
		return fmt.Errorf("more than %d manifests", maxManifests)
	}
	for _, m := range all {
		config, err := r.config(m.Config, digestInName(m.Config))
		if err != nil {
			return err
		}
		if n := len(config.RootFS.DiffIDs); n != len(m.Layers) {
			return fmt.Errorf("an image of %d layers whose configuration has %d", len(m.Layers), n)
		}
		found := manifest{id: m.Config, names: m.RepoTags, platform: platformOf(config), env: config.Config.Env}
		for i, name := range m.Layers {
			found.layers = append(found.layers, layer{name: name, diff: config.RootFS.DiffIDs[i], size: -1})
		}
		if err := r.add(found); err != nil {
			return err
		}
	}
	return nil
}

// digestInName is what Docker calls a configuration: its digest, and .json
// after it or blobs/sha256/ before it. Others write other names.
func digestInName(name string) string {
	base := strings.TrimSuffix(name[strings.LastIndexByte(name, '/')+1:], ".json")
	if len(base) != 64 || strings.Trim(base, "0123456789abcdef") != "" {
		return ""
	}
	return base
}

// choose leaves the images that are asked for.
func choose(all []manifest, pick string) ([]manifest, error) {
	all = slices.DeleteFunc(all, func(m manifest) bool { return m.platform.OS != "" && m.platform.OS != "linux" })
	if len(all) == 0 {
		return nil, errors.New("no image for linux in it")
	}
	if pick != "" {
		kept := slices.DeleteFunc(slices.Clone(all), func(m manifest) bool { return !m.is(pick) })
		if len(kept) == 0 {
			return nil, fmt.Errorf("no image %q in it; there are %s", pick, strings.Join(every(all, true), ", "))
		}
		all = kept
	}
	if names := every(all, false); len(names) > 1 {
		return nil, fmt.Errorf("several images in it: %s; name one as oci:FILE#NAME", strings.Join(names, ", "))
	}
	return all, nil
}

// is reports whether pick names the image or its platform.
func (m manifest) is(pick string) bool {
	p := m.platform
	named := slices.ContainsFunc(m.names, func(n string) bool { return n == pick || strings.HasSuffix(n, "/"+pick) })
	return named || pick == p.Architecture || pick == p.OS+"/"+p.Architecture || pick == p.OS+"/"+p.Architecture+"/"+p.Variant
}

// every is the first name of each image, and each platform where they are
// wanted.
func every(all []manifest, platforms bool) []string {
	var names []string
	add := func(name string) {
		if !slices.Contains(names, name) && name != "" {
			names = append(names, name)
		}
	}
	for _, m := range all {
		if len(m.names) > 0 {
			add(m.names[0])
		}
		if platforms {
			add(m.platform.String())
		}
	}
	return names
}
