/* kernels_avx512bw.c - vpmaddwd on 16 lanes. */
#include "cpu/kernels_avx512.h"

#define KERNELS dkg_cpu_avx512bw
#define NAME "AVX-512BW"

static inline vector add_products(vector sum, pair x, vector weights)
{
    return _mm512_add_epi32(sum, _mm512_madd_epi16(x, weights));
}

#include "cpu/kernels_body.h"
