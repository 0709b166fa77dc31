package doctor

import (
	"context"
	"errors"
	"os/exec"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/process"
)

// toolFlagError is what the compiler or the assembler has against what -gcflags
// and -asmflags give it, "" where they take it, or cannot be asked.
func (s *session) toolFlagError(ctx context.Context, p link.Program) string {
	if s.options.Facts != nil || s.build.Compiler != "gc" {
		return ""
	}
	for _, f := range p.ToolFlags {
		if words := s.refusal(ctx, f); words != "" {
			return words
		}
	}
	return ""
}

// refusal asks a tool whether it takes flags. It reads them in their order, and
// -V, which comes last, ends it before it does anything. Where they end with what
// is no flag, -V is a file to it that there is not: so is the go command's next
// flag when it builds.
func (s *session) refusal(ctx context.Context, f link.ToolFlags) string {
	dir, err := process.MkdirTemp("flags")
	if err != nil {
		return ""
	}
	defer process.Remove(dir)
	var said bounded.Buffer
	tool := process.Command{Path: s.tool(f.Tool), Args: append(slices.Clone(f.Words), "-V=full"), Dir: dir,
		Env:    append(slices.Clone(s.options.Env), "GOOS="+s.build.GOOS, "GOARCH="+s.build.GOARCH),
		Stdout: &said, Stderr: &said, Limit: process.Usual}
	if err := tool.Run(ctx); !errors.As(err, new(*exec.ExitError)) {
		return ""
	}
	first, _, _ := strings.Cut(said.String(), "\n")
	return first
}
