package remedy_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/remedy"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

var (
	net    = &link.Package{ImportPath: "net", Standard: true, Cgo: true}
	user   = &link.Package{ImportPath: "os/user", Standard: true, Cgo: true}
	boring = &link.Package{ImportPath: "crypto/internal/boring", Standard: true, Cgo: true}
	own    = &link.Package{ImportPath: "example.com/app/c", Cgo: true, Main: true}
	lite   = &link.Package{ImportPath: "github.com/mattn/go-sqlite3", Version: "v1.14.20", Cgo: true, Flags: link.CgoFlags{LDFLAGS: []string{"-ldl"}}}
	zlib   = &link.Package{ImportPath: "example.com/app/z", Cgo: true, Flags: link.CgoFlags{LDFLAGS: []string{"-L/opt/z", "-lz", "-lm"}}}
	dl     = &link.Package{ImportPath: "example.com/app/d", Cgo: true, Flags: link.CgoFlags{LDFLAGS: []string{"-ldl"}}}
	waf    = &link.Package{ImportPath: "github.com/DataDog/go-libddwaf/v5/internal/log", Version: "v5.0.0", Cgo: true}
	pcap   = &link.Package{ImportPath: "github.com/google/gopacket/pcap", Version: "v1.1.19", Cgo: true, Flags: link.CgoFlags{LDFLAGS: []string{"-lpcap", "-ldl"}}}
)

func situation(mode string, ps ...*link.Package) remedy.Situation {
	return remedy.Situation{Build: link.Build{CgoEnabled: true, GOARCH: "amd64"}, Program: &link.Executable{BuildMode: mode}, Packages: ps, GoVersion: "go1.26.8"}
}

// TestLibs: which libraries a static link has to find whole.
func TestLibs(t *testing.T) {
	for _, c := range []struct {
		p    *link.Package
		want string
	}{{zlib, "-L/opt/z -lz"}, {own, ""}, {lite, ""}} {
		all := situation("exe", c.p).Candidates()
		i := slices.IndexFunc(all, func(c remedy.Change) bool { return c.Kind == remedy.Static })
		if i < 0 || strings.Join(all[i].Libs, " ") != c.want {
			t.Errorf("%s: got %+v, want a static link with %q", c.p.ImportPath, all, c.want)
		}
	}
}

// commands are those of the candidates, one a line.
func commands(s remedy.Situation) string {
	var all []string
	for _, c := range s.Candidates() {
		all = append(all, strings.Join(s.Plan(c).Command(remedy.Place{}, "."), " && "))
	}
	return strings.Join(all, "\n")
}

