package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/report"
)

// formats are those of -format and -out; drawings are why's in the place of the
// last two, and version has none there.
var (
	formats  = []string{"text", "json", "sarif", "github"}
	drawings = []string{"text", "json", "dot", "mermaid"}
	plain    = []string{"text", "json"}
)

// formats are those that the call's command has.
func (c *call) formats() []string {
	switch c.name {
	case "why":
		return drawings
	case "version":
		return plain
	}
	return formats
}

// An output is a format that goes into a file.
type output struct{ format, file string }

// An answer is what a command found, by the format that it can be written in.
type answer map[string]func(io.Writer) error

func (c *call) setFormat(value string) error {
	if formats := c.formats(); !slices.Contains(formats, value) {
		return fmt.Errorf("want %s or %s", strings.Join(formats[:len(formats)-1], ", "), formats[len(formats)-1])
	}
	c.format = value
	return nil
}

func (c *call) addOut(value string) error {
	format, file, ok := strings.Cut(value, "=")
	formats := c.formats()
	if !ok || file == "" || !slices.Contains(formats, format) {
		return fmt.Errorf("want FORMAT=FILE, with %s or %s", strings.Join(formats[:len(formats)-1], ", "), formats[len(formats)-1])
	}
	if slices.ContainsFunc(c.outs, func(o output) bool { return o.file == file }) {
		return errors.New("two outputs into one file")
	}
	c.outs = append(c.outs, output{format, file})
	return nil
}

// answer has the formats that are made of findings alone.
func (c *call) answer(tool doctor.Tool, findings []doctor.Finding) answer {
	log := func() report.Log {
		dir, err := os.Getwd()
		if err != nil {
			dir = "."
		}
		return report.Log{Command: c.name, Tool: tool, Findings: findings, Compared: c.baseline != "", Place: report.PlaceOf(dir)}
	}
	findings = slices.DeleteFunc(slices.Clone(findings), func(f doctor.Finding) bool { return f.Severity == doctor.OK })
	return answer{
		"sarif":  func(w io.Writer) error { return report.SARIF(w, log()) },
		"github": func(w io.Writer) error { return report.GitHub(w, log()) },
	}
}

// write writes each output into its file, and then the one that is for standard
// output, so that a reader of that finds the files.
func (c *call) write(a answer) error {
	for _, o := range c.outs {
		f, err := os.Create(o.file)
		if err != nil {
			return err
		}
		err = a[o.format](f)
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			return err
		}
	}
	return a[c.format](c.stdout)
}

// tells reports whether the exit status is to tell of problems. A reader of JSON
// finds them there, and needs the status to know whether it can be trusted.
func (c *call) tells() bool { return c.format != "json" && c.format != "sarif" }
