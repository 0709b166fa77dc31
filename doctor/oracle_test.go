package doctor_test

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goportdoctor/goportdoctor/doctor"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/load"
	"github.com/goportdoctor/goportdoctor/internal/report/schematest"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

var (
	wholeMatrix = flag.Bool("oracle", false, "run the whole matrix of the oracle and write docs/accuracy.md")
	everyCell   = flag.Int("every", 1, "with -oracle or -remedies, run every nth cell of the matrix only, besides the long sample")
	recordDir   = flag.String("record", "", "with -oracle, folder that keeps what came of the builds, so that a long run can be made in parts")
	onlyCells   = flag.String("cells", "", "run only the cells whose name (program/build/toolchain) contains this")
)

// oracleToolchains are the releases that are held against, newest first. The
// first two build everything, the others what has no C code outside std.
var oracleToolchains = []string{"go1.27.4", "go1.26.11", "go1.25.12", "go1.24.13", "go1.23.12", "go1.22.12", "go1.21.13"}

// A cell is one program in one build by one toolchain.
type cell struct {
	program
	build     buildCase
	toolchain string
}

func (c cell) name() string { return c.dir + "/" + c.build.name + "/" + c.toolchain }

// An outcome is what came of a cell.
type outcome struct {
	cell
	predicted link.Executable
	refusal   string // why nothing was predicted
	actual    link.Executable
	failure   string // what the go command said
	diffs     []link.Difference
	invalid   error // what the JSON Schema has against the prediction's output
}

// TestOracle holds predictions against real builds: a few for each kind of rule
// by the go command on PATH, or by flag those of the matrix.
func TestOracle(t *testing.T) {
	o, builds := newOracle(t)
	if !*wholeMatrix && *onlyCells == "" {
		o.keepCaches = true
		o.hold(t, builds, plainCells(t, builds))
		return
	}
	cells := oracleCells(t, builds)
	if len(cells) == 0 {
		t.Fatalf("got no cell for -cells=%q, want the name (program/build/toolchain) of one to contain it", *onlyCells)
	}
	o.hold(t, builds, cells)
}

// TestOracleLong holds the sample of the matrix, with every toolchain.
func TestOracleLong(t *testing.T) {
	testskip.Long(t)
	o, builds := newOracle(t)
	o.hold(t, builds, oracleCells(t, builds))
}

func newOracle(t *testing.T) (*oracle, []buildCase) {
	dir := t.TempDir()
	return &oracle{dir: dir, record: openRecord(t, *recordDir)}, oracleBuilds(t, compilersDir(t, dir))
}

// hold predicts every cell, with build caches that hold none of them, and builds
// it afterwards. A fact that is called exact and is not is an error, in any cell.
func (o *oracle) hold(t *testing.T, builds []buildCase, cells []cell) {
	o.outcomes = make([]outcome, len(cells))
	start := time.Now()
	o.each(cells, "", o.predict)
	t.Logf("predicted %d cells in %v", len(cells), time.Since(start).Round(time.Second))
	o.buildAll(cells)
	t.Logf("built them by %v", time.Since(start).Round(time.Second))
	for _, r := range o.outcomes {
		if r.refusal != "" && r.failure == "" {
			t.Errorf("%s: no prediction: %s", r.name(), r.refusal)
		}
		if r.invalid != nil {
			t.Errorf("%s: the output does not follow the schema: %v", r.name(), r.invalid)
		}
		for _, d := range r.diffs {
			if d.Fact == "build_error" && d.Predicted == "" {
				continue // counted in the table
			}
			t.Errorf("%s: %s: got %v, want %v", r.name(), d.Fact, d.Predicted, d.Actual)
		}
	}
	writeParts(t, o.outcomes, builds)
	for _, line := range unforeseen(o.outcomes) {
		t.Log(line)
	}
}

