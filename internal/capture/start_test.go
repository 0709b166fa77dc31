package capture

import (
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goportdoctor/goportdoctor/internal/inspect"
	"github.com/goportdoctor/goportdoctor/internal/link"
	"github.com/goportdoctor/goportdoctor/internal/target"
	"github.com/goportdoctor/goportdoctor/internal/testhost"
	"github.com/goportdoctor/goportdoctor/internal/testskip"
)

// A loaderCase makes an executable and the libraries that it finds in a root
// file system, for one rule of loaders. In its script $R is the root, $D a
// folder of the case's own in it, which programs know as $C, and $L a folder of
// the default path; it writes the executable to app.
type loaderCase struct {
	name, host, script string
	want               string // of the verdict; what happens is not told but seen
}

// prelude has functions for the scripts: lib NAME FLAGS makes libNAME.so with a
// function NAME, app CALLS FLAGS makes app, which calls functions, flags FILE BYTES
// writes the header's flags, miss NAME CALLS FLAGS makes libNAME.so, which calls what
// nobody has, and bare FLAGS makes app without a C library. gcompat LOADER puts a
// stand-in for gcompat into $R, since Debian has no package of that: its stub and its
// library do what those of 1.1.0 do at start, which gcompat_test.go has start as it is
// by flag. calls FUNCTION FLAGS makes app with glibc.
const prelude = `set -e
lib() { n=$1; shift; printf 'int %s(void) { return 0; }\n' $n >$n.c; $CC -shared -fPIC -o lib$n.so $n.c -Wl,-soname,lib$n.so -Wl,--no-as-needed "$@"; }
app() { { for f in $1; do printf 'int %s(void);\n' $f; done; echo 'int main(void) { return 0'; for f in $1; do echo " + $f()"; done; echo '; }'; } >app.c; shift; $CC -fPIE -pie -o app app.c -L. -Wl,--no-as-needed "$@"; }
miss() { n=$1; { for f in $2; do echo "int $f(void);"; done; echo "int $n(void) { return 0"; for f in $2; do echo "+ $f()"; done; echo '; }'; } >$n.c; shift 2; $CC -shared -fPIC -nostdlib -o lib$n.so $n.c -Wl,-soname,lib$n.so -Wl,-z,now -Wl,--no-as-needed "$@"; }
bare() { echo 'int a(void); void start(void) { a(); __asm__("mov $60, %eax; xor %edi, %edi; syscall"); }' >app.c; $CC -fPIE -pie -nostdlib -o app app.c -L. -Wl,--no-as-needed "$@" -Wl,-e,start -Wl,--unresolved-symbols=ignore-in-shared-libs; }
gcompat() { printf '#include <stdio.h>\n#include <unistd.h>\nint main(int c, char **v, char **e) { char at[4096] = ""; readlink("/proc/self/exe", at, 4095);\nif (c > 9) puts("This is the gcompat ELF interpreter stub.");\nchar *a[] = { "ld-linux-x86-64.so.2", "--argv0", v[0], "--preload", "/lib/libgcompat.so.0 ", "--", at, 0 };\nexecve("%s", a, e); perror("execve"); return 1; }' $1 >stub.c; musl-gcc -fPIE -c stub.c; m=/usr/lib/x86_64-linux-musl; mkdir -p $R/lib64; ld -static -pie --no-dynamic-linker -o $R/lib64/ld-linux-x86-64.so.2 $m/rcrt1.o $m/crti.o stub.o $m/libc.a $(gcc -print-libgcc-file-name) $m/crtn.o; echo 'const char *gnu_get_libc_version(void) { return "2.8"; }' >gc.c; musl-gcc -shared -fPIC -o $R/lib/libgcompat.so.0 gc.c -Wl,-soname,libgcompat.so.0; mkdir -p $R/usr/lib/x86_64-linux-musl; ln -sf /lib/libgcompat.so.0 $R/usr/lib/x86_64-linux-musl/libresolv.so.2; }
calls() { echo "int $1(); int main(int c, char **v) { return c > 9 ? $1() : 0; }" >app.c; shift; gcc -w -o app app.c -Wl,-z,now "$@"; }
flags() { at=48; case $CC in arm-*) at=36; esac; printf "$2" | dd of=$1 bs=1 seek=$at conv=notrunc status=none; }
old=-Wl,--disable-new-dtags new=-Wl,--enable-new-dtags
`

