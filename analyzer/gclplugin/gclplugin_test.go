package gclplugin_test

import (
	"strings"
	"testing"

	"github.com/golangci/plugin-module-register/register"

	_ "github.com/goportdoctor/goportdoctor/analyzer/gclplugin"
)

func TestSettings(t *testing.T) {
	newPlugin, err := register.GetPlugin("cgoimport")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		settings    any
		allow, main string
		problem     string
	}{
		{nil, "", "false", ""},
		{map[string]any{}, "", "false", ""},
		{map[string]any{"allow": []any{"net", "os/user"}, "main": true}, "net,os/user", "true", ""},
		{map[string]any{"allowed": []any{"net"}}, "", "", `unknown field "allowed"; there are allow, a list of packages, and main`},
		{map[string]any{"allow": "net"}, "", "", "cannot unmarshal string"},
		{map[string]any{"main": "yes"}, "", "", "cannot unmarshal string"},
		{map[string]any{"allow": []any{"./x"}}, "", "", `cgoimport: allow: "./x" is a folder`},
	} {
		p, err := newPlugin(c.settings)
		if err != nil || c.problem != "" {
			if err == nil || c.problem == "" || !strings.Contains(err.Error(), c.problem) {
				t.Errorf("%v: got error %v, want %q", c.settings, err, c.problem)
			}
			continue
		}
		as, err := p.BuildAnalyzers()
		if err != nil || len(as) != 1 || as[0].Name != "cgoimport" || p.GetLoadMode() != register.LoadModeTypesInfo {
			t.Fatalf("got %v, %v in mode %s, want one analyzer with types", as, err, p.GetLoadMode())
		}
		for name, want := range map[string]string{"allow": c.allow, "main": c.main} {
			if got := as[0].Flags.Lookup(name).Value.String(); got != want {
				t.Errorf("%v: %s: got %q, want %q", c.settings, name, got, want)
			}
		}
	}
}
