package remedy

// Modules are the rows.
var Modules = []Module{
	// Databases.
	{Path: "github.com/mattn/go-sqlite3", Version: "v1.14.53", Use: "sqlite3.SQLiteDriver{}", Without: Stub, Static: true,
		Loses:   "SQLite itself: it is a stub, whose every call says that it requires cgo to work",
		Instead: []string{"modernc.org/sqlite", "github.com/ncruces/go-sqlite3"}, Source: "static_mock.go (//go:build !cgo)"},
	{Path: "github.com/mutecomm/go-sqlcipher/v4", Version: "v4.4.2", Use: "sqlite3.SQLiteDriver{}", Without: Stub, Static: true,
		Loses: "SQLite itself: it is a stub that says so", Source: "static_mock.go (//go:build !cgo)"},
	{Path: "github.com/marcboeker/go-duckdb", Version: "v1.8.5", Use: "duckdb.NewConnector", Without: Fails,
		Source: "its files with import \"C\" declare what the others use"},
	{Path: "github.com/duckdb/duckdb-go/v2", Version: "v2.5.0", Use: "duckdb.NewConnector", Without: Fails,
		Source: "duckdb-go-bindings, whose every file imports \"C\""},
	{Path: "github.com/godror/godror", Version: "v0.40.4", Use: "godror.NewConnector", Without: Fails, Loads: []string{"libclntsh"},
		Instead: []string{"github.com/sijms/go-ora/v2"}, Source: "drv.go"},
	{Path: "github.com/cockroachdb/pebble", Version: "v1.1.5", Use: "pebble.Open", Without: PureGo,
		Loses: "the block cache is the garbage collector's, and zstd is pure Go", Source: "internal/manual/manual_nocgo.go"},
	{Path: "github.com/cockroachdb/pebble/internal/manual", Version: "v1.1.5", Without: PureGo,
		Loses: "the block cache is the garbage collector's", Source: "internal/manual/manual_nocgo.go"},
	{Path: "github.com/linxGnu/grocksdb", Version: "v1.11.1", Use: "grocksdb.OpenDb", Without: Fails, Links: []string{"-lrocksdb", "-lzstd", "-llz4", "-lz", "-lsnappy"},
		Instead: []string{"github.com/cockroachdb/pebble"}, Source: "cgo.go"},
	// Messages.
	{Path: "github.com/confluentinc/confluent-kafka-go/v2/kafka", Version: "v2.11.1", Use: "kafka.NewProducer", Without: Fails,
		Switches: []Switch{
			{Tag: "musl", Musl: true, Does: "the librdkafka that was compiled for musl", Costs: "its GSSAPI is left out"},
			{Tag: "dynamic", Does: "the system's librdkafka in the place of the bundled one", Costs: "needs librdkafka.so.1 wherever it runs"},
		}, Instead: []string{"github.com/twmb/franz-go", "github.com/IBM/sarama"}, Source: "kafka/build_dynamic.go, kafka/build_musl_linux_amd64.go"},
	{Path: "github.com/confluentinc/confluent-kafka-go/kafka", Version: "v1.9.2", Use: "kafka.NewProducer", Without: Fails,
		Switches: []Switch{
			{Tag: "musl", Musl: true, Does: "the librdkafka that was compiled for musl", Costs: "its GSSAPI is left out"},
			{Tag: "dynamic", Does: "the system's librdkafka in the place of the bundled one", Costs: "needs librdkafka.so.1 wherever it runs"},
		}, Instead: []string{"github.com/twmb/franz-go", "github.com/IBM/sarama"}, Source: "kafka/build_dynamic.go, kafka/build_musl_linux.go"},
	{Path: "github.com/pebbe/zmq4", Version: "v1.4.0", Use: "zmq4.NewSocket", Without: Fails, Links: []string{"libzmq"},
		Instead: []string{"github.com/go-zeromq/zmq4"}, Source: "zmq4.go"},
	// Networks.
	{Path: "github.com/google/gopacket/pcap", Version: "v1.1.19", Use: "pcap.OpenLive", Without: Fails, Links: []string{"-lpcap"},
		Instead: []string{"github.com/google/gopacket/pcapgo (files, and live capture on Linux)"}, Source: "pcap/pcap_unix.go"},
	{Path: "github.com/gopacket/gopacket/pcap", Version: "v1.7.7", Use: "pcap.OpenLive", Without: Fails, Links: []string{"-lpcap"},
		Instead: []string{"github.com/gopacket/gopacket/pcapgo (files, and live capture on Linux)"}, Source: "pcap/pcap_unix.go"},
	// Compression.
	{Path: "github.com/DataDog/zstd", Version: "v1.5.7", Use: "zstd.Compress", Without: Fails,
		Instead: []string{"github.com/klauspost/compress/zstd"}, Source: "README.md: external_libzstd"},
	{Path: "github.com/valyala/gozstd", Version: "v1.27.0", Use: "gozstd.Compress", Without: Fails,
		Instead: []string{"github.com/klauspost/compress/zstd"}, Source: "gozstd.go"},
	{Path: "github.com/golang/snappy", Version: "v1.0.0", Use: "snappy.Encode", Without: PureGo, Source: "it has no C: assembly, and decode_other.go"},
	// Cryptography.
	{Path: "github.com/miekg/pkcs11", Version: "v1.1.2", Use: "pkcs11.New", Without: Fails, Loads: []string{"the PKCS #11 module that is named at run time"}, Source: "pkcs11.go",
		Switches: []Switch{{Tag: "nopkcs11", Does: "left out by what imports it, as go.step.sm/crypto/kms/pkcs11 and others that know this tag", Costs: "keys in PKCS #11 modules are not to be had"}}},
	{Path: "go.step.sm/crypto/kms/pkcs11", Version: "v0.92.0", Use: "pkcs11.New", Without: Stub,
		Loses: "PKCS #11: it is a stub, whose every call says that it is compiled without cgo", Source: "kms/pkcs11/pkcs11_no_cgo.go (//go:build !cgo || nopkcs11)"},
	{Path: "github.com/CosmWasm/wasmvm/v3", Version: "v3.0.7", Use: "wasmvm.NewVM", Without: Fails, Source: "lib_libwasmvm.go (//go:build cgo && !nolink_libwasmvm)"},
	{Path: "github.com/bytecodealliance/wasmtime-go/v37", Version: "v37.0.0", Use: "wasmtime.NewEngine", Without: Fails,
		Instead: []string{"github.com/tetratelabs/wazero"}, Source: "ffi.go, build/linux-x86_64/libwasmtime.a"},
	{Path: "github.com/supranational/blst/bindings/go", Version: "v0.3.17", Use: "blst.KeyGen", Without: Fails, Source: "bindings/go/blst.go"},
	{Path: "github.com/ethereum/go-ethereum/crypto", Version: "v1.17.10", Use: "crypto.Sign", Without: PureGo,
		Loses: "secp256k1 is pure Go, and slower", Source: "crypto/signature_nocgo.go"},
	{Path: "github.com/ethereum/go-ethereum/crypto/secp256k1", Version: "v1.17.10", Without: PureGo,
		Loses: "secp256k1 is pure Go, and slower", Source: "crypto/signature_nocgo.go"},
	// The system.
	{Path: "github.com/coreos/go-systemd/v22/sdjournal", Version: "v22.7.0", Use: "sdjournal.NewJournal", Without: Fails, Loads: []string{"libsystemd.so.0"}, Source: "internal/dlopen/dlopen.go"},
	{Path: "github.com/digitalocean/go-libvirt", Version: "v0.0.0-20261013170128-efbbdf578ac8", Use: "libvirt.New", Without: PureGo, Source: "it has no C: rpc.go speaks libvirtd's protocol"},
	{Path: "github.com/seccomp/libseccomp-golang", Version: "v0.11.1", Use: "seccomp.NewFilter", Without: Fails, Links: []string{"libseccomp"},
		Instead: []string{"github.com/elastic/go-seccomp-bpf"}, Source: "seccomp_internal.go"},
	{Path: "github.com/shirou/gopsutil/v4/cpu", Version: "v4.26.10", Use: "cpu.Info", Without: PureGo, Source: "it has no C on Linux"},
	{Path: "github.com/ebitengine/purego", Version: "v0.11.3", Use: "purego.Dlopen", Without: NoCgoYet, Source: "internal/fakecgo, dlfcn_linux.go"},
	{Path: "github.com/DataDog/go-libddwaf/v4", Version: "v4.10.0", Use: "libddwaf.NewBuilder", Without: PureGo,
		Loses: "the WAF is off", Switches: wafSwitches, Source: "internal/bindings/waf_dl.go (cgo || appsec)"},
	{Path: "github.com/DataDog/go-libddwaf/v4/internal/log", Version: "v4.10.0", Without: PureGo,
		Loses: "the WAF is off", Switches: wafSwitches, Source: "internal/bindings/waf_dl.go (cgo || appsec)"},
	{Path: "github.com/DataDog/go-libddwaf/v5", Version: "v5.0.0", Use: "libddwaf.NewBuilder", Without: PureGo,
		Loses: "the WAF is off", Switches: wafSwitches, Source: "internal/bindings/waf_dl.go (cgo || appsec)"},
	{Path: "github.com/DataDog/go-libddwaf/v5/internal/log", Version: "v5.0.0", Without: PureGo,
		Loses: "the WAF is off", Switches: wafSwitches, Source: "internal/bindings/waf_dl.go (cgo || appsec)"},
	{Path: "github.com/NVIDIA/go-nvml/pkg/nvml", Version: "v0.13.4-1", Use: "nvml.Init", Without: Fails, Loads: []string{"libnvidia-ml.so.1"}, Source: "pkg/dl/dl.go"},
	// Sound and screens.
	{Path: "github.com/ebitengine/oto/v3", Version: "v3.4.0", Use: "oto.NewContext", Without: Fails, Links: []string{"alsa"}, Source: "driver_unix.go"},
	{Path: "fyne.io/fyne/v2/app", Version: "v2.7.1", Use: "app.New", Without: Fails, Links: []string{"gl", "-lX11"}, Source: "internal/driver/glfw"},
	{Path: "github.com/go-gl/gl/v3.3-core/gl", Version: "v0.0.0-20231021071112-07e5d0ea2e71", Use: "gl.Init", Without: Fails, Links: []string{"gl"}, Source: "package.go"},
	{Path: "github.com/go-gl/glfw/v3.3/glfw", Version: "v0.0.0-20260823155953-d41da22a9587", Use: "glfw.Init", Without: Fails,
		Links: []string{"-lGL", "-lX11", "-lXrandr", "-lXxf86vm", "-lXi", "-lXcursor", "-lXinerama"}, Source: "build.go"},
	{Path: "github.com/veandco/go-sdl2/sdl", Version: "v0.4.39", Use: "sdl.Init", Without: Fails, Links: []string{"sdl2"}, Source: "sdl/sdl.go"},
	{Path: "github.com/gotk3/gotk3/gtk", Version: "v0.6.5-0.20240618185848-ff349ae13f56", Use: "gtk.Init", Without: Fails, Links: []string{"gtk+-3.0"}, Source: "gtk/gtk.go"},
	// Pictures, text, maps, grammars.
	{Path: "github.com/chai2010/webp", Version: "v1.4.0", Use: "webp.Decode", Without: Fails,
		Instead: []string{"golang.org/x/image/webp (decoding)", "github.com/gen2brain/webp"}, Source: "capi.go"},
	{Path: "github.com/davidbyttow/govips/v2/vips", Version: "v2.16.0", Use: "vips.Startup", Without: Fails, Links: []string{"vips"}, Source: "vips/govips.go"},
	{Path: "github.com/h2non/bimg", Version: "v1.1.9", Use: "bimg.Resize", Without: Fails, Links: []string{"vips"}, Source: "vips.go"},
	{Path: "gocv.io/x/gocv", Version: "v0.41.0", Use: "gocv.NewMat", Without: Fails, Links: []string{"opencv4"}, Source: "cgo.go"},
	{Path: "github.com/otiai10/gosseract/v2", Version: "v2.4.1", Use: "gosseract.NewClient", Without: Fails, Links: []string{"-lleptonica", "-ltesseract"}, Source: "client.go"},
	{Path: "github.com/uber/h3-go/v4", Version: "v4.1.0", Use: "h3.LatLngToCell", Without: Fails, Source: "h3.go"},
	{Path: "github.com/smacker/go-tree-sitter", Version: "v0.0.0-20240827094217-dd81d9e9be82", Use: "sitter.NewParser", Without: Fails, Source: "bindings.go"},
	{Path: "github.com/tree-sitter/go-tree-sitter", Version: "v0.25.0", Use: "tree_sitter.NewParser", Without: Fails, Source: "tree_sitter.go"},
}

// wafSwitches are written down in waferrors/support.go and in
// internal/support/waf_manually_disabled.go.
var wafSwitches = []Switch{
	{Tag: "appsec", NoCgo: true, Does: "the WAF stays", Costs: "the program is dynamic, and needs glibc's libdl, libpthread and libc where it runs"},
	{Tag: "datadog.no_waf", Does: "without the WAF, and without the shared libraries that it loads", Costs: "the WAF is off"},
}
