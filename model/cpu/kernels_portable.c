/* kernels_portable.c - the kernels without any instruction of one processor: vectors as gcc and clang know them everywhere. */
#include <string.h>

#include "cpu/kernels.h"

enum { LANES = 4, ROWS = 4, INTERLEAVED = false };
#define KERNELS dkg_cpu_portable
#define NAME "portable vectors"

typedef uint32_t vector __attribute__((vector_size(16)));
typedef int32_t wide __attribute__((vector_size(16)));
typedef int16_t half __attribute__((vector_size(8)));
typedef struct pair {
    int16_t first, second;
} pair;

static inline vector zero(void) { return (vector){0}; }
static inline void store(int32_t *p, vector v) { memcpy(p, &v, sizeof v); }
static inline vector load_weights(const int16_t *p)
{
    vector v;
    memcpy(&v, p, sizeof v);
    return v;
}
static inline pair load_pair(const int16_t *p) { return (pair){p[0], p[1]}; }

/* Weights of four lanes for the first activation, then four for the second. */
static inline vector add_products(vector sum, pair x, vector weights)
{
    half w[2];
    memcpy(w, &weights, sizeof w);
    return sum + (vector)(__builtin_convertvector(w[0], wide) * x.first + __builtin_convertvector(w[1], wide) * x.second);
}

#include "cpu/kernels_body.h"
