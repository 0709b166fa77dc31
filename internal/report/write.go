// Functions that write all formats. Each writer of text takes a report whose
// strings safe has quoted, and hands the lines over to emit; findings for other
// tools are quoted one string at a time, by message.

package report

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/goportdoctor/goportdoctor/internal/quote"
)

// emit writes text whose strings are quoted, without anything that a CI runner
// obeys.
func emit(w io.Writer, text string) error {
	_, err := io.WriteString(w, quote.Log(text))
	return err
}

// emitCommands writes workflow commands whose strings message has quoted.
func emitCommands(w io.Writer, text string) error {
	_, err := io.WriteString(w, text)
	return err
}

// message returns the words of a finding for another tool. They keep their lines.
func message(s string) string { return quote.Log(quote.Block(s)) }

// WriteJSON writes a value as every JSON of goportdoctor's is written.
func WriteJSON(w io.Writer, v any) error {
	return writeJSON(w, func(w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(v)
	})
}

// writeJSON writes what encode writes, as JSON that a terminal and a CI log show
// and do not obey. The data are the same.
func writeJSON(w io.Writer, encode func(io.Writer) error) error {
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		return err
	}
	_, err := w.Write(quote.JSON(b.Bytes()))
	return err
}
