/* kernels_avx512vnni.c - vpdpwssd on 16 lanes: multiply pairs and add, in one instruction. */
#include "cpu/kernels_avx512.h"

#define KERNELS dkg_cpu_avx512vnni
#define NAME "AVX-512 VNNI"

static inline vector add_products(vector sum, pair x, vector weights) { return _mm512_dpwssd_epi32(sum, x, weights); }

#include "cpu/kernels_body.h"
