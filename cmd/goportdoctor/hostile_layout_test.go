//go:build linux

package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// A victim is the folder in which one command runs on one attack: a home folder
// with the repository in work/repo, so that ../../.bashrc is the user's, a
// folder for temporary files, and goportdoctor's cache.
type victim struct{ base, home, repo, tmp, cache, canary string }

const bashrc = "# the user's own\n"

func newVictim(base string, a *attack) (victim, error) {
	v := victim{base: base, home: filepath.Join(base, "home"), tmp: filepath.Join(base, "tmp"),
		cache: filepath.Join(base, "cache"), canary: filepath.Join(base, "canary")}
	v.repo = filepath.Join(v.home, "work", "repo")
	for _, dir := range []string{v.repo, v.tmp} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return v, err
		}
	}
	for _, name := range []string{".bashrc", ".profile", ".gitconfig", "secret"} {
		if err := os.WriteFile(filepath.Join(v.home, name), []byte(bashrc), 0o644); err != nil {
			return v, err
		}
	}
	for _, f := range a.files {
		if err := v.write(f.Name, v.expand(string(f.Data)), os.O_TRUNC); err != nil {
			return v, err
		}
	}
	for _, line := range a.lines {
		if err := v.make(line[0], line[1:]); err != nil {
			return v, fmt.Errorf("%q: %v", line, err)
		}
	}
	return v, nil
}

// expand replaces the names of the victim's folders.
func (v victim) expand(text string) string {
	return strings.NewReplacer("@REPO@", v.repo, "@HOME@", v.home, "@CANARY@", v.canary, "@PATH@", os.Getenv("PATH")).Replace(text)
}

func (v victim) file(name string) string {
	if name = v.expand(name); filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(v.repo, name)
}

