/* Both heads, value by value. */
#include <stdlib.h>

#include "network/head.h"
#include "support.h"

enum { WEIGHTS = 16 * 3 * 49 * 2 + 16 * 16 * 9 * 212 };

static dkg_model *zero_model(const dkg_tanh_head *tanh)
{
    int8_t *weights = calloc(WEIGHTS, 1);
    dkg_model *model;
    ck_ok(dkg_model_from_weights(16, weights, WEIGHTS, tanh, &model, err));
    free(weights);
    return model;
}

START_TEST(fold_mixes_three_bytes)
{
    static const int32_t sums[] = {0, 1, 0x0100, 0x010000, 0x01000000, -1, INT32_MIN, 0x123456};
    static const uint8_t expected[] = {0, 1, 1, 1, 0, 0xff, 0, 0x12 ^ 0x34 ^ 0x56};
    uint8_t key[3 * 8] = {0};
    dkg_model *model = zero_model(NULL);
    dkg_head_apply(model, sums, 8, key);
    for (size_t i = 0; i < 8; i++) {
        ck_assert_uint_eq(key[3 * i], expected[i]);
        ck_assert_uint_eq(key[3 * i + 1] | key[3 * i + 2], 0); /* the other colours are left alone */
    }
    dkg_model_free(model);
}
END_TEST

START_TEST(tanh_scales_rounds_and_clamps)
{
    /* M / 2^s = 3/4; t = floor(0.75 a + 0.5) */
    static const int32_t sums[] = {0, 1, 2, -1, -2, 100, 2730, 100000, -2731, -100000, INT32_MAX, INT32_MIN};
    static const int places[] = {0, 1, 2, -1, -1, 75, 2047, 2047, -2048, -2048, 2047, -2048};
    dkg_tanh_head head = {.multiplier = 3, .shift = 2};
    uint8_t key[3 * 12];
    for (int i = 0; i < 4096; i++) head.table[i] = (uint8_t)(i * 7 + i / 256);
    dkg_model *model = zero_model(&head);
    dkg_head_apply(model, sums, 12, key);
    for (size_t i = 0; i < 12; i++) ck_assert_uint_eq(key[3 * i], head.table[places[i] + 2048]);
    dkg_model_free(model);

    head.multiplier = INT32_MIN; /* the largest product there is */
    head.shift = 40;
    model = zero_model(&head);
    dkg_head_apply(model, sums, 12, key);
    ck_assert_uint_eq(key[3 * 11], head.table[2047 + 2048]);
    ck_assert_uint_eq(key[3 * 10], head.table[0]);
    ck_assert_uint_eq(key[3 * 5], head.table[2048]); /* -0.195 rounds to 0 */
    dkg_model_free(model);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("head");
    TCase *all = tcase_create("all");
    tcase_add_test(all, fold_mixes_three_bytes);
    tcase_add_test(all, tanh_scales_rounds_and_clamps);
    suite_add_tcase(suite, all);
    return test_run(suite, (Suite *)0);
}
