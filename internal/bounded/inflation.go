package bounded

import (
	"fmt"
	"io"
)

// An archive that unpacks to more than this is a bomb: real releases and layers have
// less than a tenth of the ratio.
const (
	MaxRatio    = 200
	FreeRatio   = 64 << 20 // bytes that are unpacked whatever the ratio
	MaxUnpacked = 64 << 30 // bytes of all that is packed together
)

// An Inflation counts the bytes that go into unpacking and the bytes that come out.
type Inflation struct {
	Packed   int64
	Unpacked int64
	Limit    int64 // of Unpacked; 0 stands for MaxUnpacked
}

// Add counts n unpacked bytes. It returns an error once there are too many for what
// they come from.
func (i *Inflation) Add(n int) error {
	limit := i.Limit
	if limit == 0 {
		limit = MaxUnpacked
	}
	switch i.Unpacked += int64(n); {
	case i.Unpacked > FreeRatio && i.Unpacked/MaxRatio > i.Packed:
		return fmt.Errorf("unpacks to more than %d times its size", MaxRatio)
	case i.Unpacked > limit:
		return fmt.Errorf("unpacks to more than %d bytes", limit)
	}
	return nil
}

// Reader returns a reader of r, which unpacks, that counts what it reads.
func (i *Inflation) Reader(r io.Reader) io.Reader { return inflating{r, i} }

type inflating struct {
	io.Reader
	count *Inflation
}

func (r inflating) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b)
	if tooMuch := r.count.Add(n); tooMuch != nil {
		return 0, tooMuch
	}
	return n, err
}