func TestCandidates(t *testing.T) {
	gcc := remedy.Compiler{CC: "/usr/bin/gcc", CXX: "/usr/bin/g++", Title: "the system's"}
	musl := remedy.Compiler{CC: "musl-gcc", Musl: true, Title: "musl"}
	const static = "go build '-ldflags=-linkmode=external -extldflags=-static' ."
	for _, c := range []struct {
		name   string
		s      remedy.Situation
		change func(*remedy.Situation)
		want   string
	}{
		{"nothing to change", situation("exe"), nil, "CGO_ENABLED=0 go build .\n" + static},
		{"net", situation("exe", net), nil, "go build -tags=netgo .\nCGO_ENABLED=0 go build .\ngo build -tags=netgo '-ldflags=-linkmode=external -extldflags=-static' ."},
		{"both", situation("exe", net, user), nil, "go build -tags=netgo,osusergo .\nCGO_ENABLED=0 go build .\ngo build -tags=netgo,osusergo '-ldflags=-linkmode=external -extldflags=-static' ."},
		{"tags that are there stay", situation("exe", net), func(s *remedy.Situation) { s.Build.Tags, s.Given = []string{"x"}, []string{"-tags=x", "-trimpath"} },
			"go build -trimpath -tags=x,netgo .\nCGO_ENABLED=0 go build -tags=x -trimpath .\ngo build -trimpath -tags=x,netgo '-ldflags=-linkmode=external -extldflags=-static' ."},
		{"a tag that netgo does not go with", situation("exe", net), func(s *remedy.Situation) { s.Build.Tags, s.Given = []string{"netcgo", "x"}, []string{"-tags=netcgo,x"} },
			"go build -tags=x,netgo .\nCGO_ENABLED=0 go build -tags=netcgo,x .\ngo build -tags=x,netgo '-ldflags=-linkmode=external -extldflags=-static' ."},
		{"a stub is no remedy", situation("exe", lite), nil, static},
		{"of another major version nothing is known", situation("exe", &link.Package{ImportPath: lite.ImportPath, Version: "v2.0.0", Cgo: true}), nil, "CGO_ENABLED=0 go build .\n" + static},
		{"what loads libraries is not linked statically", situation("exe", pcap), nil, "CGO_ENABLED=0 go build ."},
		{"libraries may have static forms", situation("exe", zlib), nil, "CGO_ENABLED=0 go build .\n" + static},
		{"pie", situation("pie", own), func(s *remedy.Situation) { s.Given = []string{"-buildmode=pie"} },
			"go build -buildmode=exe .\nCGO_ENABLED=0 go build -buildmode=pie .\ngo build -buildmode=pie '-ldflags=-linkmode=external -extldflags=-static-pie' ."},
		{"race", situation("exe"), func(s *remedy.Situation) { s.Build.Race, s.Given = true, []string{"-race"} },
			"go build .\nCGO_ENABLED=0 go build .\ngo build -race '-ldflags=-linkmode=external -extldflags=-static' ."},
		{"race of GOFLAGS", situation("exe"), func(s *remedy.Situation) { s.Build.Race, s.Preset = true, []string{"-race"} },
			"go build -race=false .\nCGO_ENABLED=0 go build -race=false .\n" + static},
		{"ldflags", situation("exe"), func(s *remedy.Situation) {
			s.Given, s.LDFlags = []string{"-ldflags=-s -linkmode external -X 'a.b=c d'"}, []string{"-s", "-linkmode", "external", "-X", "a.b=c d"}
		}, "go build '-ldflags=-s -X '\\''a.b=c d'\\''' .\nCGO_ENABLED=0 go build '-ldflags=-s -linkmode external -X '\\''a.b=c d'\\''' .\ngo build '-ldflags=-s -X '\\''a.b=c d'\\'' -linkmode=external -extldflags=-static' ."},
		{"settings", situation("exe", pcap), func(s *remedy.Situation) {
			s.Settings, s.Build.ExtLink = map[string]string{"CGO_CFLAGS": "here", "LD_RUN_PATH": "here"}, "1"
		}, "GO_EXTLINK_ENABLED= go build .\nCGO_CFLAGS='-g -O2' go build .\nenv -u LD_RUN_PATH go build .\nCGO_ENABLED=0 go build ."},
		{"flags that say where things are", situation("exe", pcap), func(s *remedy.Situation) {
			s.Settings = map[string]string{"CGO_CFLAGS": "here", "CGO_LDFLAGS": "here"}
			s.Build.Cgo = link.CgoFlags{CFLAGS: []string{"-g", "-I/opt/ab", "-flto"}, LDFLAGS: []string{"-L", "/opt/lib", "-flto"}}
		}, "CGO_CFLAGS='-g -I/opt/ab' go build .\nCGO_CFLAGS='-g -O2' go build .\nCGO_LDFLAGS='-L /opt/lib' go build .\nCGO_LDFLAGS='-g -O2' go build .\n" +
			"CGO_CFLAGS='-g -I/opt/ab' CGO_LDFLAGS='-L /opt/lib' go build .\nCGO_CFLAGS='-g -O2' CGO_LDFLAGS='-g -O2' go build .\nCGO_ENABLED=0 go build ."},
		{"compilers", situation("exe", net), func(s *remedy.Situation) { s.Compilers = []remedy.Compiler{gcc, musl} },
			"go build -tags=netgo .\nCGO_ENABLED=0 go build .\nCC=/usr/bin/gcc go build .\nCC=musl-gcc go build .\ngo build -tags=netgo '-ldflags=-linkmode=external -extldflags=-static' ."},
		{"nobody knows whether it compiles with musl", situation("exe", pcap), func(s *remedy.Situation) { s.Compilers = []remedy.Compiler{gcc, musl} },
			"CGO_ENABLED=0 go build .\nCC=/usr/bin/gcc go build .\nCC=musl-gcc go build ."},
		{"loaders", situation("exe", pcap), func(s *remedy.Situation) {
			s.Program.Interpreter.Value, s.Loaders = "/opt/ld.so", []string{"/lib64/ld.so"}
		}, "CGO_ENABLED=0 go build .\ngo build '-ldflags=-I /lib64/ld.so' ."},
		{"a stale cache", situation("exe", pcap), func(s *remedy.Situation) { s.Stale = true }, "CGO_ENABLED=0 go build .\ngo clean -cache && go build ."},
		{"the experiment, and no crypto", situation("exe", pcap), func(s *remedy.Situation) { s.Build.Experiment = "boringcrypto" }, "CGO_ENABLED=0 go build ."},
		{"boringcrypto", situation("exe", pcap, boring), func(s *remedy.Situation) { s.Build.Experiment = "boringcrypto" },
			"CGO_ENABLED=0 go build .\nGOEXPERIMENT=noboringcrypto GOFIPS140=v1.0.0 CGO_ENABLED=0 go build ."},
		{"another processor", situation("exe", pcap), func(s *remedy.Situation) { s.Arches = []string{"arm64"} }, "CGO_ENABLED=0 go build .\nGOARCH=arm64 go build ."},
		{"another processor, and a compiler for it", situation("exe", pcap), func(s *remedy.Situation) {
			s.Arches, s.Cross = []string{"arm64"}, map[string][]remedy.Compiler{"arm64": {{CC: "aarch64-linux-gnu-gcc", Title: "gcc"}}}
		}, "CGO_ENABLED=0 go build .\nGOARCH=arm64 go build .\nGOARCH=arm64 CGO_ENABLED=1 CC=aarch64-linux-gnu-gcc go build ."},
		{"-ldl, and nothing that would need it", situation("exe", dl), nil, "CGO_ENABLED=0 go build .\n" + static},
		{"C that opens libraries", situation("exe", dl), func(s *remedy.Situation) { s.Opens = map[string]bool{dl.ImportPath: true} }, "CGO_ENABLED=0 go build ."},
		{"another system", situation("exe", pcap), func(s *remedy.Situation) { s.Systems = []string{"linux"} }, "CGO_ENABLED=0 go build .\nGOOS=linux go build ."},
		{"cgo may be on for another system", situation("exe"), func(s *remedy.Situation) { s.Systems, s.Build.CgoEnabled = []string{"linux"}, false },
			"CGO_ENABLED=0 go build .\nGOOS=linux go build ."},
		{"what is position-independent there alone", situation("pie"), func(s *remedy.Situation) {
			s.Systems, s.Build.CgoEnabled, s.Packages = []string{"linux"}, false, []*link.Package{{ImportPath: lite.ImportPath, Version: "v1.14.0", CgoLeftOut: []string{"c.go"}}}
		},
			"go build -buildmode=exe .\nCGO_ENABLED=0 go build .\nGOOS=linux go build .\n" + static + "\nCGO_ENABLED=1 go build ."},
		{"another system and processor", situation("exe", pcap), func(s *remedy.Situation) { s.Systems, s.Arches = []string{"linux"}, []string{"arm64"} },
			"CGO_ENABLED=0 go build .\nGOOS=linux GOARCH=arm64 go build ."},
		{"cgo is off and missed", situation("exe", &link.Package{ImportPath: "a", CgoLeftOut: []string{"c.go"}}), func(s *remedy.Situation) { s.Build.CgoEnabled = false }, "CGO_ENABLED=1 go build ."},
		{"cgo is off, and the C is known", situation("exe", &link.Package{ImportPath: lite.ImportPath, Version: "v1.14.0", CgoLeftOut: []string{"c.go"}}), func(s *remedy.Situation) { s.Build.CgoEnabled = false }, static + "\nCGO_ENABLED=1 go build ."},
		{"a module's switch", situation("exe", &link.Package{ImportPath: "github.com/confluentinc/confluent-kafka-go/v2/kafka", Version: "v2.3.0", Cgo: true, PkgConfig: []string{"x"}, PkgConfigUnknown: "x"}),
			func(s *remedy.Situation) { s.Build.CC = []string{"musl-gcc"} }, "CGO_ENABLED=0 go build .\ngo build -tags=musl .\ngo build -tags=dynamic ."},
		{"plugins", situation("exe", &link.Package{ImportPath: "plugin", Standard: true, Cgo: true, Flags: link.CgoFlags{LDFLAGS: []string{"-ldl"}}}), nil, static},
		{"a switch that keeps what goes without cgo", situation("exe", waf), nil,
			"CGO_ENABLED=0 go build .\nCGO_ENABLED=0 go build -tags=appsec .\ngo build -tags=datadog.no_waf .\n" + static},
	} {
		if c.change != nil {
			c.change(&c.s)
		}
		if got := commands(c.s); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

// What C of the standard library does and pure Go does not is a cost.
func TestCostsWithoutCgo(t *testing.T) {
	off := &link.Package{ImportPath: boring.ImportPath, Standard: true}
	for _, c := range []struct {
		ps   []*link.Package
		want []remedy.Cost
	}{
		{[]*link.Package{net, user}, []remedy.Cost{remedy.GoResolver, remedy.FileUsers}},
		{[]*link.Package{boring}, []remedy.Cost{remedy.NoBoring}},
		{[]*link.Package{off}, nil},
	} {
		if got := remedy.CostsWithoutCgo(c.ps); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.ps[0].ImportPath, got, c.want)
		}
	}
}

