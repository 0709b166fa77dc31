package quote

import (
	"bytes"
	"io"
	"strings"
)

// longestLine is how much of a line is held back before it is written, in bytes.
const longestLine = 1 << 20

// Lines is a writer that quotes the output of another program line by line. Lines
// that are a part of a JSON document keep their data.
type Lines struct {
	To      io.Writer
	pending []byte
}

// Write writes the lines that p completes.
func (l *Lines) Write(p []byte) (int, error) {
	l.pending = append(l.pending, p...)
	end := bytes.LastIndexByte(l.pending, '\n') + 1
	if end == 0 && len(l.pending) > longestLine {
		end = len(l.pending)
	}
	if end == 0 {
		return len(p), nil
	}
	ready := l.pending[:end]
	l.pending = bytes.Clone(l.pending[end:])
	return len(p), l.write(string(ready))
}

// Close writes what follows the last line break.
func (l *Lines) Close() error {
	ready := string(l.pending)
	l.pending = nil
	return l.write(ready)
}

func (l *Lines) write(text string) error {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if trimmed := strings.TrimLeft(line, " \t"); trimmed != "" && strings.IndexByte(`{}[]"`, trimmed[0]) >= 0 {
			b.Write(JSON([]byte(line)))
		} else {
			b.WriteString(Log(Block(line)))
		}
	}
	_, err := io.WriteString(l.To, b.String())
	return err
}
