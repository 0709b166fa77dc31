// Package schematest holds JSON output against its JSON Schema, for tests.
package schematest

import (
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/report"
)

// Check reports an error where data is not the JSON of a report.
func Check(t testing.TB, data []byte) {
	t.Helper()
	if err := Validate(data); err != nil {
		t.Error(err)
	}
}

// Validate says where data is not the JSON of a report.
func Validate(data []byte) error { return ValidateAs("report", data) }

// ValidateAs says where data is not the JSON of the schema of a name.
func ValidateAs(name string, data []byte) error {
	text, err := report.SchemaOf(name)
	if err != nil {
		return err
	}
	return validate(text, data)
}
