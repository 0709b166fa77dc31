package doctor

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
	"github.com/goportdoctor/goportdoctor/internal/link"
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
	dir, err := os.MkdirTemp("", "goportdoctor")
	if err != nil {
		return ""
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, s.tool(f.Tool), append(slices.Clone(f.Words), "-V=full")...)
	cmd.Dir = dir
	cmd.Env = append(slices.Clone(s.options.Env), "GOOS="+s.build.GOOS, "GOARCH="+s.build.GOARCH)
	var said bounded.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	exit := (*exec.ExitError)(nil)
	if err := cmd.Run(); !errors.As(err, &exit) || ctx.Err() != nil {
		return ""
	}
	first, _, _ := strings.Cut(said.String(), "\n")
	return first
}
