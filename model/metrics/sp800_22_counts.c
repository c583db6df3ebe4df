/* SP 800-22 sections 2.1 to 2.4 and 2.13: counts of ones, runs, and how far the walk gets. */
#include "metrics/sp800_22.h"

#include "dkg/metrics.h"

#include <math.h>

static size_t ones(const uint8_t *bit, size_t n)
{
    size_t sum = 0;
    for (size_t i = 0; i < n; i++) sum += bit[i];
    return sum;
}

double dkg_sp_frequency(const uint8_t *bit, size_t n)
{
    double excess = 2.0 * (double)ones(bit, n) - (double)n;
    return erfc(fabs(excess) / sqrt(2.0 * (double)n));
}

double dkg_sp_block_frequency(const uint8_t *bit, size_t n, size_t block)
{
    double sum = 0;
    size_t blocks = n / block;
    for (size_t i = 0; i < blocks; i++) {
        double off = (double)ones(bit + i * block, block) / (double)block - 0.5;
        sum += off * off;
    }
    return dkg_chi_square_tail(4.0 * (double)block * sum, (double)blocks);
}

double dkg_sp_runs(const uint8_t *bit, size_t n)
{
    double share = (double)ones(bit, n) / (double)n;
    size_t runs = 1;
    if (fabs(share - 0.5) >= 2 / sqrt((double)n)) return 0; /* the frequency test has failed already */
    for (size_t i = 1; i < n; i++) runs += bit[i] != bit[i - 1];
    double twice = 2 * share * (1 - share);
    return erfc(fabs((double)runs - twice * (double)n) / (sqrt(2.0 * (double)n) * twice));
}

double dkg_sp_longest_run(const uint8_t *bit, size_t n)
{
    /* section 2.4.4 and its table: length of a block, the runs of the first and last category, their probabilities */
    static const struct {
        size_t least, block, low, high;
        double probability[7];
    } plan[] = {
        {750000, 10000, 10, 16, {0.0882, 0.2092, 0.2483, 0.1933, 0.1208, 0.0675, 0.0727}},
        {6272, 128, 4, 9, {0.1174, 0.2430, 0.2493, 0.1752, 0.1027, 0.1124}},
        {0, 8, 1, 4, {0.2148, 0.3672, 0.2305, 0.1875}},
    };
    size_t k = 0, found[7] = {0};
    while (n < plan[k].least) k++;
    size_t blocks = n / plan[k].block;
    for (size_t i = 0; i < blocks; i++) {
        size_t run = 0, longest = plan[k].low;
        for (size_t j = 0; j < plan[k].block; j++) {
            run = bit[i * plan[k].block + j] ? run + 1 : 0;
            if (run > longest) longest = run;
        }
        found[(longest > plan[k].high ? plan[k].high : longest) - plan[k].low]++;
    }
    return dkg_sp_fit(found, plan[k].probability, plan[k].high - plan[k].low + 1);
}

static double normal(double x) { return 0.5 * erfc(-x / sqrt(2)); }

/* P of a walk of n steps whose largest distance from zero is z (section 3.13). */
static double excursion(size_t n, double z)
{
    double root = sqrt((double)n), length = (double)n, sum = 1;
    for (double k = floor((-length / z + 1) / 4); k <= floor((length / z - 1) / 4); k++)
        sum -= normal((4 * k + 1) * z / root) - normal((4 * k - 1) * z / root);
    for (double k = floor((-length / z - 3) / 4); k <= floor((length / z - 1) / 4); k++)
        sum += normal((4 * k + 3) * z / root) - normal((4 * k + 1) * z / root);
    return sum;
}

void dkg_sp_cumulative_sums(const uint8_t *bit, size_t n, double p[2])
{
    int64_t sum = 0, low = 0, high = 0;
    for (size_t i = 0; i < n; i++) {
        sum += bit[i] ? 1 : -1;
        if (sum < low) low = sum;
        if (sum > high) high = sum;
    }
    /* backwards the partial sums are `sum - S`, over the S before each step */
    p[0] = excursion(n, (double)(high > -low ? high : -low));
    p[1] = excursion(n, (double)(sum - low > high - sum ? sum - low : high - sum));
}
