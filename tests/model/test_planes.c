/* Byte entropy and adjacent correlation against values known in closed form. */
#include "dkg/metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

START_TEST(entropy_of_known_histograms)
{
    uint8_t flat[256], half[256];
    dkg_plane_metrics m;
    for (size_t i = 0; i < 256; i++) {
        flat[i] = (uint8_t)(i * 167); /* each value once */
        half[i] = i % 2 ? 7 : 9;
    }
    ck_ok(dkg_measure_planes(flat, 16, 16, 1, 1, 1, &m, err));
    ck_assert_double_eq_tol(m.entropy, 8, 1e-12);
    ck_ok(dkg_measure_planes(half, 16, 16, 1, 1, 1, &m, err));
    ck_assert_double_eq_tol(m.entropy, 1, 1e-12);
    ck_assert_double_eq_tol(m.horizontal, -1, 1e-12); /* neighbours alternate */
    ck_assert_double_eq_tol(m.vertical, 1, 1e-12);
    ck_assert_double_eq_tol(m.diagonal, -1, 1e-12);
    memset(half, 5, sizeof half);
    ck_ok(dkg_measure_planes(half, 16, 16, 1, 1, 1, &m, err));
    ck_assert_double_eq(m.entropy, 0);
    ck_assert(isnan(m.horizontal));
}
END_TEST

START_TEST(expected_entropy_is_that_of_the_table)
{
    /* docs/metrics.md section 3: 256x256 bytes 7.997191, 512x512 bytes 7.999298 */
    uint8_t *bytes = calloc(512, 512);
    dkg_plane_metrics m;
    ck_ok(dkg_measure_planes(bytes, 256, 256, 1, 1, 1, &m, err));
    ck_assert_double_eq_tol(m.entropy_expected, 7.997191, 5e-6);
    ck_ok(dkg_measure_planes(bytes, 512, 512, 1, 1, 1, &m, err));
    ck_assert_double_eq_tol(m.entropy_expected, 7.999298, 1e-6);
    free(bytes);
}
END_TEST

START_TEST(threads_do_not_matter_and_noise_looks_like_noise)
{
    enum { NX = 64, NY = 48, PLANES = 9 };
    static uint8_t bytes[NX * NY * PLANES * 2];
    dkg_plane_metrics one, many;
    test_pattern(bytes, sizeof bytes, 5);
    for (uint8_t size = 1; size <= 2; size++) {
        ck_ok(dkg_measure_planes(bytes, NX, NY, PLANES, size, 1, &one, err));
        ck_ok(dkg_measure_planes(bytes, NX, NY, PLANES, size, 5, &many, err));
        ck_assert_mem_eq(&one, &many, sizeof one);
        ck_assert_double_lt(fabs(one.horizontal), 0.05);
        ck_assert_double_lt(fabs(one.entropy - one.entropy_expected), 0.005);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("planes");
    TCase *t = tcase_create("planes");
    tcase_add_test(t, entropy_of_known_histograms);
    tcase_add_test(t, expected_entropy_is_that_of_the_table);
    tcase_add_test(t, threads_do_not_matter_and_noise_looks_like_noise);
    suite_add_tcase(s, t);
    return test_run(s, (Suite *)0);
}
