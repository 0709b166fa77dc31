// The JSON Schema of a Report, read off the Go types that make the JSON. It
// says of a value only what the contract promises: a set of words that may grow
// is given as examples, and any object may have properties that are not listed.

package report

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/target"
)

// A schema is one JSON Schema, of draft 2020-12. The empty one takes any value.
type schema struct {
	Schema     string             `json:"$schema,omitempty"`
	ID         string             `json:"$id,omitempty"`
	Title      string             `json:"title,omitempty"`
	Ref        string             `json:"$ref,omitempty"`
	Type       string             `json:"type,omitempty"`
	Const      any                `json:"const,omitempty"`
	Enum       []string           `json:"enum,omitempty"`
	Examples   []string           `json:"examples,omitempty"`
	Required   []string           `json:"required,omitempty"`
	Properties map[string]*schema `json:"properties,omitempty"`
	Items      *schema            `json:"items,omitempty"`
	Values     *schema            `json:"additionalProperties,omitempty"`
	AnyOf      []*schema          `json:"anyOf,omitempty"`
	Defs       map[string]*schema `json:"$defs,omitempty"`

	null bool // the value may be missing
}

// schemaOf are the types that are written as JSON, by the name of their schema.
var schemaOf = []struct {
	name, title string
	of          reflect.Type
}{
	{"report", "What goportdoctor -json prints, version 1", reflect.TypeFor[doctor.Report]()},
	{"facts", "What goportdoctor facts prints, version 1", reflect.TypeFor[doctor.Facts]()},
	{"lint", "What goportdoctor lint -json prints, version 1", reflect.TypeFor[doctor.LintReport]()},
	{"targets", "What goportdoctor targets -json and targets capture print, and -target file: reads, version 1", reflect.TypeFor[target.Description]()},
	{"why", "What goportdoctor why -json prints, version 1", reflect.TypeFor[doctor.WhyReport]()},
	{"checks", "What goportdoctor checks -json prints, version 1", reflect.TypeFor[doctor.CheckList]()},
	{"version", "What goportdoctor version -json prints, version 1", reflect.TypeFor[doctor.VersionReport]()},
}

// Schema is the JSON Schema of the JSON that a Report is written as.
func Schema() ([]byte, error) { return SchemaOf("report") }

// SchemaNames are those that SchemaOf knows.
func SchemaNames() []string {
	var names []string
	for _, s := range schemaOf {
		names = append(names, s.name)
	}
	return names
}

// SchemaOf is the JSON Schema of one of goportdoctor's outputs.
func SchemaOf(name string) ([]byte, error) {
	for _, s := range schemaOf {
		if s.name != name {
			continue
		}
		g := schemas{}
		root := g.object(s.of)
		root.Schema = "https://json-schema.org/draft/2020-12/schema"
		root.ID = "https://github.com/goportdoctor/goportdoctor/docs/schema/" + name + ".schema.json"
		root.Title = s.title
		root.Defs = g
		var b bytes.Buffer
		err := WriteJSON(&b, root)
		return b.Bytes(), err
	}
	return nil, fmt.Errorf("there is no schema %q", name)
}

// closed are the types whose values never grow in number; open those whose
// readers must take a word they do not know as unknown.
var (
	closed = map[reflect.Type][]string{
		reflect.TypeFor[link.Certainty]():  {string(link.Exact), string(link.AtLeast), string(link.Unknown)},
		reflect.TypeFor[target.Presence](): {string(target.Present), string(target.Absent), string(target.Unstated)},
	}
	open = map[reflect.Type][]string{
		reflect.TypeFor[link.Source](): {
			string(link.SourceNone), string(link.SourceFlagI), string(link.SourceCCSpecs), string(link.SourceCCWrapper),
			string(link.SourceCCFlags), string(link.SourceLDWrapper), string(link.SourceCC), string(link.SourceGOROOTArchive),
			string(link.SourceBuildCache), string(link.SourceGOLDSO), string(link.SourcePort), string(link.SourcePortMusl),
		},
		reflect.TypeFor[target.Launcher](): {
			string(target.Runtime), string(target.Lambda), string(target.Bash), string(target.Bash52), string(target.RedHat), string(target.Ash),
		},
	}
)

