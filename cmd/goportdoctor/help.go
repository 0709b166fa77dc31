// What the command says of itself: one page for all of it, and one for each
// command, which are made of the tables that the arguments are read by.

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/goportdoctor/goportdoctor/analyzer"
	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/report"
)

// vetFlags are those of go vet's that its tool reads itself, besides the
// analyzer's own.
var vetFlags = []ownFlag{
	{name: "C", value: "DIR", does: "change to DIR first"},
	{name: "c", value: "N", does: "also the line of each report, with N lines around it"},
	{name: "json", does: "the reports as go vet's JSON"},
}

// runHelp prints the page of all, or of the command that is named.
func runHelp(args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		usage(stdout)
		return exitOK
	}
	c, ok := commandOf(args[0])
	if !ok {
		return complain(stderr, fmt.Errorf("there is no command %q", args[0]), "goportdoctor help", exitUsage)
	}
	if len(args) > 1 {
		return complain(stderr, errors.New("help takes one command"), "goportdoctor help", exitUsage)
	}
	page(stdout, c)
	return exitOK
}

// commandOf is the command of that name; the doctor has none.
func commandOf(name string) (command, bool) {
	for _, c := range commands[1:] {
		if name == c.name {
			return c, true
		}
	}
	return command{}, false
}

func usage(w io.Writer) {
	fmt.Fprint(w, "goportdoctor says how go build will link your programs, before it does.\n\n")
	for _, c := range commands {
		fmt.Fprintf(w, "  %s\n        %s\n", c.line(), c.does)
	}
	fmt.Fprint(w, "  goportdoctor help [COMMAND]\n\nFlags:\n")
	for _, f := range ownFlags {
		f.write(w, f.of())
	}
	fmt.Fprint(w, "The others are those of go build.\n\n"+
		"Exit status: 0 nothing wrong; 1 something could not be answered; 2 usage; 3 problems found.\n")
}

// page prints what there is to say of one command.
func page(w io.Writer, c command) {
	if c.name == "" {
		usage(w)
		return
	}
	fmt.Fprintf(w, "usage: %s\n\n%s\n\nFlags:\n", c.line(), c.does)
	for _, f := range c.flags() {
		f.write(w, "")
	}
	switch {
	case c.name == "vet":
		fmt.Fprint(w, "The others are those of go vet.\n")
	case c.builds:
		fmt.Fprint(w, "The others are those of go build.\n")
	}
	fmt.Fprintf(w, "\nExit status: %s.\n", c.statuses())
}

// line is how the command is typed.
func (c command) line() string {
	return strings.Join(strings.Fields("goportdoctor "+c.name+" "+c.args), " ")
}

// flags are the command's, as its page has them.
func (c command) flags() (all []ownFlag) {
	if c.name == "vet" {
		all = append(all, vetFlags...)
		analyzer.Analyzer.Flags.VisitAll(func(f *flag.Flag) {
			value, does := flag.UnquoteUsage(f)
			all = append(all, ownFlag{name: analyzer.Analyzer.Name + "." + f.Name, value: value, does: does})
		})
		return all
	}
	for _, f := range ownFlags {
		if !f.has(c.name) {
			continue
		}
		if f.name == "format" {
			f.value, f.does = strings.Join((&call{command: c}).formats(), "|"), "what is written to standard output"
		}
		all = append(all, f)
	}
	return all
}

func (f ownFlag) write(w io.Writer, of string) {
	if f.does != "" {
		fmt.Fprintf(w, "  -%s\n        %s%s\n", strings.TrimSpace(f.name+" "+f.value), f.does, of)
	}
}

// statuses are the exit statuses that the command has.
func (c command) statuses() string {
	switch c.name {
	case "vet":
		return "go vet's, 0 only where there is nothing to report; 1 something could not be answered; 2 usage"
	case "targets", "why", "facts", "checks", "version":
		return "0 it was answered; 1 something could not be answered; 2 usage"
	}
	return "0 nothing wrong; 1 something could not be answered; 2 usage; 3 problems found, of which JSON and SARIF tell by themselves, with 0"
}

func runVersion(_ context.Context, c *call) int {
	if len(c.args) > 0 {
		return complain(c.stderr, errors.New("version takes no arguments"), "goportdoctor help version", exitUsage)
	}
	v := doctor.OwnVersion()
	err := c.write(answer{
		"json": func(w io.Writer) error { return report.WriteJSON(w, v) },
		"text": func(w io.Writer) error {
			_, err := fmt.Fprintln(w, "goportdoctor", v.Tool.Version, "knows Go up to", v.Tool.NewestGo)
			return err
		},
	})
	if err != nil {
		return complain(c.stderr, err, "", exitUnanswered)
	}
	return exitOK
}
