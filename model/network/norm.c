/* norm.c - mean and standard deviation of a channel, exact for any order of summation. */
#include "norm.h"

/* floor(sqrt(v)), bit by bit from the top. */
static uint64_t integer_sqrt(uint64_t v)
{
    uint64_t root = 0;
    for (uint64_t bit = (uint64_t)1 << 62; bit; bit >>= 2) {
        if (v >= root + bit) {
            v -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
    }
    return root;
}

dkg_norm dkg_norm_of(const int32_t *a, size_t n)
{
    int64_t sum = 0;
    uint64_t low = 0, high = 0; /* sums of both halves of the squares: the whole squares could overflow 64 bits */
    for (size_t i = 0; i < n; i++) sum += a[i];
    int64_t mean = dkg_floor_div(sum, (int64_t)n);
    for (size_t i = 0; i < n; i++) {
        int64_t d = a[i] - mean;
        uint64_t magnitude = (uint64_t)(d < 0 ? -d : d), square = magnitude * magnitude;
        low += square & 0xffffffff;
        high += square >> 32;
    }
    return dkg_norm_from(sum, ((high / n) << 32) + (((high % n) << 32) + low) / n + 1, n);
}

dkg_norm dkg_norm_from(int64_t sum, uint64_t variance, size_t n)
{
    unsigned e = 0;
    while (variance < (uint64_t)1 << 60) {
        variance <<= 2;
        e++;
    }
    return (dkg_norm){.mean256 = dkg_floor_div(256 * sum, (int64_t)n),
                      .reciprocal = (int64_t)(((uint64_t)1 << 52) / integer_sqrt(variance)),
                      .shift = 53 - e};
}
