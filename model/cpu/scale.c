/* scale.c - the norm of a channel from sums that were gathered while its values were computed, in any order. */
#include "cpu/cpu.h"
#include "network/norm.h"

void dkg_cpu_scale_set(const dkg_cpu_scale *scale, size_t c, int64_t sum, uint64_t low, uint64_t high, size_t n)
{
    const int64_t count = (int64_t)n, mean = dkg_floor_div(sum, count), rest = sum - mean * count;
    /* With d = a - mean: sum of d * d = sum of a * a - 2 * mean * rest - n * mean * mean, and the last term leaves the division
     * by n whole. No part leaves 63 bits: low < 2^54, rest < n <= 2^24. */
    const int64_t whole = (int64_t)(high / n << 32);
    const int64_t part = (int64_t)(high % n << 32) + (int64_t)low - 2 * mean * rest;
    const int64_t variance = whole + dkg_floor_div(part, count) - mean * mean + 1;
    const dkg_norm norm = dkg_norm_from(sum, (uint64_t)variance, n);

    /* (256 * a - mean256) * reciprocal, rounded; 2^63 keeps what is shifted from being negative. */
    const uint64_t sign = (uint64_t)1 << 63;
    scale->factor[c] = (int32_t)(256 * norm.reciprocal);
    scale->offset[c] = sign + ((uint64_t)1 << (norm.shift - 1)) - (uint64_t)(norm.mean256 * norm.reciprocal);
    scale->shift[c] = norm.shift;
    scale->bias[c] = (uint32_t)(sign >> norm.shift) - ((uint32_t)1 << 24);
}