// writeParts prints the table of a run, and writes docs/accuracy.md where it had
// all cells of a toolchain.
func writeParts(t *testing.T, outcomes []outcome, builds []buildCase) {
	var parts []part
	whole := 0
	for i, tc := range slices.Concat(oracleToolchains, []string{localToolchain}) {
		p := partOf(tc, outcomes)
		if p.Cells == 0 {
			continue
		}
		parts = append(parts, p)
		if tc != localToolchain && p.Cells == matrixSize(i, builds) {
			writePart(t, p)
			whole++
		}
	}
	t.Log("\n" + accuracy(parts))
	if whole > 0 {
		writeAccuracy(t, "Predictions", predictionsPart(readParts(t)))
	}
}

// oracleCells are the cells to run: every program and every build with the
// newest toolchain, and a few with each other; by flag the whole matrix, or
// every nth cell of it besides.
func oracleCells(t *testing.T, builds []buildCase) []cell {
	var cells []cell
	matrix := 0
	for i, tc := range oracleToolchains {
		if !haveToolchain(t, tc) {
			continue
		}
		for pi, p := range oraclePrograms {
			for bi, b := range builds {
				c := cell{p, b, tc}
				if !inMatrix(c, i) {
					continue
				}
				matrix++
				drawn := *wholeMatrix && matrix%*everyCell == 0
				if (drawn || inSample(c, i, pi, bi)) && strings.Contains(c.name(), *onlyCells) {
					cells = append(cells, c)
				}
			}
		}
	}
	return cells
}

// matrixSize is the number of a toolchain's cells in all.
func matrixSize(toolchain int, builds []buildCase) int {
	n := 0
	for _, p := range oraclePrograms {
		for _, b := range builds {
			if inMatrix(cell{p, b, oracleToolchains[toolchain]}, toolchain) {
				n++
			}
		}
	}
	return n
}

// inMatrix leaves out what a cell cannot tell: heavy programs, and those that are
// about one thing, in builds that do not change their answer, and C code outside std with the older toolchains.
func inMatrix(c cell, toolchain int) bool {
	if (c.heavy || c.narrow) && !c.build.changes && !slices.Contains(c.builds, c.build.name) {
		return false
	}
	if needsGo(c.dir) != "" && toolchain >= 2 {
		return false
	}
	return toolchain < 2 || c.std
}

// needsGo is the release that a program's dependencies ask for, beyond 1.21.
func needsGo(dir string) string {
	switch dir {
	case "lambda", "modernc":
		return "go1.26"
	case "purego", "nodeexporter":
		return "go1.25"
	}
	return ""
}

// inSample picks every program and every build once for the newest toolchain,
// most builds twice, and the commonest builds of three programs for the rest.
func inSample(c cell, toolchain, program, build int) bool {
	few := slices.Contains([]string{"default", "cgo0", "external"}, c.build.name)
	switch {
	case toolchain == 0:
		return c.build.name == "default" || c.dir == "net" || c.std && program == build%8
	case toolchain == 1:
		return c.dir == "osuser" && build%5 == 0 || few && c.std
	}
	return few && (c.dir == "fmtonly" || c.dir == "net")
}

func haveToolchain(t *testing.T, version string) bool {
	cmd := exec.Command("go", "version")
	cmd.Env = append(os.Environ(), "GOTOOLCHAIN="+version, "GOPROXY=off", "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		testskip.LeftOut(t, "%s is not in the module cache (GOTOOLCHAIN=%s go version fetches it): %s", version, version, strings.TrimSpace(string(out)))
		return false
	}
	return true
}

type oracle struct {
	dir        string
	outcomes   []outcome
	record     *record
	keepCaches bool // build caches stay for the next run
}

// compilersDir is where the compilers for a run are made. Their paths get into
// what they link, so with a record they stay where they are.
func compilersDir(t *testing.T, dir string) string {
	if *recordDir == "" {
		return dir
	}
	dir = filepath.Join(*recordDir, "compilers")
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// each runs f for the cells of a toolchain, all of them where it is "", two at a
// time.
func (o *oracle) each(cells []cell, toolchain string, f func(i int, c cell)) {
	work := make(chan int)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for i := range work {
				f(i, cells[i])
			}
		})
	}
	for i, c := range cells {
		if toolchain == "" || c.toolchain == toolchain {
			work <- i
		}
	}
	close(work)
	wg.Wait()
}

