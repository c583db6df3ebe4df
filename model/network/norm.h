/* norm.h - instance normalisation of one channel in integers (generator.md section 2, step 3). */
#ifndef DKG_NETWORK_NORM_H
#define DKG_NETWORK_NORM_H

#include <stddef.h>

#include "arith.h"

typedef struct dkg_norm {
    int64_t mean256;    /* mu8: floor(256 * mean) */
    int64_t reciprocal; /* R: 2^52 / sd */
    unsigned shift;     /* sh: 53 - e */
} dkg_norm;

/* Statistics of the n values of a channel, 1 <= n <= 2^24. */
dkg_norm dkg_norm_of(const int32_t *a, size_t n);
/* The same from their sum and from V: the mean square of their distances from floor(mean), rounded down, plus 1. */
dkg_norm dkg_norm_from(int64_t sum, uint64_t variance, size_t n);

/* The normalised value: 128 times the distance from the mean in standard deviations, rounded. */
static inline int64_t dkg_norm_apply(const dkg_norm *norm, int32_t a)
{
    int64_t scaled = (256 * (int64_t)a - norm->mean256) * norm->reciprocal;
    return dkg_shift_right(scaled + ((int64_t)1 << (norm->shift - 1)), norm->shift);
}

#endif
