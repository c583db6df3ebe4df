/* The integer norm: against long double, at its extremes, and for rounding. */
#include <math.h>
#include <stdlib.h>

#include "network/norm.h"
#include "support.h"

START_TEST(floor_operations)
{
    ck_assert_int_eq(dkg_shift_right(-1, 1), -1);
    ck_assert_int_eq(dkg_shift_right(-4, 1), -2);
    ck_assert_int_eq(dkg_shift_right(-5, 1), -3);
    ck_assert_int_eq(dkg_shift_right(5, 1), 2);
    ck_assert_int_eq(dkg_shift_right(INT64_MIN, 62), -2);
    ck_assert_int_eq(dkg_floor_div(-7, 2), -4);
    ck_assert_int_eq(dkg_floor_div(-8, 2), -4);
    ck_assert_int_eq(dkg_floor_div(7, 2), 3);
    ck_assert_int_eq(dkg_floor_div(0, 5), 0);
    ck_assert_int_eq(dkg_clamp(9, -3, 5), 5);
    ck_assert_int_eq(dkg_clamp(-9, -3, 5), -3);
    ck_assert_int_eq(dkg_clamp(4, -3, 5), 4);
}
END_TEST

START_TEST(agrees_with_long_double)
{
    enum { N = 1000 };
    static const uint32_t scales[] = {1, 300, 70000, 20000000, 2147483647};
    int32_t a[N];
    uint8_t noise[4 * N];
    for (size_t s = 0; s < sizeof scales / sizeof scales[0]; s++) {
        long double sum = 0, squares = 0;
        test_pattern(noise, sizeof noise, s);
        for (size_t i = 0; i < N; i++) {
            int64_t wide = (int64_t)(dkg_load32(noise + 4 * i) & 0x7fffffff) % scales[s];
            a[i] = (int32_t)(wide - scales[s] / 3);
            sum += a[i];
        }
        for (size_t i = 0; i < N; i++) squares += ((long double)a[i] - sum / N) * ((long double)a[i] - sum / N);
        /* The definition adds 1 to the variance and floors the mean: both matter only where sums are tiny. */
        long double sd = sqrtl(squares / N + 1);
        dkg_norm norm = dkg_norm_of(a, N);
        for (size_t i = 0; i < N; i++) {
            long double exact = 128 * ((long double)a[i] - sum / N) / sd, got = (long double)dkg_norm_apply(&norm, a[i]);
            ck_assert_msg(fabsl(exact - got) <= (scales[s] < 1000 ? 1.1L : 0.51L), "scale %u: %d gives %Lf, expected %Lf", scales[s],
                          a[i], got, exact);
        }
    }
}
END_TEST

START_TEST(a_constant_channel_becomes_zero)
{
    static const int32_t values[] = {0, 1, -1, INT32_MAX, -INT32_MAX};
    for (size_t v = 0; v < 5; v++) {
        int32_t a[12];
        for (size_t i = 0; i < 12; i++) a[i] = values[v];
        for (size_t n = 1; n <= 12; n++) {
            dkg_norm norm = dkg_norm_of(a, n);
            ck_assert_int_eq(dkg_norm_apply(&norm, values[v]), 0);
        }
    }
}
END_TEST

/* Half the largest, half the smallest sums: the squares need 64 bits, every step of the definition must hold them. */
START_TEST(extremes_do_not_overflow)
{
    size_t n = (size_t)1 << 24;
    int32_t *a = malloc(n * sizeof *a);
    ck_assert_ptr_nonnull(a);
    for (size_t i = 0; i < n; i++) a[i] = i % 2 ? INT32_MAX : -INT32_MAX;
    dkg_norm norm = dkg_norm_of(a, n);
    ck_assert_int_eq(norm.mean256, 0);
    ck_assert_int_eq(dkg_norm_apply(&norm, INT32_MAX), 128);
    ck_assert_int_eq(dkg_norm_apply(&norm, -INT32_MAX), -128);
    for (size_t i = 0; i < n; i++) a[i] = -INT32_MAX;
    a[n - 1] = INT32_MAX; /* sqrt(2^24) = 4096 standard deviations away, less the rounding of the integers */
    norm = dkg_norm_of(a, n);
    ck_assert_int_ge(dkg_norm_apply(&norm, INT32_MAX), 128 * 4095);
    ck_assert_int_le(dkg_norm_apply(&norm, INT32_MAX), 128 * 4097);
    free(a);
}
END_TEST

/* Worked by hand from the definition: a = {-3, 5, 0, 9}: S1 = 11, mu = 2, d = {-5, 3, -2, 7}, sum of squares 87, V = 22,
 * e = 28, V = 22 * 2^56, sd = floor(sqrt(22) * 2^28) = 1259073893, R = 3576914, mu8 = 704, sh = 25. */
START_TEST(follows_the_definition_step_by_step)
{
    static const int32_t a[] = {-3, 5, 0, 9};
    static const int64_t y[] = {-157, 61, -75, 171};
    dkg_norm norm = dkg_norm_of(a, 4);
    ck_assert_int_eq(norm.mean256, 704);
    ck_assert_int_eq(norm.shift, 25);
    ck_assert_int_eq(norm.reciprocal, 3576914);
    for (size_t i = 0; i < 4; i++) ck_assert_int_eq(dkg_norm_apply(&norm, a[i]), y[i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("norm");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 60);
    tcase_add_test(all, floor_operations);
    tcase_add_test(all, agrees_with_long_double);
    tcase_add_test(all, a_constant_channel_becomes_zero);
    tcase_add_test(all, extremes_do_not_overflow);
    tcase_add_test(all, follows_the_definition_step_by_step);
    suite_add_tcase(suite, all);
    return test_run(suite, (Suite *)0);
}