// told is what the types do not tell of a field, by type and JSON name.
var told = map[string]schema{
	"Report.version":        {Const: 1},
	"LintReport.version":    {Const: 1},
	"Facts.version":         {Const: 1},
	"CheckList.version":     {Const: 1},
	"Description.version":   {Const: 1},
	"VersionReport.version": {Const: 1},
	"File.symbols":          {null: true},
	"File.imports":          {null: true},
	"File.loader":           {null: true},
	"File.numbered":         {null: true},
	"Loader.cache":          {null: true},
	"WhyReport.version":     {Const: 1},
	"Finding.severity":      {Examples: []string{doctor.Problem, doctor.Warning, doctor.OK, doctor.Unknown}},
	"Verdict.verdict":       {Examples: []string{"runs", "fails", "unknown"}},
	"Cause.kind":            {Examples: []string{"cgo", "dynimport", "flag", "platform"}},
	"Cause.without_cgo":     {Examples: []string{"pure-go", "stub", "fails", "unknown"}},
	"WithoutCgo.value":      {Examples: []string{doctor.Builds, doctor.BuildsStub, doctor.BuildFails}},
	"WithoutCgo.certainty":  {Examples: []string{doctor.Certain, doctor.Likely, doctor.Unknown}},
	"Executable.format":     {Examples: []string{link.FormatELF, link.FormatMachO, link.FormatPE, link.FormatWasm, link.FormatXCOFF, link.FormatPlan9}},
	"Executable.link_mode":  value(link.ModeInternal, link.ModeExternal, link.ModeNone),
	"Executable.linkage":    value(link.LinkageStatic, link.LinkageStaticPIE, link.LinkageDynamic, link.LinkageNone),
	"Remedy.linkage":        {Examples: []string{link.LinkageStatic, link.LinkageStaticPIE, link.LinkageDynamic, link.LinkageNone}},
}

// value is for a field whose type holds a value among other things.
func value(examples ...string) schema {
	return schema{Properties: map[string]*schema{"value": {Examples: examples}}}
}

// schemas are those of the named structs, by name.
type schemas map[string]*schema

func (g schemas) of(t reflect.Type) *schema {
	switch t.Kind() {
	case reflect.Pointer:
		return g.of(t.Elem())
	case reflect.Struct:
		if g[t.Name()] == nil {
			g[t.Name()] = &schema{} // a type may hold itself
			*g[t.Name()] = *g.object(t)
		}
		return &schema{Ref: "#/$defs/" + t.Name()}
	case reflect.Slice:
		return &schema{Type: "array", Items: g.of(t.Elem())}
	case reflect.Map:
		return &schema{Type: "object", Values: g.of(t.Elem())}
	case reflect.String:
		return &schema{Type: "string", Enum: closed[t], Examples: open[t]}
	case reflect.Bool:
		return &schema{Type: "boolean"}
	case reflect.Int, reflect.Uint32:
		return &schema{Type: "integer"}
	case reflect.Interface:
		return &schema{}
	}
	panic("report: no JSON Schema for " + t.String())
}

func (g schemas) object(t reflect.Type) *schema {
	s := &schema{Type: "object", Properties: map[string]*schema{}}
	g.fields(s, t)
	return s
}

// fields adds those of t, and of the structs that it embeds, to s.
func (g schemas) fields(s *schema, t reflect.Type) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			g.fields(s, f.Type)
			continue
		case name == "-" || !f.IsExported():
			continue
		case name == "":
			name = f.Name
		}
		p, more := g.of(f.Type), told[t.Name()+"."+name]
		tell(p, more)
		if more.null {
			p = &schema{AnyOf: []*schema{p, {Type: "null"}}}
		}
		s.Properties[name] = p
		if options != "omitempty" && options != "omitzero" {
			s.Required = append(s.Required, name)
		}
	}
}

func tell(s *schema, more schema) {
	if more.Const != nil {
		s.Const = more.Const
	}
	if more.Examples != nil {
		s.Examples = more.Examples
	}
	if more.Properties != nil {
		s.Properties = more.Properties
	}
}
