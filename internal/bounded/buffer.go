package bounded

import "bytes"

// A Buffer keeps the first Limit bytes that are written to it and drops the rest.
// It takes every write, so that a program that prints too much does not fail.
type Buffer struct {
	Limit int // 0 stands for 1 MB
	buf   bytes.Buffer
	more  bool
}

// Write keeps as much of p as there is room for.
func (b *Buffer) Write(p []byte) (int, error) {
	limit := b.Limit
	if limit == 0 {
		limit = 1 << 20
	}
	room := max(0, min(len(p), limit-b.buf.Len()))
	b.more = b.more || room < len(p)
	b.buf.Write(p[:room])
	return len(p), nil
}

// WriteString keeps as much of s as there is room for.
func (b *Buffer) WriteString(s string) (int, error) { return b.Write([]byte(s)) }

// Len returns the number of bytes that are kept.
func (b *Buffer) Len() int { return b.buf.Len() }

// String returns what is kept.
func (b *Buffer) String() string { return b.buf.String() }

// Bytes returns what is kept.
func (b *Buffer) Bytes() []byte { return b.buf.Bytes() }

// Dropped reports whether more was written than is kept.
func (b *Buffer) Dropped() bool { return b.more }
