/* bench_peak - the most int16 products a second one core of this processor adds up, in 10^9: what the shares in the table are
 * shares of. Prints "NAME GMAC/s" for the best instruction it has. Twelve independent sums in registers, no memory. */
#include <stdint.h>
#include <stdio.h>

#include "bench_clock.h"

#if defined(__x86_64__)
#include <immintrin.h>

enum { SUMS = 12, ROUNDS = 20000000 };
#define EACH(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11)

/* The compiler may neither leave out a value nor know it beforehand. */
#define KEEP(v) __asm__ volatile("" : "+v"(v));
#define START(i) s##i = a; KEEP(s##i)
#define SSE2(i) s##i = _mm_add_epi32(s##i, _mm_madd_epi16(a, b)); KEEP(s##i)
#define AVX2(i) s##i = _mm256_add_epi32(s##i, _mm256_madd_epi16(a, b)); KEEP(s##i)
#define AVX512(i) s##i = _mm512_add_epi32(s##i, _mm512_madd_epi16(a, b)); KEEP(s##i)
#define VNNI(i) s##i = _mm512_dpwssd_epi32(s##i, a, b); KEEP(s##i)
#define PEAK(name, features, type, zero, STEP)                                            \
    __attribute__((target(features))) static double name(void)                            \
    {                                                                                     \
        type a = zero, b = zero, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11;        \
        EACH(START)                                                                       \
        const double start = bench_now();                                                 \
        for (int r = 0; r < ROUNDS; r++) {                                                \
            KEEP(a)                                                                       \
            KEEP(b)                                                                       \
            EACH(STEP)                                                                    \
        }                                                                                 \
        return (double)ROUNDS * SUMS * (sizeof(type) / 2) / (bench_now() - start) * 1e-9; \
    }

PEAK(sse2, "sse2", __m128i, _mm_setzero_si128(), SSE2)
PEAK(avx2, "avx2", __m256i, _mm256_setzero_si256(), AVX2)
PEAK(avx512, "avx512f,avx512bw", __m512i, _mm512_setzero_si512(), AVX512)
PEAK(vnni, "avx512f,avx512bw,avx512vnni", __m512i, _mm512_setzero_si512(), VNNI)

int main(void)
{
    const char *name = "SSE2 pmaddwd";
    double (*run)(void) = sse2;
    if (__builtin_cpu_supports("avx2")) {
        name = "AVX2 vpmaddwd";
        run = avx2;
    }
    if (__builtin_cpu_supports("avx512bw")) {
        name = "AVX-512 vpmaddwd";
        run = avx512;
    }
    if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vnni")) {
        name = "AVX-512 vpdpwssd";
        run = vnni;
    }
    (void)run(); /* wakes the core up */
    printf("%s %.1f\n", name, run());
    return 0;
}
#else
int main(void)
{
    fputs("no peak loop for this processor\n", stderr);
    return 1;
}
#endif
