package capture

func cpuid(eax, ecx uint32) leaf

func xcr0() uint32

// amd64Level is the GOAMD64 of this machine's processor, "" where it cannot be
// told. It is asked here and not by a library, all of which ask at the start of
// every program: in a virtual machine that takes a millisecond.
func amd64Level() string { return processor{cpuid, xcr0}.level() }
