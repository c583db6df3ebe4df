/* Found before the compiler's own: the intrinsics of AVX2 and AVX-512 in portable C, by SIMDe, for processors that lack them. */
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx2.h>
#include <simde/x86/avx512.h>

/* SIMDe 0.7.4 gives this name to the masked instruction of four operands. */
#undef _mm512_madd_epi16
#define _mm512_madd_epi16(a, b) simde_mm512_madd_epi16(a, b)
