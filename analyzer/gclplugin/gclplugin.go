// Package gclplugin makes the analyzer a linter of golangci-lint, by its module
// plugin system. `golangci-lint custom` builds a golangci-lint with it from a file
// .custom-gcl.yml; the linter is then named cgoimport. Examples of that file and
// of .golangci.yml are in this folder's testdata.
//
// Its settings are the analyzer's flags:
//
//	allow: [PATTERN, …]   packages that may use cgo
//	main: true            only what main packages reach, at their imports
package gclplugin

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/golangci/plugin-module-register/register"
	"golang.org/x/tools/go/analysis"

	"github.com/goportdoctor/goportdoctor/analyzer"
)

func init() { register.Plugin("cgoimport", New) }

// Settings are what .golangci.yml may say below linters.settings.custom.cgoimport.settings.
type Settings struct {
	Allow []string `json:"allow"`
	Main  bool     `json:"main"`
}

type plugin struct{ analyzer *analysis.Analyzer }

// New makes the linter of its settings. It is an error if they have a name that
// is not one of Settings, a value of another type, or a folder for a pattern.
func New(raw any) (register.LinterPlugin, error) {
	s := Settings{}
	if raw != nil {
		var err error
		if s, err = register.DecodeSettings[Settings](raw); err != nil {
			return nil, fmt.Errorf("cgoimport: %w; there are allow, a list of packages, and main, true or false", err)
		}
	}
	a := analyzer.New()
	if err := a.Flags.Set("allow", strings.Join(s.Allow, ",")); err != nil {
		return nil, fmt.Errorf("cgoimport: allow: %w", err)
	}
	if err := a.Flags.Set("main", strconv.FormatBool(s.Main)); err != nil {
		return nil, fmt.Errorf("cgoimport: main: %w", err)
	}
	return plugin{a}, nil
}

// BuildAnalyzers gives the one analyzer.
func (p plugin) BuildAnalyzers() ([]*analysis.Analyzer, error) {
	return []*analysis.Analyzer{p.analyzer}, nil
}

// GetLoadMode asks for types: facts come with them only.
func (plugin) GetLoadMode() string { return register.LoadModeTypesInfo }
