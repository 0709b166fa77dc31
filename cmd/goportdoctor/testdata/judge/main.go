// Judge says how long it takes to judge an executable against all targets, the
// first time in a process and the second, in nanoseconds, and how many bytes were
// read of it.
package main

import (
	"fmt"
	"log"
	"os"
	"runtime/debug"
	"time"

	"github.com/goportdoctor/goportdoctor/internal/inspect"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/target"
)

func main() {
	debug.SetGCPercent(400) // as goportdoctor
	f, err := os.Open(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		log.Fatal(err)
	}
	r := &counted{file: f}
	e, err := inspect.Reader(r, info.Size())
	if err != nil {
		log.Fatal(err)
	}
	first := judge(&e)
	fmt.Println(first.Nanoseconds(), judge(&e).Nanoseconds(), r.n)
}

func judge(e *link.Executable) time.Duration {
	start := time.Now()
	for _, t := range target.Known() {
		target.Judge(e, t)
	}
	return time.Since(start)
}

type counted struct {
	file *os.File
	n    int
}

func (c *counted) ReadAt(b []byte, at int64) (int, error) {
	n, err := c.file.ReadAt(b, at)
	c.n += n
	return n, err
}