var loaderCases = []loaderCase{
	{"RUNPATH is not inherited", "deb12", `lib b; lib a -L. -lb; cp liba.so libb.so $D; app a -la $new -Wl,-rpath,$C -Wl,-rpath-link,.`, target.Fails},
	{"RPATH is inherited", "deb12", `lib b; lib a -L. -lb; cp liba.so libb.so $D; app a -la $old -Wl,-rpath,$C -Wl,-rpath-link,.`, target.Runs},
	{"RPATH is ignored beside a RUNPATH", "deb12", `lib b; lib a -L. -lb $new -Wl,-rpath,/nowhere; cp liba.so libb.so $D; app a -la $old -Wl,-rpath,$C -Wl,-rpath-link,.`, target.Fails},
	{"a needed path", "deb12", `lib a -Wl,-soname,$C/liba.so; cp liba.so $D; app a -la`, target.Runs},
	{"a needed path that is not there", "deb12", `lib a -Wl,-soname,$C/liba.so; app a -la`, target.Fails},
	{"what was loaded by path has no other name", "deb12", `lib a -Wl,-soname,$C/liba.so; cp liba.so $D; lib a; lib b -L. -la; cp libb.so $D; lib a -Wl,-soname,$C/liba.so; app "a b" -la -lb $new -Wl,-rpath,$C -Wl,-rpath-link,.; `, target.Fails},
	{"$ORIGIN of a link", "deb12", `lib b; lib a -L. -lb $new -Wl,-rpath,'$ORIGIN'; mkdir $D/real; cp liba.so $D/real; ln -s real/liba.so $D/liba.so; cp libb.so $D; app a -la $new -Wl,-rpath,$C -Wl,-rpath-link,.`, target.Runs},
	{"not of what it leads to", "deb12", `lib b; lib a -L. -lb $new -Wl,-rpath,'$ORIGIN'; mkdir $D/real; cp liba.so libb.so $D/real; ln -s real/liba.so $D/liba.so; app a -la $new -Wl,-rpath,$C -Wl,-rpath-link,.`, target.Fails},
	{"$ORIGIN of the executable", "deb12", `lib a; cp liba.so $D; app a -la $new -Wl,-rpath,'${ORIGIN}'/$C`, target.Runs},
	{"no default folders", "deb12", `app "" -Wl,-z,nodefaultlib`, target.Fails},
	{"no default folders, for a library", "deb12", `lib b; cp libb.so $L/libnodefb.so; lib b -Wl,-soname,libnodefb.so; lib a -L. -lb -Wl,-z,nodefaultlib; cp liba.so $D; app a -la $new -Wl,-rpath,$C -Wl,-rpath-link,.`, target.Fails},
	{"a folder that is not there, and out of it", "deb12", `lib a; cp liba.so $D; app a -la $new -Wl,-rpath,$C/none/../`, target.Fails},
	{"out of what a link leads to", "deb12", `lib a; mkdir -p $D/x/y $D/x/lib; cp liba.so $D/x/lib; ln -s x/y $D/link; app a -la $new -Wl,-rpath,$C/link/../lib`, target.Runs},
	{"another machine's library ahead", "deb12", `lib a; cp liba.so $L/libother.so; lib a -Wl,-soname,libother.so; cp $ARM $D/libother.so; app a -la $new -Wl,-rpath,$C`, target.Runs},
	{"a text ahead", "deb12", `lib a; cp liba.so $L/libtext.so; lib a -Wl,-soname,libtext.so; echo 'GROUP ( /lib/x86_64-linux-gnu/libtext.so.6 AS_NEEDED ( libtext_nonshared.a ) )' >$D/libtext.so; app a -la $new -Wl,-rpath,$C`, target.Fails},
	{"an empty file ahead", "deb12", `lib a; cp liba.so $L/libempty.so; lib a -Wl,-soname,libempty.so; >$D/libempty.so; app a -la $new -Wl,-rpath,$C`, target.Fails},
	{"a folder ahead", "deb11", `lib a; cp liba.so $L/libfolder.so; lib a -Wl,-soname,libfolder.so; mkdir $D/libfolder.so; app a -la $new -Wl,-rpath,$C`, target.Fails},
	{"a loop of links ahead", "deb13", `lib a; cp liba.so $L/libloop.so; lib a -Wl,-soname,libloop.so; ln -s libloop.so $D/libloop.so; app a -la $new -Wl,-rpath,$C`, target.Runs},
	{"a loop of links ahead in the same path", "deb12", `lib a; ln -s liba.so $D/liba.so; mkdir $D/more; cp liba.so $D/more; app a -la $new -Wl,-rpath,$C:$C/more`, target.Fails},
	{"a needed path that is a loop of links", "deb12", `lib a -Wl,-soname,$C/liba.so; app a -la; ln -s liba.so $D/liba.so`, target.Fails},
	{"half a library ahead", "deb12", `lib a; cp liba.so $L/libhalf.so; lib a -Wl,-soname,libhalf.so; head -c 1000 liba.so >$D/libhalf.so; app a -la $new -Wl,-rpath,$C`, target.Unknown},
	{"a library of another ELF class", "deb12", `lib a; app a -la $new -Wl,-rpath,$C; cp $ARM32 $D/liba.so`, target.Fails},
	{"a library of another machine", "deb12", `lib a; app a -la $new -Wl,-rpath,$C; cp $ARM $D/liba.so`, target.Fails},
	{"a library of the other byte order ahead", "deb12", `lib a; cp liba.so $L/libbig.so; lib a -Wl,-soname,libbig.so; cp $S390X $D/libbig.so; app a -la $new -Wl,-rpath,$C`, target.Unknown},
	{"a needed path to a library of the other byte order", "deb12", `lib a -Wl,-soname,$C/liba.so; cp $S390X $D/liba.so; app a -la`, target.Fails},
	{"arm: a library for soft float ahead", "armhf", `lib a; mkdir $D/more; cp liba.so $D/more; flags liba.so '\0\002\0\005'; cp liba.so $D; app a -la $new -Wl,-rpath,$C:$C/more`, target.Unknown},
	{"arm: a library for soft float", "armhf", `lib a; app a -la $new -Wl,-rpath,$C; flags liba.so '\0\002\0\005'; cp liba.so $D`, target.Fails},
	{"arm: a library that does not tell of floating point", "armhf", `lib a; app a -la $new -Wl,-rpath,$C; flags liba.so '\0\0\0\005'; cp liba.so $D`, target.Runs},
	{"arm: a library for soft float before EABI 5", "armhf", `lib a; app a -la $new -Wl,-rpath,$C; flags liba.so '\0\002\0\004'; cp liba.so $D`, target.Runs},
	{"arm: an executable for soft float", "armhf", `lib a; cp liba.so $D; app a -la $new -Wl,-rpath,$C; flags app '\0\002\0\005'`, target.Runs},
	{"riscv64: a library for soft float", "riscv64", `lib a; app a -la $new -Wl,-rpath,$C; flags liba.so '\001\0\0\0'; cp liba.so $D`, target.Fails},
	{"riscv64: a library for soft float ahead", "riscv64", `lib a; mkdir $D/more; cp liba.so $D/more; app a -la $new -Wl,-rpath,$C:$C/more; flags liba.so '\001\0\0\0'; cp liba.so $D`, target.Runs},
	{"riscv64: a library for fewer registers", "riscv64", `lib a; app a -la $new -Wl,-rpath,$C; flags liba.so '\015\0\0\0'; cp liba.so $D`, target.Runs},
	{"ppc64le: a library of the older ABI", "ppc64le", `lib a; app a -la $new -Wl,-rpath,$C; flags liba.so '\001\0\0\0'; cp liba.so $D`, target.Fails},
	{"ppc64le: a library that does not tell its ABI", "ppc64le", `lib a; app a -la $new -Wl,-rpath,$C; flags liba.so '\0\0\0\0'; cp liba.so $D`, target.Runs},
	{"a needed path to a folder", "deb12", `lib a -Wl,-soname,$C/liba.so; app a -la; mkdir $D/liba.so`, target.Fails},
	{"a loop of links for a loader", "deb12", `ln -s ld.so $D/ld.so; app "" -Wl,-dynamic-linker,$C/ld.so`, target.Fails},
	{"a folder for a loader", "deb12", `mkdir $D/ld.so; app "" -Wl,-dynamic-linker,$C/ld.so`, target.Fails},
	{"an empty file for a loader", "deb12", `>$D/ld.so; chmod 755 $D/ld.so; app "" -Wl,-dynamic-linker,$C/ld.so`, target.Fails},
	{"a script for a loader", "deb12", `printf '#!/bin/sh\n%s\n' "# longer than the header of an ELF file, so that it is read whole" >$D/ld.so; chmod 755 $D/ld.so; app "" -Wl,-dynamic-linker,$C/ld.so`, target.Fails},
	{"a loop of needs", "deb12", `lib b; lib a -L. -lb; lib b -L. -la; cp liba.so libb.so $D; app a -la $old -Wl,-rpath,$C -Wl,-rpath-link,.`, target.Runs},
	{"one file by two names", "deb12", `lib a; cp liba.so $D; ln -s liba.so $D/libb.so; lib b; app "a" -la -lb $new -Wl,-rpath,$C`, target.Runs},
	{"a loop of links", "deb12", `lib a; ln -s liba.so $D/liba.so; app a -la $new -Wl,-rpath,$C`, target.Fails},
	{"a version that is not there", "deb12", `echo 'V1 { a; }; V2 { };' >one; echo 'V1 { }; V2 { a; } V1;' >two; lib a -Wl,--version-script=one; cp liba.so $D; lib a -Wl,--version-script=two; app a -la $new -Wl,-rpath,$C; echo 'V1 { a; };' >three; lib a -Wl,--version-script=three; cp liba.so $D`, target.Fails},
	{"a weak version that is not there", "deb12", `echo 'V2 { a; };' >two; lib a -Wl,--version-script=two; echo 'int a(void) __attribute__((weak)); int main(void) { return a ? a() : 0; }' >app.c; $CC -fPIE -pie -o app app.c -L. -Wl,--no-as-needed -la $new -Wl,-rpath,$C; echo 'V1 { b; };' >one; lib b -Wl,--version-script=one -Wl,-soname,liba.so; cp libb.so $D/liba.so; touch weaken-V2`, target.Runs},
	{"a library without versions", "deb12", `echo 'V2 { a; };' >two; lib a -Wl,--version-script=two; app a -la $new -Wl,-rpath,$C; lib a -lc; echo 'void *malloc(unsigned long); void *f(void) { return malloc(1); }' >f.c; $CC -shared -fPIC -o liba.so a.c f.c -Wl,-soname,liba.so; cp liba.so $D`, target.Runs},
	{"a library without any table of versions", "deb12", `echo 'V2 { a; };' >two; lib a -Wl,--version-script=two; app a -la -Wl,-z,now $new -Wl,-rpath,$C; $CC -shared -nostdlib -fPIC -o liba.so a.c -Wl,-soname,liba.so; cp liba.so $D`, target.Unknown},
	{"a version of what is not needed", "deb12", `echo 'V2 { a; };' >two; lib a -Wl,--version-script=two; lib b; cp liba.so libb.so $D; app "a b" -la -lb $new -Wl,-rpath,$C; touch drop-liba.so`, target.Unknown},
	{"another processor's loader", "deb12", `cp $ARMLOADER $D/ld.so; app "" -Wl,-dynamic-linker,$C/ld.so`, target.Fails},
	{"a loader that nobody may execute", "deb12", `cp -L $R/lib64/ld-linux-x86-64.so.2 $D/ld.so; chmod 644 $D/ld.so; app "" -Wl,-dynamic-linker,$C/ld.so`, target.Fails},
	{"the C library of another glibc", "deb12", `cp -L $R13/lib/x86_64-linux-gnu/libc.so.6 $D; app "" $old -Wl,-rpath,$C`, target.Fails},
	{"a symbol that is looked up at start", "deb12", `lib a; app a -la -Wl,-z,now $new -Wl,-rpath,$C; lib b -Wl,-soname,liba.so; cp libb.so $D/liba.so`, target.Fails},
	{"two symbols that are not there", "deb12", `miss a "zz yy xx"; app a -la -Wl,-z,now $new -Wl,-rpath,$C -Wl,--unresolved-symbols=ignore-in-shared-libs; cp liba.so $D`, target.Fails},
	{"symbols that are not there, in two libraries", "deb12", `miss a xx; miss b yy; app "a b" -la -lb $new -Wl,-rpath,$C -Wl,--unresolved-symbols=ignore-in-shared-libs; cp liba.so libb.so $D`, target.Fails},
	{"symbols that are not there, in a library that needs another", "deb12", `miss b yy; miss a xx -L. -lb; app "a" -la $old -Wl,-rpath,$C -Wl,--unresolved-symbols=ignore-in-shared-libs; cp liba.so libb.so $D`, target.Fails},
	{"symbols that are not there, before glibc 2.36", "deb11", `miss c zz; miss b yy; mv libc.so libd.so; miss a xx -L. -lb; bare -la ./libd.so -lb $old -Wl,-rpath,$C; cp liba.so libb.so $D; cp libd.so $D/libc.so`, target.Fails},
	{"versions that are not there, of two libraries", "deb12", `for f in a b; do echo "V1 { $f; }; V2 { };" >one; echo "V1 { }; V2 { $f; } V1;" >two; lib $f -Wl,--version-script=two; cp lib$f.so keep$f; done; app "b a" -lb -la $new -Wl,-rpath,$C; for f in a b; do echo "V1 { $f; };" >three; lib $f -Wl,--version-script=three; cp lib$f.so $D; done`, target.Fails},
	{"musl: symbols that are not there", "musl", `echo 'int v(void); int zz(void); int yy(void); int (*p)(void) = v; int a(void) { return zz() + yy() + p(); }' >a.c; $CC -shared -fPIC -o liba.so a.c -Wl,-soname,liba.so -Wl,-z,lazy; miss b xx; cp liba.so libb.so $D; app "a b" -la -lb $new -Wl,-rpath,$C -Wl,--unresolved-symbols=ignore-in-shared-libs`, target.Fails},
	{"a variable", "deb12", `echo 'int v = 0;' >v.c; $CC -shared -fPIC -o libv.so v.c -Wl,-soname,libv.so; echo 'extern int v; int main(void) { return v; }' >app.c; $CC -fPIC -pie -o app app.c -L. -lv -Wl,-z,lazy $new -Wl,-rpath,$C; lib b -Wl,-soname,libv.so; cp libb.so $D/libv.so`, target.Fails},
	{"a function that is not called", "deb12", `lib a; echo 'int a(void); int main(int c, char **v) { return c > 1 ? a() : 0; }' >app.c; $CC -fPIE -pie -o app app.c -L. -la -Wl,-z,lazy $new -Wl,-rpath,$C; lib b -Wl,-soname,liba.so; cp libb.so $D/liba.so`, target.Runs},
	{"a library that calls the executable", "deb12", `echo 'int back(void); int a(void) { return back(); }' >a.c; $CC -shared -fPIC -o liba.so a.c -Wl,-soname,liba.so -Wl,-z,now; cp liba.so $D; echo 'int a(void); int back(void) { return 0; } int main(void) { return a(); }' >app.c; $CC -fPIE -pie -o app app.c -L. -la $new -Wl,-rpath,$C`, target.Runs},
	{"a library that calls what the executable has not got", "deb12", `echo 'int back(void); int a(void) { return back(); }' >a.c; $CC -shared -fPIC -o liba.so a.c -Wl,-soname,liba.so -Wl,-z,now; cp liba.so $D; echo 'int a(void); int main(void) { return a(); }' >app.c; $CC -fPIE -pie -o app app.c -L. -la $new -Wl,-rpath,$C -Wl,--unresolved-symbols=ignore-in-shared-libs`, target.Fails},
	{"an executable for a library", "deb12", `lib a; app a -la $new -Wl,-rpath,$C; echo 'int a(void) { return 0; } int main(void) { return 0; }' >e.c; $CC -fPIE -pie -rdynamic -o liba.so e.c -Wl,-soname,liba.so; cp liba.so $D`, target.Unknown},
	{"a filter", "deb12", `lib a; app a -la $new -Wl,-rpath,$C; lib a -Wl,-F,libnone.so; cp liba.so $D`, target.Unknown},
	{"a version that is no default", "deb12", `lib a; app a -la $new -Wl,-rpath,$C; echo 'V1 { };' >one; echo '__asm__(".symver old,a@V1"); int old(void) { return 0; }' >a.c; $CC -shared -fPIC -o liba.so a.c -Wl,-soname,liba.so -Wl,--version-script=one; cp liba.so $D`, target.Runs},
	{"packed relocations", "deb12", `app "" -Wl,-z,pack-relative-relocs`, target.Runs},
	{"packed relocations on an older glibc", "deb11", `echo 'static int x; int *p = &x; int main(void) { return *p; }' >app.c; $CC -fPIE -pie -nostartfiles -o app app.c -Wl,-z,pack-relative-relocs -Wl,-e,main`, target.Unknown},
	{"a level of x86-64", "deb12", `app "" -Wl,-z,x86-64-v3`, target.Unknown},
	{"a folder for processors", "deb12", `lib a; mkdir -p $D/glibc-hwcaps/x86-64-v2; cp liba.so $D/glibc-hwcaps/x86-64-v2; app a -la $new -Wl,-rpath,$C`, target.Unknown},
	{"a folder for processors, and a common one", "deb12", `lib a; mkdir -p $D/glibc-hwcaps/x86-64-v4; cp liba.so $D/glibc-hwcaps/x86-64-v4; cp liba.so $D; app a -la $new -Wl,-rpath,$C`, target.Runs},
	{"a folder for processors, before glibc 2.33", "deb11", `lib a -nostdlib; mkdir -p $D/glibc-hwcaps/x86-64-v2; cp liba.so $D/glibc-hwcaps/x86-64-v2; echo 'int a(void); void start(void) { a(); __asm__("mov $60, %eax; xor %edi, %edi; syscall"); }' >app.c; $CC -fPIE -pie -nostdlib -o app app.c -L. -la -Wl,-e,start $new -Wl,-rpath,$C`, target.Fails},
	{"musl: RUNPATH is inherited", "musl", `lib b; lib a -L. -lb; cp liba.so libb.so $D; app a -la $new -Wl,-rpath,$C -Wl,-rpath-link,.`, target.Runs},
	{"musl: no library", "musl", `lib a; app a -la`, target.Fails},
	{"musl: what was loaded by path has no other name", "musl", `lib a -Wl,-soname,$C/liba.so; cp liba.so $D; lib a; lib b -L. -la; cp libb.so $D; lib a -Wl,-soname,$C/liba.so; app "a b" -la -lb $new -Wl,-rpath,/none -Wl,-rpath-link,.`, target.Fails},
	{"musl: another machine's library ahead", "musl", `lib a; cp $ARM $D/liba.so; mkdir $D/more; cp liba.so $D/more; app a -la $new -Wl,-rpath,$C:$C/more`, target.Unknown},
	{"musl: a text ahead", "musl", `lib a; mkdir $D/more; cp liba.so $D/more; echo text >$D/liba.so; app a -la $new -Wl,-rpath,$C:$C/more`, target.Fails},
	{"musl: a folder ahead", "musl", `lib a; mkdir $D/more; cp liba.so $D/more; mkdir $D/liba.so; app a -la $new -Wl,-rpath,$C:$C/more`, target.Fails},
	{"musl: a loop of links ahead", "musl", `lib a; mkdir $D/more; cp liba.so $D/more; ln -s liba.so $D/liba.so; app a -la $new -Wl,-rpath,$C:$C/more`, target.Fails},
	{"musl: a version that is not there", "musl", `echo 'V2 { a; };' >two; lib a -Wl,--version-script=two; app a -la $new -Wl,-rpath,$C; echo 'V1 { a; };' >one; lib a -Wl,--version-script=one; cp liba.so $D`, target.Runs},
	{"musl: a library that calls the executable", "musl", `echo 'int back(void); int a(void) { return back(); }' >a.c; $CC -shared -fPIC -o liba.so a.c -Wl,-soname,liba.so; cp liba.so $D; echo 'int a(void); int back(void) { return 0; } int main(void) { return a(); }' >app.c; $CC -fPIE -pie -o app app.c -L. -la $new -Wl,-rpath,$C`, target.Runs},
	{"musl: a version that is no default", "musl", `lib a; app a -la $new -Wl,-rpath,$C; echo 'V1 { };' >one; echo '__asm__(".symver old,a@V1"); int old(void) { return 0; }' >a.c; $CC -shared -fPIC -o liba.so a.c -Wl,-soname,liba.so -Wl,--version-script=one; cp liba.so $D`, target.Fails},
	{"musl: a loader elsewhere", "musl", `lib a; cp liba.so $D; mkdir -p $D/x/lib; cp -L $R/lib/ld-musl-x86_64.so.1 $D/x/lib; app a -la $new -Wl,-rpath,$C -Wl,-dynamic-linker,$C/x/lib/ld-musl-x86_64.so.1`, target.Unknown},
	{"musl: a symbol that is not there", "musl", `lib a; app a -la $new -Wl,-rpath,$C; lib b -Wl,-soname,liba.so; cp libb.so $D/liba.so`, target.Fails},
	{"gcompat: none of it", "musl", `calls gnu_get_libc_version`, target.Fails},
	{"gcompat: a symbol that it adds", "musl", `gcompat /lib/ld-musl-x86_64.so.1; calls gnu_get_libc_version`, target.Runs},
	{"gcompat: a symbol that it has not", "musl", `gcompat /lib/ld-musl-x86_64.so.1; calls gnu_get_libc_release`, target.Fails},
	{"gcompat: a library that leads to it, and its own name", "musl", `gcompat /lib/ld-musl-x86_64.so.1; calls gnu_get_libc_version -Wl,--no-as-needed -lresolv -lm /lib64/ld-linux-x86-64.so.2`, target.Runs},
	{"gcompat: a library that is not there", "musl", `gcompat /lib/ld-musl-x86_64.so.1; calls puts -Wl,--no-as-needed -lcrypt`, target.Fails},
	{"gcompat: without musl", "musl", `gcompat /lib/ld-musl-none.so.1; calls puts`, target.Fails},
	// These change what the loader of the root reads for every program.
	{"a cache with libraries for processors only", "deb13", `lib cached; mkdir -p $D/glibc-hwcaps/x86-64-v2; cp libcached.so $D/glibc-hwcaps/x86-64-v2; echo $C >$R/etc/ld.so.conf; /sbin/ldconfig -r $R; app cached -lcached`, target.Unknown},
	{"preloaded", "deb13", `lib a; app a -la -Wl,-z,now $new -Wl,-rpath,$C; lib b -Wl,-soname,liba.so; cp libb.so $D/liba.so; lib a -Wl,-soname,libp.so; cp liba.so $D/libp.so; echo "# of its own
/none.so $C/libp.so" >$R/etc/ld.so.preload`, target.Runs},
}