// A switch that keeps what goes without cgo costs something else than that.
func TestKeptWithoutCgo(t *testing.T) {
	var got []string
	for _, c := range situation("exe", net, waf).Candidates() {
		if c.Kind == remedy.NoCgo {
			got = append(got, c.Costs[1].Text)
		}
	}
	want := []string{waf.ImportPath + ": the WAF is off", waf.ImportPath + ": the program is dynamic, and needs glibc's libdl, libpthread and libc where it runs"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// That C of others compiles with musl is not known before it does: it is said.
func TestMuslMessage(t *testing.T) {
	for _, c := range []struct {
		p    *link.Package
		want string
	}{{net, "musl"}, {own, "musl, with which its C code has to compile"}} {
		s := situation("exe", c.p)
		s.Compilers = []remedy.Compiler{{CC: "musl-gcc", Musl: true, Title: "musl"}}
		all := s.Candidates()
		i := slices.IndexFunc(all, func(c remedy.Change) bool { return c.Kind == remedy.OtherCC })
		if i < 0 || all[i].Message != c.want || !slices.Equal(all[i].Costs, []remedy.Cost{remedy.Musl}) {
			t.Errorf("%s: got %+v, want a compiler with %q", c.p.ImportPath, all, c.want)
		}
	}
}

func TestPairs(t *testing.T) {
	s := situation("pie", net)
	s.Given = []string{"-buildmode=pie"}
	var got []string
	for _, pair := range remedy.Pairs(s.Candidates()) {
		got = append(got, strings.Join(s.Plan(pair...).Command(remedy.Place{With: []string{"GOOS=linux"}}, "./cmd/a b"), " && "))
	}
	want := []string{"GOOS=linux go build -buildmode=exe -tags=netgo './cmd/a b'", "GOOS=linux CGO_ENABLED=0 go build -buildmode=exe './cmd/a b'"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The go command splits words at quotes, and takes no quote in a word that has
// both kinds.
func TestJoinWords(t *testing.T) {
	got, ok := remedy.JoinWords([]string{"-s", "-X=main.v=a b", "-X=main.w=it's"})
	if want := `-s '-X=main.v=a b' "-X=main.w=it's"`; got != want || !ok {
		t.Errorf("got %s, %v, want %s", got, ok, want)
	}
	if got, ok := remedy.JoinWords([]string{"-s", `-X=main.v=a'b"c`}); ok {
		t.Errorf("got %s for a word with both kinds of quotes, want none", got)
	}
	s := situation("exe", net)
	s.LDFlags = []string{`-X=main.v=a'b"c`}
	if link := (remedy.Change{Link: []string{"-s"}}); !s.Plan(link).Unsaid {
		t.Error("got a plan with flags that cannot be written, want it unsaid")
	}
	if other := (remedy.Change{Tags: []string{"netgo"}}); s.Plan(other).Unsaid {
		t.Error("got an unsaid plan that leaves those flags alone, want it said")
	}
}

// A command is to be pasted where the user is: files are words of their own, and
// a build in another folder names it.
func TestCommand(t *testing.T) {
	plan := remedy.Plan{Env: []string{"CGO_ENABLED=0"}, Flags: []string{"-trimpath"}}
	for _, c := range []struct {
		place remedy.Place
		args  []string
		want  string
	}{
		{remedy.Place{}, []string{"a.go", "b c.go"}, "CGO_ENABLED=0 go build -trimpath a.go 'b c.go'"},
		{remedy.Place{Dir: "net", Release: "go1.26.8"}, []string{"."}, "CGO_ENABLED=0 go -C net build -trimpath ."},
		{remedy.Place{Dir: "a b", Release: "go1.21", With: []string{"GOOS=linux"}}, []string{"."}, "GOOS=linux CGO_ENABLED=0 go -C 'a b' build -trimpath ."},
		{remedy.Place{Dir: "net", Release: "go1.19.13"}, []string{"."}, "cd net && CGO_ENABLED=0 go build -trimpath ."},
	} {
		if got := plan.Command(c.place, c.args...); !slices.Equal(got, []string{c.want}) {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// What Quote makes of a word is that word to a shell.
func TestQuote(t *testing.T) {
	for _, word := range []string{"", "-ldflags=-s -w", "it's", `a"b$c\d`, "*", "~", "plain"} {
		out, err := exec.Command("sh", "-c", "printf %s "+remedy.Quote(word)).Output()
		if err != nil {
			testskip.Missing(t, "there is no shell: %v", err)
		}
		if string(out) != word {
			t.Errorf("got %q, want %q", out, word)
		}
	}
}

// Every change says what it does, what it costs has a source, and every row of a
// module has what a row has to have.
func TestRows(t *testing.T) {
	seen := map[string]bool{}
	used := 0
	for _, m := range remedy.Modules {
		if m.Version == "" || m.Without == "" || m.Source == "" || seen[m.Path] {
			t.Errorf("%s: got an incomplete row, or a second one: %+v", m.Path, m)
		}
		if m.Use != "" {
			used++
		}
		seen[m.Path] = true
	}
	if used < 25 {
		t.Errorf("got %d rows that a build can be held against, want 25", used)
	}
	for _, c := range []remedy.Cost{remedy.GoResolver, remedy.FileUsers, remedy.NoRace, remedy.NoSanitizer, remedy.NoPlugins, remedy.LargerFile, remedy.NoASLR, remedy.OtherFlags, remedy.OtherLinkFlags,
		remedy.Recompile, remedy.OneLoader, remedy.StaticC, remedy.Musl, remedy.NeedsCompiler, remedy.NoBoring, remedy.OtherModule} {
		if c.Text == "" || c.Source == "" {
			t.Errorf("got %+v, want a text and a source", c)
		}
	}
}
