package predict

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/port"
)

// A decision is how far the go command and the linker come without asking the
// C compiler: packages, build mode, link mode.
type decision struct {
	b       link.Build
	t       link.Toolchain
	graph   link.Graph
	main    *link.Package
	machine Machine

	port      port.Port // each fact from the release whose function the toolchain has
	flags     ldflags
	buildmode string // exe, pie, c-archive, c-shared, plugin, shared
	// compiledFor is the go command's build mode, which -ldflags=-buildmode leaves.
	compiledFor string
	deps        []*link.Package
	iscgo       bool

	old      bool // a release older than all whose rules are known
	external bool
	reason   string // of the link mode, in cmd/link's words

	buildError          string
	buildErrorCertainty link.Certainty
	// doubt says why none of the above can be relied on.
	doubt string
}

func decide(b link.Build, p link.Program, t link.Toolchain) *decision {
	d := &decision{b: b, t: t, graph: p.Graph, main: p.Main, flags: parseLDFlags(p.LDFlags, b.CC, t.Version), buildErrorCertainty: link.Exact}
	steps := []func(){
		func() { d.programError(p) },
		d.lookupPort, d.foreignTools, d.resolveBuildMode, d.closure, d.packageErrors, d.unknownFlags,
		func() { d.fail(d.flags.err) }, d.flagValues,
		d.linkModeOf, d.mainFunction, d.badObjects, d.strangeObjects,
	}
	if Old(t.Version) {
		steps = append(steps[:1], d.oldRules()...)
	}
	for _, step := range steps {
		if step(); d.buildError != "" {
			break
		}
	}
	return d
}

// programError takes over the go command's refusal of a whole program, or a doubt
// whether it refuses.
func (d *decision) programError(p link.Program) {
	switch p.ErrorCertainty {
	case link.Unknown:
		d.doubt = p.Error
		return
	case link.AtLeast:
		d.mayFail(p.Error)
	}
	d.fail(p.Error)
}

func (d *decision) fail(words string) {
	if d.buildError == "" {
		d.buildError = words
	}
}

// relies reports whether the toolchain's functions are known ones; where one is
// not, whatever rests on it becomes doubtful.
func (d *decision) relies(functions ...string) bool {
	for _, f := range functions {
		if _, ok := d.t.Rules[f]; !ok {
			d.doubtOf(f)
			return false
		}
	}
	return true
}

func (d *decision) doubtOf(function string) {
	if d.doubt == "" {
		d.doubt = d.strange(function)
	}
}

func (d *decision) strange(function string) string {
	return fmt.Sprintf("this %s decides it by a %s that no known release has", d.t.Version, function)
}

// lookupPort takes each fact of the port from the release whose source of the
// deciding function the toolchain has.
func (d *decision) lookupPort() {
	if !d.relies("distInfo") {
		return
	}
	base, ok := d.portOf("distInfo")
	if !ok {
		d.doubt = fmt.Sprintf("%s/%s of %s is not in the tables", d.b.GOOS, d.b.GOARCH, d.t.Version)
		return
	}
	d.port = base
	if p, ok := d.portOf("MustLinkExternal"); ok {
		d.port.MustLinkExternal, d.port.MustLinkExternalCgo = p.MustLinkExternal, p.MustLinkExternalCgo
	}
	if p, ok := d.portOf("InternalLinkPIESupported"); ok {
		d.port.InternalPIE, d.port.GoInternalPIE = p.InternalPIE, p.GoInternalPIE
	}
	if p, ok := d.portOf("DefaultPIE"); ok {
		d.port.DefaultPIE, d.port.DefaultPIERace = p.DefaultPIE, p.DefaultPIERace
	}
	if d.t.PIE != nil {
		d.port.DefaultPIE = slices.Contains(d.t.PIE, link.PIEPort(d.b.GOOS, d.b.GOARCH, false))
		d.port.DefaultPIERace = slices.Contains(d.t.PIE, link.PIEPort(d.b.GOOS, d.b.GOARCH, true))
	}
	if p, ok := d.portOf("Set"); ok {
		d.port.ExePIE = p.ExePIE
	}
	if p, ok := d.portOf(d.loaderRule()); ok {
		d.port.Loader, d.port.MuslLoader = p.Loader, p.MuslLoader
	}
}

func (d *decision) portOf(function string) (port.Port, bool) {
	release, ok := d.t.Rules[function]
	if !ok {
		return port.Port{}, false
	}
	return port.Lookup(release, d.b.GOOS, d.b.GOARCH)
}

// loaderRule is cmd/link's function that names the port's loader.
func (d *decision) loaderRule() string {
	arch := map[string]string{"386": "x86", "mips64le": "mips64", "mipsle": "mips", "ppc64le": "ppc64"}[d.b.GOARCH]
	if arch == "" {
		arch = d.b.GOARCH
	}
	return "Init/" + arch
}

