/* attacks.c - what XOR with a key stream gives away (docs/metrics.md, section 8): demonstrations on arrays in memory. */
#include <math.h>

#include "dkg/metrics.h"

double dkg_attack_background(const uint8_t *plain, size_t n)
{
    size_t zero = 0;
    for (size_t i = 0; i < n; i++) zero += plain[i] == 0;
    return n ? (double)zero / (double)n : (double)NAN;
}

void dkg_attack_reuse(const uint8_t *const *ciphers, size_t count, size_t n, uint8_t *guess)
{
    for (size_t i = 0; i < n; i++) {
        size_t seen[256] = {0}, best = 0;
        for (size_t k = 0; k < count; k++) seen[ciphers[k][i]]++;
        for (size_t v = 1; v < 256; v++)
            if (seen[v] > seen[best]) best = v;
        guess[i] = (uint8_t)best;
    }
}

double dkg_attack_two_time(const uint8_t *a, const uint8_t *b, size_t n, uint8_t *out)
{
    for (size_t i = 0; i < n; i++) out[i] = a[i] ^ b[i];
    return dkg_attack_background(out, n);
}

double dkg_share_equal(const uint8_t *a, const uint8_t *b, size_t n)
{
    size_t equal = 0;
    for (size_t i = 0; i < n; i++) equal += a[i] == b[i];
    return n ? (double)equal / (double)n : (double)NAN;
}