// options are those of a cell; cache is its build cache.
func (o *oracle) options(c cell, cache string) doctor.Options {
	env := slices.DeleteFunc(os.Environ(), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return slices.Contains([]string{"CC", "CXX", "CGO_ENABLED", "CGO_LDFLAGS", "CGO_CFLAGS", "GOFLAGS", "GOOS", "GOARCH", "LD_RUN_PATH", "GO_EXTLINK_ENABLED", "GOEXPERIMENT"}, name)
	})
	env = append(env, "GOENV=off", "GOTOOLCHAIN="+c.toolchain, "GOCACHE="+cache, "GOWORK=off")
	env = append(env, c.build.env...)
	dir, err := filepath.Abs("../testdata/programs/" + c.dir)
	if err != nil {
		panic(err)
	}
	options := doctor.Options{Dir: dir, Env: env, CacheDir: filepath.Join(o.dir, "memory"), Flags: []load.Flag{{Name: "buildvcs", Value: "false"}}}
	for _, f := range c.build.flags {
		name, value, ok := strings.Cut(f[1:], "=")
		if !ok {
			value = "true"
		}
		options.Flags = append(options.Flags, load.Flag{Name: name, Value: value})
	}
	options.Patterns = []string{cmp.Or(c.pkg, ".")}
	return options
}

// predict asks with a build cache that nothing was ever built into.
func (o *oracle) predict(i int, c cell) {
	r := &o.outcomes[i]
	r.cell = c
	report, err := doctor.Predict(context.Background(), o.options(c, filepath.Join(o.dir, "unbuilt", c.toolchain)))
	switch {
	case err != nil:
		r.refusal = err.Error()
	case len(report.Programs) != 1:
		r.refusal = fmt.Sprintf("%d programs", len(report.Programs))
	default:
		r.predicted = report.Programs[0].Executable
		if r.invalid = schematest.Validate(asJSON(report)); r.invalid != nil {
			r.refusal = r.invalid.Error()
		}
	}
}

// buildAll builds the cells, one toolchain after the other, and drops the build
// caches in between.
func (o *oracle) buildAll(cells []cell) {
	for _, tc := range slices.Concat(oracleToolchains, []string{localToolchain}) {
		caches := o.caches(tc)
		ofCompiler := o.seeded(tc, caches, cells)
		o.each(cells, tc, func(i int, c cell) { o.build(i, c, ofCompiler) })
		if !o.keepCaches {
			os.RemoveAll(caches)
		}
	}
}

// caches is the folder of a toolchain's build caches. No prediction looks at
// them, so that they can stay from one run to the next.
func (o *oracle) caches(toolchain string) string {
	if user, err := os.UserCacheDir(); err == nil && o.keepCaches {
		return filepath.Join(user, "goportdoctor-oracle", toolchain)
	}
	return filepath.Join(o.dir, "built", toolchain)
}

// build gives what the real toolchain makes of a cell, in a cache of the cell's C
// compiler's own: none is made where the record has the cell.
func (o *oracle) build(i int, c cell, cacheOf func(compiler string) string) {
	r := &o.outcomes[i]
	if known, ok := o.record.recall(c); ok {
		r.actual, r.failure = known.Actual, known.Failure
	} else {
		options := o.options(c, cacheOf(c.build.compiler))
		out := filepath.Join(o.dir, fmt.Sprintf("exe%d", i))
		r.actual, r.failure = doctor.Build(context.Background(), options, options.Patterns, out)
		o.record.keep(c, r.actual, r.failure)
	}
	if r.refusal == "" {
		r.diffs = doctor.Compare(r.predicted, r.actual, r.failure)
	}
}

func asJSON(r *doctor.Report) []byte {
	data, err := json.Marshal(r)
	if err != nil {
		panic(err) // a report is made of strings, numbers and lists
	}
	return data
}
