/* SP 800-22 against the worked examples of the document (rev. 1a): the small ones of section 2, and appendix B's table for the
 * first 10^6 binary digits of e, pi, sqrt 2 and sqrt 3. Their digits are made here with GMP. */
#include "dkg/battery.h"
#include "metrics/sp800_22.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define near(value, published, tolerance)                                                                                    \
    do {                                                                                                                     \
        double value_ = (value);                                                                                             \
        ck_assert_msg(fabs(value_ - (published)) <= (tolerance), "%s is %.7f, published %.7f", #value, value_, (double)(published)); \
    } while (0)
#define SIX 1.1e-6 /* six printed digits */

typedef struct bits { uint8_t bit[128]; size_t n; } bits;

static bits parse(const char *text)
{
    bits b = {.n = strlen(text)};
    for (size_t i = 0; i < b.n; i++) b.bit[i] = text[i] == '1';
    return b;
}

/* 100 digits of pi, the example of many sections */
static const char *const pi100 = "11001001000011111101101010100010001000010110100011000010001101001100010011000110011000101000101110"
                                 "00";

START_TEST(small_examples_of_the_document)
{
    static uint32_t count[256];
    double p[18];
    bits b = parse("1011010101"), pi = parse(pi100);
    near(dkg_sp_frequency(b.bit, b.n), 0.527089, SIX);
    near(dkg_sp_frequency(pi.bit, pi.n), 0.109599, SIX);
    b = parse("0110011010");
    near(dkg_sp_block_frequency(b.bit, b.n, 3), 0.801252, SIX);
    near(dkg_sp_block_frequency(pi.bit, pi.n, 10), 0.706438, SIX);
    b = parse("1001101011");
    near(dkg_sp_runs(b.bit, b.n), 0.147232, SIX);
    near(dkg_sp_runs(pi.bit, pi.n), 0.500798, SIX);
    b = parse("11001100000101010110110001001100111000000000001001001101010100010001001111010110100000001101011111001100111001101101100010"
              "110010");
    near(dkg_sp_longest_run(b.bit, b.n), 0.180609, 2e-5); /* printed from rounded intermediate values */
    b = parse("01011001001010101101");
    near(dkg_sp_rank(b.bit, b.n, 3), 0.741948, 2e-4); /* printed with probabilities of four digits */
    b = parse("10100100101110010110");
    ck_assert_uint_eq(dkg_sp_templates(b.bit, b.n, 3, 2, p), 4);
    near(p[0], 0.344154, SIX); /* 001 */
    b = parse("1101011110001");
    ck_assert_uint_eq(dkg_sp_shortest_register(b.bit, b.n), 4);
    b = parse("0011011101");
    dkg_sp_serial(b.bit, b.n, 3, count, p);
    near(p[0], 0.808792, SIX);
    near(p[1], 0.670320, SIX);
    b = parse("0100110101");
    near(dkg_sp_approximate_entropy(b.bit, b.n, 3, count), 0.261961, SIX);
    near(dkg_sp_approximate_entropy(pi.bit, pi.n, 2, count), 0.235301, SIX);
    b = parse("1011010111");
    dkg_sp_cumulative_sums(b.bit, b.n, p);
    near(p[0], 0.4116588, 1e-4); /* the document's program cuts the sum short: floor is done as truncation */
    dkg_sp_cumulative_sums(pi.bit, pi.n, p);
    near(p[0], 0.219194, SIX);
    near(p[1], 0.114866, SIX);
    b = parse("0110110101");
    dkg_sp_excursions(b.bit, b.n, 1, p);
    near(p[4], 0.502529, 5e-5); /* x = 1; printed from rounded probabilities */
    dkg_sp_excursions_variant(b.bit, b.n, 1, p);
    near(p[9], 0.683091, SIX); /* x = 1 */
}
END_TEST

START_TEST(exact_probabilities_of_overlapping_templates)
{
    /* Hamano and Kaneko 2007, as cited by the later revisions of the document's program */
    static const double published[6] = {0.364091, 0.185659, 0.139381, 0.100571, 0.0704323, 0.139865};
    double p[6], sum = 0;
    dkg_sp_overlapping_probabilities(9, 1032, p);
    for (int i = 0; i < 6; i++) {
        near(p[i], published[i], SIX);
        sum += p[i];
    }
    near(sum, 1, 1e-12);
}
END_TEST

START_TEST(flat_and_periodic_sequences_fail)
{
    enum { BITS = 1000000 };
    uint8_t *bytes = malloc(BITS / 8);
    double p[DKG_SP800_22_P_VALUES];
    for (int kind = 0; kind < 3; kind++) {
        bool failed[DKG_SP800_22_TESTS] = {false};
        size_t failures = 0;
        memset(bytes, kind == 0 ? 0 : kind == 1 ? 0xFF : 0x55, BITS / 8);
        ck_ok(dkg_sp800_22(bytes, BITS, p, err));
        for (size_t i = 0; i < DKG_SP800_22_P_VALUES; i++) failed[dkg_sp800_22_test(i)] |= p[i] < 1e-6;
        for (size_t t = 0; t < DKG_SP800_22_TESTS; t++) failures += failed[t];
        ck_assert_msg(failures >= 9, "kind %d: only %zu tests failed", kind, failures);
    }
    free(bytes);
    ck_fails(dkg_sp800_22((const uint8_t *)"", 999999, p, err), DKG_USAGE, "999999");
}
END_TEST

START_TEST(judgement)
{
    enum { SEQUENCES = 100 };
    static double p[SEQUENCES][DKG_SP800_22_P_VALUES];
    dkg_sp800_22_verdict v[DKG_SP800_22_TESTS];
    for (size_t s = 0; s < SEQUENCES; s++)
        for (size_t i = 0; i < DKG_SP800_22_P_VALUES; i++) p[s][i] = (double)((s * 37 + i) % SEQUENCES) / SEQUENCES + 0.005;
    for (size_t s = 0; s < SEQUENCES; s++) p[s][5] = (double)s / SEQUENCES / 2 + 0.01; /* spectral: only the lower half */
    for (size_t s = 0; s < 6; s++) p[s][0] = 0.001;                                    /* frequency: six failures */
    for (size_t s = 0; s < SEQUENCES; s++) p[s][162] = NAN;                            /* one state never applies */
    dkg_sp800_22_judge(&p[0][0], SEQUENCES, 0.01, v);
    ck_assert_str_eq(dkg_sp800_22_test_name(0), "frequency");
    ck_assert_uint_eq(dkg_sp800_22_test(6 + 147), 6);
    ck_assert_uint_eq(dkg_sp800_22_test(DKG_SP800_22_P_VALUES - 1), 14);
    near(v[0].share_least, 0.95, 1e-12); /* P(more than 5 of 100) = 0.0005, P(more than 4) = 0.0034 */
    ck_assert(!v[0].consistent);
    ck_assert(v[1].consistent);
    ck_assert(!v[5].consistent && v[5].uniformity < 0.0001);
    ck_assert(v[6].consistent && v[6].share_least < 0.95); /* the worst of 148 */
    ck_assert(v[13].consistent && v[13].sequences == SEQUENCES);
    for (size_t s = 0; s < SEQUENCES; s++)
        for (size_t i = 162; i < DKG_SP800_22_P_VALUES; i++) p[s][i] = NAN;
    dkg_sp800_22_judge(&p[0][0], SEQUENCES, 0.01, v);
    ck_assert(!v[14].consistent && v[14].sequences == 0);
}
END_TEST

#ifdef DKG_HAVE_GMP
#include <gmp.h>
enum { DIGITS = 1000000, GUARD = 64 };

static void set_root(mpz_t x, unsigned long of) /* sqrt(of) 2^DIGITS */
{
    mpz_set_ui(x, of);
    mpz_mul_2exp(x, x, 2 * (DIGITS + GUARD));
    mpz_sqrt(x, x);
}

/* sum of 1/k! for k in (a, b], as p / q */
static void split_e(unsigned long a, unsigned long b, mpz_t p, mpz_t q)
{
    if (b - a == 1) {
        mpz_set_ui(p, 1);
        mpz_set_ui(q, b);
        return;
    }
    mpz_t right_p, right_q;
    mpz_inits(right_p, right_q, NULL);
    split_e(a, (a + b) / 2, p, q);
    split_e((a + b) / 2, b, right_p, right_q);
    mpz_mul(p, p, right_q);
    mpz_add(p, p, right_p);
    mpz_mul(q, q, right_q);
    mpz_clears(right_p, right_q, NULL);
}

static void set_e(mpz_t x)
{
    mpz_t q;
    mpz_init(q);
    split_e(0, 80000, x, q);
    mpz_add(x, x, q);
    mpz_mul_2exp(x, x, DIGITS + GUARD);
    mpz_tdiv_q(x, x, q);
    mpz_clear(q);
}

/* arctan(1 / n) 2^(DIGITS + GUARD) times 4, by its series: sum of (-1)^k / ((2 k + 1) n^(2 k + 1)), split like split_e() */
static void split_arctan(unsigned long n, unsigned long a, unsigned long b, mpz_t p, mpz_t q, mpz_t r)
{
    if (b - a == 1) { /* term a: p / (q r) with q = n^2 per step, r = 2 a + 1 */
        mpz_set_si(p, a % 2 ? -1 : 1);
        mpz_set_ui(q, n * n);
        mpz_set_ui(r, 2 * a + 1);
        return;
    }
    mpz_t p2, q2, r2;
    mpz_inits(p2, q2, r2, NULL);
    split_arctan(n, a, (a + b) / 2, p, q, r);
    split_arctan(n, (a + b) / 2, b, p2, q2, r2);
    mpz_mul(p, p, q2);
    mpz_mul(p, p, r2);
    mpz_mul(p2, p2, r);
    mpz_add(p, p, p2);
    mpz_mul(q, q, q2);
    mpz_mul(r, r, r2);
    mpz_clears(p2, q2, r2, NULL);
}

static void add_arctan(mpz_t x, long factor, unsigned long n, double bits_per_term)
{
    mpz_t p, q, r;
    mpz_inits(p, q, r, NULL);
    split_arctan(n, 0, (unsigned long)((DIGITS + GUARD) / bits_per_term) + 2, p, q, r);
    mpz_mul_ui(p, p, n); /* the first term is 1 / n, not 1 / n^2 */
    mpz_mul_si(p, p, factor);
    mpz_mul_2exp(p, p, DIGITS + GUARD);
    mpz_mul(q, q, r);
    mpz_tdiv_q(p, p, q);
    mpz_add(x, x, p);
    mpz_clears(p, q, r, NULL);
}

static void set_pi(mpz_t x) /* Machin: pi = 16 arctan(1/5) - 4 arctan(1/239) */
{
    mpz_set_ui(x, 0);
    add_arctan(x, 16, 5, 4.64);
    add_arctan(x, -4, 239, 15.8);
}

/* Appendix B: alpha 0.01, the first 10^6 bits with the integer part. Index of the p-value, then e, pi, sqrt 2, sqrt 3. */
static const struct {
    size_t p_value;
    double published[4], tolerance;
} appendix[] = {
    {0, {0.953749, 0.578211, 0.811881, 0.610051}, SIX},
    {1, {0.211072, 0.380615, 0.833222, 0.473961}, SIX},
    {160, {0.669887, 0.628308, 0.879009, 0.917121}, 2e-6},
    {161, {0.724266, 0.663369, 0.957206, 0.689519}, 2e-6},
    {2, {0.561917, 0.419268, 0.313427, 0.261123}, SIX},
    {3, {0.718945, 0.024390, 0.012117, 0.446726}, SIX},
    {4, {0.306156, 0.083553, 0.823810, 0.314498}, SIX},
    {5, {0.847187, 0.010186, 0.581909, 0.776046}, SIX},
    {6, {0.078790, 0.165757, 0.569461, 0.532235}, SIX},
    {155, {0.282568, 0.669012, 0.130805, 0.165981}, SIX},
    {159, {0.700073, 0.361595, 0.884740, 0.180481}, SIX},
    {166, {0.786868, 0.844143, 0.216235, 0.783283}, SIX},
    {178, {0.826009, 0.760966, 0.566118, 0.155066}, SIX},
    {157, {0.766182, 0.143005, 0.861925, 0.157500}, SIX},
};
#endif

START_TEST(appendix_b)
{
#ifdef DKG_HAVE_GMP
    /* overlapping templates: the document's approximate probabilities, by its section 3.8 */
    static const double approximate[6] = {0.367879, 0.183940, 0.137955, 0.099634, 0.069935, 0.140657};
    static const double overlapping[4] = {0.110434, 0.296897, 0.791982, 0.082716};
    /* linear complexity: the document's program has 0.01047 for the 1/96 of its text */
    static const double mistyped[7] = {0.01047, 0.03125, 0.125, 0.5, 0.25, 0.0625, 0.020833};
    static const double complexity[4] = {0.826335, 0.255475, 0.317127, 0.346469};
    double p[DKG_SP800_22_P_VALUES];
    uint8_t *bytes = calloc(DIGITS / 8 + 16, 1), *bit = malloc(DIGITS);
    mpz_t x;
    mpz_init(x);
    switch (_i) {
    case 0: set_e(x); break;
    case 1: set_pi(x); break;
    case 2: set_root(x, 2); break;
    default: set_root(x, 3);
    }
    mpz_tdiv_q_2exp(x, x, mpz_sizeinbase(x, 2) - DIGITS);
    size_t size;
    mpz_export(bytes, &size, 1, 1, 0, 0, x);
    ck_assert_uint_eq(size, DIGITS / 8);
    ck_ok(dkg_sp800_22(bytes, DIGITS, p, err));
    for (size_t i = 0; i < sizeof appendix / sizeof appendix[0]; i++)
        ck_assert_msg(fabs(p[appendix[i].p_value] - appendix[i].published[_i]) <= appendix[i].tolerance,
                      "constant %d, p-value %zu: %.6f, published %.6f", _i, appendix[i].p_value, p[appendix[i].p_value],
                      appendix[i].published[_i]);
    for (size_t i = 0; i < DIGITS; i++) bit[i] = bytes[i / 8] >> (7 - i % 8) & 1;
    near(dkg_sp_overlapping(bit, DIGITS, 9, 1032, approximate), overlapping[_i], 3e-5);
    near(dkg_sp_linear_complexity(bit, DIGITS, 500, mistyped), complexity[_i], SIX);
    mpz_clear(x);
    free(bit);
    free(bytes);
#else
    test_skip("appendix_b", "built without GMP, which makes its sequences");
    (void)_i;
#endif
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sp800_22");
    TCase *quick = tcase_create("quick"), *constants = tcase_create("constants");
    tcase_add_test(quick, small_examples_of_the_document);
    tcase_add_test(quick, exact_probabilities_of_overlapping_templates);
    tcase_add_test(quick, flat_and_periodic_sequences_fail);
    tcase_add_test(quick, judgement);
    tcase_add_loop_test(constants, appendix_b, 0, 4);
    tcase_set_timeout(quick, 120);
    tcase_set_timeout(constants, 120);
    suite_add_tcase(suite, quick);
    suite_add_tcase(suite, constants);
    return test_run(suite, (Suite *)0);
}
