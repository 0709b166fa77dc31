package schematest

import (
	"bytes"
	"os"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// SARIFSchema is the file with the public JSON Schema of SARIF 2.1.0, which
// GOPORTDOCTOR_SARIF_SCHEMA names, "" where it names none. The npm package
// @microsoft/jest-sarif has it; .ci/run fetches that.
func SARIFSchema() string { return os.Getenv("GOPORTDOCTOR_SARIF_SCHEMA") }

// ValidateSARIF says where data is not SARIF 2.1.0 as that schema has it.
func ValidateSARIF(data []byte) error {
	text, err := os.ReadFile(SARIFSchema())
	if err != nil {
		return err
	}
	return validate(text, data)
}

// validate holds data against a JSON Schema.
func validate(schema, data []byte) error {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		return err
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource("this.schema.json", doc); err != nil {
		return err
	}
	s, err := c.Compile("this.schema.json")
	if err != nil {
		return err
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return err
	}
	return s.Validate(v)
}
