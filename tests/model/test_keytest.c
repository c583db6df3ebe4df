/* The self-test of keys: passes keys of working models and random bytes, catches each kind of broken key by its own measure. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "dkg/model.h"
#include "support.h"

static uint8_t key[DKG_KEY_BYTES];

static void random_key(uint8_t number)
{
    static const uint8_t seed[32] = {5};
    const uint8_t nonce[24] = {number};
    crypto_stream_xchacha20(key, sizeof key, nonce, seed);
}

START_TEST(passes_random_bytes)
{
    static const uint32_t rows[] = {64, 152, 256};
    for (uint8_t i = 0; i < 60; i++) {
        random_key(i);
        dkg_key_test t = dkg_test_key(key, rows[i % 3], 256);
        ck_assert_msg(t.good, "key %d: chi %f, h %f, v %f, d %f, repeats %f %f", i, t.chi_square, t.horizontal, t.vertical, t.diagonal,
                      t.repeat_rows, t.repeat_columns);
        ck_assert_double_gt(t.chi_square, 100); /* as even as that would be no chance either */
    }
}
END_TEST

START_TEST(passes_keys_of_an_untrained_model)
{
    static const uint8_t seed[32] = {3};
    uint8_t *image = malloc(sizeof key);
    dkg_model *model;
    dkg_engine *engine;
    ck_ok(dkg_model_random(seed, 16, &model, err));
    ck_ok(dkg_reference_engine(model, 0, &engine, err));
    random_key(1);
    memcpy(image, key, sizeof key);
    ck_ok(engine->generate(engine, image, 256, 256, 1, key, err));
    ck_assert(dkg_test_key(key, 256, 256).good);
    ck_ok(engine->generate(engine, image, 64, 256, 1, key, err));
    ck_assert(dkg_test_key(key, 64, 256).good);

    /* A flat image gives a key tiled with period 4 away from its edges. */
    memset(image, 77, sizeof key);
    ck_ok(engine->generate(engine, image, 256, 256, 1, key, err));
    dkg_key_test t = dkg_test_key(key, 256, 256);
    ck_assert(!t.good);
    ck_assert_double_gt(t.repeat_rows, 0.01);
    ck_assert_double_gt(t.repeat_columns, 0.01);
    dkg_engine_free(engine);
    dkg_model_free(model);
    free(image);
}
END_TEST

START_TEST(catches_constant_keys)
{
    memset(key, 0, sizeof key);
    dkg_key_test t = dkg_test_key(key, 256, 256);
    ck_assert(!t.good);
    ck_assert_double_eq(t.chi_square, 255.0 * sizeof key);
    ck_assert_double_eq(t.horizontal, 1);
    ck_assert_double_eq(t.repeat_rows, 1);
    ck_assert_double_eq(t.repeat_columns, 1);
}
END_TEST

/* Every byte value equally often, no correlation, but each 4 x 4 tile repeats along one axis only. */
START_TEST(catches_repeats_along_either_axis)
{
    random_key(2);
    for (size_t y = 0; y < 256; y++)
        for (size_t x = 4; x < 256; x++) memcpy(key + (y * 256 + x) * 3, key + (y * 256 + x - 4) * 3, x % 16 == 0 ? 3 : 0);
    dkg_key_test t = dkg_test_key(key, 256, 256);
    ck_assert(!t.good);
    ck_assert_double_gt(t.repeat_columns, 0.05);
    ck_assert_double_lt(t.repeat_rows, 0.006);
    ck_assert_double_lt(t.chi_square, 400);

    random_key(3);
    for (size_t y = 4; y < 256; y += 16) memcpy(key + y * 768, key + (y - 4) * 768, 768);
    t = dkg_test_key(key, 256, 256);
    ck_assert(!t.good);
    ck_assert_double_gt(t.repeat_rows, 0.05);
    ck_assert_double_lt(t.repeat_columns, 0.006);
    ck_assert_double_lt(t.chi_square, 400);
}
END_TEST

/* One neighbour in ten follows the other: every direction is measured by itself, within one colour. */
START_TEST(catches_correlation_in_each_direction)
{
    static const size_t steps[3][2] = {{0, 1}, {1, 0}, {1, 1}};
    for (int direction = 0; direction < 3; direction++) {
        size_t dy = steps[direction][0], dx = steps[direction][1];
        random_key((uint8_t)(4 + direction));
        for (size_t y = dy; y < 256; y++)
            for (size_t x = dx; x < 256; x++)
                if ((y * 7 + x * 9) % 10 == 0) memcpy(key + (y * 256 + x) * 3, key + ((y - dy) * 256 + x - dx) * 3, 3);
        dkg_key_test t = dkg_test_key(key, 256, 256);
        ck_assert(!t.good);
        ck_assert_int_eq(t.horizontal > 0.05, direction == 0);
        ck_assert_int_eq(t.vertical > 0.05, direction == 1);
        ck_assert_int_eq(t.diagonal > 0.05, direction == 2);
        ck_assert_double_lt(t.chi_square, 400);
    }
    random_key(7);
    for (size_t i = 3; i < sizeof key; i++)
        if (i / 3 % 10 == 0) key[i] = (uint8_t)(255 - key[i - 3]);
    dkg_key_test t = dkg_test_key(key, 256, 256);
    ck_assert_double_lt(t.horizontal, -0.05);
    ck_assert(!t.good);
}
END_TEST

START_TEST(catches_uneven_values)
{
    random_key(8);
    for (size_t i = 0; i < sizeof key; i++)
        if (key[i] == 17 && i % 2) key[i] = 18;
    dkg_key_test t = dkg_test_key(key, 256, 256);
    ck_assert(!t.good);
    ck_assert_double_gt(t.chi_square, 400);
    ck_assert_double_lt(t.repeat_rows, 0.006);
}
END_TEST

/* One row leaves directions without a pair: nothing is divided by zero, and nothing vouches for such a key. */
START_TEST(a_single_row_is_not_good)
{
    random_key(9);
    dkg_key_test t = dkg_test_key(key, 1, 65536);
    ck_assert(!t.good);
    ck_assert_double_eq(t.vertical, 1);
    ck_assert_double_eq(t.repeat_rows, 0);
    ck_assert_double_lt(t.horizontal, 0.02);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("key self-test");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 120);
    tcase_add_test(all, passes_random_bytes);
    tcase_add_test(all, passes_keys_of_an_untrained_model);
    tcase_add_test(all, catches_constant_keys);
    tcase_add_test(all, catches_repeats_along_either_axis);
    tcase_add_test(all, catches_correlation_in_each_direction);
    tcase_add_test(all, catches_uneven_values);
    tcase_add_test(all, a_single_row_is_not_good);
    suite_add_tcase(suite, all);
    return test_run(suite, (Suite *)0);
}
