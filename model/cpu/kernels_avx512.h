/* kernels_avx512.h - vectors of 16 lanes; add_products is left to the file that includes this one. */
#include <immintrin.h>
#include <string.h>

#include "cpu/kernels.h"

enum { LANES = 16, ROWS = 8, INTERLEAVED = true };

typedef __m512i vector;
typedef vector pair;

static inline vector zero(void) { return _mm512_setzero_si512(); }
static inline void store(int32_t *p, vector v) { _mm512_storeu_si512(p, v); }
static inline vector load_weights(const int16_t *p) { return _mm512_loadu_si512(p); }
static inline pair load_pair(const int16_t *p)
{
    int32_t both;
    memcpy(&both, p, sizeof both);
    return _mm512_set1_epi32(both);
}
