package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/goportdoctor/goportdoctor/doctor"
)

// GitHub writes the findings as workflow commands, which GitHub Actions shows
// beside the lines of a change.
func GitHub(w io.Writer, l Log) error {
	var b strings.Builder
	for _, f := range l.Findings {
		if f.Severity != doctor.OK {
			writeCommand(&b, l.Place, f)
		}
	}
	return emitCommands(w, b.String())
}

func writeCommand(b *strings.Builder, place Place, f doctor.Finding) {
	var properties []string
	if s, ok := place.spot(f.Position); ok {
		properties = append(properties, "file="+inProperty.Replace(message(s.file)))
		if s.line > 0 {
			properties = append(properties, fmt.Sprint("line=", s.line))
		}
		if s.column > 0 {
			properties = append(properties, fmt.Sprint("col=", s.column))
		}
	}
	properties = append(properties, "title="+inProperty.Replace(message("goportdoctor "+f.ID)))
	fmt.Fprintf(b, "::%s %s::%s\n", annotation(f), strings.Join(properties, ","), inMessage.Replace(message(f.Message)))
}

func annotation(f doctor.Finding) string {
	switch {
	case f.Known:
		return "notice"
	case f.Severity == doctor.Warning:
		return "warning"
	}
	return "error"
}

// What the runner takes for the end of a command, or of a property.
var (
	inMessage  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	inProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
