package untar

import (
	"encoding/binary"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Fields of a header block (POSIX.1-1988; the prefix is of ustar, and shorter in
// star's).
var (
	nameField    = [2]int{0, 100}
	modeField    = [2]int{100, 108}
	sizeField    = [2]int{124, 136}
	sumField     = [2]int{148, 156}
	typeByte     = 156
	linkField    = [2]int{157, 257}
	magicField   = [2]int{257, 263} // a version follows, two bytes
	gnuMagic     = [2]int{257, 265}
	accessField  = [2]int{345, 357} // GNU tar's, as is the next
	changeField  = [2]int{357, 369}
	prefixField  = [2]int{345, 500}
	starField    = [2]int{345, 476}
	trailerField = [2]int{508, 512}
	extendedByte = 482 // of an old sparse header: maps follow
	furtherByte  = 504 // of a block of maps: another follows
)

func field(raw []byte, f [2]int) []byte { return raw[f[0]:f[1]] }

// text is what stands before the first zero byte.
func text(field []byte) string {
	s, _, _ := strings.Cut(string(field), "\x00")
	return s
}

// parse reads one header block.
func parse(raw []byte) (*Header, error) {
	sum, err := number(field(raw, sumField))
	unsigned, signed := checksums(raw)
	if err != nil || sum != unsigned && sum != signed {
		return nil, ErrHeader
	}
	h := &Header{Name: text(field(raw, nameField)), Linkname: text(field(raw, linkField)), Typeflag: raw[typeByte]}
	if h.Size, err = number(field(raw, sizeField)); err != nil || h.Size < 0 {
		return nil, ErrHeader
	}
	if h.Mode, err = number(field(raw, modeField)); err != nil {
		return nil, ErrHeader
	}
	if prefix := prefixOf(raw); prefix != "" {
		h.Name = prefix + "/" + h.Name
	}
	h.maps = h.Typeflag == sparse && raw[extendedByte] != 0
	return h, nil
}

// prefixOf is the beginning of a long name, where the format has one: GNU tar has
// times there. Go wrote a beginning in their place before go1.8, and with it many
// a layer of an image (go.dev/issue/12594).
func prefixOf(raw []byte) string {
	switch {
	case string(field(raw, gnuMagic)) == "ustar  \x00":
		if prefix := text(field(raw, prefixField)); !hasTimes(raw) && isASCII(prefix) {
			return prefix
		}
		return ""
	case string(field(raw, magicField)) != "ustar\x00":
		return ""
	case string(field(raw, trailerField)) == "tar\x00":
		return text(field(raw, starField))
	}
	return text(field(raw, prefixField))
}

// hasTimes reports whether there is nothing but numbers where GNU tar has times.
func hasTimes(raw []byte) bool {
	for _, f := range [][2]int{accessField, changeField} {
		if b := field(raw, f); b[0] != 0 {
			if _, err := number(b); err != nil {
				return false
			}
		}
	}
	return true
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

// checksums are the sums of a header's bytes with its own sum as blanks. Some
// historic writers added signed bytes.
func checksums(raw []byte) (unsigned, signed int64) {
	for i, c := range raw {
		if i >= sumField[0] && i < sumField[1] {
			c = ' '
		}
		unsigned, signed = unsigned+int64(c), signed+int64(int8(c))
	}
	return unsigned, signed
}

// number is octal, or for what has no room in that, binary: big endian, two's
// complement, with the first bit set.
func number(field []byte) (int64, error) {
	if field[0]&0x80 != 0 {
		return twos(field)
	}
	digits := strings.Trim(string(field), " \x00")
	digits, _, _ = strings.Cut(digits, "\x00")
	if digits == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(digits, 8, 63)
	return int64(n), err
}

// twos is a number in two's complement, but for its first bit, which says that
// it is binary. What the last eight bytes have no room for is too large.
func twos(field []byte) (int64, error) {
	wide := append([]byte{byte(int8(field[0]<<1) >> 1)}, field[1:]...)
	beyond := len(wide) - 8
	n := int64(binary.BigEndian.Uint64(wide[beyond:]))
	for _, c := range wide[:beyond] {
		if c != byte(n>>63) {
			return 0, ErrHeader
		}
	}
	return n, nil
}

// skipMaps leaves out the blocks that say where the pieces of a sparse file
// belong, which older GNU tars have between the header and the content.
func (t *Reader) skipMaps() error {
	raw := make([]byte, block)
	for {
		if _, err := io.ReadFull(t.r, raw); err != nil {
			return unexpected(err)
		}
		if raw[furtherByte] == 0 {
			return nil
		}
	}
}
