/* keytest.c - statistics of a key that show broken weights and flat inputs (generator.md section 3). */
#include <math.h>

#include "dkg/model.h"

enum { LAG = 4 }; /* the period of tiled keys: the network halves its input twice */

static double chi_square(const uint8_t *key, size_t bytes)
{
    size_t seen[256] = {0}, also[256] = {0}; /* two, so that equal neighbours need not wait for each other */
    double expected = (double)bytes / 256, sum = 0;
    for (size_t i = 0; i + 1 < bytes; i += 2) {
        seen[key[i]]++;
        also[key[i + 1]]++;
    }
    if (bytes % 2) seen[key[bytes - 1]]++;
    for (size_t v = 0; v < 256; v++) seen[v] += also[v];
    for (size_t v = 0; v < 256; v++) sum += ((double)seen[v] - expected) * ((double)seen[v] - expected) / expected;
    return sum;
}

typedef struct pair_sums {
    uint64_t a, b, aa, bb, ab;
} pair_sums;

/* In parts whose sums fit 32 bits, so that compilers make vector code of the loop. */
static void add_pairs(const uint8_t *p, const uint8_t *q, size_t pairs, pair_sums *s)
{
    enum { PART = 1 << 16 }; /* * 255 * 255 < 2^32 */
    for (size_t at = 0; at < pairs; at += PART) {
        const size_t end = pairs - at < PART ? pairs : at + PART;
        uint32_t a = 0, b = 0, aa = 0, bb = 0, ab = 0;
        for (size_t i = at; i < end; i++) {
            a += p[i];
            b += q[i];
            aa += (uint32_t)(p[i] * p[i]);
            bb += (uint32_t)(q[i] * q[i]);
            ab += (uint32_t)(p[i] * q[i]);
        }
        s->a += a;
        s->b += b;
        s->aa += aa;
        s->bb += bb;
        s->ab += ab;
    }
}

/* Pearson correlation of every byte with the byte of the same colour dy rows and dx columns further; 1 when either side is
 * constant or there is no pair. */
static double correlation(const uint8_t *key, uint32_t height, uint32_t width, uint32_t dy, uint32_t dx)
{
    pair_sums s = {0};
    const size_t row = (size_t)width * 3, pairs = 3 * (size_t)(width - dx);
    for (size_t y = 0; y + dy < height; y++) add_pairs(key + y * row, key + (y + dy) * row + 3 * (size_t)dx, pairs, &s);
    const double n = height > dy ? (double)pairs * (height - dy) : 0;
    if (n <= 0) return 1;
    const double mean_a = (double)s.a / n, mean_b = (double)s.b / n;
    const double variance_a = (double)s.aa / n - mean_a * mean_a, variance_b = (double)s.bb / n - mean_b * mean_b;
    if (variance_a <= 0 || variance_b <= 0) return 1;
    return ((double)s.ab / n - mean_a * mean_b) / sqrt(variance_a * variance_b);
}

static double share_equal(const uint8_t *key, uint32_t height, uint32_t width, uint32_t dy, uint32_t dx)
{
    size_t n = 0, equal = 0;
    for (uint32_t y = 0; y + dy < height; y++) {
        const uint8_t *p = key + (size_t)y * width * 3, *q = key + ((size_t)(y + dy) * width + dx) * 3;
        for (size_t i = 0; i + 3 * (size_t)dx < 3 * (size_t)width; i++, n++) equal += p[i] == q[i];
    }
    return n ? (double)equal / (double)n : 0;
}

dkg_key_test dkg_test_key(const uint8_t *key, uint32_t height, uint32_t width)
{
    size_t bytes = (size_t)height * width * 3;
    double m = (double)bytes, most_correlation = 9 / sqrt(m), most_repeats = 1.0 / 256 + 18 * sqrt(1 / (256 * m));
    dkg_key_test t = {.chi_square = chi_square(key, bytes),
                      .horizontal = correlation(key, height, width, 0, 1),
                      .vertical = correlation(key, height, width, 1, 0),
                      .diagonal = correlation(key, height, width, 1, 1),
                      .repeat_rows = share_equal(key, height, width, LAG, 0),
                      .repeat_columns = share_equal(key, height, width, 0, LAG)};
    t.good = t.chi_square < 400 && fabs(t.horizontal) < most_correlation && fabs(t.vertical) < most_correlation &&
             fabs(t.diagonal) < most_correlation && t.repeat_rows < most_repeats && t.repeat_columns < most_repeats;
    return t;
}
