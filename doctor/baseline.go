package doctor

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/goportdoctor/goportdoctor/internal/bounded"
)

// A Baseline holds the keys of findings that are known: those of an earlier
// run's JSON.
type Baseline map[string]bool

// maxBaseline is more than the JSON of any run here; a larger file is something
// else, or a mistake.
const maxBaseline = 256 << 20

// ReadBaseline reads the JSON of an earlier run. What is no such JSON, or of a
// newer version, is an error that names the file.
func ReadBaseline(file string) (Baseline, error) {
	data, err := bounded.ReadFile(file, maxBaseline)
	if err != nil {
		return nil, fmt.Errorf("baseline: %w", err)
	}
	b, err := parseBaseline(data)
	if err != nil {
		return nil, fmt.Errorf("baseline %q: %w", file, err)
	}
	return b, nil
}

func parseBaseline(data []byte) (Baseline, error) {
	var earlier struct {
		Version  *int
		Findings *[]struct{ Key string }
	}
	// Windows' PowerShell puts a byte order mark before what it redirects.
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if err := json.Unmarshal(data, &earlier); err != nil {
		return nil, fmt.Errorf("not the JSON of an earlier run: %w", err)
	}
	switch {
	case earlier.Version == nil:
		return nil, errors.New("not the JSON of an earlier run: it has no version")
	case *earlier.Version > 1:
		return nil, fmt.Errorf("of version %d, and this goportdoctor reads version 1", *earlier.Version)
	case *earlier.Version != 1:
		return nil, fmt.Errorf("not the JSON of an earlier run: version %d", *earlier.Version)
	case earlier.Findings == nil:
		return nil, errors.New("not the JSON of an earlier run: it has no findings")
	}
	b := Baseline{}
	for _, f := range *earlier.Findings {
		if f.Key == "" {
			return nil, errors.New("not the JSON of an earlier run: a finding has no key")
		}
		b[f.Key] = true
	}
	return b, nil
}

// Mark makes those findings known that the baseline has. What could not be
// answered stays so: whatever it hides was not known.
func (b Baseline) Mark(findings []Finding) {
	for i, f := range findings {
		if b[f.Key] && f.Severity != Unknown {
			findings[i].Known = true
		}
	}
}
