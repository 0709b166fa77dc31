//go:build !unix || solaris || aix

package process

import "os"

// lock does nothing: without flock, none takes the folder for abandoned.
func lock(string) (unlock func(), taken bool) { return func() {}, false }

func abandoned(*os.Root) (unlock func(), ok bool) { return nil, false }

func private(os.FileInfo) bool { return false }