func (v victim) write(name, text string, how int) error {
	path := v.file(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|how, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// make makes what a line of an attack describes.
func (v victim) make(what string, words []string) error {
	path := v.file(words[0])
	switch what {
	case "symlink":
		os.MkdirAll(filepath.Dir(path), 0o755)
		return os.Symlink(v.expand(words[1]), path)
	case "fifo":
		os.MkdirAll(filepath.Dir(path), 0o755)
		return syscall.Mkfifo(path, 0o644)
	case "socket":
		return listenAt(path)
	case "mode":
		mode, err := strconv.ParseUint(words[0], 8, 32)
		return errors.Join(err, os.Chmod(v.file(words[1]), os.FileMode(mode)))
	case "truncate":
		size, err := strconv.ParseInt(words[1], 10, 64)
		return errors.Join(err, v.write(words[0], "", os.O_APPEND), os.Truncate(path, size))
	case "owner":
		uid, err := strconv.Atoi(words[1])
		if os.Getuid() != 0 {
			return err // then the attack is tried with files of the user's own
		}
		return errors.Join(err, os.Lchown(path, uid, uid))
	case "trap":
		return v.traps(words)
	case "rename":
		to := v.file(words[1])
		os.MkdirAll(filepath.Dir(to), 0o755)
		return os.Rename(path, to)
	case "hex":
		data, err := hex.DecodeString(strings.Join(words[1:], ""))
		return errors.Join(err, v.write(words[0], string(data), os.O_APPEND))
	default:
		return v.makeMany(what, words)
	}
}

// makeMany makes what has a count.
func (v victim) makeMany(what string, words []string) error {
	n, err := 1, error(nil)
	switch {
	case what == "many" || what == "deep":
		n, err = strconv.Atoi(words[0])
	case len(words) > 2:
		n, err = strconv.Atoi(words[2])
	}
	if err != nil {
		return err
	}
	switch what {
	case "write", "append":
		how := os.O_APPEND
		if what == "write" {
			how = os.O_TRUNC
		}
		return v.write(words[0], numbered(v.expand(words[1]), n), how)
	case "many":
		for i := range n {
			if err := v.write(number(words[1], i), number(v.expand(words[2]), i), os.O_TRUNC); err != nil {
				return err
			}
		}
		return nil
	case "deep":
		return v.deep(n, words[1], words[2], words[3:])
	case "zip":
		return v.write(words[0], zipOf(words[1], n), os.O_TRUNC)
	case "overlap":
		return v.write(words[0], overlapOf(words[1], n), os.O_TRUNC)
	case "tar":
		return v.write(words[0], tarOf(words[1], int64(n)), os.O_TRUNC)
	}
	return fmt.Errorf("an unknown line")
}

// traps makes executables that leave a trace if they are started.
func (v victim) traps(names []string) error {
	for _, name := range names {
		script := "#!/bin/sh\necho \"$0 $*\" >>" + v.canary + "\n"
		if err := errors.Join(v.write(name, script, os.O_TRUNC), os.Chmod(v.file(name), 0o755)); err != nil {
			return err
		}
	}
	return nil
}

// deep makes n folders of a name inside each other, which no single path reaches
// if they are many, and a file in the innermost.
func (v victim) deep(n int, dir, file string, text []string) error {
	root, err := os.OpenRoot(v.repo)
	for range n {
		if err != nil {
			return err
		}
		var next *os.Root
		if err = root.Mkdir(dir, 0o755); err == nil {
			next, err = root.OpenRoot(dir)
		}
		root.Close()
		root = next
	}
	if err != nil {
		return err
	}
	defer root.Close()
	return root.WriteFile(file, []byte(strings.Join(text, "")), 0o644)
}

// listenAt leaves a socket at a path.
func listenAt(path string) error {
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return err
	}
	l.SetUnlinkOnClose(false)
	return l.Close()
}

// number replaces %d by i and %n by the number after it.
func number(text string, i int) string {
	return strings.NewReplacer("%d", strconv.Itoa(i), "%n", strconv.Itoa(i+1)).Replace(text)
}

func numbered(text string, n int) string {
	if n == 1 {
		return text
	}
	var all strings.Builder
	for i := range n {
		all.WriteString(number(text, i))
	}
	return all.String()
}

// zipOf is an archive of n entries, each of a quarter of a gigabyte of zeros.
func zipOf(entry string, n int) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := range n {
		f, _ := w.Create(number(entry, i))
		io.CopyN(f, zeros{}, 1<<28)
	}
	w.Close()
	return b.String()
}

// overlapOf is an archive whose directory names the data of one entry n times:
// sixteen megabytes of zeros, after the head of an ELF file.
func overlapOf(entry string, n int) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, _ := w.Create("x")
	io.WriteString(f, "\x7fELF\x02\x01\x01")
	io.CopyN(f, zeros{}, 1<<24)
	w.Close()
	whole := b.String()
	start := strings.Index(whole, "PK\x01\x02")
	end := strings.Index(whole, "PK\x05\x06")
	head := []byte(whole[start : start+46]) // of an entry in the directory, without its name
	var dir bytes.Buffer
	for i := range n {
		name := number(entry, i)
		binary.LittleEndian.PutUint16(head[28:], uint16(len(name)))
		binary.LittleEndian.PutUint16(head[30:], 0)
		dir.Write(head)
		dir.WriteString(name)
	}
	tail := []byte(whole[end:])
	binary.LittleEndian.PutUint16(tail[8:], uint16(n))
	binary.LittleEndian.PutUint16(tail[10:], uint16(n))
	binary.LittleEndian.PutUint32(tail[12:], uint32(dir.Len()))
	return whole[:start] + dir.String() + string(tail)
}

// tarOf is a compressed archive of one entry of size zeros.
func tarOf(entry string, size int64) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	w.WriteHeader(&tar.Header{Name: entry, Mode: 0o755, Size: size})
	io.CopyN(w, zeros{}, size)
	w.Close()
	z.Close()
	return b.String()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
