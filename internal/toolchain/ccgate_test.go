package toolchain

import (
	"debug/elf"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/testcc"
)

// TestJudge: a C compiler is not run with words, nor over files, of a repository
// that may name programs. It is run with the same words of the user's.
func TestJudge(t *testing.T) {
	testcc.Need(t, "gcc")
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	compile := func(name string, flags ...string) {
		t.Helper()
		write(name+".c", "int of_"+strings.ReplaceAll(filepath.Base(name), "-", "_")+";\n")
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o777); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("gcc", append(flags, "-c", "-o", filepath.Join(dir, name+".o"), filepath.Join(dir, name+".c"))...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	write("go.mod", "module m\n")
	compile("good/plain")
	compile("lto/lto", "-flto")
	for _, lib := range [][2]string{{"good/libplain.a", "good/plain.o"}, {"ltoa/liblto.a", "lto/lto.o"}} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, lib[0])), 0o777); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("ar", "rc", filepath.Join(dir, lib[0]), filepath.Join(dir, lib[1])).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	write("specs/sub/libgomp.spec", "*link_gomp: x\n")
	write("script/libc.so", "INPUT(/x)\n")
	write("deep/a/b/c/x.so.1", "INPUT(/x)\n")
	write("beside/real/libx.a", "!<arch>\n")
	write("beside/lib64/x.o", "text")
	write("lfs/libx.a", "version https://git-lfs.github.com/spec/v1\n")
	write("file", "INPUT(/x)\n")
	write("mach/libx.a", "!<arch>\nx.o/            0           0     0     644     12        `\n\xcf\xfa\xed\xfe12345678")
	write("machlto/x.o", "\xcf\xfa\xed\xfe1234 __GNU_LTO")
	write("thin/libx.a", "!<thin>\n")
	for link, to := range map[string]string{"linked": "script", "device/x.so": "/dev/zero"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, link)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(dir, filepath.Join(dir, "good", "cycle")); err != nil {
		t.Fatal(err)
	}
	ran := filepath.Join(t.TempDir(), "ran")
	cc := testcc.Script(t, filepath.Join(t.TempDir(), "cc"), "echo >"+ran+"\nexit 1\n")
	for _, c := range []struct{ words, want string }{
		{"-B" + dir, "-B"}, {"-specs=" + dir + "/file", "-specs="}, {"@" + dir + "/file", "@"},
		{"-fplugin=" + dir + "/file", "-fplugin"},
		{"-L" + dir + "/lto", "link-time optimization"}, {"-L" + dir + "/ltoa", "link-time optimization"},
		{"lto/lto.o", "link-time optimization"}, {dir + "/ltoa/liblto.a", "link-time optimization"},
		{"-L" + dir + "/specs", "GCC specs"}, {"-L " + dir + "/specs", "GCC specs"},
		{"-L" + dir + "/script", "not an object"}, {"-Lscript", "not an object"}, {"-Llinked", "not an object"},
		{"-Ldeep", "not an object"}, {"-Lbeside/real", "not an object"}, {"-Llfs", "not an object"},
		{"-Lthin", "not an object"}, {"-Lmachlto", "link-time optimization"},
		{"-Ldevice", "not a regular file"}, {"device/x.so", "not a regular file"},
		{"script/libc.so", "not an object"}, {"-framework file", "not an object"},
		{"-Wl,--just-symbols=file", "not an object"},
		{"-Wl,-R,file", "not an object"}, {"-Wl,-undefined,file", "not an object"}, {"-isysroot specs", "GCC specs"},
		{"-L=script", "not an object"},
		{"-L" + dir + "/good -lplain", ""}, {"good/libplain.a", ""}, {"-Lmach", ""}, {"-L/usr/lib", ""},
		{"-L" + dir + "/none", ""}, {"-lm", ""}, {"", ""},
	} {
		os.Remove(ran)
		q := link.Question{Driver: []string{cc}, After: strings.Fields(c.words), Dirs: []string{dir}}
		if c.words == "-L"+dir+"/good -lplain" {
			os.Remove(filepath.Join(dir, "good", "cycle")) // which leads to all others
		}
		a := (&Prober{Dir: dir}).Ask(t.Context(), []link.Question{q})[0]
		_, err := os.Stat(ran)
		if refused := a.Withheld != ""; refused != (c.want != "") || refused == (err == nil) || !strings.Contains(a.Withheld, c.want) {
			t.Errorf("%s: got %q, compiler run: %t, want %q", c.words, a.Withheld, err == nil, c.want)
		}
		q.Own = [][]string{q.After}
		if a := (&Prober{Dir: dir}).Ask(t.Context(), []link.Question{q})[0]; a.Withheld != "" {
			t.Errorf("%s of the user's: got %q, want it passed on", c.words, a.Withheld)
		}
	}
}

// FuzzCheckArchive: no archive makes the check panic, or take an object with code
// for link-time optimization for a plain one.
func FuzzCheckArchive(f *testing.F) {
	f.Add([]byte("!<arch>\nx.o/            0           0     0     644     12        `\n\xcf\xfa\xed\xfe12345678"))
	f.Add([]byte(elf.ELFMAG + strings.Repeat("\x00", 60)))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		file := filepath.Join(dir, "x.a")
		if err := os.WriteFile(file, data, 0o666); err != nil {
			t.Fatal(err)
		}
		_ = checkObjectFile(file)
	})
}

// TestOneGate: no other code of the package makes a judged question.
func TestOneGate(t *testing.T) {
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if name == "ccgate.go" || strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				if spelling(exprOf(n.Type)) == "judged" {
					t.Errorf("%s makes a judged question, want it left to ccgate.go", name)
				}
			case *ast.CallExpr:
				if spelling(n.Fun) == "judged" || spelling(n.Fun) == "new" && len(n.Args) == 1 && spelling(n.Args[0]) == "judged" {
					t.Errorf("%s makes a judged question, want it left to ccgate.go", name)
				}
			}
			return true
		})
	}
}

func exprOf(e ast.Expr) ast.Expr {
	if e == nil {
		return &ast.BadExpr{}
	}
	return e
}

// TestProgramsOfFolder: a compiler's parts are not taken from the working folder,
// whatever PATH and COMPILER_PATH say.
func TestProgramsOfFolder(t *testing.T) {
	testcc.Need(t, "gcc")
	dir := t.TempDir()
	ran := filepath.Join(t.TempDir(), "ran")
	for _, name := range []string{"gcc", "as", "ld", "cc1", "collect2", "lto-wrapper"} {
		testcc.Script(t, filepath.Join(dir, name), "echo $0 >>"+ran+"\nexit 1\n")
	}
	for _, env := range [][]string{{"PATH=.:" + os.Getenv("PATH")}, {"PATH=:" + os.Getenv("PATH")}, {"PATH=" + os.Getenv("PATH"), "COMPILER_PATH=."}} {
		a := ask(t, &Prober{Dir: dir, Env: append(os.Environ(), env...)}, link.Question{Driver: []string{"gcc"}})
		if out, err := os.ReadFile(ran); err == nil {
			t.Errorf("%s: got %q run", env, out)
		}
		if a.Error != "" {
			t.Errorf("%s: got %q, want an answer", env, a.Error)
		}
	}
}
