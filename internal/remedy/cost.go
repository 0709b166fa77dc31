package remedy

// A Cost is what a change takes away, with where that is written down.
type Cost struct {
	Text   string
	Source string
}

// What changes cost, but for what modules lose.
var (
	GoResolver = Cost{"names are resolved by Go alone: no nsswitch modules, mDNS (.local) or per-domain resolvers of the system",
		"net's documentation, Name Resolution"}
	FileUsers = Cost{"users and groups come from /etc/passwd and /etc/group alone: none of LDAP, SSSD or systemd-homed",
		"os/user's documentation: osusergo"}
	NoRace          = Cost{"no race detector", "go help build: -race"}
	NoSanitizer     = Cost{"no sanitizer", "go help build: -msan, -asan"}
	NoPlugins       = Cost{"no plugins: plugin.Open wants the very glibc that the program is linked with at run time", "ld's warning of dlopen in a static link"}
	LargerFile      = Cost{"the standard library is in the executable itself", "go help build: -linkshared"}
	NoASLR          = Cost{"the program itself is always loaded at the same address", "go help buildmode: pie"}
	OtherFlags      = Cost{"C code is compiled without what these flags were for: hardening, optimization at link time", "go help environment: CGO_CFLAGS"}
	OtherLinkFlags  = Cost{"what these flags add to the link is not had: libraries, hardening", "go help environment: CGO_LDFLAGS"}
	AnyProcessor    = Cost{"newer processors' instructions are used only where the program asks for them at run time: it may be slower", "go help environment: GOAMD64"}
	OlderARM        = Cost{"without the instructions that ARMv7 brought: it may be slower", "go help environment: GOARM"}
	NoFloatHardware = Cost{"floating point is computed without the processor's hardware: many times slower", "go.dev/wiki/GoArm"}
	Recompile       = Cost{"everything is compiled anew once, of other modules too", "go help clean: -cache"}
	OneLoader       = Cost{"it starts nowhere but where this dynamic linker is", "cmd/link's documentation: -I"}
	StaticC         = Cost{"the C library's dlopen, iconv and name services are not to be relied on", "glibc's FAQ: statically linked programs and NSS"}
	Musl            = Cost{"C code runs on musl: another allocator, thread stacks of 128 KiB, another resolver",
		"wiki.musl-libc.org: functional differences from glibc"}
	NeedsCompiler = Cost{"the build needs a C compiler", "go help environment: CGO_ENABLED"}
	NoBoring      = Cost{"crypto is Go's own in the place of BoringCrypto, and no validated module: FIPS 140 is lost", "crypto/internal/boring/README.md"}
	OtherModule   = Cost{"it is another validated module than BoringCrypto", "go.dev/doc/security/fips140"}
)
