package doctor_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/testcc"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// A program is a folder of testdata/programs.
type program struct {
	dir   string
	pkg   string // what is built; "." where it is ""
	std   bool   // imports the standard library only, and has no C of its own
	heavy bool   // takes long to compile; built only where the build can change its answer
	// narrow tells of a program that is about one thing: it is built where that
	// can come out otherwise, and in builds, but not in all.
	narrow bool
	builds []string
}

var oraclePrograms = []program{
	{dir: "fmtonly", std: true}, {dir: "net", std: true}, {dir: "osuser", std: true}, {dir: "nethttp", std: true},
	{dir: "plugin", std: true}, {dir: "cgom"}, {dir: "cgocxx"}, {dir: "syso"},
	{dir: "cgodep"}, {dir: "prefer"}, {dir: "purego"}, {dir: "pcap"},
	{dir: "netunused", std: true, narrow: true}, {dir: "rawcgo", std: true, narrow: true, builds: []string{"extlink=1", "cgo0 extlink=1"}},
	{dir: "pluginlib", std: true, narrow: true, builds: []string{"plugin mode", "windows plugin"}},
	{dir: "cexport", narrow: true, builds: []string{"c-shared", "c-archive", "cgo0 c-shared", "wasip1 c-shared"}},
	{dir: "tls", narrow: true, builds: []string{"c-shared", "pie", "clang lld external"}},
	{dir: "staticldflag", narrow: true, builds: []string{"pie", "external I", "CGO_LDFLAGS loader"}},
	{dir: "rpathflag", narrow: true, builds: []string{"LD_RUN_PATH", "external rpath", "external old dtags", "brew external", "CGO_LDFLAGS rpath"}},
	{dir: "cgoonly", narrow: true}, {dir: "cgostub", narrow: true}, {dir: "pkgconf", narrow: true}, {dir: "badldflag", narrow: true},
	{dir: "lambda", heavy: true}, {dir: "sqlite", heavy: true}, {dir: "modernc", heavy: true},
	{dir: "nodeexporter", pkg: "github.com/prometheus/node_exporter", heavy: true},
}

// std reports whether the build links no C but the standard library's.
func (p program) plain(b buildCase) bool {
	return p.std || !b.cgo && p.dir != "purego" && p.dir != "rawcgo"
}

// A buildCase is one way to build: variables and flags. compiler names the
// build cache that it may share with others; C compilers get one each, since
// the cache does not tell some of them apart.
type buildCase struct {
	name     string
	env      []string
	flags    []string
	compiler string
	cgo      bool // C code is compiled
	changes  bool // it can change the answer of heavy programs
}

func b(name, flags string, env ...string) buildCase {
	words := strings.Fields(flags)
	for i := range words {
		words[i] = strings.ReplaceAll(words[i], "~", " ") // a space inside of a flag
	}
	cgo := !slices.Contains(env, "CGO_ENABLED=0")
	return buildCase{name: name, flags: words, env: env, cgo: cgo, compiler: "gcc"}
}

func (c buildCase) with(compiler string) buildCase { c.compiler = compiler; return c }
func (c buildCase) wide() buildCase                { c.changes = true; return c }
func (c buildCase) cross() buildCase {
	c.cgo = slices.Contains(c.env, "CGO_ENABLED=1")
	return c
}

// oracleBuilds returns the builds of the matrix, without gcc only those that need
// no C compiler.
func oracleBuilds(t *testing.T, dir string) []buildCase {
	if !haveGCC() {
		testskip.LeftOut(t, "builds with a C compiler: there is no gcc")
		return slices.DeleteFunc(allBuilds(t, dir, "", "", ""), func(b buildCase) bool { return b.cgo })
	}
	return allBuilds(t, dir, testcc.Brew(t, filepath.Join(dir, "brew")), testcc.Wrapper(t, filepath.Join(dir, "wrapper")),
		testcc.Nix(t, filepath.Join(dir, "nix")))
}

func haveGCC() bool {
	_, err := exec.LookPath("gcc")
	return err == nil
}

