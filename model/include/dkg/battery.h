/* dkg/battery.h - the fifteen tests of NIST SP 800-22 rev. 1a for sequences of bits, and its rules for many sequences.
 * Passing is necessary, not sufficient: an insecure generator passes too. Parameters, for n of at least 10^6 bits: block
 * frequency M = 128, templates m = 9, overlapping templates M = 1032, universal L = 7, approximate entropy m = 10,
 * serial m = 16, linear complexity M = 500. */
#ifndef DKG_BATTERY_H
#define DKG_BATTERY_H

#include "dkg/base.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    DKG_SP800_22_TESTS = 15,
    DKG_SP800_22_P_VALUES = 188,     /* of one sequence: 148 templates, 8 + 18 states of walks, 2 where a test gives two */
    DKG_SP800_22_BITS_MIN = 1000000, /* per sequence */
    DKG_SP800_22_BITS_MAX = 1 << 26
};

/* All p-values of one sequence. bytes: at least bits / 8 rounded up, most significant bit first. A test that does not apply (a
 * random walk that crosses zero too rarely) gives NaN. Memory: some 65 bytes per bit. DKG_USAGE for a length out of range. */
DKG_MUST_USE dkg_status dkg_sp800_22(const uint8_t *bytes, uint64_t bits, double p[DKG_SP800_22_P_VALUES], dkg_error *err);
size_t dkg_sp800_22_test(size_t p_value);           /* 0..14: the test that p-value 0..187 belongs to */
const char *dkg_sp800_22_test_name(size_t test);    /* "frequency"; section 2.1 is test 0 */

/* Section 4.2 for one test over many sequences. Where a test has variants (templates, states), the worst one decides and the
 * bounds are as much wider (Bonferroni). The share's bound is the exact binomial one of a tail of 0.00135, which the document's
 * three standard deviations stand for. */
typedef struct dkg_sp800_22_verdict {
    size_t sequences;          /* with a p-value, of the worst variant */
    double share, share_least; /* of them with p >= alpha, and how many it must be at least */
    double uniformity;         /* smallest P_T of the variants times their number, at most 1; NaN below 55 sequences */
    bool consistent;           /* share >= share_least and not uniformity < 0.0001; false when no sequence has a p-value */
} dkg_sp800_22_verdict;

/* p: sequences x DKG_SP800_22_P_VALUES. P_T needs 55 sequences (section 4.2.2); fewer are judged by the share alone. */
void dkg_sp800_22_judge(const double *p, size_t sequences, double alpha, dkg_sp800_22_verdict out[DKG_SP800_22_TESTS]);

#ifdef __cplusplus
}
#endif
#endif
