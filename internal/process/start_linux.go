package process

import (
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

// attributes makes the kernel end a command when this process dies.
// A command that is asked to end removes its own temporary files.
func attributes(asked bool) *syscall.SysProcAttr {
	sig := syscall.SIGKILL
	if asked {
		sig = syscall.SIGINT
	}
	return &syscall.SysProcAttr{Pdeathsig: sig}
}

// starter starts commands on one thread that lives as long as the process: what the
// kernel calls the parent's death is the end of the thread that forked (prctl(2)).
var starter = sync.OnceValue(func() chan<- func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range work {
			f()
		}
	}()
	return work
})

func start(cmd *exec.Cmd) error {
	done := make(chan error)
	starter() <- func() { done <- cmd.Start() }
	return <-done
}
