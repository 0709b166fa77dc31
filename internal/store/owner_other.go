//go:build !unix

package store

import "io/fs"

// Permissions elsewhere are not in a file's mode: a user's cache folder is the
// user's alone.
func own(fs.FileInfo) bool      { return true }
func writable(fs.FileInfo) bool { return false }
