//go:build !unix

package main

import (
	"os"
	"syscall"
)

// noticed are the signals to be handled: Ctrl-C, Ctrl-Break, and a console that is
// closed (os/signal).
func noticed() []os.Signal { return []os.Signal{os.Interrupt, syscall.SIGTERM} }

func ends(os.Signal) bool { return true }

func handle(os.Signal) {}
