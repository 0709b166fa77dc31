package cause

import (
	"fmt"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// importWords state the fact and the shortest chain for each cause, as
//
//	import "net/http" links with cgo: net/http → net
func importWords(path string, causes []Cause, target string) string {
	chains := map[string][]string{}
	for _, c := range causes {
		chains[c.Kind] = append(chains[c.Kind], strings.Join(c.Chain, " → "))
	}
	var facts []string
	for _, kind := range []struct{ kind, does string }{
		{link.KindCgo, "links with cgo"}, {link.KindDynImport, "needs shared libraries, with cgo or without"},
	} {
		switch list := chains[kind.kind]; {
		case len(list) == 0:
		case path == "C":
			facts = append(facts, kind.does)
		default:
			facts = append(facts, kind.does+": "+strings.Join(list, "; "))
		}
	}
	return fmt.Sprintf("import %q %s%s", path, strings.Join(facts, "; it "), targetWords(target))
}

func dynImportWords(target string) string {
	return "//go:cgo_import_dynamic makes the executable need shared libraries, with cgo or without" + targetWords(target)
}

func targetWords(target string) string {
	if target == "" {
		return ""
	}
	return ", and target " + target + " has no C library"
}

func loaderWords(pkg, loader string, chain []string) string {
	return fmt.Sprintf("Go links %s with the dynamic linker %s, which is not its port's own: %s", pkg, loader, strings.Join(chain, " → "))
}
