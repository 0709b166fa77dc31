package doctor_test

import (
	"slices"
	"strings"
	"testing"
)

// localToolchain is the go command on PATH, whatever its release.
const localToolchain = "local"

// plainNames are the cells of a plain go test, so many that each kind of rule
// occurs. Those with -short come first.
var plainNames = strings.Fields(`
	fmtonly/default fmtonly/cgo0_pie fmtonly/external net/default net/cgo0 net/brew cgom/default
	fmtonly/pie fmtonly/windows fmtonly/arm64 fmtonly/wasip1 fmtonly/c-archive
	net/netgo net/internal net/external_static net/extlink=0 net/CGO_LDFLAGS_rpath net/missing_CC net/no_compiler
	net/musl net/clang net/arm64_cgo net/race
	osuser/osusergo plugin/default cgocxx/default cgodep/external syso/default purego/cgo0 rawcgo/default
	badldflag/default cgoonly/cgo0 pkgconf/default rpathflag/LD_RUN_PATH tls/pie staticldflag/default
`)

// plainShort is how many of plainNames run with -short.
const plainShort = 7

// plainOthers are cells of other toolchains than the one on PATH: those with the
// newest rules and with the oldest.
var plainOthers = []string{"net/default/go1.27.4", "fmtonly/cgo0_pie/go1.21.13"}

// plainCells are the cells of a plain go test.
func plainCells(t *testing.T, builds []buildCase) []cell {
	if testing.Short() {
		return cellsNamed(t, builds, plainNames[:plainShort])
	}
	var others []string
	for _, name := range plainOthers {
		if haveToolchain(t, name[strings.LastIndex(name, "/")+1:]) {
			others = append(others, name)
		}
	}
	return cellsNamed(t, builds, append(others, plainNames...))
}

// cellsNamed are the cells of these names, in which _ stands for a space, of the
// go command on PATH where a name has no toolchain.
func cellsNamed(t *testing.T, builds []buildCase, names []string) []cell {
	var cells []cell
	for _, name := range names {
		parts := append(strings.Split(strings.ReplaceAll(name, "_", " "), "/"), localToolchain)
		p := slices.IndexFunc(oraclePrograms, func(p program) bool { return p.dir == parts[0] })
		b := slices.IndexFunc(builds, func(b buildCase) bool { return strings.ReplaceAll(b.name, "_", " ") == parts[1] })
		if b < 0 && !haveGCC() {
			continue
		}
		if p < 0 || b < 0 {
			t.Fatalf("got no program and build for the cell %q", name)
		}
		cells = append(cells, cell{oraclePrograms[p], builds[b], parts[2]})
	}
	return cells
}
