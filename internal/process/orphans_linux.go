package process

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
)

// killOrphans kills the processes whose temporary files are in the folder of a run:
// those that a dead run left, and those that left their process group. Only this
// user's processes can be read.
func killOrphans(folder string) {
	mark := []byte("\x00TMPDIR=" + folder)
	names, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, name := range names {
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		if err != nil || pid == os.Getpid() {
			continue
		}
		p, err := os.FindProcess(pid) // and not another that has the number later
		if err != nil {
			continue
		}
		if env, err := os.ReadFile(name); err == nil {
			_, rest, found := bytes.Cut(append([]byte{0}, env...), mark)
			if found && (len(rest) == 0 || rest[0] == 0 || rest[0] == filepath.Separator) {
				_ = p.Kill()
			}
		}
		_ = p.Release()
	}
}
