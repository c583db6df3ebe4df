/* kernels_avx2.c - vpmaddwd on 8 lanes. */
#include <immintrin.h>
#include <string.h>

#include "cpu/kernels.h"

enum { LANES = 8, ROWS = 4, INTERLEAVED = true };
#define KERNELS dkg_cpu_avx2
#define NAME "AVX2"

typedef __m256i vector;
typedef vector pair;

static inline vector zero(void) { return _mm256_setzero_si256(); }
static inline void store(int32_t *p, vector v) { _mm256_storeu_si256((void *)p, v); }
static inline vector load_weights(const int16_t *p) { return _mm256_loadu_si256((const void *)p); }
static inline pair load_pair(const int16_t *p)
{
    int32_t both;
    memcpy(&both, p, sizeof both);
    return _mm256_set1_epi32(both);
}
static inline vector add_products(vector sum, pair x, vector weights)
{
    return _mm256_add_epi32(sum, _mm256_madd_epi16(x, weights));
}

#include "cpu/kernels_body.h"
