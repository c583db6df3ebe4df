/* SP 800-22 sections 2.7 to 2.9, 2.11 and 2.12: how often each short pattern of bits occurs. */
#include "metrics/sp800_22.h"

#include "dkg/metrics.h"

#include <math.h>
#include <string.h>

/* True when no shift of the pattern over itself agrees: its occurrences cannot overlap. */
static bool aperiodic(uint32_t pattern, unsigned length)
{
    for (unsigned shift = 1; shift < length; shift++)
        if (pattern >> shift == (pattern & ((1u << (length - shift)) - 1))) return false;
    return true;
}

size_t dkg_sp_templates(const uint8_t *bit, size_t n, unsigned length, size_t blocks, double *p)
{
    size_t block = n / blocks, templates = 0;
    double m = length, mean = (double)(block - length + 1) / exp2(m);
    double variance = (double)block * (exp2(-m) - (2 * m - 1) * exp2(-2 * m));
    uint32_t mask = (1u << length) - 1;
    double chi[1u << 9] = {0};
    for (size_t b = 0; b < blocks; b++) {
        uint32_t count[1u << 9] = {0}, window = 0;
        for (size_t i = 0; i < block; i++) {
            window = (window << 1 | bit[b * block + i]) & mask;
            if (i + 1 >= length) count[window]++;
        }
        for (uint32_t t = 0; t <= mask; t++) chi[t] += (count[t] - mean) * (count[t] - mean) / variance;
    }
    for (uint32_t t = 0; t <= mask; t++)
        if (aperiodic(t, length)) p[templates++] = dkg_chi_square_tail(chi[t], (double)blocks);
    return templates;
}

double dkg_sp_overlapping(const uint8_t *bit, size_t n, unsigned length, size_t block, const double probability[6])
{
    size_t blocks = n / block, found[6] = {0};
    for (size_t b = 0; b < blocks; b++) {
        size_t run = 0, hits = 0;
        for (size_t i = 0; i < block; i++) {
            run = bit[b * block + i] ? run + 1 : 0;
            hits += run >= length;
        }
        found[hits < 5 ? hits : 5]++;
    }
    return dkg_sp_fit(found, probability, 6);
}

void dkg_sp_overlapping_probabilities(unsigned length, size_t block, double probability[6])
{
    double at[6][32] = {{1}}; /* [hits, 5 = or more][ones just read, at most length] */
    for (size_t i = 0; i < block; i++) {
        double next[6][32] = {{0}};
        for (size_t hits = 0; hits < 6; hits++)
            for (unsigned run = 0; run <= length; run++) {
                unsigned longer = run < length ? run + 1 : length;
                size_t more = longer == length && hits < 5 ? hits + 1 : hits;
                next[hits][0] += at[hits][run] / 2;
                next[more][longer] += at[hits][run] / 2;
            }
        memcpy(at, next, sizeof at);
    }
    for (size_t hits = 0; hits < 6; hits++) {
        probability[hits] = 0;
        for (unsigned run = 0; run <= length; run++) probability[hits] += at[hits][run];
    }
}

double dkg_sp_universal(const uint8_t *bit, size_t n, unsigned length, size_t first)
{
    /* section 2.9.4: mean and variance of the distance's logarithm for L = 1..16 */
    static const double mean[17] = {0, 0.7326495, 1.5374383, 2.4016068, 3.3112247, 4.2534266, 5.2177052, 6.1962507, 7.1836656,
                                    8.1764248, 9.1723243, 10.170032, 11.168765, 12.168070, 13.167693, 14.167488, 15.167379};
    static const double variance[17] = {0, 0.690, 1.338, 1.901, 2.358, 2.705, 2.954, 3.125, 3.238, 3.311, 3.356, 3.384, 3.401, 3.410,
                                        3.416, 3.419, 3.421};
    size_t last[1u << 16] = {0}, blocks = n / length;
    double sum = 0, l = length, tested = (double)(blocks - first);
    for (size_t i = 1; i <= blocks; i++) {
        uint32_t word = 0;
        for (unsigned j = 0; j < length; j++) word = word << 1 | bit[(i - 1) * length + j];
        if (i > first) sum += log2((double)(i - last[word]));
        last[word] = i;
    }
    double c = 0.7 - 0.8 / l + (4 + 32 / l) * pow(tested, -3 / l) / 15;
    double sigma = c * sqrt(variance[length] / tested);
    return erfc(fabs(sum / tested - mean[length]) / (sqrt(2) * sigma));
}

/* Occurrences of each pattern of `length` bits in the sequence closed to a ring; n >= length - 1. */
static void ring_counts(const uint8_t *bit, size_t n, unsigned length, uint32_t *count)
{
    uint32_t mask = (1u << length) - 1, window = 0;
    memset(count, 0, sizeof *count << length);
    for (size_t i = n + 1 - length; i < n; i++) window = window << 1 | bit[i];
    for (size_t i = 0; i < n; i++) {
        window = (window << 1 | bit[i]) & mask;
        count[window]++;
    }
}

static double psi_square(const uint8_t *bit, size_t n, unsigned length, uint32_t *count)
{
    double sum = 0;
    if (length == 0) return 0;
    ring_counts(bit, n, length, count);
    for (size_t i = 0; i < (size_t)1 << length; i++) sum += (double)count[i] * count[i];
    return sum * exp2(length) / (double)n - (double)n;
}

void dkg_sp_serial(const uint8_t *bit, size_t n, unsigned length, uint32_t *count, double p[2])
{
    double a = psi_square(bit, n, length, count), b = psi_square(bit, n, length - 1, count);
    double c = length > 1 ? psi_square(bit, n, length - 2, count) : 0;
    p[0] = dkg_chi_square_tail(a - b, exp2(length - 1.0));
    p[1] = dkg_chi_square_tail(a - 2 * b + c, exp2(length - 2.0));
}

static double phi(const uint8_t *bit, size_t n, unsigned length, uint32_t *count)
{
    double sum = 0;
    ring_counts(bit, n, length, count);
    for (size_t i = 0; i < (size_t)1 << length; i++)
        if (count[i]) sum += count[i] / (double)n * log(count[i] / (double)n);
    return sum;
}

double dkg_sp_approximate_entropy(const uint8_t *bit, size_t n, unsigned length, uint32_t *count)
{
    double entropy = phi(bit, n, length, count) - phi(bit, n, length + 1, count);
    return dkg_chi_square_tail(2 * (double)n * (log(2) - entropy), exp2(length));
}
