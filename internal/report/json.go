package report

import (
	"io"
	"maps"
	"slices"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/mask"
)

// JSON writes the report as one object. It goes into logs that others read, so
// that flags and settings of builds are shown without values that may be secrets.
// What inspect reads in a finished file stays: its owner has the data already.
func JSON(w io.Writer, r *doctor.Report) error {
	shown := *r
	shown.Programs = slices.Clone(r.Programs)
	for i := range shown.Programs {
		p := &shown.Programs[i]
		maskBuild(&p.Build)
		if p.Actual != nil {
			actual := *p.Actual
			maskBuild(&actual.Build)
			actual.Settings = maps.Clone(actual.Settings)
			for name, value := range actual.Settings {
				actual.Settings[name] = maskSetting(name, value)
			}
			p.Actual = &actual
		}
	}
	return WriteJSON(w, &shown)
}

func maskBuild(b *link.Build) {
	b.Flags, b.Env = mask.BuildFlags(b.Flags), mask.Variables(b.Env)
}

// maskSetting masks a setting of build information, which is a flag or a variable.
func maskSetting(name, value string) string {
	if name == "" || name[0] != '-' {
		return mask.Setting(name, value)
	}
	return mask.BuildFlags([]string{name + "=" + value})[0][len(name)+1:]
}
