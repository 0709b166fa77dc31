#include "textflag.h"

// func cpuid(eax, ecx uint32) leaf
TEXT ·cpuid(SB), NOSPLIT, $0-24
	MOVL eax+0(FP), AX
	MOVL ecx+4(FP), CX
	CPUID
	MOVL AX, ret_eax+8(FP)
	MOVL BX, ret_ebx+12(FP)
	MOVL CX, ret_ecx+16(FP)
	MOVL DX, ret_edx+20(FP)
	RET

// func xcr0() uint32
TEXT ·xcr0(SB), NOSPLIT, $0-4
	XORL CX, CX
	XGETBV
	MOVL AX, ret+0(FP)
	RET
