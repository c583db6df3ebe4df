/* SP 800-22 sections 2.5 and 2.10: ranks of binary matrices and lengths of linear feedback shift registers. */
#include "metrics/sp800_22.h"

#include <math.h>
#include <string.h>

static size_t rank(uint32_t *row, size_t side)
{
    size_t found = 0;
    for (size_t column = 0; column < side; column++) {
        uint32_t mask = 1u << column;
        size_t pivot = found;
        while (pivot < side && !(row[pivot] & mask)) pivot++;
        if (pivot == side) continue;
        uint32_t chosen = row[pivot];
        row[pivot] = row[found];
        row[found] = chosen;
        for (size_t i = found + 1; i < side; i++)
            if (row[i] & mask) row[i] ^= chosen;
        found++;
    }
    return found;
}

double dkg_sp_rank(const uint8_t *bit, size_t n, size_t side)
{
    double full = 1; /* a 32 x 32 matrix has full rank, one less (twice as likely), or the rest (section 3.5) */
    for (double i = 1; i <= 32; i++) full *= 1 - exp2(-i);
    double probability[3] = {full, 2 * full, 1 - 3 * full};
    size_t matrices = n / (side * side), found[3] = {0};
    for (size_t k = 0; k < matrices; k++) {
        uint32_t row[32] = {0};
        for (size_t i = 0; i < side; i++)
            for (size_t j = 0; j < side; j++) row[i] = row[i] << 1 | bit[(k * side + i) * side + j];
        size_t missing = side - rank(row, side);
        found[missing < 2 ? missing : 2]++;
    }
    return dkg_sp_fit(found, probability, 3);
}

enum { WORDS = 5056 / 64 };

/* Adds b, shifted up by `shift` bits, to a. */
static void add_shifted(uint64_t *a, const uint64_t *b, size_t shift, size_t words)
{
    size_t skip = shift / 64, by = shift % 64;
    for (size_t i = words; i-- > skip;) {
        uint64_t v = b[i - skip] << by;
        if (by && i > skip) v |= b[i - skip - 1] >> (64 - by);
        a[i] ^= v;
    }
}

/* Berlekamp-Massey over GF(2), 64 coefficients at a time. `seen` holds the bits read so far, the newest at bit 0. */
size_t dkg_sp_shortest_register(const uint8_t *bit, size_t n)
{
    uint64_t c[WORDS] = {1}, b[WORDS] = {1}, t[WORDS], seen[WORDS] = {0};
    size_t length = 0, since = 1, words = n / 64 + 1;
    for (size_t i = 0; i < n; i++, since++) {
        uint64_t parity = 0;
        for (size_t k = words; k-- > 0;) seen[k] = seen[k] << 1 | (k ? seen[k - 1] >> 63 : bit[i]);
        for (size_t k = 0; k < words; k++) parity ^= c[k] & seen[k];
        for (unsigned s = 32; s > 0; s /= 2) parity ^= parity >> s;
        if (!(parity & 1)) continue;
        memcpy(t, c, sizeof t);
        add_shifted(c, b, since, words);
        if (2 * length <= i) {
            length = i + 1 - length;
            memcpy(b, t, sizeof b);
            since = 0;
        }
    }
    return length;
}

double dkg_sp_linear_complexity(const uint8_t *bit, size_t n, size_t block, const double probability[7])
{
    size_t blocks = n / block, found[7] = {0};
    double m = (double)block, sign = block % 2 ? -1 : 1;
    double mean = m / 2 + (9 - sign) / 36; /* the term (m/3 + 2/9) / 2^m is below 1e-20 for blocks of at least 80 bits */
    for (size_t b = 0; b < blocks; b++) {
        double t = sign * ((double)dkg_sp_shortest_register(bit + b * block, block) - mean) + 2.0 / 9;
        size_t k = 0;
        while (k < 6 && t > (double)k - 2.5) k++;
        found[k]++;
    }
    return dkg_sp_fit(found, probability, 7);
}
