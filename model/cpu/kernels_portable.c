/* kernels_portable.c - the kernels without any instruction of one processor: vectors as gcc and clang know them everywhere. */
#include <string.h>

#include "cpu/kernels.h"

enum { LANES = 4, ROWS = 4, INTERLEAVED = false };
#define KERNELS dkg_cpu_portable
#define NAME "portable vectors"

typedef uint32_t vector __attribute__((vector_size(16)));
typedef int32_t wide __attribute__((vector_size(16)));
typedef int16_t half __attribute__((vector_size(8)));

static inline vector zero(void) { return (vector){0}; }
static inline void store(int32_t *p, vector v) { memcpy(p, &v, sizeof v); }
static inline vector load_weights(const int16_t *p)
{
    vector v;
    memcpy(&v, p, sizeof v);
    return v;
}
static inline vector load_pair(const int16_t *p) { return (vector){(uint16_t)p[0], (uint16_t)p[1], 0, 0}; }

/* All of pair's first, then all of its second activation. */
static inline vector add_products(vector sum, vector pair, vector weights)
{
    half w[2];
    memcpy(w, &weights, sizeof w);
    const wide w0 = __builtin_convertvector(w[0], wide), w1 = __builtin_convertvector(w[1], wide);
    const int16_t x0 = (int16_t)(uint16_t)pair[0], x1 = (int16_t)(uint16_t)pair[1];
    return sum + (vector)(w0 * x0 + w1 * x1);
}

#include "cpu/kernels_body.h"
