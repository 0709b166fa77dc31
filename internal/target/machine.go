// Which machines' libraries a loader takes, after elf/dl-load.c (open_verify) of
// glibc and what its ports add to that (elf_machine_matches_host, VALID_ELF_HEADER).

package target

import (
	"cmp"
	"slices"

	"github.com/goportdoctor/goportdoctor/internal/link"
)

// wide are the machines of ELFCLASS64, and big those of ELFDATA2MSB.
func wide(goarch string) bool {
	return !slices.Contains([]string{"386", "arm", "mips", "mipsle", "riscv", "s390"}, goarch)
}

func big(goarch string) bool {
	return slices.Contains([]string{"mips", "mips64", "ppc64", "s390", "s390x", "sparc64"}, goarch)
}

// arch is the machine of the process.
func (p *process) arch() string {
	return cmp.Or(p.loader.Machine().GOARCH, p.loaded[0].Machine.GOARCH)
}

// takes tells what the loader makes of a library for a machine: glibc's passes
// over those that are not for its own. At some of them glibc's own source ends,
// and Debian's build goes on. musl's does not look at the machine. What is not told
// is taken for the same.
func (p *process) takes(m link.Machine) Presence {
	own, glibc := p.arch(), p.loader.Loader.Libc == "glibc"
	switch {
	case m.GOARCH == "" || own == "":
		return Present
	case !glibc && m.GOARCH != own:
		return Unstated
	case wide(m.GOARCH) != wide(own):
		p.otherClass = true
		return Absent
	case m.GOARCH != own:
		p.partly = p.partly || big(m.GOARCH) != big(own)
		return Absent
	case p.loader.Machine().GOARCH == "":
		return Present
	case !glibc:
		return p.like(m.ABI)
	case own == "arm":
		return p.float(m.ABI)
	}
	return p.ofABI(own, m.ABI)
}

// like is for loaders that do not look at the ABI: what comes of a library of
// another one is seen when it is called.
func (p *process) like(abi uint32) Presence {
	if own := p.loader.Machine().ABI; own == 0 || abi == 0 || own == abi {
		return Present
	}
	return Unstated
}

// float holds floating point of a library for ARM against the loader's, which
// takes one that does not say of which kind it is.
func (p *process) float(abi uint32) Presence {
	const soft, hard = 0x200, 0x400 // EF_ARM_ABI_FLOAT_SOFT, _HARD
	switch own := p.loader.Machine().ABI; {
	case abi&^own&(soft|hard) == 0:
		return Present
	case own == 0:
		return Unstated
	}
	p.partly = true
	return Absent
}

// ofABI tells whether a library's flags are those of the loader's ABI. There, no
// flag at all tells as much as one, but on POWER; LoongArch's are not looked at.
func (p *process) ofABI(goarch string, abi uint32) Presence {
	own, same := p.loader.Machine().ABI, true
	switch goarch {
	case "riscv64", "riscv":
		const float = 6 // EF_RISCV_FLOAT_ABI
		same = abi&float == own&float
	case "ppc64", "ppc64le":
		if abi != 0 && own == 0 {
			return Unstated
		}
		same = abi == 0 || abi == own
	case "mips", "mipsle", "mips64", "mips64le":
		const fp64 = 0x200 // EF_MIPS_FP64, of an ABI that never was Linux's
		same = abi == own && abi&fp64 == 0
	}
	if !same {
		return Absent
	}
	return Present
}
