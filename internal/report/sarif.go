// SARIF 2.1.0, as code scanning and editors read it: plain structs of the
// properties that are used, in the order of the standard.

package report

import (
	"io"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/doctor"
)

const (
	sarifSchema = "https://json.schemastore.org/sarif-2.1.0.json"
	home        = "https://github.com/goportdoctor/goportdoctor"
	srcRoot     = "%SRCROOT%"       // the name that SARIF's own text gives to the top of the sources
	fingerprint = "goportdoctor/v1" // of Finding.Key
)

type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool                 `json:"tool"`
		Invocations []sarifInvocation         `json:"invocations"`
		BaseIDs     map[string]sarifDescribed `json:"originalUriBaseIds"`
		Results     []sarifResult             `json:"results"`
		Automation  sarifAutomation           `json:"automationDetails"`
		ColumnKind  string                    `json:"columnKind"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name            string      `json:"name"`
		Version         string      `json:"version"`
		SemanticVersion string      `json:"semanticVersion,omitempty"`
		InformationURI  string      `json:"informationUri"`
		Rules           []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string    `json:"id"`
		ShortDescription sarifText `json:"shortDescription"`
		FullDescription  sarifText `json:"fullDescription"`
		HelpURI          string    `json:"helpUri"`
		Help             sarifText `json:"help"`
	}
	sarifText struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitempty"`
	}
	sarifInvocation struct {
		Successful    bool                `json:"executionSuccessful"`
		Notifications []sarifNotification `json:"toolExecutionNotifications"`
	}
	sarifNotification struct {
		Rule    sarifRuleRef `json:"associatedRule"`
		Message sarifText    `json:"message"`
		Level   string       `json:"level"`
	}
	sarifRuleRef struct {
		ID string `json:"id"`
	}
	sarifDescribed struct {
		Description sarifText `json:"description"`
	}
	sarifAutomation struct {
		ID string `json:"id"`
	}
	sarifResult struct {
		RuleID       string             `json:"ruleId"`
		RuleIndex    int                `json:"ruleIndex"`
		Level        string             `json:"level"`
		Message      sarifText          `json:"message"`
		Locations    []sarifLocation    `json:"locations"`
		Related      []sarifLocation    `json:"relatedLocations,omitempty"`
		Fingerprints map[string]string  `json:"partialFingerprints"`
		Baseline     string             `json:"baselineState,omitempty"`
		Suppressions []sarifSuppression `json:"suppressions,omitempty"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Justification string `json:"justification"`
	}
	sarifLocation struct {
		ID       int           `json:"id,omitempty"`
		Physical sarifPhysical `json:"physicalLocation"`
		Message  *sarifText    `json:"message,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI    string `json:"uri"`
		BaseID string `json:"uriBaseId"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
	}
)

// SARIF writes the findings as a SARIF 2.1.0 log. What could not be answered is
// no result but a notification, and makes the invocation an unsuccessful one.
func SARIF(w io.Writer, l Log) error {
	rules := doctor.Rules()
	run := sarifRun{
		Tool:        sarifTool{driver(l.Tool, rules)},
		Invocations: []sarifInvocation{{Successful: true, Notifications: []sarifNotification{}}},
		BaseIDs:     map[string]sarifDescribed{srcRoot: {sarifText{Text: "the top folder of the repository"}}},
		Results:     []sarifResult{},
		Automation:  sarifAutomation{strings.TrimRight("goportdoctor/"+l.Command, "/") + "/"},
		ColumnKind:  "unicodeCodePoints",
	}
	for _, f := range l.Findings {
		switch f.Severity {
		case doctor.OK:
		case doctor.Unknown:
			run.Invocations[0].Successful = false
			run.Invocations[0].Notifications = append(run.Invocations[0].Notifications,
				sarifNotification{sarifRuleRef{f.ID}, sarifMessage(f.Message), "error"})
		default:
			run.Results = append(run.Results, l.result(f, rules))
		}
	}
	return WriteJSON(w, sarifLog{sarifSchema, "2.1.0", []sarifRun{run}})
}

func driver(tool doctor.Tool, rules []doctor.Rule) sarifDriver {
	d := sarifDriver{Name: "goportdoctor", Version: tool.Version, InformationURI: home}
	if v, ok := strings.CutPrefix(tool.Version, "v"); ok {
		d.SemanticVersion = v
	}
	for _, r := range rules {
		d.Rules = append(d.Rules, sarifRule{r.ID, sarifText{Text: r.Title}, sarifText{Text: r.Means}, home + "#readme",
			sarifText{Text: r.Means + "\n\nWhat helps: " + r.Cure, Markdown: r.Means + "\n\n**What helps**: " + r.Cure}})
	}
	return d
}

func (l Log) result(f doctor.Finding, rules []doctor.Rule) sarifResult {
	r := sarifResult{
		RuleID:    f.ID,
		RuleIndex: slices.IndexFunc(rules, func(r doctor.Rule) bool { return r.ID == f.ID }),
		Level:     map[string]string{doctor.Problem: "error", doctor.Warning: "warning"}[f.Severity],
		Message:   sarifMessage(f.Message), Locations: l.locations(f), Related: l.related(f),
		Fingerprints: map[string]string{fingerprint: f.Key},
	}
	switch {
	case f.Known:
		r.Baseline = "unchanged"
		r.Suppressions = []sarifSuppression{{"external", "known: in the baseline"}}
	case l.Compared:
		r.Baseline = "new"
	}
	return r
}

// sarifMessage returns words as a message without Markdown, in which viewers take
// [text](address) for a link (SARIF 2.1.0, 3.11.6).
func sarifMessage(s string) sarifText {
	return sarifText{Text: strings.ReplaceAll(message(s), "](", "] (")}
}

// locations is the finding's position, or go.mod for one that is of the whole
// module or of this machine: a result without a location is shown nowhere.
func (l Log) locations(f doctor.Finding) []sarifLocation {
	s, ok := l.Place.spot(f.Position)
	if !ok {
		s, ok = l.Place.spot(l.Place.GoMod)
		s.line = 1
	}
	if !ok {
		return []sarifLocation{}
	}
	return []sarifLocation{location(s)}
}

// related are the lines of the repository's own files that are evidence.
func (l Log) related(f doctor.Finding) []sarifLocation {
	var found []sarifLocation
	for _, e := range f.Evidence {
		if s, ok := l.Place.spot(e.File); ok {
			s.line = e.Line
			at, text := location(s), sarifMessage(e.Text)
			at.ID, at.Message = len(found)+1, &text
			found = append(found, at)
		}
	}
	return found
}

func location(s spot) sarifLocation {
	at := sarifLocation{Physical: sarifPhysical{Artifact: sarifArtifact{s.uri(), srcRoot}}}
	if s.line > 0 {
		at.Physical.Region = &sarifRegion{s.line, s.column}
	}
	return at
}
