/* kernels_sse2.c - what every x86-64 processor can do: pmaddwd on 4 lanes. */
#include <emmintrin.h>
#include <string.h>

#include "cpu/kernels.h"

enum { LANES = 4, ROWS = 4, INTERLEAVED = true };
#define KERNELS dkg_cpu_sse2
#define NAME "SSE2"

typedef __m128i vector;
typedef vector pair;

static inline vector zero(void) { return _mm_setzero_si128(); }
static inline void store(int32_t *p, vector v) { _mm_storeu_si128((void *)p, v); }
static inline vector load_weights(const int16_t *p) { return _mm_loadu_si128((const void *)p); }
static inline pair load_pair(const int16_t *p)
{
    int32_t both;
    memcpy(&both, p, sizeof both);
    return _mm_set1_epi32(both);
}
static inline vector add_products(vector sum, pair x, vector weights)
{
    return _mm_add_epi32(sum, _mm_madd_epi16(x, weights));
}

#include "cpu/kernels_body.h"
