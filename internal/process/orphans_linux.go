package process

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
)

// killOrphans kills the processes that a dead run left, and that a parent of theirs
// did not end: those whose temporary files are in its folder. Only this user's
// processes can be read.
func killOrphans(folder string) {
	mark := []byte("\x00TMPDIR=" + folder + string(filepath.Separator))
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
		if env, err := os.ReadFile(name); err == nil && bytes.Contains(append([]byte{0}, env...), mark) {
			_ = p.Kill()
		}
		_ = p.Release()
	}
}
