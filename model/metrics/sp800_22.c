/* SP 800-22: all tests on one sequence, and the judgement over many. */
#include "metrics/sp800_22.h"

#include "dkg/battery.h"
#include "dkg/metrics.h"

#include <math.h>
#include <stdlib.h>

/* In the order of the document; how many p-values each gives. */
static const struct {
    const char *name;
    size_t count;
} tests[DKG_SP800_22_TESTS] = {
    {"frequency", 1},           {"block frequency", 1},     {"runs", 1},
    {"longest run of ones", 1}, {"matrix rank", 1},         {"spectral", 1},
    {"templates", 148},         {"overlapping templates", 1}, {"universal", 1},
    {"linear complexity", 1},   {"serial", 2},              {"approximate entropy", 1},
    {"cumulative sums", 2},     {"random excursions", 8},   {"random excursions variant", 18},
};
enum { TEMPLATES = 6, RANK_SIDE = 32, RING = 16, OVERLAP_BLOCK = 1032 };

const char *dkg_sp800_22_test_name(size_t test) { return test < DKG_SP800_22_TESTS ? tests[test].name : NULL; }

size_t dkg_sp800_22_test(size_t p_value)
{
    size_t test = 0;
    while (test + 1 < DKG_SP800_22_TESTS && p_value >= tests[test].count) p_value -= tests[test++].count;
    return test;
}

static dkg_status sequence(const uint8_t *bit, size_t n, uint32_t *count, double *p, dkg_error *err)
{
    static const double complexity[7] = {1.0 / 96, 1.0 / 32, 1.0 / 8, 1.0 / 2, 1.0 / 4, 1.0 / 16, 1.0 / 48}; /* section 3.10 */
    double overlapping[6], root = 0.005 * sqrt((double)n);
    size_t cycles = root > 500 ? (size_t)root : 500; /* section 2.14.4: fewer cycles say nothing */
    *p++ = dkg_sp_frequency(bit, n);
    *p++ = dkg_sp_block_frequency(bit, n, 128);
    *p++ = dkg_sp_runs(bit, n);
    *p++ = dkg_sp_longest_run(bit, n);
    *p++ = dkg_sp_rank(bit, n, RANK_SIDE);
    dkg_status status = dkg_sp_spectral(bit, n, p++, err);
    p += dkg_sp_templates(bit, n, 9, 8, p);
    dkg_sp_overlapping_probabilities(9, OVERLAP_BLOCK, overlapping);
    *p++ = dkg_sp_overlapping(bit, n, 9, OVERLAP_BLOCK, overlapping);
    *p++ = dkg_sp_universal(bit, n, 7, 1280);
    *p++ = dkg_sp_linear_complexity(bit, n, 500, complexity);
    dkg_sp_serial(bit, n, RING, count, p);
    p += 2;
    *p++ = dkg_sp_approximate_entropy(bit, n, 10, count);
    dkg_sp_cumulative_sums(bit, n, p);
    dkg_sp_excursions(bit, n, cycles, p + 2);
    dkg_sp_excursions_variant(bit, n, cycles, p + 10);
    return status;
}

dkg_status dkg_sp800_22(const uint8_t *bytes, uint64_t bits, double p[DKG_SP800_22_P_VALUES], dkg_error *err)
{
    for (size_t i = 0; i < DKG_SP800_22_P_VALUES; i++) p[i] = 0;
    if (bits < DKG_SP800_22_BITS_MIN || bits > DKG_SP800_22_BITS_MAX)
        return dkg_fail(err, DKG_USAGE, "a sequence of %llu bits; SP 800-22 takes %d to %d here", (unsigned long long)bits,
                        DKG_SP800_22_BITS_MIN, DKG_SP800_22_BITS_MAX);
    size_t n = (size_t)bits;
    uint8_t *bit = malloc(n);
    uint32_t *count = dkg_calloc(1u << RING, sizeof *count);
    dkg_status status = DKG_OK;
    if (bit && count) {
        for (size_t i = 0; i < n; i++) bit[i] = bytes[i / 8] >> (7 - i % 8) & 1;
        status = sequence(bit, n, count, p, err);
    } else {
        status = dkg_fail(err, DKG_NO_MEMORY, "no memory for a sequence of %zu bits", n);
    }
    free(count);
    free(bit);
    return status;
}

double dkg_sp_fit(const size_t *found, const double *probability, size_t categories)
{
    size_t all = 0;
    double chi = 0;
    for (size_t k = 0; k < categories; k++) all += found[k];
    for (size_t k = 0; k < categories; k++) {
        double expected = (double)all * probability[k], off = (double)found[k] - expected;
        chi += off * off / expected;
    }
    return dkg_chi_square_tail(chi, (double)(categories - 1));
}

/* P_T of section 4.2.2: ten equal bins. */
static double uniformity(const double *p, size_t stride, size_t sequences)
{
    static const double equal[10] = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1};
    size_t bin[10] = {0}, defined = 0;
    for (size_t s = 0; s < sequences; s++) {
        double v = p[s * stride];
        if (isnan(v)) continue;
        bin[v >= 1 ? 9 : (size_t)(v * 10)]++;
        defined++;
    }
    return defined < 55 ? (double)NAN : dkg_sp_fit(bin, equal, 10);
}

void dkg_sp800_22_judge(const double *p, size_t sequences, double alpha, dkg_sp800_22_verdict out[DKG_SP800_22_TESTS])
{
    size_t at = 0;
    for (size_t t = 0; t < DKG_SP800_22_TESTS; at += tests[t].count, t++) {
        dkg_sp800_22_verdict *v = &out[t];
        double variants = (double)tests[t].count;
        *v = (dkg_sp800_22_verdict){.share = 2, .uniformity = NAN};
        for (size_t i = at; i < at + tests[t].count; i++) {
            size_t defined = 0, passed = 0;
            for (size_t s = 0; s < sequences; s++) {
                double value = p[s * DKG_SP800_22_P_VALUES + i];
                defined += isnan(value) ? 0 : 1;
                passed += value >= alpha;
            }
            if (defined && (double)passed / (double)defined < v->share) {
                v->sequences = defined;
                v->share = (double)passed / (double)defined;
            }
            v->uniformity = fmin(v->uniformity, uniformity(p + i, DKG_SP800_22_P_VALUES, sequences)); /* fmin passes over NAN */
        }
        v->uniformity = v->uniformity * variants > 1 ? 1 : v->uniformity * variants;
        if (v->sequences == 0) {
            v->share = 0;
            continue;
        }
        uint64_t allowed = dkg_binomial_critical(0.00135 / variants, v->sequences, alpha);
        v->share_least = 1 - (double)allowed / (double)v->sequences;
        v->consistent = v->share >= v->share_least && !(v->uniformity < 0.0001);
    }
}