// foreignTools are the settings that put other programs in the go command's
// place, whose decisions nobody can foresee.
func (d *decision) foreignTools() {
	switch {
	case d.b.Compiler != "gc" && d.b.Compiler != "":
		d.doubt = "-compiler=" + d.b.Compiler + " links in its own way"
	case d.b.ToolExec != "":
		d.doubt = "-toolexec=" + d.b.ToolExec + " may change what the compiler and the linker do"
	}
}

// resolveBuildMode mirrors cmd/go/internal/work.buildModeInit and
// instrumentInit: what becomes of -buildmode=default.
func (d *decision) resolveBuildMode() {
	d.buildmode = d.b.BuildMode
	if d.buildmode == "default" {
		d.buildmode = "exe"
		if !d.relies("DefaultPIE", "buildModeInit") {
			return
		}
		if d.port.DefaultPIE && !d.b.Race || d.port.DefaultPIERace && d.b.Race {
			d.buildmode = "pie"
		}
		if d.b.MSan && d.relies("instrumentInit") && d.b.GOOS+"/"+d.b.GOARCH != "linux/amd64" {
			d.buildmode = "pie"
		}
	}
	if d.buildmode == "archive" || d.buildmode == "shared" {
		d.fail("no packages to build") // these modes leave out packages named main
	}
	d.compiledFor = d.buildmode
	if d.flags.buildmode != "" {
		d.buildmode = d.flags.buildmode
	}
	if d.buildmode == "exe" && d.relies("Set") && d.port.ExePIE {
		d.buildmode = "pie"
	}
}

// packageErrors are the refusals that come before any link, in the order in
// which go build comes to them.
func (d *decision) packageErrors() {
	for _, p := range slices.Backward(d.deps) {
		d.fail(p.Error)
	}
	for _, p := range slices.Backward(d.deps) {
		if p.Cgo {
			if bad := d.badLimit(); bad != "" {
				d.fail(p.ImportPath + ": " + bad)
			}
			d.fail(d.refusedPkgConfig(p))
			d.fail(p.PkgConfigError)
			d.fail(d.invalidFlag(p))
			if p.BadInput != "" && hardened(d.t.Rules["checkLinkerFlags"]) {
				d.mayFail(p.BadInput) // which files are looked at hangs on links, too
			}
		}
		d.fail(p.Refused)
		d.fail(d.refusedObject(p))
	}
	for _, p := range slices.Backward(d.deps) {
		if d.buildError == "" && p.Undefined != "" {
			d.buildError, d.buildErrorCertainty = p.Undefined, p.UndefinedCertainty
		}
	}
}

// unknownFlags makes doubtful what depends on words that pkg-config was not
// asked for, and on files that were not read.
func (d *decision) unknownFlags() {
	if h := d.flags.header; h != "" && h != d.b.GOOS && !(d.b.GOOS == "windows" && h == "windowsgui") {
		d.doubt = "-ldflags=-H=" + d.flags.header + " asks the linker for another format"
	}
	for _, p := range append(slices.Clip(d.deps), d.main) {
		if p.Unread != "" && d.doubt == "" {
			d.doubt = p.ImportPath + ": " + p.Unread
		}
	}
	for _, p := range d.deps {
		if p.Cgo && p.PkgConfigUnknown != "" && d.doubt == "" {
			d.doubt = p.PkgConfigUnknown
		}
	}
}

// A rule is one reason for external linking.
type rule struct {
	holds  func(*decision) bool
	reason func(*decision) string
}

func because(s string) func(*decision) string { return func(*decision) string { return s } }

func buildmode(mode string) rule {
	return rule{func(d *decision) bool { return d.buildmode == mode && !(mode == "c-shared" && d.b.GOARCH == "wasm") }, because("buildmode=" + mode)}
}

// mustLinkExternal mirrors cmd/link/internal/ld/config.go:mustLinkExternal.
// Rules are tried in cmd/link's order, so the first that holds gives cmd/link's
// reason.
var mustLinkExternal = []rule{
	{func(d *decision) bool { return d.port.MustLinkExternal },
		func(d *decision) string { return d.b.GOOS + "/" + d.b.GOARCH + " requires external linking" }},
	{func(d *decision) bool { return d.b.MSan || d.flags.msan }, because("msan")},
	{func(d *decision) bool { return d.b.ASan || d.flags.asan }, because("asan")},
	{func(d *decision) bool { return d.iscgo && d.port.MustLinkExternalCgo },
		func(d *decision) string { return d.b.GOARCH + " does not support internal cgo" }},
	buildmode("c-archive"),
	buildmode("c-shared"),
	{func(d *decision) bool { return d.buildmode == "pie" && !d.port.InternalPIE }, because("buildmode=pie")},
	buildmode("plugin"),
	buildmode("shared"),
	{func(d *decision) bool { return d.b.LinkShared || d.flags.linkshared }, because("dynamically linking with a shared library")},
	{(*decision).unrecognized, because("some input objects have an unrecognized file format")},
}