// TestLoaders starts C programs made for one rule of loaders each, and holds the
// verdict against what happens: nothing is said to run that does not, nor the
// other way round.
func TestLoaders(t *testing.T) {
	for _, tool := range []string{"gcc", "musl-gcc", "sh"} {
		if _, err := exec.LookPath(tool); err != nil {
			testskip.Missing(t, "there is no %s", tool)
		}
	}
	hosts, copies := map[string]testhost.Host{}, t.TempDir()
	for _, name := range []string{"deb11", "deb12", "deb13", "musl", "arm64", "armhf", "riscv64", "ppc64le", "s390x"} {
		hosts[name] = testhost.Make(t, name)
	}
	for i, c := range loaderCases {
		if testing.Short() && i%4 != 0 {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			h := copied(t, hosts[c.host], copies)
			exe := c.build(t, hosts, h.Dir, i)
			v := judgeAsApp(t, exe, h.Dir)
			captured := target.JudgeAt(inspected(t, exe), described(t, h.Dir), target.Place{Path: "/app"})
			happened, err := h.Run(exe)
			if err != nil {
				testskip.Missing(t, "nothing can be started in namespaces of its own here: %v", err)
			}
			if v.Verdict != c.want || v.Verdict == target.Runs && !happened.Runs || v.Verdict == target.Fails && happened.Runs {
				t.Errorf("got %s (%s), want %s; what happened: %+v", v.Verdict, v.Because, c.want, happened)
			}
			if open := untold[c.name]; captured.Verdict != v.Verdict && (captured.Verdict != target.Unknown || open == "") || captured.Verdict == v.Verdict && captured.Message != v.Message {
				t.Errorf("captured: got %s %q (%s), want %s %q (%s)", captured.Verdict, captured.Message, captured.Because, v.Verdict, v.Message, v.Because)
			}
			if v.Verdict == target.Fails && !strings.HasPrefix(v.Message, happened.Message) { // where nothing was opened, the reason is left out
				t.Errorf("got the message %q, want %q", v.Message, happened.Message)
			}
		})
	}
}