// allBuilds are the rows of the truth table, and what else moves the answer. brew,
// wrapper and nix are C compilers.
func allBuilds(t *testing.T, dir, brew, wrapper, nix string) []buildCase {
	noCC := noCompilerPath(t, filepath.Join(dir, "nocc"))
	return []buildCase{
		b("default", "").wide(),
		b("cgo0", "", "CGO_ENABLED=0").wide(),
		b("netgo", "-tags=netgo").wide(),
		b("osusergo", "-tags=osusergo"),
		b("netgo,osusergo", "-tags=netgo,osusergo").wide(),
		b("external", "-ldflags=-linkmode=external").wide(),
		b("internal", "-ldflags=-linkmode=internal"),
		b("extlink=1", "", "GO_EXTLINK_ENABLED=1"),
		b("extlink=0", "", "GO_EXTLINK_ENABLED=0"),
		b("cgo0 extlink=1", "", "CGO_ENABLED=0", "GO_EXTLINK_ENABLED=1"),
		b("cgo0 external", "-ldflags=-linkmode=external", "CGO_ENABLED=0"),
		b("race", "-race"),
		b("race cgo0", "-race", "CGO_ENABLED=0"),
		b("race pie", "-race -buildmode=pie"),
		b("asan", "-asan"),
		b("msan gcc", "-msan"),
		b("pie", "-buildmode=pie"),
		b("cgo0 pie", "-buildmode=pie", "CGO_ENABLED=0").wide(),
		b("cgo0 pie d", "-buildmode=pie -ldflags=-d", "CGO_ENABLED=0"),
		b("cgo0 pie I", "-buildmode=pie -ldflags=-I~/opt/ld.so", "CGO_ENABLED=0"),
		b("extldflags static", "-ldflags=-extldflags=-static"),
		b("external static", "-ldflags=-linkmode=external~-extldflags=-static").wide(),
		b("external static-pie", "-buildmode=pie -ldflags=-linkmode=external~-extldflags=-static-pie"),
		b("external rpath", "-ldflags=-linkmode=external~-extldflags=-Wl,-rpath,/opt/x"),
		b("external old dtags", "-ldflags=-linkmode=external~'-extldflags=-Wl,-rpath,/opt/x~-Wl,--disable-new-dtags'"),
		b("r", "-ldflags=-r=/opt/r:/opt/s"),
		b("external r", "-ldflags=-r=/opt/r~-linkmode=external"),
		b("I", "-ldflags=-I~/opt/ld.so"),
		b("external I", "-ldflags=-linkmode=external~-I~/opt/ld.so"),
		b("I and extldflags", "-ldflags=-linkmode=external~-I~/opt/ld.so~-extldflags=-Wl,--dynamic-linker=/opt/other.so"),
		b("d", "-ldflags=-d"),
		b("strip", "-ldflags=-s~-w -trimpath"),
		b("GOFLAGS external", "", "GOFLAGS=-ldflags=-linkmode=external"),
		b("GOFLAGS pie cgo0", "", "GOFLAGS=-buildmode=pie -trimpath", "CGO_ENABLED=0"),
		b("GOFLAGS overridden", "-ldflags=-s", "GOFLAGS='-ldflags=-linkmode=external -s'"),
		b("LD_RUN_PATH", "", "LD_RUN_PATH=/opt/run"),
		b("LD_RUN_PATH external", "-ldflags=-linkmode=external", "LD_RUN_PATH=/opt/run"),
		b("CGO_LDFLAGS loader", "", "CGO_LDFLAGS=-O2 -Wl,--dynamic-linker=/opt/l.so").with("ldflags-loader"),
		b("CGO_LDFLAGS static", "", "CGO_LDFLAGS=-static").with("ldflags-static"),
		b("CGO_LDFLAGS gc", "", "CGO_LDFLAGS=-O2 -Wl,--gc-sections").with("ldflags-gc"),
		b("CGO_LDFLAGS rpath", "", "CGO_LDFLAGS=-Wl,-rpath,/opt/c").with("ldflags-rpath"),
		b("CGO_CFLAGS cf", "", "CGO_CFLAGS=-O2 -fcf-protection").with("cflags-cf"),
		b("CGO_CFLAGS lto", "", "CGO_CFLAGS=-O2 -flto").with("cflags-lto"),
		b("c-shared", "-buildmode=c-shared"),
		b("c-archive", "-buildmode=c-archive"),
		b("plugin mode", "-buildmode=plugin"),
		b("cgo0 c-shared", "-buildmode=c-shared", "CGO_ENABLED=0"),
		b("boring", "", "GOEXPERIMENT=boringcrypto"),
		b("boring cgo0", "", "GOEXPERIMENT=boringcrypto", "CGO_ENABLED=0"),
		b("musl", "", "CC=musl-gcc").with("musl").wide(),
		b("musl external", "-ldflags=-linkmode=external", "CC=musl-gcc").with("musl"),
		b("musl static", "-ldflags=-linkmode=external~-extldflags=-static", "CC=musl-gcc").with("musl"),
		b("clang", "", "CC=clang", "CXX=clang++").with("clang"),
		b("clang external", "-ldflags=-linkmode=external", "CC=clang", "CXX=clang++").with("clang"),
		b("clang lld", "", "CC=clang", "CXX=clang++", "CGO_LDFLAGS=-fuse-ld=lld").with("lld"),
		b("clang lld external", "-ldflags=-linkmode=external", "CC=clang", "CXX=clang++", "CGO_LDFLAGS=-fuse-ld=lld", "LD_RUN_PATH=/opt/run").with("lld"),
		b("brew", "", "CC="+brew).with("brew").wide(),
		b("brew external", "-ldflags=-linkmode=external", "CC="+brew).with("brew"),
		b("brew I", "-ldflags=-I~/lib64/ld-linux-x86-64.so.2", "CC="+brew).with("brew"),
		b("brew external static", "-ldflags=-linkmode=external~-extldflags=-static", "CC="+brew).with("brew"),
		b("brew pie", "-buildmode=pie", "CC="+brew).with("brew"),
		b("wrapper", "", "CC="+wrapper).with("wrapper"),
		b("wrapper external I", "-ldflags=-linkmode=external~-I~/lib64/ld-linux-x86-64.so.2", "CC="+wrapper).with("wrapper"),
		b("nix", "", "CC="+nix).with("nix"),
		b("nix external", "-ldflags=-linkmode=external", "CC="+nix).with("nix"),
		b("missing CC", "", "CC=no-such-gcc", "CGO_ENABLED=1"),
		b("missing CXX", "", "CXX=no-such-g++"),
		b("no compiler", "", "PATH="+noCC).with("none").cross(),
		b("no compiler cgo1", "", "PATH="+noCC, "CGO_ENABLED=1").with("none"),
		b("arm64", "", "GOARCH=arm64").cross().wide(),
		b("386", "", "GOARCH=386").cross(),
		b("riscv64", "", "GOARCH=riscv64").cross(),
		b("mips", "", "GOARCH=mips").cross(),
		b("loong64 pie", "-buildmode=pie", "GOARCH=loong64").cross(),
		b("riscv64 pie", "-buildmode=pie", "GOARCH=riscv64").cross(),
		b("arm64 pie", "-buildmode=pie", "GOARCH=arm64").cross(),
		b("arm64 cgo", "", "GOARCH=arm64", "CGO_ENABLED=1", "CC=aarch64-linux-gnu-gcc").with("arm64"),
		b("arm64 cgo external", "-ldflags=-linkmode=external", "GOARCH=arm64", "CGO_ENABLED=1", "CC=aarch64-linux-gnu-gcc").with("arm64"),
		b("386 cgo", "", "GOARCH=386", "CGO_ENABLED=1", "CC=i686-linux-gnu-gcc").with("386"),
		b("riscv64 cgo", "", "GOARCH=riscv64", "CGO_ENABLED=1", "CC=riscv64-linux-gnu-gcc").with("riscv64"),
		b("arm cgo", "", "GOARCH=arm", "CGO_ENABLED=1", "CC=arm-linux-gnueabihf-gcc").with("arm"),
		b("s390x cgo", "", "GOARCH=s390x", "CGO_ENABLED=1", "CC=s390x-linux-gnu-gcc").with("s390x"),
		b("freebsd", "", "GOOS=freebsd").cross(),
		b("freebsd race", "-race", "GOOS=freebsd").cross(),
		b("openbsd", "", "GOOS=openbsd").cross(),
		b("netbsd", "", "GOOS=netbsd").cross(),
		b("solaris", "", "GOOS=solaris").cross(),
		b("plan9", "", "GOOS=plan9").cross(),
		b("aix", "", "GOOS=aix", "GOARCH=ppc64").cross(),
		b("darwin", "", "GOOS=darwin", "GOARCH=arm64").cross(),
		b("windows", "", "GOOS=windows").cross(),
		b("js", "", "GOOS=js", "GOARCH=wasm").cross(),
		b("wasip1", "", "GOOS=wasip1", "GOARCH=wasm").cross(),
		b("wasip1 c-shared", "-buildmode=c-shared", "GOOS=wasip1", "GOARCH=wasm").cross(),
		b("windows plugin", "-buildmode=plugin", "GOOS=windows").cross(),
	}
}

// noCompilerPath is a PATH with the go command and no C compiler.
func noCompilerPath(t *testing.T, dir string) string {
	goTool, err := exec.LookPath("go")
	if err != nil {
		testskip.Missing(t, "there is no go on PATH")
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(goTool, filepath.Join(dir, "go")); err != nil {
		t.Fatal(err)
	}
	return dir
}