// linkModeOf mirrors cmd/link/internal/ld/config.go:determineLinkMode.
func (d *decision) linkModeOf() {
	if d.doubt != "" || !d.relies("mustLinkExternal", "determineLinkMode", "MustLinkExternal", "LinkerDeps", "externalLinkingReason", "loadlib") {
		return
	}
	if d.buildmode == "pie" && !d.relies("InternalLinkPIESupported") {
		return
	}
	forced, why := d.forced()
	switch mode, via := d.askedMode(); {
	case mode == "internal" && forced:
		d.fail(fmt.Sprintf("internal linking requested %sbut external linking required: %s", via, why))
	case mode == "external":
		d.external, d.reason = true, d.askedBy()
	case mode == "internal":
		d.reason = d.askedBy()
	case forced:
		d.external, d.reason = true, why
	default:
		d.external, d.reason = d.preferred()
	}
	imported := slices.ContainsFunc(d.deps, func(p *link.Package) bool { return slices.Contains(imports(p), "runtime/cgo") })
	if d.external && d.b.LinkShared && !imported && d.buildError == "" { // unless the standard library was installed as a shared one
		d.buildError, d.buildErrorCertainty = "cannot implicitly include runtime/cgo in a shared library", link.AtLeast
	}
	if d.iscgo && !d.b.CgoEnabled {
		// Somebody imports runtime/cgo by itself, and its C half is not there.
		if d.external {
			d.fail("undefined reference to `x_cgo_init'")
		}
		d.fail("relocation target x_cgo_init not defined")
	}
	if d.external && d.b.GOOS+"/"+d.b.GOARCH == "linux/ppc64" && !since(d.t.Rules["determineLinkMode"], "go1.27") {
		d.fail("external linking not supported for linux/ppc64")
	}
}

// mainFunction is cmd/link's refusal of a program without func main, which
// plugins alone may do without.
func (d *decision) mainFunction() {
	if d.main.NoMain != "" && d.buildmode != "plugin" && d.doubt == "" && d.buildError == "" {
		d.buildError, d.buildErrorCertainty = "runtime.main_main·f: function main is undeclared in the main package", d.main.NoMain
	}
}

func (d *decision) forced() (bool, string) {
	for _, r := range mustLinkExternal {
		if r.holds(d) {
			return true, r.reason(d)
		}
	}
	return false, ""
}

// askedMode is the mode that -linkmode or GO_EXTLINK_ENABLED asks for, and
// cmd/link's words for the latter.
func (d *decision) askedMode() (mode, via string) {
	if d.flags.linkmode != "auto" {
		return d.flags.linkmode, ""
	}
	switch d.extLink() {
	case "0":
		return "internal", "via GO_EXTLINK_ENABLED "
	case "1":
		return "external", "via GO_EXTLINK_ENABLED "
	}
	return "auto", ""
}

// extLink is GO_EXTLINK_ENABLED as cmd/link sees it: the process environment,
// then what was baked in.
func (d *decision) extLink() string {
	if d.b.ExtLink != "" {
		return d.b.ExtLink
	}
	return d.t.ExtLinkDefault
}

func (d *decision) askedBy() string {
	if d.flags.linkmode != "auto" {
		return "-linkmode=" + d.flags.linkmode
	}
	return "GO_EXTLINK_ENABLED=" + d.extLink()
}

// preferred decides where nothing is forced or asked for: C code from outside
// the linker's list, or C flags that the linker distrusts, go to the external
// linker.
func (d *decision) preferred() (bool, string) {
	if !d.iscgo {
		return false, "no package uses cgo"
	}
	if !d.relies("ldhostobj", "internalpkg") {
		return false, ""
	}
	allowed := port.InternalPackages(d.t.Rules["internalpkg"])
	for _, p := range d.deps {
		if (p.Cgo || len(p.Syso) > 0) && !slices.Contains(allowed, p.ImportPath) {
			return true, p.ImportPath + " has C objects that only the external linker takes"
		}
	}
	for _, p := range d.deps {
		if p.Cgo {
			if flag := d.distrusted(p); flag != "" {
				return true, "external linking prefer list has " + p.ImportPath + ": " + flag
			}
		}
	}
	return false, "all C code is in packages that the linker takes in itself: " + strings.Join(d.cgoNames(), ", ")
}