// copied is a host whose files can be changed.
func copied(t *testing.T, h testhost.Host, to string) testhost.Host {
	t.Helper()
	dir := filepath.Join(to, h.Name)
	if _, err := os.Stat(dir); err != nil {
		if out, err := exec.Command("cp", "-a", h.Dir, dir).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	h.Dir = dir
	return h
}

// untold are cases that a description leaves open, and what it does not tell.
var untold = map[string]string{"a folder that is not there, and out of it": "which folders there are"}

// inspected is an executable that is called /app where it is started.
func inspected(t *testing.T, exe string) *link.Executable {
	t.Helper()
	e, err := inspect.File(exe)
	if err != nil {
		t.Fatal(err)
	}
	e.File = "app"
	return &e
}

func (c loaderCase) compiler() string {
	return cmp.Or(map[string]string{"musl": "musl-gcc", "armhf": "arm-linux-gnueabihf-gcc", "riscv64": "riscv64-linux-gnu-gcc", "ppc64le": "powerpc64le-linux-gnu-gcc"}[c.host], "gcc")
}

// build runs the script, and gives the executable.
func (c loaderCase) build(t *testing.T, hosts map[string]testhost.Host, root string, number int) string {
	work := t.TempDir()
	inside := "/case" + string(rune('A'+number/26)) + string(rune('a'+number%26))
	if err := os.Mkdir(root+inside, 0o777); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", prelude+c.script)
	cmd.Dir = work
	cc := c.compiler()
	if _, err := exec.LookPath(cc); err != nil {
		testskip.Missing(t, "there is no %s", cc)
	}
	arm := hosts["arm64"].Dir + "/lib"
	cmd.Env = append(os.Environ(), "CC="+cc, "R="+root, "R13="+hosts["deb13"].Dir, "C="+inside, "D="+root+inside, "L="+root+"/usr/lib/x86_64-linux-gnu",
		"S390X="+hosts["s390x"].Dir+"/lib/libm.so.6", "ARM="+arm+"/libm.so.6", "ARM32="+hosts["armhf"].Dir+"/lib/libm.so.6", "ARMLOADER="+arm+"/ld-linux-aarch64.so.1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	exe := filepath.Join(work, "app")
	if weaken, _ := filepath.Glob(work + "/weaken-*"); len(weaken) > 0 {
		weakenNeed(t, exe, strings.TrimPrefix(filepath.Base(weaken[0]), "weaken-"))
	}
	if drop, _ := filepath.Glob(work + "/drop-*"); len(drop) > 0 {
		dropNeeded(t, exe, strings.TrimPrefix(filepath.Base(drop[0]), "drop-"))
	}
	return exe
}

// weakenNeed marks a version that is needed as weak.
func weakenNeed(t *testing.T, exe, version string) {
	t.Helper()
	f, err := elf.Open(exe)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := os.ReadFile(exe)
	if err != nil {
		t.Fatal(err)
	}
	needs, text := f.Section(".gnu.version_r"), f.Section(".dynstr")
	names, _ := text.Data()
	for at := needs.Offset; at+16 <= needs.Offset+needs.Size; at += 16 {
		// An entry of a version has the offset of its name behind flags and index.
		if name := binary.LittleEndian.Uint32(data[at+8:]); uint64(name) < text.Size && bytes.HasPrefix(names[name:], []byte(version+"\x00")) {
			data[at+4] |= 2 // VER_FLG_WEAK
			if err := os.WriteFile(exe, data, 0o777); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatalf("%s does not need %s", exe, version)
}

// dropNeeded makes the entry of a needed library one of the library after it.
func dropNeeded(t *testing.T, exe, lib string) {
	t.Helper()
	f, err := elf.Open(exe)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := os.ReadFile(exe)
	if err != nil {
		t.Fatal(err)
	}
	dynamic, text := f.Section(".dynamic"), f.Section(".dynstr")
	names, _ := text.Data()
	for at := dynamic.Offset; at < dynamic.Offset+dynamic.Size; at += 16 {
		value := binary.LittleEndian.Uint64(data[at+8:])
		if elf.DynTag(binary.LittleEndian.Uint64(data[at:])) == elf.DT_NEEDED && bytes.HasPrefix(names[value:], []byte(lib+"\x00")) {
			copy(data[at+8:at+16], data[at+24:at+32])
			if err := os.WriteFile(exe, data, 0o777); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatalf("%s does not need %s", exe, lib)
}

// judgeAsApp judges by the root, where the executable is called /app.
func judgeAsApp(t *testing.T, exe, root string) target.Verdict {
	t.Helper()
	system, err := Dir("root", root)
	if err != nil {
		t.Fatal(err)
	}
	return target.JudgeAt(inspected(t, exe), system, target.Place{Path: "/app"})
}
